"""`python -m admin`: the operator's desk as its own process."""

import logging
import sys

import uvicorn

from admin.app import create_app
from shop.config import settings
from shop.db import Database, wait_for_schema


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    config = settings()
    database = Database(config.database_url)
    wait_for_schema(database)
    uvicorn.run(
        create_app(config, database),
        host=config.host,
        port=config.admin_port,
        log_level="warning",
        timeout_graceful_shutdown=2,
        server_header=False,
    )


if __name__ == "__main__":
    main()
