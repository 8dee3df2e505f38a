"""Is the process alive, can it do its work."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel

from shop.api.routes import HouseRoute, open_to_all
from shop.domain.errors import Refusal

router = APIRouter(route_class=HouseRoute, tags=["health"])


class Health(BaseModel):
    status: str = "ok"


@router.get("/health/live")
@open_to_all("says nothing but ok")
async def live() -> Health:
    return Health()


@router.get("/health/ready")
@open_to_all("says which part is not ready, nothing of anybody")
async def ready(request: Request) -> Health:
    """The database answers in time and has our schema; asked apart from the threads that may wait for it."""
    problems = await asyncio.to_thread(request.app.state.ready.problems)
    if problems:
        raise Refusal("unavailable", details={"problems": problems})
    return Health()
