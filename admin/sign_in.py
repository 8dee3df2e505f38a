"""Staff sign-in with e-mail and password; attempts are counted and pause the account."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, select

from shop import passwords
from shop.api.accounts import Email, Strict, set_cookie
from shop.api.deps import Config, Db, staff_changes, staff_looks, token_of
from shop.api.errors import documented
from shop.domain import audit, clock, sign_in
from shop.domain.errors import Refusal
from shop.domain.sign_in import SignedInStaff, Staff
from shop.domain.tenancy import Operator

router = APIRouter(prefix="/api/v1", tags=["sign-in"])

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


class SessionOut(BaseModel):
    token: str
    csrf: str
    staff: StaffOut


class Me(BaseModel):
    staff: StaffOut
    csrf: str


@router.post(
    "/sign-in", status_code=201, responses=documented("invalid_json", "wrong_password", "too_many_requests")
)
def open_session(db: Db, config: Config, login: Login, response: Response, request: Request) -> SessionOut:
    with db.reading() as tx:
        staff = tx.exec(select(Staff).where(Staff.email == login.email)).first()
    if staff is not None:
        _must_not_pause(staff)
    # argon2 takes 100 ms and more: outside the transaction, so that nobody waits for it
    good = passwords.matches(login.password, staff.password_hash if staff else None)
    if staff is None:
        raise Refusal("wrong_password")
    with db.transaction() as tx:
        row = tx.get_one(Staff, staff.id, with_for_update=True)
        _must_not_pause(row)  # guesses made at the same time count one after the other
        _count(row, good=good)
        tx.add(row)
        token = sign_in.open_session(tx, row.operator_id, staff_id=row.id) if good else ""
        action = "signed_in" if good else "sign_in_failed"
        audit.note(tx, row, actor=f"staff:{row.id}", action=action, subject=row.id)
        shown = _staff_out(row, tx.get_one(Operator, row.operator_id))
    if not good:
        raise Refusal("wrong_password")
    set_cookie(response, request.app.state.cookie, token, secure=config.admin_url.startswith("https"))
    return SessionOut(token=token, csrf=sign_in.csrf_token(token), staff=shown)


def _must_not_pause(staff: Staff) -> None:
    if staff.locked_until is not None and staff.locked_until > clock.now():
        raise Refusal("too_many_requests", available_at=staff.locked_until)


def _count(staff: Staff, *, good: bool) -> None:
    staff.failed_attempts = 0 if good else staff.failed_attempts + 1
    if staff.failed_attempts >= ATTEMPTS:
        staff.failed_attempts, staff.locked_until = 0, clock.now() + PAUSE


def _staff_out(staff: Staff | SignedInStaff, operator: Operator) -> StaffOut:
    return StaffOut(id=staff.id, email=staff.email, name=staff.name, operator=operator.name)


@router.get("/me", responses=documented("sign_in_required"))
@staff_looks
def me(tx: Session, staff: SignedInStaff, request: Request) -> Me:
    operator = tx.get_one(Operator, staff.operator_id)
    return Me(staff=_staff_out(staff, operator), csrf=sign_in.csrf_token(token_of(request)))


@router.delete("/sign-in", status_code=204, responses=documented("sign_in_required", "csrf"))
@staff_changes
def close_session(tx: Session, _staff: SignedInStaff, request: Request, response: Response) -> None:
    sign_in.revoke(tx, token_of(request))
    response.delete_cookie(request.app.state.cookie)
