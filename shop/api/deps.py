"""How a route learns who is asking and gets its transaction: both in the one thread it runs in.

FastAPI takes every plain dependency to the thread pool and back. A transaction begun on one such trip and
committed on another keeps SQLite's only write lock while the event loop is busy with others; so everything
happens around the route itself, in a thread of ours (`shop.api.threads`).
Nor is any of it a dependency: in a profile of a settle, to solve two of those took an eighth of the time.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Concatenate, Generic, ParamSpec, TypeVar, get_args

from fastapi import Depends, Request
from sqlmodel import Session

from shop.api.repeats import ANY, KEYS, Asker, Once
from shop.api.threads import Threads
from shop.config import Settings
from shop.db import Database
from shop.domain import sessions, sign_in, tenancy
from shop.domain.customers import Shopper
from shop.domain.errors import Refusal
from shop.domain.ports import Look
from shop.domain.sign_in import SignedInStaff

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Person = TypeVar("Person")
P = ParamSpec("P")
R = TypeVar("R")


class OurOperator:
    """The operator this installation serves.

    One that has a name is looked up once; the only one each time, for there may be another meanwhile.
    """

    def __init__(self, slug: str | None) -> None:
        self._slug = slug
        self._id = ""

    def id(self, tx: Session) -> str:
        """Refusal not_set_up while there is none, or nobody said which of several."""
        found = self._id or tenancy.the_operator(tx, self._slug).id
        if self._slug is not None:
            self._id = found
        return found


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


def threads_of(request: Request) -> Threads:
    threads: Threads = request.app.state.threads
    return threads


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


def user_agent_of(request: Request) -> str:
    return request.headers.get("user-agent", "")


@dataclass(frozen=True, slots=True)
class Caller(Generic[Person]):
    """Somebody with a token; what it is worth is looked up when a transaction begins."""

    database: Database
    token: str
    find: Callable[[Look, str], Person | None]

    @contextmanager
    def changes(self) -> Iterator[tuple[Session, Person]]:
        """Committed at the end, so before the answer leaves: a failed commit is a 500, not a lie."""
        with self.database.transaction_of(self.found) as (tx, person):
            yield tx, person

    @contextmanager
    def looks(self) -> Iterator[tuple[Session, Person]]:
        person = self.person()
        with self.database.reading() as tx:
            yield tx, person

    @contextmanager
    def arrives(self) -> Iterator[tuple[Session, Person]]:
        """As `looks`; the first time in a day it is noted that this session is in use."""
        if sessions.is_first_use_today(self.database.look, self.token) and self.is_signed_in():
            with self.database.transaction() as tx:
                sessions.note_use(tx, self.token)
        with self.looks() as (tx, person):
            yield tx, person

    def person(self) -> Person:
        """Asked outside any transaction; refuses as `found` does."""
        return self.found(self.database.look)

    def found(self, look: Look) -> Person:
        """Refusal sign_in_required for a token that is unknown, revoked or too old."""
        person = self.find(look, self.token)
        if person is None:
            raise Refusal("sign_in_required")
        return person

    def is_signed_in(self) -> bool:
        return self.find(self.database.look, self.token) is not None


@dataclass(frozen=True, slots=True)
class Guard(Generic[Person]):
    """Whose session a route asks for."""

    name: str
    find: Callable[[Look, str], Person | None]

    def caller(self, request: Request) -> Caller[Person]:
        """Refusal sign_in_required without a token, csrf for a cookie alone."""
        return Caller(request.app.state.database, token_of(request), self.find)


SHOPPER, STAFF = Guard("shopper", sign_in.shopper_of), Guard("staff", sign_in.staff_of)


async def _shopper(request: Request) -> Caller[Shopper]:
    return SHOPPER.caller(request)


AskingShopper = Annotated[Caller[Shopper], Depends(_shopper)]
# What stands guard: a route's function, or what it depends on.
GUARDS: dict[Callable[..., Any], Guard[Any]] = {_shopper: SHOPPER}


async def must_be_signed_in(request: Request, guard: Guard[Any]) -> None:
    """Before a stranger is told what is wrong with what she sent: Refusal sign_in_required or csrf."""
    await threads_of(request).run(guard.caller(request).person)


def shopper_changes(route: Callable[Concatenate[Session, Shopper, P], R]) -> Callable[..., R]:
    """Guard of a route that takes a transaction and the shopper who is signed in; repeats change nothing."""
    return _once(route, SHOPPER)


def shopper_looks(route: Callable[Concatenate[Session, Shopper, P], R]) -> Callable[..., R]:
    """The same for a route that changes nothing: it waits for nobody, and nobody waits for it."""
    return _guarded(route, SHOPPER, Caller.looks)


def shopper_arrives(route: Callable[Concatenate[Session, Shopper, P], R]) -> Callable[..., R]:
    """For what her app asks when it starts."""
    return _guarded(route, SHOPPER, Caller.arrives)


def shopper_leaves(route: Callable[Concatenate[Session, Shopper, P], R]) -> Callable[..., R]:
    """For signing out: nobody is left to whom an answer could be given again."""
    return _guarded(route, SHOPPER, Caller.changes)


def staff_changes(route: Callable[Concatenate[Session, SignedInStaff, P], R]) -> Callable[..., R]:
    return _once(route, STAFF)


def staff_looks(route: Callable[Concatenate[Session, SignedInStaff, P], R]) -> Callable[..., R]:
    return _guarded(route, STAFF, Caller.looks)


def staff_leaves(route: Callable[Concatenate[Session, SignedInStaff, P], R]) -> Callable[..., R]:
    return _guarded(route, STAFF, Caller.changes)


def _once(route: Callable[Concatenate[Session, Person, P], R], guard: Guard[Any]) -> Callable[..., R]:
    """The answer is fixed in the transaction, to be given again to who repeats the request."""

    call = _told_of_request(route)

    async def guarded(*, request: Request, **given: Any) -> Any:
        caller = guard.caller(request)
        once = await Once.of(request, ANY)

        def who(look: Look) -> Asker[Any]:
            person = caller.found(look)
            return Asker(f"{guard.name}:{person.id}", person)

        def act(tx: Session, person: Any) -> Any:
            return call(request, tx, person, **given)

        return (await threads_of(request).run(once.change, caller.database, who, act)).response()

    KEYS[guarded] = ANY
    return _as_route(guarded, route, guard)


def _guarded(
    route: Callable[Concatenate[Session, Person, P], R],
    guard: Guard[Any],
    begin: Callable[[Caller[Any]], AbstractContextManager[tuple[Session, Any]]],
) -> Callable[..., R]:
    call = _told_of_request(route)

    def work(caller: Caller[Any], request: Request, given: dict[str, Any]) -> Any:
        with begin(caller) as (tx, person):
            return call(request, tx, person, **given)

    async def guarded(*, request: Request, **given: Any) -> Any:
        return await threads_of(request).run(work, guard.caller(request), request, given)

    return _as_route(guarded, route, guard)


def _told_of_request(route: Callable[..., Any]) -> Callable[..., Any]:
    """The route, called with the request first: FastAPI hands it over once, and some want it, too."""
    if "request" in inspect.signature(route).parameters:
        return lambda request, *given, **named: route(*given, request=request, **named)
    return lambda _, *given, **named: route(*given, **named)


def _as_route(
    guarded: Callable[..., Any], route: Callable[..., Any], guard: Guard[Any]
) -> Callable[..., Any]:
    """FastAPI sees the request and the route's own parameters in place of its first two, and no refusal among
    what it answers."""
    signature = inspect.signature(route)
    request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    own = [p.replace(kind=p.KEYWORD_ONLY) for p in list(signature.parameters.values())[2:]]
    told = signature.return_annotation
    if Refusal in get_args(told):
        [told] = (kind for kind in get_args(told) if kind is not Refusal)
    functools.update_wrapper(guarded, route)
    guarded.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[request, *(p for p in own if p.name != "request")], return_annotation=told
    )
    GUARDS[guarded] = guard
    return guarded
