"""Passkeys over HTTP: make one, sign in with it, see and remove those there are."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, BaseModel, Field
from sqlmodel import Session

from shop.api import sessions
from shop.api.deps import (
    Config,
    Db,
    TheOperator,
    shopper_changes,
    shopper_looks,
    threads_of,
    user_agent_of,
)
from shop.api.description import refusals
from shop.api.inputs import RowId, Strict
from shop.api.repeats import OnceOnly, OnceSecretly, stranger
from shop.api.routes import HouseRoute, open_to_all
from shop.api.views import SessionOut, signed_in
from shop.domain import passkeys, user_agents
from shop.domain.customers import Shopper
from shop.domain.errors import Refusal
from shop.domain.passkeys import Passkey
from shop.domain.ports import Ceremonies

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["passkeys"])

Base64 = Annotated[str, Field(max_length=16_384, pattern=r"^[A-Za-z0-9_-]+$", examples=["bm90IGEga2V5"])]
CredentialId = Annotated[str, Field(max_length=1400, pattern=r"^[A-Za-z0-9_-]+$", examples=["bm90IGEga2V5"])]


class Attestation(Strict):
    """What the browser's `toJSON` tells of a new passkey."""

    id: CredentialId
    client_data: Base64
    attestation: Base64


class Assertion(Strict):
    id: CredentialId
    client_data: Base64
    authenticator_data: Base64
    signature: Base64
    user_handle: Base64


class PasskeyName(Strict):
    """One line that says something: not empty, no control characters."""

    name: Annotated[
        str,
        Field(
            max_length=passkeys.NAME_LENGTH,
            pattern=r"^ *[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
            examples=["Mein Telefon"],
        ),
        AfterValidator(lambda name: name.strip(" ")),
    ]


class Asked(BaseModel):
    """For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`."""

    options: dict[str, Any]


class PasskeyOut(BaseModel):
    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


async def _ceremonies(request: Request) -> Ceremonies:
    """Before a transaction begins: the library behind it is loaded at its first use."""
    found: Ceremonies = await threads_of(request).run(request.app.state.ceremonies)
    return found


WebAuthn = Annotated[Ceremonies, Depends(_ceremonies)]
TOO_LATE = ("expired_challenge", "passkey_refused")


@router.post("/passkey-challenges", status_code=201)
@shopper_changes
def ask_to_create(tx: Session, shopper: Shopper, webauthn: WebAuthn) -> Asked:
    return Asked(options=passkeys.options_to_create(tx, webauthn, shopper))


@router.post("/passkeys", status_code=201, openapi_extra=refusals(*TOO_LATE, "passkey_known"))
@shopper_changes
def create(
    tx: Session, shopper: Shopper, webauthn: WebAuthn, made: Attestation, request: Request
) -> PasskeyOut | Refusal:
    """Named after the browser and system it was made with."""
    name = user_agents.name(user_agent_of(request), shopper.language) or "Passkey"
    passkey = passkeys.create(tx, webauthn, shopper, made.model_dump(), name)
    return passkey if isinstance(passkey, Refusal) else _out(passkey)


@router.get("/passkeys")
@shopper_looks
def hers(tx: Session, shopper: Shopper) -> list[PasskeyOut]:
    return [_out(passkey) for passkey in passkeys.of_customer(tx, shopper.id)]


@router.put("/passkeys/{passkey_id}/name")
@shopper_changes
def rename(tx: Session, shopper: Shopper, passkey_id: RowId, wish: PasskeyName) -> PasskeyOut:
    return _out(passkeys.rename(tx, shopper.id, passkey_id, wish.name))


@router.delete("/passkeys/{passkey_id}", status_code=204)
@shopper_changes
def remove(tx: Session, shopper: Shopper, passkey_id: RowId) -> None:
    """Nobody signs in with it any more; sessions it opened stay open."""
    passkeys.remove(tx, shopper.id, passkey_id)


@router.post("/sign-in/passkey-challenges", status_code=201, openapi_extra=refusals("not_set_up"))
@open_to_all("tells nobody anything; requests counted by caller, and a challenge is gone in five minutes")
def ask_to_sign_in(db: Db, operator: TheOperator, once: OnceOnly, webauthn: WebAuthn) -> Asked:
    def ask(tx: Session, _: None) -> Asked:
        return Asked(options=passkeys.options_to_sign_in(tx, webauthn, operator.id(tx)))

    return once.change(db, stranger("passkey"), ask).response()  # type: ignore[return-value]


@router.post(
    "/sign-in/passkeys",
    status_code=201,
    openapi_extra=refusals(*TOO_LATE, "unknown_passkey", "passkey_copied", "not_set_up"),
)
@open_to_all("a signature by her device over a challenge that is used once")
def open_session(
    db: Db,
    operator: TheOperator,
    config: Config,
    once: OnceSecretly,
    webauthn: WebAuthn,
    signed: Assertion,
    request: Request,
) -> SessionOut:
    """Trade a signed challenge for a session."""

    def trade(tx: Session, _: None) -> SessionOut | Refusal:
        found = passkeys.used(tx, webauthn, operator.id(tx), signed.model_dump())
        if isinstance(found, Refusal):
            return found
        return signed_in(tx, found, once, user_agent_of(request))

    answer = once.change(db, stranger(passkeys.asker(signed.id)), trade)
    return sessions.opened(answer, SessionOut, once, request, config.public_url)  # type: ignore[return-value]


def _out(passkey: Passkey) -> PasskeyOut:
    return PasskeyOut(**passkey.model_dump(include=set(PasskeyOut.model_fields)))
