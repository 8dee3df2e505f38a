"""The threads in which routes ask the database: whatever happens there, somebody gets an answer."""

import asyncio

import pytest

from shop.api.threads import Threads
from shop.ops import logs


def test_what_a_thread_makes_or_raises_comes_back() -> None:
    threads = Threads()
    assert asyncio.run(threads.run(lambda *given: given, 1, 2)) == (1, 2)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(threads.run(lambda: 1 // 0))


def test_a_stray_end_of_a_generator_keeps_nobody_waiting() -> None:
    async def asked() -> None:
        await asyncio.wait_for(Threads().run(next, iter(())), 5)

    with pytest.raises(RuntimeError, match="a generator ended"):
        asyncio.run(asked())


def test_lines_of_a_thread_bear_the_name_of_the_request() -> None:
    async def asked() -> str:
        logs.request_id.set("of-this-request")
        return await Threads().run(logs.request_id.get)

    assert asyncio.run(asked()) == "of-this-request"
