"""`python -m admin`: the operator's desk as its own process."""

from shop import start


def main() -> None:
    start.privately()
    start.begin()
    from admin.app import create_app
    from shop.api import web
    from shop.config import settings
    from shop.db import Database, wait_for_schema
    from shop.ops import listener, logs

    config = settings()
    logs.begin("admin", config.log)
    database = Database(config.database_url)
    app = create_app(config, database)
    listener.start("admin", config, app.state.ready)
    start.done()
    wait_for_schema(database)
    web.run(app, config.host, config.admin_port)


if __name__ == "__main__":
    main()
