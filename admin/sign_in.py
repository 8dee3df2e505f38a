"""Staff sign-in with e-mail and password; attempts are counted and pause the account."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, select

from shop import passwords
from shop.api import sessions
from shop.api.deps import Config, Db, staff_leaves, staff_looks, token_of
from shop.api.description import refusals
from shop.api.inputs import Email, Strict
from shop.api.repeats import OnceSecretly, stranger
from shop.api.routes import HouseRoute, open_to_all
from shop.domain import audit, clock, sign_in
from shop.domain.errors import Refusal
from shop.domain.sign_in import SignedInStaff, Staff
from shop.domain.tenancy import Operator

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["sign-in"])

ATTEMPTS = 5
PAUSE = timedelta(minutes=15)


class Login(Strict):
    email: Email
    password: str = Field(min_length=1, max_length=200, examples=["a long pass phrase"])


class StaffOut(BaseModel):
    id: str
    email: str
    name: str
    operator: str


class SessionOut(sessions.Session):
    staff: StaffOut


class Me(BaseModel):
    staff: StaffOut
    csrf: str


@router.post("/sign-in", status_code=201, openapi_extra=refusals("wrong_password"))
@open_to_all("a password; five wrong ones pause the account")
def open_session(db: Db, config: Config, once: OnceSecretly, login: Login, request: Request) -> SessionOut:
    """An unknown address, a wrong password and a paused account are answered alike, after the same work."""
    with db.reading() as tx:
        staff = tx.exec(select(Staff).where(Staff.email == login.email)).first()
    # argon2 takes 100 ms and more: outside the transaction, so that nobody waits for it
    good = passwords.matches(login.password, staff.password_hash if staff else None)
    if staff is None:
        raise Refusal("wrong_password")
    if not good:
        with db.transaction() as tx:
            _count(tx, _locked(tx, staff), good=False)
        raise Refusal("wrong_password")

    def enter(tx: Session, _: None) -> SessionOut:
        row = _locked(tx, staff)
        if _is_paused(row):  # guesses made at the same time count one after the other
            raise Refusal("wrong_password")
        _count(tx, row, good=True)
        salt = sessions.salt()
        sign_in.open_session(tx, row.operator_id, once.secret(salt), staff_id=row.id)
        return SessionOut(token=salt, staff=_staff_out(row, tx.get_one(Operator, row.operator_id)))

    answer = once.change(db, stranger(f"staff:{staff.id}"), enter)
    return sessions.opened(answer, SessionOut, once, request, config.admin_url)  # type: ignore[return-value]


def _locked(tx: Session, staff: Staff) -> Staff:
    return tx.get_one(Staff, staff.id, with_for_update=True)


def _is_paused(staff: Staff) -> bool:
    return staff.locked_until is not None and staff.locked_until > clock.now()


def _count(tx: Session, staff: Staff, *, good: bool) -> None:
    if _is_paused(staff):
        return
    staff.failed_attempts = 0 if good else staff.failed_attempts + 1
    if staff.failed_attempts >= ATTEMPTS:
        staff.failed_attempts, staff.locked_until = 0, clock.now() + PAUSE
    tx.add(staff)
    action = "signed_in" if good else "sign_in_failed"
    audit.note(tx, staff, actor=f"staff:{staff.id}", action=action, subject=staff.id)


def _staff_out(staff: Staff | SignedInStaff, operator: Operator) -> StaffOut:
    return StaffOut(id=staff.id, email=staff.email, name=staff.name, operator=operator.name)


@router.get("/me")
@staff_looks
def me(tx: Session, staff: SignedInStaff, request: Request) -> Me:
    operator = tx.get_one(Operator, staff.operator_id)
    return Me(staff=_staff_out(staff, operator), csrf=sign_in.csrf_token(token_of(request)))


@router.delete("/sign-in", status_code=204)
@staff_leaves
def close_session(tx: Session, _staff: SignedInStaff, request: Request) -> Response:
    sign_in.revoke(tx, token_of(request))
    return sessions.close(request)
