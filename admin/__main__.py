"""`python -m admin`: the operator's desk as its own process."""

import logging
import sys

from shop import start


def main() -> None:
    start.begin()
    from admin.app import create_app
    from shop.api import web
    from shop.config import settings
    from shop.db import Database, wait_for_schema

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    config = settings()
    database = Database(config.database_url)
    app = create_app(config, database)
    start.done()
    wait_for_schema(database)
    web.run(app, config.host, config.admin_port)


if __name__ == "__main__":
    main()
