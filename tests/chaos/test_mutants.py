"""A mutant that replaced nothing would prove nothing."""

from importlib import import_module
from operator import attrgetter
from types import SimpleNamespace

import pytest

from tests.chaos import failing
from tests.chaos.audit import CHECKS
from tests.chaos.mutants import MUTANTS
from tests.chaos.mutations import MUTATIONS, Mutation


def test_every_mutant_has_its_mutation_and_names_checks_that_exist() -> None:
    assert MUTANTS.keys() == MUTATIONS.keys()
    assert all(set(mutant.caught_by) <= set(CHECKS) for mutant in MUTANTS.values())


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_function_a_mutant_replaces_is_there_and_what_replaces_it_is_another(name: str) -> None:
    mutation = MUTATIONS[name]
    module = import_module(mutation.module)
    function = attrgetter(mutation.function)(module)
    assert mutation.instead(module) is not function
    assert attrgetter(mutation.function)(module) is function  # making it changes nothing yet


def test_a_mutation_of_a_function_that_is_gone_is_an_error() -> None:
    module = SimpleNamespace(desk=SimpleNamespace())
    with pytest.raises(AttributeError):
        Mutation("desk", "desk.gone", lambda _: print).apply(module)  # type: ignore[arg-type]


def test_every_call_that_failpoints_surround_is_there() -> None:
    adapter = import_module("shop.adapters.stripe_payments").StripePayments
    assert all(hasattr(adapter, name) for name in failing.PORTS)
    wrapped = {
        "shop.db": ("Database.transaction",),
        "shop.adapters.email": ("SmtpMail.send",),
        "shop.worker": ("do", "do_at_once", "AT_ONCE"),
        "devices.mqtt": ("Link.publish", "Link.ack"),
        "devices.gateway": ("Gateway._collect",),
    }
    for name, functions in wrapped.items():
        module = import_module(name)
        assert all(attrgetter(function)(module) for function in functions)
