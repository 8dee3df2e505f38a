"""A visit with real processes: lock, contact, shelf and world around a real broker."""

import json

import pytest

from devices import signing
from devices.messages import Birth, CommandAck, ContactChanged, LockChanged, Scale, ShelfChange, parse
from simulators.world_client import CannotDo
from tests.devices.rigs import Core, key, unlock_command, until
from tests.devices.store_rig import Shop

# one broker is enough where the rule tested is the device's own
ONE_BROKER = pytest.mark.parametrize("broker", ["embedded"], indirect=True)


def test_a_visit_from_unlock_to_the_goods_that_left(shop: Shop, core: Core) -> None:
    shop.lock()
    shop.contact()
    shop.shelf()
    core.listen(lambda: all(core.on("birth", d) for d in ("dorf-lock", "dorf-contact", "dorf-shelf-1")))
    core.listen(lambda: len([m for m in core.heard if "/state/scale-" in m.topic]) >= 4)  # all at rest

    assert core.unlock("dorf-lock", "front").result == "done"
    with shop.person() as world:
        world.enter("anna", "front")
        world.take("anna", "kaffee", 2)
        world.take("anna", "hefe")
        left = world.leave("anna", "front")
        assert world.counts()["shelf-1/3"] == {"kaffee": 3}

    assert left["cents"] == 2 * 699 + 45
    assert [json.loads(line)["cents"] for line in (shop.folder / "truth.jsonl").read_text().splitlines()] == [
        1443
    ]

    core.listen(lambda: len(core.events("shelf.change")) >= 2 and len(core.events("contact.changed")) == 4)
    grams: dict[int, int] = {}
    for event in core.events("shelf.change"):
        assert isinstance(event.data, ShelfChange)
        assert 0 <= event.ts - event.data.t1 < 1000
        assert event.data.t0 < event.data.t1
        grams[event.data.plate] = grams.get(event.data.plate, 0) + event.data.delta_g
    assert grams[3] == pytest.approx(-1030, abs=12)
    assert grams[4] == pytest.approx(-42, abs=5)

    edges = [event.data for event in core.events("contact.changed")]
    assert [edge.open for edge in edges if isinstance(edge, ContactChanged)] == [True, False, True, False]
    assert [edge.by for edge in edges if isinstance(edge, ContactChanged)][2] == "egress"
    causes = [
        event.data.cause for event in core.events("lock.changed") if isinstance(event.data, LockChanged)
    ]
    assert causes[0] == "cmd"
    assert "egress" in causes


@ONE_BROKER
def test_a_slow_shelf_says_so_and_still_tells_what_was_taken(shop: Shop, core: Core) -> None:
    shop.lock()
    shop.shelf(sps="5")
    core.listen(lambda: len([m for m in core.heard if "/state/scale-" in m.topic]) >= 4)
    assert parse(Birth, core.on("birth", "dorf-shelf-1")[0].payload).scale == Scale(sps=5)
    assert core.unlock("dorf-lock", "front").result == "done"
    with shop.person() as world:
        world.enter("anna", "front")
        world.take("anna", "kaffee")
    core.listen(lambda: core.events("shelf.change"))


@ONE_BROKER
def test_the_bolt_locks_again_by_its_own_timer(shop: Shop, core: Core) -> None:
    shop.lock()
    core.listen(lambda: core.on("birth", "dorf-lock"))
    assert core.unlock("dorf-lock", "front", release_ms=300).result == "done"
    core.listen(lambda: len(core.events("lock.changed")) == 2)
    log = shop.bolt_log()
    assert [(line["bolt"], line["cause"]) for line in log] == [("unlocked", "cmd"), ("locked", "auto")]
    assert 300 <= log[1]["wall_ms"] - log[0]["wall_ms"] < 700
    with shop.person() as world, pytest.raises(CannotDo, match="locked"):
        world.enter("anna", "front", patience_s=0.2)


@ONE_BROKER
def test_a_replayed_command_moves_nothing_even_after_the_lock_was_killed(shop: Shop, core: Core) -> None:
    shop.lock()
    core.listen(lambda: core.on("birth", "dorf-lock"))
    command = unlock_command("dorf-lock", "front", core.challenge("dorf-lock"), release_ms=300)
    signed = signing.sign(command, key("dorf-lock"), "k1")
    core.command("dorf-lock", signed)
    first = core.answer("dorf-lock", command.id)

    core.command("dorf-lock", signed)
    core.listen(lambda: len(core.on("ack", "dorf-lock")) == 3)
    shop.kill("dorf-lock")
    shop.lock()
    core.listen(lambda: len(core.on("birth", "dorf-lock")) == 2)
    core.command("dorf-lock", signed)
    core.listen(lambda: len(core.on("ack", "dorf-lock")) == 4)

    answers = [message.payload for message in core.on("ack", "dorf-lock")][1:]
    assert answers == [first.to_bytes()] * 3
    assert [line["cmd_id"] for line in shop.bolt_log() if line["cause"] == "cmd"] == [command.id]


def test_an_unlock_that_waited_at_the_broker_is_refused(shop: Shop, core: Core) -> None:
    command = unlock_command("dorf-lock", "front", "A" * 22)
    core.command("dorf-lock", signing.sign(command, key("dorf-lock"), "k1"), retain=True)
    shop.lock()
    ack = core.answer("dorf-lock", command.id, 20.0)
    assert isinstance(ack, CommandAck)
    assert (ack.result, ack.code) == ("rejected", "retained")
    assert shop.bolt_log() == []


@ONE_BROKER
def test_a_jammed_bolt_is_reported_and_opens_nothing(shop: Shop, core: Core) -> None:
    shop.lock()
    core.listen(lambda: core.on("birth", "dorf-lock"))
    with shop.person() as world:
        world.jam("front")
        ack = core.unlock("dorf-lock", "front")
        assert (ack.result, ack.code) == ("failed", "jammed")
        core.listen(lambda: core.events("lock.jammed"))
        with pytest.raises(CannotDo, match="locked"):
            world.enter("anna", "front", patience_s=0.2)


@ONE_BROKER
def test_the_way_out_needs_no_software_at_all(shop: Shop, core: Core) -> None:
    shop.lock()
    core.listen(lambda: core.on("birth", "dorf-lock"))
    core.unlock("dorf-lock", "front")
    with shop.person() as world:
        world.enter("anna", "front", friends=["ben"])
        shop.kill("dorf-lock")
        core.link.stop()
        world.leave("anna", "front")
        world.leave("ben", "front")
        assert not any(person["inside"] for person in world.truth().values())


@ONE_BROKER
def test_a_door_opened_by_force_is_told_from_one_opened_from_inside(shop: Shop, core: Core) -> None:
    shop.lock()
    core.listen(lambda: core.on("birth", "dorf-lock"))
    with shop.person() as world:
        world.force("front")
        core.listen(lambda: len(core.events("lock.forced")) == 1)

        core.unlock("dorf-lock", "front", release_ms=400)
        world.enter("anna", "front")
        until(lambda: shop.bolt_log()[-1]["bolt"] == "locked")
        world.hold_for("anna", "ben", "front")
        world.leave("ben", "front")
        core.listen(lambda: len(core.events("lock.changed")) == 4)
        assert len(core.events("lock.forced")) == 1
