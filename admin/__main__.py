"""`python -m admin`: the operator's desk as its own process."""

import logging
import sys

from admin.app import create_app
from shop.api import web
from shop.config import settings
from shop.db import Database, wait_for_schema


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    config = settings()
    database = Database(config.database_url)
    wait_for_schema(database)
    web.run(create_app(config, database), config.host, config.admin_port)


if __name__ == "__main__":
    main()
