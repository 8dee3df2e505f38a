"""Just enough HTTP/1.1 to say the same thing several times at once, and to hang up before the answer."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
TIMEOUT_S = 60.0
KEPT = (ConnectionResetError, BrokenPipeError, asyncio.IncompleteReadError)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def code(self) -> str:
        """The refusal's, or empty for a success."""
        return "" if self.status < 300 else str(self.body.get("code"))


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: Json | None = None
    key: str | None = None  # idempotency

    def written(self, port: int, token: str) -> bytes:
        content = b"" if self.body is None else json.dumps(self.body).encode()
        head = [
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Authorization: Bearer {token}",
            f"Content-Length: {len(content)}",
            *(["Content-Type: application/json"] if content else []),
            *([f"Idempotency-Key: {self.key}"] if self.key else []),
        ]
        return "\r\n".join([*head, "", ""]).encode() + content


class Line:
    """One connection that is kept, for one call at a time."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, call: Call) -> Answer:
        async with asyncio.timeout(TIMEOUT_S):
            try:
                return await self._ask(call)
            except KEPT:
                self.close()  # the server let an idle connection go; it has not heard us
                return await self._ask(call)

    async def _ask(self, call: Call) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(call.written(self._port, self._token))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(head[0].split()[1]), json.loads(content) if content else None)

    async def ask_and_hang_up(self, call: Call) -> None:
        """Sent whole, and gone before anything can come back."""
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(call.written(self._port, self._token))
        await writer.drain()
        writer.close()

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None
