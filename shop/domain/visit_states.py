"""The life of a visit as one table: state x event -> next state and what to do."""

from enum import StrEnum

from shop.domain.errors import IllegalTransition


class State(StrEnum):
    REQUESTED = "requested"
    AUTHENTICATING = "authenticating"
    ADMITTED = "admitted"
    UNLOCKED = "unlocked"
    SHOPPING = "shopping"
    SETTLING = "settling"
    PAYMENT_DUE = "payment_due"
    IN_REVIEW = "in_review"
    SETTLED = "settled"
    EMPTY = "empty"
    ABANDONED = "abandoned"
    REFUSED = "refused"


class Event(StrEnum):
    HOLD_PLACED = "hold_placed"
    HOLD_DECLINED = "hold_declined"
    AUTHENTICATION_ASKED = "authentication_asked"
    CANCELLED = "cancelled"
    UNLOCKED = "unlocked"
    UNLOCK_FAILED = "unlock_failed"
    DOOR_OPENED = "door_opened"
    LEFT_WITH_NOTHING = "left_with_nothing"
    LEFT_PAID = "left_paid"
    LEFT_UNPAID = "left_unpaid"
    LEFT_UNCLEAR = "left_unclear"
    LATE_PICK = "late_pick"
    PAY = "pay"
    CAPTURED = "captured"
    CAPTURED_IN_PART = "captured_in_part"
    CAPTURE_FAILED = "capture_failed"
    RESOLVED_CHARGE = "resolved_charge"
    RESOLVED_RELEASE = "resolved_release"
    RESOLVED_WAIVE = "resolved_waive"
    TIMED_OUT = "timed_out"


class Task(StrEnum):
    UNLOCK_DOOR = "unlock_door"
    AWAIT_OPENING = "await_opening"
    WATCH_OVER = "watch_over"
    RELEASE_HOLD = "release_hold"
    BOOK_SALE = "book_sale"
    COLLECT = "collect"
    WRITE_OFF = "write_off"
    REQUEST_PAYMENT = "request_payment"
    SEND_RECEIPT = "send_receipt"
    CALL_STAFF = "call_staff"


S, E, T = State, Event, Task

# Someone may be, or come, inside as long as the visit is in one of these.
OPEN = frozenset({S.REQUESTED, S.AUTHENTICATING, S.ADMITTED, S.UNLOCKED, S.SHOPPING})
FINAL = frozenset({S.SETTLED, S.EMPTY, S.ABANDONED, S.REFUSED})

