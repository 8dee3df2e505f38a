"""Is the process alive, can it do its work."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlmodel import text

from shop.api.deps import Db
from shop.api.errors import documented

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str = "ok"


@router.get("/health/live")
async def live() -> Health:
    return Health()


@router.get("/health/ready", responses=documented("unavailable"))
def ready(db: Db) -> Health:
    """The database answers."""
    with db.reading() as tx:
        tx.connection().execute(text("SELECT 1"))
    return Health()
