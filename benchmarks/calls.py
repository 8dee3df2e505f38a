"""Just enough HTTP/1.1 for a load client that must cost little beside what it measures."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

Json = dict[str, Any]
Headers = dict[str, str]

TIMEOUT_S = 30.0
KEPT_S = 2.5  # half of what the server keeps an idle connection for


class CallRefused(Exception):
    """The shop answered something else than success."""


class Line:
    """One connection that is kept, for one call at a time."""

    def __init__(self, port: int, authorization: str) -> None:
        self._port = port
        self._common = f"Host: 127.0.0.1:{port}\r\nAuthorization: {authorization}\r\n"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._used = time.monotonic()

    async def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """Raises CallRefused."""
        async with asyncio.timeout(TIMEOUT_S):
            reader, status, headers = await self._send(method, path, body)
            content = await reader.readexactly(int(headers.get("content-length", 0)))
        if not 200 <= status < 300:
            raise CallRefused(f"{method} {path}: {status} {content.decode(errors='replace')[:300]}")
        return json.loads(content) if content else None

    async def follow(self, path: str) -> AsyncIterator[Json]:
        """What each server-sent event says, until the stream ends; comments are left out."""
        reader, status, headers = await self._send("GET", path, None)
        if status != 200 or headers.get("transfer-encoding") != "chunked":
            raise CallRefused(f"GET {path}: {status}")
        text, ended = b"", False
        try:
            while chunk := await _chunk(reader):
                text += chunk
                *events, text = text.split(b"\n\n")
                for event in events:
                    data = [line[6:] for line in event.splitlines() if line.startswith(b"data: ")]
                    if data:
                        yield json.loads(b"\n".join(data))
            ended = True
        finally:
            if not ended:  # what is left of the stream must not be taken for the next answer
                self.close()

    def close(self) -> None:
        """Safe to repeat; the next call opens a new connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _send(
        self, method: str, path: str, body: Json | None
    ) -> tuple[asyncio.StreamReader, int, Headers]:
        reader, writer = await self._open()
        content = b"" if body is None else json.dumps(body).encode()
        about = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n" if content else ""
        empty = "Content-Length: 0\r\n" if method == "POST" and not content else ""
        writer.write(f"{method} {path} HTTP/1.1\r\n{self._common}{about}{empty}\r\n".encode() + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        return reader, int(head[0].split()[1]), headers

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A new connection where there is none, or where the server may close the idle one any moment."""
        now = time.monotonic()
        idle_s, self._used = now - self._used, now
        if self._reader is None or self._writer is None or self._reader.at_eof() or idle_s > KEPT_S:
            self.close()
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self._reader, self._writer


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    """One chunk of a body whose length nobody knew before (RFC 9112, section 7.1); empty at its end."""
    size = int((await reader.readline()).split(b";")[0], 16)
    return (await reader.readexactly(size + 2))[:size]
