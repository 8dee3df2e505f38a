"""Questions about one visit or a few, in two texts that never change.

A list of any length would make SQLAlchemy write the statement, and the database plan it, anew each time; and
eight places to ask for one visit cost the database twice the time of one.
"""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import BindParameter, Connection, String, bindparam

from shop.domain.statements import Asked, Statement

AT_ONCE = 8
Places = list[BindParameter[str]]
_PLACES = [bindparam(f"visit{number}", type_=String) for number in range(AT_ONCE)]


class AboutVisits:
    def __init__(self, ask: Callable[[Places], Any]) -> None:
        """`ask`: the statement for so many places."""
        self._one, self._few = Statement(ask(_PLACES[:1])), Statement(ask(_PLACES))

    def ask(self, on: Connection, visit_ids: Sequence[str]) -> Asked:
        statement, values = self.of(visit_ids)
        return statement.ask(on, **values)

    def of(self, visit_ids: Sequence[str]) -> tuple[Statement, dict[str, str]]:
        """The statement and its values; places that are left over ask for the first once more."""
        if len(visit_ids) == 1:
            return self._one, {"visit0": visit_ids[0]}
        filled = [*visit_ids, *repeat(visit_ids[0], AT_ONCE - len(visit_ids))]
        return self._few, {f"visit{number}": visit_id for number, visit_id in enumerate(filled)}


def groups(visit_ids: Sequence[str]) -> list[Sequence[str]]:
    """As many at once as there are places."""
    return [visit_ids[start : start + AT_ONCE] for start in range(0, len(visit_ids), AT_ONCE)]
