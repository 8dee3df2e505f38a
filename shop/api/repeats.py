"""A change happens once, however often its request arrives: the Idempotency-Key of every changing route.

As draft-ietf-httpapi-idempotency-key-header describes it: the same request under the same key is answered
from what was kept; another request under it is refused. Nobody is told to come back because the first one
still runs: a change takes milliseconds, so the repeat waits for it.
"""

import base64
import hashlib
import hmac
import itertools
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlmodel import Session

from shop.api import errors
from shop.db import Database, until_won
from shop.domain import repeats
from shop.domain.errors import Refusal
from shop.domain.ports import Look

P = TypeVar("P")

KEY = "idempotency-key"
VISIBLE = r"^[\x21-\x7e]{%d,200}$"  # no control characters, no spaces
ANY = 1
SECRET = 22  # where the answer opens a session the key is part of a secret: 128 random bits are not shorter

REPLAYED = {"Idempotent-Replayed": "true"}

# Every so many keys twice as many old ones go: however busy we are, more are forgotten than are made.
PRUNE_EVERY = 200
PRUNE_AT_MOST = 2 * PRUNE_EVERY


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    replayed: bool = False

    def response(self) -> Response:
        headers = REPLAYED if self.replayed else None
        if self.status == 204:
            return Response(status_code=204, headers=headers)
        return Response(self.body, self.status, headers, errors.JSON)


@dataclass(frozen=True, slots=True)
class Asker(Generic[P]):
    """Whose key it is: two people may choose the same one."""

    name: str
    person: P


def stranger(name: str) -> Callable[[Look], Asker[None]]:
    """Somebody without a session, by what she sent."""
    return lambda _: Asker(name, None)


Act = Callable[[Session, P], BaseModel | Refusal | None]


class Once:
    """One request by the name its sender gave it; without a name it is simply done."""

    _counted = itertools.count()

    def __init__(self, key: str | None, request: str, status: int) -> None:
        self._key, self._request, self._status = key, request, status

    @classmethod
    async def of(cls, request: Request, shortest: int) -> "Once":
        """Read by hand: FastAPI asks anew with each request what kind of thing a header is."""
        key = request.headers.get(KEY)
        if key is not None and not re.fullmatch(VISIBLE % shortest, key):
            why = {"loc": ("header", KEY), "msg": f"should be {shortest} to 200 visible ASCII characters"}
            raise RequestValidationError([why | {"type": "string_pattern_mismatch"}])
        status: int = request.scope["route"].status_code or 200
        if key is None:
            return cls(None, "", status)
        asked = hashlib.sha256(f"{request.method} {request.scope['path']}\n".encode())
        asked.update(await request.body())
        return cls(key, asked.hexdigest(), status)

    def change(self, database: Database, who: Callable[[Look], Asker[P]], act: Act[P]) -> Answer:
        """In one transaction with what `act` changes. A refusal it raises undoes everything and is not kept;
        one that it returns is kept with what it changed (a counted attempt)."""
        answer = until_won(lambda: self._changed(database, who, act))
        if self._key and next(self._counted) % PRUNE_EVERY == 0:
            with database.transaction() as tx:
                repeats.prune(tx, PRUNE_AT_MOST)
        return answer

    def _changed(self, database: Database, who: Callable[[Look], Asker[P]], act: Act[P]) -> Answer:
        key = self._key
        with database.transaction_of(who) as (tx, asker):
            known = repeats.claim(tx, asker.name, key, self._request) if key else None
            if known is None:
                answer = self._answer(act(tx, asker.person))
                if key:
                    repeats.keep(tx, asker.name, key, answer.status, answer.body)
            elif known.request != self._request:
                raise Refusal("idempotency_key_reused")
            else:
                answer = Answer(known.status, known.answer, replayed=True)
        return answer

    def _answer(self, made: BaseModel | Refusal | None) -> Answer:
        if isinstance(made, Refusal):
            return Answer(errors.status_of(made), errors.problem_of(made).model_dump_json())
        return Answer(self._status, "" if made is None else made.model_dump_json())

    def secret(self, salt: str) -> str:
        """The same again for the same key and salt. We keep the salt, only the sender has the key: who reads
        the database learns nothing, and no process that talks to browsers needs a master secret."""
        if self._key is None:
            return salt
        mac = hmac.new(self._key.encode(), salt.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def salt() -> str:
    """As hard to guess as a session's token: without a key it is the token."""
    return secrets.token_urlsafe(32)


async def _once(request: Request) -> Once:
    return await Once.of(request, ANY)


async def _once_secret(request: Request) -> Once:
    return await Once.of(request, SECRET)


OnceOnly = Annotated[Once, Depends(_once)]
OnceSecretly = Annotated[Once, Depends(_once_secret)]
# What takes a key, a route's function or what it depends on, and how short that may be.
KEYS: dict[Callable[..., Any], int] = {_once: ANY, _once_secret: SECRET}


def described(shortest: int) -> dict[str, Any]:
    """The header, as OpenAPI has it."""
    return {
        "name": KEY,
        "in": "header",
        "required": False,
        "description": "Chosen by the client for one action, kept for 24 hours: the same request sent again "
        "under the same key is answered the same and changes nothing (`Idempotent-Replayed: true`). "
        "Without it a repeat counts as a new request.",
        "schema": {
            "type": "string",
            "pattern": VISIBLE % shortest,
            "examples": ["3f0c1b7a95d84e02a6d1c94be7a2f510"],
        },
    }
