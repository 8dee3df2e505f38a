"""What nobody wants any more is not asked of the bank."""

from sqlmodel import Session

from shop.domain import jobs, lifecycle
from shop.domain.jobs import Job, Status
from shop.domain.visit_states import Event
from shop.domain.visits import Visit
from tests.jobs import claim_one, do_one
from tests.shop.banks import Bank
from tests.shop.rigs import Round


def test_a_charge_is_not_made_for_a_visit_that_needs_none_any_more(banked: Round, bank: Bank) -> None:
    visit_id = banked.ask_to_enter()
    banked.change(visit_id, lambda tx, visit: jobs.cancel(tx, visit.id, "nothing"))
    claimed = claim_one(banked.means)
    assert claimed is not None
    banked.change(visit_id, lambda tx, visit: lifecycle.advance(tx, visit, Event.CANCELLED))
    with banked.database.transaction() as tx:
        jobs.put_off(tx, claimed, "never started")
        tx.get_one(Job, claimed.id).attempts = 0
    banked.hurry("place_hold")
    banked.work()
    assert bank.asked == []
    assert banked.payments(visit_id)[0].status == "released"


def test_a_capture_is_not_tried_again_once_she_was_let_go(banked: Round, bank: Bank) -> None:
    visit_id = banked.about_to_settle()
    assert do_one(banked.means)
    claimed = claim_one(banked.means)
    assert claimed is not None
    assert claimed.kind == "capture"
    with banked.database.transaction() as tx:
        jobs.put_off(tx, claimed, "no answer")

    def let_go(tx: Session, visit: Visit) -> None:
        lifecycle.advance(tx, visit, Event.TIMED_OUT, reason="capture_took_too_long")
        lifecycle.advance(tx, visit, Event.RESOLVED_WAIVE)
        jobs.cancel(tx, visit.id, "release_hold")  # it comes too late

    banked.change(visit_id, let_go)
    banked.hurry("capture")
    banked.work()
    assert claimed.id not in bank.asked
    assert [job.status for job in banked.jobs("capture")] == [Status.DONE]
    assert banked.payments(visit_id)[0].captured_cents == 0