TABLE: dict[tuple[State, Event], tuple[State, tuple[Task, ...]]] = {
    # in               when                    becomes           and asks for
    (S.REQUESTED,      E.HOLD_PLACED):          (S.ADMITTED,       (T.UNLOCK_DOOR,)),
    (S.REQUESTED,      E.AUTHENTICATION_ASKED): (S.AUTHENTICATING, ()),
    (S.REQUESTED,      E.HOLD_DECLINED):        (S.REFUSED,        ()),
    (S.REQUESTED,      E.CANCELLED):            (S.ABANDONED,      (T.RELEASE_HOLD,)),
    (S.REQUESTED,      E.TIMED_OUT):            (S.ABANDONED,      (T.RELEASE_HOLD,)),
    (S.AUTHENTICATING, E.HOLD_PLACED):          (S.ADMITTED,       (T.UNLOCK_DOOR,)),
    (S.AUTHENTICATING, E.AUTHENTICATION_ASKED): (S.AUTHENTICATING, ()),
    (S.AUTHENTICATING, E.HOLD_DECLINED):        (S.REFUSED,        ()),
    (S.AUTHENTICATING, E.CANCELLED):            (S.ABANDONED,      (T.RELEASE_HOLD,)),
    (S.AUTHENTICATING, E.TIMED_OUT):            (S.ABANDONED,      (T.RELEASE_HOLD,)),
    # the door promise: asked, acknowledged, really opened, or nothing is charged
    (S.ADMITTED,       E.UNLOCKED):             (S.UNLOCKED,       (T.AWAIT_OPENING,)),
    (S.ADMITTED,       E.DOOR_OPENED):          (S.SHOPPING,       (T.WATCH_OVER,)),
    (S.ADMITTED,       E.UNLOCK_FAILED):        (S.ABANDONED,      (T.RELEASE_HOLD,)),
    (S.ADMITTED,       E.CANCELLED):            (S.ABANDONED,      (T.RELEASE_HOLD,)),
    (S.ADMITTED,       E.TIMED_OUT):            (S.ABANDONED,      (T.RELEASE_HOLD,)),
    (S.UNLOCKED,       E.DOOR_OPENED):          (S.SHOPPING,       (T.WATCH_OVER,)),
    (S.UNLOCKED,       E.TIMED_OUT):            (S.ABANDONED,      (T.RELEASE_HOLD,)),
    # inside
    (S.SHOPPING,       E.UNLOCKED):             (S.SHOPPING,       ()),
    (S.SHOPPING,       E.LEFT_WITH_NOTHING):    (S.EMPTY,          (T.RELEASE_HOLD,)),
    (S.SHOPPING,       E.LEFT_PAID):            (S.SETTLING,       (T.BOOK_SALE, T.COLLECT)),
    (S.SHOPPING,       E.LEFT_UNPAID):          (S.PAYMENT_DUE,    (T.BOOK_SALE, T.REQUEST_PAYMENT)),
    (S.SHOPPING,       E.LEFT_UNCLEAR):         (S.IN_REVIEW,      (T.CALL_STAFF,)),
    (S.SHOPPING,       E.TIMED_OUT):            (S.IN_REVIEW,      (T.CALL_STAFF,)),
    # money
    (S.SETTLING,       E.CAPTURED):             (S.SETTLED,        (T.SEND_RECEIPT,)),
    (S.SETTLING,       E.CAPTURED_IN_PART):     (S.PAYMENT_DUE,    (T.REQUEST_PAYMENT,)),
    (S.SETTLING,       E.CAPTURE_FAILED):       (S.PAYMENT_DUE,    (T.REQUEST_PAYMENT,)),
    (S.SETTLING,       E.TIMED_OUT):            (S.IN_REVIEW,      (T.CALL_STAFF,)),
    (S.PAYMENT_DUE,    E.PAY):                  (S.SETTLING,       (T.COLLECT,)),
    (S.PAYMENT_DUE,    E.CAPTURED):             (S.SETTLED,        (T.SEND_RECEIPT,)),
    (S.PAYMENT_DUE,    E.CAPTURED_IN_PART):     (S.PAYMENT_DUE,    ()),
    (S.PAYMENT_DUE,    E.TIMED_OUT):            (S.IN_REVIEW,      (T.CALL_STAFF,)),
    # a person decides
    (S.IN_REVIEW,      E.RESOLVED_CHARGE):      (S.SETTLING,       (T.BOOK_SALE, T.COLLECT)),
    (S.IN_REVIEW,      E.RESOLVED_RELEASE):     (S.EMPTY,          (T.RELEASE_HOLD,)),
    (S.IN_REVIEW,      E.RESOLVED_WAIVE):       (S.SETTLED,        (T.RELEASE_HOLD, T.WRITE_OFF)),
    # late news must not be lost
    (S.SHOPPING,       E.HOLD_PLACED):          (S.SHOPPING,       ()),
    (S.ADMITTED,       E.HOLD_PLACED):          (S.ADMITTED,       ()),
    (S.UNLOCKED,       E.HOLD_PLACED):          (S.UNLOCKED,       ()),
    (S.UNLOCKED,       E.UNLOCKED):             (S.UNLOCKED,       ()),
    (S.REFUSED,        E.HOLD_PLACED):          (S.REFUSED,        (T.RELEASE_HOLD,)),
    (S.REFUSED,        E.HOLD_DECLINED):        (S.REFUSED,        ()),
    (S.ABANDONED,      E.HOLD_PLACED):          (S.ABANDONED,      (T.RELEASE_HOLD,)),
    (S.ABANDONED,      E.HOLD_DECLINED):        (S.ABANDONED,      ()),
    (S.ABANDONED,      E.AUTHENTICATION_ASKED): (S.ABANDONED,      (T.RELEASE_HOLD,)),
    (S.ABANDONED,      E.UNLOCKED):             (S.ABANDONED,      ()),
    (S.ABANDONED,      E.UNLOCK_FAILED):        (S.ABANDONED,      ()),
    (S.ABANDONED,      E.DOOR_OPENED):          (S.IN_REVIEW,      (T.CALL_STAFF,)),
    (S.IN_REVIEW,      E.CAPTURED):             (S.SETTLED,        (T.SEND_RECEIPT,)),
    (S.IN_REVIEW,      E.CAPTURED_IN_PART):     (S.IN_REVIEW,      ()),
    (S.IN_REVIEW,      E.CAPTURE_FAILED):       (S.IN_REVIEW,      ()),
    (S.IN_REVIEW,      E.LATE_PICK):            (S.IN_REVIEW,      (T.CALL_STAFF,)),
    (S.SETTLING,       E.LATE_PICK):            (S.SETTLING,       (T.CALL_STAFF,)),
    (S.PAYMENT_DUE,    E.LATE_PICK):            (S.PAYMENT_DUE,    (T.CALL_STAFF,)),
    (S.SETTLED,        E.LATE_PICK):            (S.SETTLED,        (T.CALL_STAFF,)),
    (S.EMPTY,          E.LATE_PICK):            (S.EMPTY,          (T.CALL_STAFF,)),
    (S.ABANDONED,      E.LATE_PICK):            (S.ABANDONED,      (T.CALL_STAFF,)),
    (S.SETTLED,        E.CAPTURED):             (S.SETTLED,        ()),
}  # fmt: skip


def step(state: State, event: Event) -> tuple[State, tuple[Task, ...]]:
    """Next state and tasks; IllegalTransition when the table has no such row."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise IllegalTransition(state, event) from None


def allows(state: State, event: Event) -> bool:
    return (state, event) in TABLE
