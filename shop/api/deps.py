"""How a route learns who is asking and gets its transaction: both in the one thread it runs in.

FastAPI takes every plain dependency to the thread pool and back. A transaction begun on one such trip and
committed on another keeps SQLite's only write lock while the event loop is busy with others; so what is asked
for beforehand is `async` and looks at the request only, and the rest happens around the route itself.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Concatenate, Generic, ParamSpec, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Connection
from sqlmodel import Session

from shop.config import Settings
from shop.db import Database
from shop.domain import sign_in, tenancy
from shop.domain.customers import Shopper
from shop.domain.errors import Refusal
from shop.domain.ports import Look
from shop.domain.sign_in import SignedInStaff

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Person = TypeVar("Person")
P = ParamSpec("P")
R = TypeVar("R")


class OurOperator:
    """The operator this installation serves; looked up once, because that does not change while we run."""

    def __init__(self, slug: str | None) -> None:
        self._slug = slug
        self._id = ""

    def id(self, tx: Session) -> str:
        """Refusal not_set_up while there is none, or nobody said which of several."""
        if not self._id:
            self._id = tenancy.the_operator(tx, self._slug).id
        return self._id


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _operator(request: Request) -> OurOperator:
    operator: OurOperator = request.app.state.operator
    return operator


Db = Annotated[Database, Depends(_database)]
Config = Annotated[Settings, Depends(_settings)]
TheOperator = Annotated[OurOperator, Depends(_operator)]


def token_of(request: Request) -> str:
    """The session's token from the bearer header, else from the cookie (then state changes need CSRF)."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return token.strip()
    token = request.cookies.get(request.app.state.cookie, "")
    if not token:
        raise Refusal("sign_in_required")
    if request.method not in SAFE_METHODS:
        sent = request.headers.get("x-csrf-token", "")
        if not sign_in.csrf_matches(token, sent):
            raise Refusal("csrf")
    return token


@dataclass(frozen=True, slots=True)
class Caller(Generic[Person]):
    """Somebody with a token; what it is worth is looked up before a transaction begins."""

    database: Database
    token: str
    find: Callable[[Look, str], Person | None]

    @contextmanager
    def changes(self) -> Iterator[tuple[Session, Person]]:
        """Committed at the end, so before the answer leaves: a failed commit is a 500, not a lie."""
        person = self._person()  # first: others wait for as long as a transaction takes
        with self.database.transaction() as tx:
            yield tx, person

    @contextmanager
    def looks(self) -> Iterator[tuple[Session, Person]]:
        person = self._person()
        with self.database.reading() as tx:
            yield tx, person

    def _person(self) -> Person:
        person = self.find(self.database.look, self.token)
        if person is None:
            raise Refusal("sign_in_required")
        return person


async def _shopper(request: Request) -> Caller[Shopper]:
    return Caller(request.app.state.database, token_of(request), sign_in.shopper_of)


async def _staff(request: Request) -> Caller[SignedInStaff]:
    return Caller(request.app.state.database, token_of(request), sign_in.staff_of)


# Guards: every route names one of these or stands in PUBLIC; a test lists them all.
GUARDS: dict[Callable[..., Any], str] = {_shopper: "shopper", _staff: "staff"}
AskingShopper = Annotated[Caller[Shopper], Depends(_shopper)]


def shopper_changes(route: Callable[Concatenate[Session, Shopper, P], R]) -> Callable[..., R]:
    """Guard of a route that takes a transaction and the shopper who is signed in."""
    return _in_one_thread(route, _shopper, Caller.changes)


def shopper_acts(
    show: Callable[[Connection, R], Any],
) -> Callable[[Callable[Concatenate[Session, Shopper, P], R]], Callable[..., Any]]:
    """The same, and what the answer shows is read after the commit: nobody waits while it is drawn."""
    return lambda route: _in_one_thread(route, _shopper, Caller.changes, show)


def shopper_looks(route: Callable[Concatenate[Session, Shopper, P], R]) -> Callable[..., R]:
    """The same for a route that changes nothing: it waits for nobody, and nobody waits for it."""
    return _in_one_thread(route, _shopper, Caller.looks)


def staff_changes(route: Callable[Concatenate[Session, SignedInStaff, P], R]) -> Callable[..., R]:
    return _in_one_thread(route, _staff, Caller.changes)


def staff_looks(route: Callable[Concatenate[Session, SignedInStaff, P], R]) -> Callable[..., R]:
    return _in_one_thread(route, _staff, Caller.looks)


def _in_one_thread(
    route: Callable[Concatenate[Session, Person, P], R],
    guard: Callable[..., Any],
    begin: Callable[[Caller[Any]], AbstractContextManager[tuple[Session, Any]]],
    show: Callable[[Connection, R], Any] | None = None,
) -> Callable[..., Any]:
    """FastAPI sees the route's own parameters, and the guard in place of its first two."""

    @functools.wraps(route)
    def guarded(*, asking: Caller[Any], **given: Any) -> Any:
        with begin(asking) as (tx, person):
            answer = route(tx, person, **given)  # type: ignore[call-arg]  # FastAPI hands over all by name
        if show is None:
            return answer
        with asking.database.looking() as connection:
            return show(connection, answer)

    signature = inspect.signature(route)
    caller = inspect.Parameter(
        "asking", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[Caller[Any], Depends(guard)]
    )
    own = [p.replace(kind=p.KEYWORD_ONLY) for p in list(signature.parameters.values())[2:]]
    shown = inspect.signature(show or route).return_annotation
    guarded.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[caller, *own], return_annotation=shown
    )
    return guarded
