"""Who works at the desks of the two test shops, and with which password."""

from functools import cache

from sqlmodel import Session

from shop import passwords
from shop.domain.sign_in import Staff
from shop.domain.tenancy import Store
from tests.domain.world import World

PASSWORD = "eine lange Kette von Worten"
DESK_EMAIL = "desk@example.org"
FOREIGN_EMAIL = "desk@example.net"


def hire(tx: Session, world: World) -> None:
    foreign = tx.get_one(Store, world.foreign_store_id).operator_id
    for operator_id, email in ((world.operator_id, DESK_EMAIL), (foreign, FOREIGN_EMAIL)):
        tx.add(Staff(operator_id=operator_id, email=email, name="Uta Beispiel", password_hash=_known()))


@cache  # it is slow by design
def _known() -> str:
    return passwords.hashed(PASSWORD)
