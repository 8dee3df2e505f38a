"""Products with one safety taken out, and the check that has to notice; the switch exists only out here."""

from dataclasses import dataclass

HOOK = "CHAOS_MUTANT"  # environment variable the hooks folder reads in the product's processes


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    takes_out: str
    caught_by: tuple[str, ...]  # names of checks, one of which must be red
    visits: int = 6
    stores: int = 2
    database: str = "sqlite"
    kills: tuple[str, ...] = ()  # besides the planned ones, what must die for it to show


MUTANTS = {
    mutant.name: mutant
    for mutant in (
        Mutant(
            "ack-before-commit",
            "the gateway tells devices and broker that reports are stored before they are",
            ("reports lost",),
            kills=("gateway",) * 3,
        ),
        Mutant(
            "no-dedupe",
            "a device's report is applied as often as it arrives",
            ("four sums equal", "stock equals the shelves", "commands run once"),
        ),
        Mutant(
            "no-challenge",
            "the lock takes a signature without a question of its own",
            ("door opened only when ordered",),
            visits=1,
            stores=1,
        ),
        Mutant(
            "accept-retained",
            "the lock does not look whether a command was kept by the broker",
            ("door opened only when ordered",),
            visits=1,
            stores=1,
        ),
        Mutant(
            "no-idempotency-key",
            "Stripe is called without our idempotency key",
            ("charged once", "no hold left open"),
        ),
        Mutant(
            "plain-select",
            "stock is read without locking its row",
            ("never oversold",),
            visits=1,
            stores=1,
            database="postgresql",
        ),
    )
}
