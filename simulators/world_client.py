"""How a simulated person, a test or a report talks to the world: one request, one answer."""

import json
import socket
from collections.abc import Sequence
from typing import Any


class CannotDo(Exception):
    """The world said no; `code` is e.g. locked, not_inside, not_enough."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WorldClient:
    """One connection; requests are answered in turn, so every person acting at once needs their own."""

    def __init__(self, port: int, host: str = "127.0.0.1", timeout_s: float = 60.0) -> None:
        self._socket = socket.create_connection((host, port), timeout=timeout_s)
        self._lines = self._socket.makefile("rb")

    def enter(
        self, person: str, door: str, *, patience_s: float = 10.0, friends: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Raises CannotDo("locked") if the bolt is not released within the patience."""
        return self._ask("enter", person=person, door=door, patience_s=patience_s, friends=list(friends))

    def open_only(self, door: str, *, patience_s: float = 10.0) -> None:
        self._ask("open_only", door=door, patience_s=patience_s)

    def force(self, door: str) -> None:
        self._ask("force", door=door)

    def hold_for(self, person: str, friend: str, door: str) -> None:
        self._ask("hold_for", person=person, friend=friend, door=door)

    def take(self, person: str, facing: str, n: int = 1) -> None:
        self._ask("take", person=person, facing=facing, n=n)

    def put_back(self, person: str, facing: str, n: int = 1) -> None:
        self._ask("put_back", person=person, facing=facing, n=n)

    def put_back_wrong(self, person: str, sku: str, facing: str, n: int = 1) -> None:
        self._ask("put_back_wrong", person=person, sku=sku, facing=facing, n=n)

    def touch(self, person: str, facing: str) -> None:
        self._ask("touch", person=person, facing=facing)

    def leave(self, person: str, door: str) -> dict[str, Any]:
        """The items that left: `{"cents": ..., "items": [{sku, price_cents, deposit_cents}]}`."""
        return self._ask("leave", person=person, door=door)

    def stock(self, facing: str, n: int, sku: str | None = None) -> None:
        self._ask("stock", facing=facing, n=n, sku=sku)

    def jam(self, door: str, jammed: bool = True) -> None:
        self._ask("jam", door=door, jammed=jammed)

    def counts(self) -> dict[str, dict[str, int]]:
        """Per plate (`shelf-1/3`) the units by SKU."""
        plates: dict[str, dict[str, int]] = self._ask("counts")["plates"]
        return plates

    def truth(self) -> dict[str, dict[str, Any]]:
        people: dict[str, dict[str, Any]] = self._ask("truth")["people"]
        return people

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> "WorldClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        self._socket.sendall(json.dumps({"do": do, **arguments}).encode() + b"\n")
        line = self._lines.readline()
        if not line:
            raise ConnectionError("the world closed the connection")
        answer: dict[str, Any] = json.loads(line)
        if not answer["ok"]:
            raise CannotDo(answer["error"])
        return answer
