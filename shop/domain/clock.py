"""The one source of the current time, in aware UTC."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def now() -> datetime:
    return datetime.now(UTC)


def local_date(at: datetime | None = None) -> date:
    """Today, or the day of a moment, where the shop stands; tax and exit tests go by it."""
    return (at or now()).astimezone(BERLIN).date()


def today() -> datetime:
    """As a moment, its beginning."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)
