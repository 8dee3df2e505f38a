"""A lock opens only for a fresh, signed, single-use command: one refusal per rule of protocol section 4.5."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices import signing, ulid
from devices.edge.lock import Answers, LockRules, Release
from devices.messages import ChallengeRequest, CommandAck, SignedCommand, Unlock

KEYS = {"k1": b"1" * 32, "k2": b"2" * 32}
DONE = "done"


class Bench:
    """A lock on the table: two clocks to turn, a database to keep over a reboot."""

    def __init__(self, folder: Path) -> None:
        self.boot_ms = 1_000_000
        self.wall_ms = 1_790_000_000_000
        self._folder = folder
        self.boot()

    def boot(self, *, clock_is_ntp: bool = True) -> None:
        self.answers = Answers(self._folder / "answers.db")
        self.rules = LockRules(
            device="lock-1",
            door="front",
            keys=KEYS,
            answers=self.answers,
            clock_is_ntp=clock_is_ntp,
            boot_ms=lambda: self.boot_ms,
            wall_ms=lambda: self.wall_ms,
        )

    def sleep(self, ms: int) -> None:
        self.boot_ms += ms
        self.wall_ms += ms

    def command(self, **changes: object) -> Unlock:
        fields = {
            "id": ulid.new(), "dev": "lock-1", "door": "front", "iat": self.wall_ms,
            "exp": self.wall_ms + 3000, "release_ms": 5000, "visit": "v1",
            "ch": changes.get("ch") or self.challenge(),
        }  # fmt: skip
        return Unlock.model_validate(fields | changes)

    def challenge(self) -> str:
        return self.rules.challenge(ChallengeRequest(id="c")).ch

    def send(self, command: Unlock, kid: str = "k1", *, retained: bool = False) -> str | None:
        """done, or the code of the refusal; None for silence."""
        return self.send_signed(signing.sign(command, KEYS.get(kid, b"?"), kid), retained=retained)

    def send_signed(self, signed: SignedCommand, *, retained: bool = False) -> str | None:
        verdict = self.rules.judge(signed, retained=retained)
        if isinstance(verdict, Release):
            self.rules.finished(CommandAck(id=verdict.unlock.id, result="done", bolt="unlocked"))
            return DONE
        return verdict.code or verdict.result if verdict is not None else None


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.answers.close()


def test_a_fresh_signed_command_releases_the_bolt(lock: Bench) -> None:
    assert lock.send(lock.command()) == DONE
    assert lock.send(lock.command(), "k2") == DONE


def test_a_command_3_seconds_old_is_just_in_time_and_one_older_is_late(lock: Bench) -> None:
    command = lock.command(exp=lock.wall_ms + 60_000)
    lock.sleep(3000)
    assert lock.send(command) == DONE
    command = lock.command(exp=lock.wall_ms + 60_000)
    lock.sleep(3001)
    assert lock.send(command) == "expired"


def test_late_is_measured_on_the_boot_clock_whatever_the_wall_clock_says(lock: Bench) -> None:
    lock.boot(clock_is_ntp=False)
    command = lock.command()
    lock.wall_ms += 3_600_000
    assert lock.send(command) == DONE
    command = lock.command()
    lock.boot_ms += 6000
    lock.wall_ms -= 4000
    assert lock.send(command) == "expired"


def test_a_lock_with_a_good_clock_also_honours_the_expiry_time(lock: Bench) -> None:
    assert lock.send(lock.command(exp=lock.wall_ms - 1)) == "expired"


def test_a_repeated_id_gets_the_stored_answer_and_moves_nothing(lock: Bench) -> None:
    command = lock.command()
    assert lock.send(command) == DONE
    again = lock.rules.judge(signing.sign(command, KEYS["k1"], "k1"), retained=False)
    assert again == CommandAck(id=command.id, result="done", bolt="unlocked")


def test_a_copy_that_arrives_while_the_bolt_moves_is_met_with_silence(lock: Bench) -> None:
    signed = signing.sign(lock.command(), KEYS["k1"], "k1")
    assert isinstance(lock.rules.judge(signed, retained=False), Release)
    assert lock.rules.judge(signed, retained=False) is None


def test_two_commands_at_once_move_the_bolt_once(lock: Bench) -> None:
    first, second = lock.command(), lock.command()
    assert isinstance(lock.rules.judge(signing.sign(first, KEYS["k1"], "k1"), retained=False), Release)
    assert lock.send(second) == "busy"


def test_a_used_challenge_with_a_new_id_is_a_replay(lock: Bench) -> None:
    first = lock.command()
    assert lock.send(first) == DONE
    assert lock.send(lock.command(ch=first.ch)) == "replay"


def test_a_challenge_the_lock_never_gave_is_refused(lock: Bench) -> None:
    assert lock.send(lock.command(ch="A" * 22)) == "expired"


def test_a_retained_command_is_refused_whoever_signed_it(lock: Bench) -> None:
    command = lock.command()
    assert lock.send(command, retained=True) == "retained"
    assert lock.send(command, "k9", retained=True) == "retained"
    assert lock.send(command) == DONE  # the refusal did not use it up


@pytest.mark.parametrize("changes", [{"dev": "lock-2"}, {"door": "back"}, {"release_ms": 10_001}])
def test_a_command_for_another_door_or_beyond_the_limits_is_refused(
    lock: Bench, changes: dict[str, object]
) -> None:
    assert lock.send(lock.command(**changes)) == "invalid"


def test_an_unknown_key_is_a_bad_signature(lock: Bench) -> None:
    assert lock.send(lock.command(), "k9") == "bad_sig"


def test_a_wrong_signature_is_refused_and_does_not_occupy_the_id(lock: Bench) -> None:
    command = lock.command()
    signed = signing.sign(command, b"another key" * 3, "k1")
    assert lock.send_signed(signed) == "bad_sig"
    assert lock.send(command) == DONE


def test_what_cannot_even_be_read_gets_no_answer(lock: Bench) -> None:
    assert lock.send_signed(SignedCommand(kid="k9", p="AAAA", sig="AAAA")) is None


def test_well_signed_nonsense_moves_nothing(lock: Bench) -> None:
    payload = b'{"op":"unlock"}'
    mac = signing.encode(signing._mac(KEYS["k1"], payload))
    assert lock.send_signed(SignedCommand(kid="k1", p=signing.encode(payload), sig=mac)) is None


def test_the_fifth_outstanding_challenge_pushes_out_the_first(lock: Bench) -> None:
    first, second = lock.challenge(), lock.challenge()
    for _ in range(3):
        lock.challenge()
    assert lock.send(lock.command(ch=first)) == "expired"
    assert lock.send(lock.command(ch=second)) == DONE


def test_the_seventh_release_within_a_minute_is_refused(lock: Bench) -> None:
    assert [lock.send(lock.command()) for _ in range(7)] == [DONE] * 6 + ["busy"]
    lock.sleep(60_000)
    assert lock.send(lock.command()) == DONE


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [("normal", DONE), ("free_exit", DONE), ("lockdown", "lockdown"), ("maintenance", "lockdown")],
)
def test_the_mode_decides_whether_anybody_enters(lock: Bench, mode: str, outcome: str) -> None:
    lock.rules.mode = mode  # type: ignore[assignment]
    assert lock.send(lock.command()) == outcome


def test_after_a_reboot_no_earlier_command_opens_anything(lock: Bench) -> None:
    done, unsent = lock.command(), lock.command()
    assert lock.send(done) == DONE
    lock.answers.close()
    lock.boot()
    assert lock.send(done) == DONE  # the stored answer
    assert isinstance(lock.rules.judge(signing.sign(done, KEYS["k1"], "k1"), retained=False), CommandAck)
    assert lock.send(unsent) == "expired"


def test_a_power_cut_while_the_bolt_moves_answers_failed_and_never_opens_again(lock: Bench) -> None:
    command = lock.command()
    signed = signing.sign(command, KEYS["k1"], "k1")
    assert isinstance(lock.rules.judge(signed, retained=False), Release)
    lock.answers.close()
    lock.boot()
    assert lock.rules.judge(signed, retained=False) == CommandAck(
        id=command.id, result="failed", bolt="unknown"
    )


def test_an_answer_is_kept_and_the_oldest_forgotten_in_one_write(lock: Bench) -> None:
    said: list[str] = []
    lock.answers._db.set_trace_callback(said.append)
    lock.answers.put(CommandAck(id="c1", result="done"))
    assert len({statement for statement in said if not statement.startswith("--")}) == 1


def test_only_the_last_256_ids_are_remembered(tmp_path: Path) -> None:
    answers = Answers(tmp_path / "answers.db")
    answers._db.execute("PRAGMA synchronous = OFF")  # 300 fsyncs prove nothing here
    for number in range(300):
        answers.put(CommandAck(id=f"c{number}", result="done"))
    assert answers.get("c43") is None
    assert answers.get("c44") is not None
    answers.close()
