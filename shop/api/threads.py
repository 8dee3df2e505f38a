"""The threads of a service in which it asks the database."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

# A thread per request under way. SQLite lets one of them write at a time; more would only hold a connection
# each, with its cache, and fight for the lock. No thread waits for another one, so few are enough.
THREADS = 8
# Beside them those of anyio, in which FastAPI runs the routes that need no session and reads files. Together
# not more than connections are kept (shop.engines, POOL_SIZE).
OTHERS = 2


class Threads:
    """asyncio's own way to a thread and back, which does less than FastAPI's."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, "asks")

    async def run(self, work: Callable[..., T], *given: object) -> T:
        """What it logs bears the request's name, too."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._pool, context.run, _done, work, given)


def _done(work: Callable[..., T], given: tuple[object, ...]) -> T:
    try:
        return work(*given)
    except StopIteration as stray:  # a future cannot carry it: whoever waits would wait for ever
        raise RuntimeError("a generator ended where nobody expected it") from stray
