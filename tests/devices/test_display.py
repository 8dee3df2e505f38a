"""A display shows the newest code it was told, never one whose time is up, and says so without a line."""

import json
import time
from typing import Any

import pytest

from devices import messages, topics
from devices.broker import Broker
from devices.door_code import DoorCode
from devices.edge.display import Screen
from devices.messages import BadMessage
from tests.devices.rigs import STORE, Core, until
from tests.devices.store_rig import Shop

CODE: dict[str, Any] = {
    "v": 1,
    "code": "K7Q29MXD4TBA",
    "url": "https://shop/?door=K7Q29MXD4TBA",
    "ttl_ms": 45_000,
}


def code(name: str = "K7Q29MXD4TBA", ttl_ms: int = 45_000) -> DoorCode:
    return DoorCode(code=name, url=f"https://shop/?door={name}", ttl_ms=ttl_ms)


class Clock:
    ms = 1_000


@pytest.fixture
def screen() -> Screen:
    Clock.ms = 1_000
    return Screen(lambda: Clock.ms)


def test_a_display_that_was_told_nothing_shows_no_code(screen: Screen) -> None:
    assert screen.shown is None


def test_a_code_is_shown_until_its_time_is_up_by_the_displays_own_clock(screen: Screen) -> None:
    screen.tell(code())
    Clock.ms += 44_999
    assert screen.shown == code()
    Clock.ms += 1
    assert screen.shown is None


def test_a_newer_code_takes_the_place_of_the_one_before_at_once(screen: Screen) -> None:
    screen.tell(code())
    screen.tell(code("000000000000", ttl_ms=10))
    assert screen.shown == code("000000000000", ttl_ms=10)
    Clock.ms += 10
    assert screen.shown is None


def test_the_message_says_what_is_shown_where_it_leads_and_for_how_long() -> None:
    assert messages.parse(DoorCode, json.dumps(CODE | {"colour": "red"}).encode()) == code()
    assert json.loads(code().to_bytes()) == CODE
    assert code().typed == "K7Q2-9MXD-4TBA"
    assert messages.json_schemas()["DoorCode"]["required"] == ["code", "url", "ttl_ms"]
    assert topics.door_code("dorf", "display-1") == "shop/v1/dorf/display-1/down/door-code"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"v": 2}, "version"),
        ({"code": "K7Q29MXD4TB"}, "invalid"),
        ({"code": "K7Q29MXD4TBU"}, "invalid"),
        ({"code": "k7q29mxd4tba"}, "invalid"),
        ({"url": "javascript:alert(1)"}, "invalid"),
        ({"url": "https://shop/ door"}, "invalid"),
        ({"url": "https://" + "x" * 300}, "invalid"),
        ({"ttl_ms": 0}, "invalid"),
        ({"ttl_ms": 60_001}, "invalid"),
        ({"ttl_ms": "45000"}, "invalid"),
    ],
)
def test_what_is_no_code_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadMessage) as refused:
        messages.parse(DoorCode, json.dumps(CODE | changes).encode())
    assert refused.value.reason == reason


def publish(core: Core, message: DoorCode, *, retain: bool = False) -> None:
    topic = topics.door_code(STORE, "dorf-display")
    assert core.link.publish(topic, message.to_bytes(), qos=0, retain=retain, expiry_s=5)


def test_a_simulated_display_shows_text_and_picture_and_goes_dark_without_a_line(
    shop: Shop, core: Core, broker: Broker
) -> None:
    display = shop.display()
    core.listen(lambda: core.on("birth", "dorf-display"))
    assert display.shown() is None
    assert display.picture("svg") is None

    publish(core, code(ttl_ms=60_000))
    until(lambda: display.shown() == code().typed)
    assert b"<svg" in (display.picture("svg") or b"")
    assert (display.picture("png") or b"").startswith(b"\x89PNG")

    publish(core, code("000000000000", ttl_ms=1_000))
    until(lambda: display.shown() == "0000-0000-0000")
    broker.stop()
    until(lambda: display.shown() is None)


def test_a_display_shows_nothing_that_a_broker_kept_for_it(shop: Shop, core: Core) -> None:
    publish(core, code("000000000000"), retain=True)
    display = shop.display()
    core.listen(lambda: core.on("birth", "dorf-display"))
    time.sleep(0.2)
    assert display.shown() is None
    publish(core, code())
    until(lambda: display.shown() == code().typed)
