"""What may be on the wire, and what is refused, with which reason."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import messages, topics, ulid
from devices.events import EVENT_TYPES
from devices.messages import (
    BadMessage,
    Birth,
    ChallengeAck,
    CommandAck,
    Envelope,
    EventAck,
    LockState,
    Resend,
    ShelfChange,
    ShelfState,
    SignedCommand,
)

EPOCH = "01J00000000000000000000000"


def shelf_change(**changes: Any) -> dict[str, Any]:
    """The example of protocol section 4.3 with the data of 4.4."""
    data = {
        "shelf": "3a", "plate": 4, "t0": 1, "t1": 2, "before_g": 330, "after_g": 0, "delta_g": -330,
        "var_g2": 1.2, "touching": False,
    }  # fmt: skip
    envelope = {
        "v": 1, "id": EPOCH, "dev": "s1-shelf-3", "epoch": EPOCH, "seq": 4711, "ts": 1790000000123,
        "tsq": "ntp", "mono": 8123456, "offline": False, "type": "shelf.change", "data": data,
    }  # fmt: skip
    return envelope | changes


def parse(raw: object) -> Envelope:
    return messages.parse_event(json.dumps(raw).encode())


def refusal(raw: object) -> str:
    with pytest.raises(BadMessage) as refused:
        parse(raw)
    return refused.value.reason


def test_an_event_carries_the_data_of_its_type() -> None:
    event = parse(shelf_change())
    assert isinstance(event.data, ShelfChange)
    assert (event.seq, event.data.delta_g, event.data.var_g2) == (4711, -330, 1.2)


def test_what_is_written_is_read_back_equal() -> None:
    event = parse(shelf_change())
    assert messages.parse_event(event.to_bytes()) == event


def test_unknown_fields_are_ignored_and_an_unknown_type_keeps_its_data() -> None:
    event = parse(shelf_change(type="drone.landed", data={"where": "roof"}, colour="red"))
    assert event.data == {"where": "roof"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"v": 2}, "version"),
        ({"v": True}, "version"),
        ({"seq": 0}, "invalid"),
        ({"seq": 2**63}, "invalid"),
        ({"seq": "4711"}, "invalid"),
        ({"seq": 1.5}, "invalid"),
        ({"dev": "S1"}, "invalid"),
        ({"dev": "a" * 41}, "invalid"),
        ({"epoch": "not-a-ulid"}, "invalid"),
        ({"tsq": "sundial"}, "invalid"),
        ({"type": "Shelf Change"}, "invalid"),
        ({"data": []}, "invalid"),
        ({"data": None}, "invalid"),
        ({"data": {}}, "invalid"),
        ({"data": shelf_change()["data"] | {"delta_g": 10**7}}, "invalid"),
        ({"data": shelf_change()["data"] | {"delta_g": "-330"}}, "invalid"),
    ],
)
def test_a_wrong_field_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert refusal(shelf_change(**changes)) == reason


@pytest.mark.parametrize("off_g", [-2, 2])
def test_weights_of_a_shelf_may_miss_each_other_by_their_rounding(off_g: int) -> None:
    assert parse(shelf_change(data=shelf_change()["data"] | {"after_g": off_g})).seq == 4711
    worse = shelf_change(data=shelf_change()["data"] | {"after_g": 2 * off_g})
    with pytest.raises(BadMessage, match="does_not_add_up"):
        parse(worse)


@pytest.mark.parametrize("missing", ["id", "dev", "epoch", "seq", "ts", "tsq", "mono", "type", "data"])
def test_a_missing_field_is_refused_by_name(missing: str) -> None:
    raw = shelf_change()
    del raw[missing]
    with pytest.raises(BadMessage, match=rf"{missing} missing"):
        parse(raw)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'{"v": NaN}', "not_json"),
        (b"[" * 5000, "not_json"),
        (b"[]", "not_object"),
        (b"7", "not_object"),
        (b'{"pad": "' + b"x" * messages.MAX_PAYLOAD + b'"}', "oversize"),
    ],
)
def test_what_is_no_message_is_refused(payload: bytes, reason: str) -> None:
    with pytest.raises(BadMessage) as refused:
        messages.parse_event(payload)
    assert refused.value.reason == reason


def test_a_refusal_never_repeats_the_value() -> None:
    with pytest.raises(BadMessage) as refused:
        parse(shelf_change(dev="Geheimes Wort"))
    assert "Geheimes" not in str(refused.value)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    for parser in (messages.parse_event, messages.parse_ack, messages.parse_command):
        with pytest.raises(BadMessage):
            parser(payload)


def test_commands_and_answers_are_told_apart_by_their_shape() -> None:
    resend = Resend(id="r1", epoch=EPOCH, first=3)
    assert json.loads(resend.to_bytes()) == {"v": 1, "op": "resend", "id": "r1", "epoch": EPOCH, "from": 3}
    assert messages.parse_command(resend.to_bytes()) == resend
    signed = SignedCommand(kid="k1", p="e30", sig="abc")
    assert messages.parse_command(signed.to_bytes()) == signed
    challenge = ChallengeAck(id="c1", ch="A" * 22)
    assert messages.parse_ack(challenge.to_bytes()) == challenge
    done = CommandAck(id="u1", result="done", bolt="unlocked", took_ms=120)
    assert json.loads(done.to_bytes()) == {"id": "u1", "result": "done", "bolt": "unlocked", "took_ms": 120}
    assert messages.parse_ack(done.to_bytes()) == done


def test_no_device_may_stretch_the_life_of_its_challenge() -> None:
    with pytest.raises(BadMessage):
        messages.parse_ack(b'{"id": "c1", "ch": "AAAAAAAAAAAAAAAAAAAAAA", "ttl_ms": 60000}')


def test_a_birth_may_say_more_than_we_know() -> None:
    birth = messages.parse(
        Birth,
        json.dumps(
            {
                "birth": EPOCH, "fw": "1.4.2", "hw": "r3", "model": "x", "proto": [1],
                "caps": ["lock", "contact"], "boot": "power", "egress": "mechanical", "cfg_ver": 12,
                "outbox": {"from": 4700, "to": 4711}, "driver_class": "A", "moon": "full",
            }
        ).encode(),
    )  # fmt: skip
    assert (birth.caps, birth.outbox.first, birth.outbox.last) == (("lock", "contact"), 4700, 4711)


def test_a_state_is_parsed_by_its_capability() -> None:
    assert messages.parse_state("lock", b'{"bolt": "locked"}') == LockState(bolt="locked")
    assert messages.parse_state("scale-3", b'{"g": -4, "stable": true}') == ShelfState(g=-4, stable=True)
    with pytest.raises(BadMessage):
        messages.parse_state("espresso", b"{}")


def test_every_message_and_event_type_has_a_schema() -> None:
    schemas = messages.json_schemas()
    assert {f"event:{name}" for name in EVENT_TYPES} < set(schemas)
    assert schemas["Resend"]["required"] == ["id", "epoch", "from"]
    assert schemas["Envelope"]["properties"]["seq"]["maximum"] == 2**63 - 1


def test_messages_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        EventAck(epoch=EPOCH, upto=1).upto = 2  # type: ignore[misc]


def test_ulids_only_ever_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [ulid.new() for _ in range(1000)]
    monkeypatch.setattr(ulid.time, "time_ns", lambda: 10**15)  # type: ignore[attr-defined]
    after_the_clock_stepped_back = ulid.new()
    made = [*before, after_the_clock_stepped_back]
    assert made == sorted(set(made))
    assert all(len(u) == 26 for u in made)


def test_a_ulid_knows_its_time() -> None:
    assert ulid.time_ms("01ARYZ6S41" + 16 * "0") == 1469918176385  # the example of the ULID specification


def test_topics_are_built_and_taken_apart() -> None:
    assert topics.up("dorf", "lock-1", "event") == "shop/v1/dorf/lock-1/up/event"
    assert topics.parse_up("shop/v1/dorf/sh-1/up/state/scale-3") == topics.UpTopic(
        "dorf", "sh-1", "state", "scale-3"
    )
    assert topics.command("dorf", "lock-1") == "shop/v1/dorf/lock-1/down/cmd"
    assert topics.core_status("dorf") == "shop/v1/dorf/core/status"


@pytest.mark.parametrize(
    "topic",
    [
        "shop/v1/dorf/lock-1/up/event/more",
        "shop/v1/dorf/lock-1/up/state",
        "shop/v1/dorf/lock-1/down/cmd",
        "shop/v1/Dorf/lock-1/up/event",
        "shop/v1/dorf//up/event",
        "shop/v1/dorf/lock-1/up/event\n",
        "shop/v2/dorf/lock-1/up/event",
        "shop/v1/dorf/core/status",
    ],
)
def test_other_topics_are_not_a_devices(topic: str) -> None:
    assert topics.parse_up(topic) is None


@pytest.mark.parametrize("identifier", ["", "a/b", "+", "#", "Ä", "a" * 41, "a\n"])
def test_no_wildcard_or_separator_passes_as_an_id(identifier: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        topics.command("dorf", identifier)
    with pytest.raises(ValueError, match="not a device topic"):
        topics.up("dorf", identifier, "event")
