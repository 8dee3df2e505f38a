"""What leaves the simulator: objects with `expand[]` applied and pages of lists."""

from collections.abc import Iterable
from typing import Any

from simulators.stripe.errors import Obj, before_work, no_such
from simulators.stripe.world import World, public

# Which fields hold the id of another object; the id's prefix tells its kind.
LINKS = {
    "balance_transaction",
    "charge",
    "customer",
    "default_payment_method",
    "latest_charge",
    "payment_intent",
    "payment_method",
    "setup_intent",
    "source",
}
KINDS = {
    "ch": "charge",
    "cus": "customer",
    "pi": "payment_intent",
    "pm": "payment_method",
    "re": "refund",
    "seti": "setup_intent",
    "txn": "balance_transaction",
}
MAX_EXPAND_DEPTH = 4
MAX_PAGE = 100
DEFAULT_PAGE = 10


def render(world: World, obj: Obj, expand: Iterable[str] = ()) -> Obj:
    """Raises for a property that cannot be expanded. Source: docs.stripe.com/api/expanding_objects."""
    shown = public(obj)
    for path in expand:
        steps = path.split(".")
        if len(steps) > MAX_EXPAND_DEPTH:
            raise before_work(
                f"You cannot expand more than {MAX_EXPAND_DEPTH} levels of a property. Property: {path}",
                param="expand",
            )
        _expand(world, shown, steps, path)
    return shown


def _expand(world: World, shown: Obj, steps: list[str], path: str) -> None:
    name, *rest = steps
    value = shown.get(name)
    if name == "refunds" and shown.get("object") == "charge":
        refunds = [public(refund) for refund in world.those("refund", charge=shown["id"])]
        shown[name] = page(refunds[::-1], f"/v1/charges/{shown['id']}/refunds", {})
        return
    if isinstance(value, str) and name in LINKS:
        value = public(world.find(KINDS[value.partition("_")[0]], value))
    elif isinstance(value, dict) and rest:
        value = dict(value)
    elif not (name in LINKS and name in shown and value is None):
        raise before_work(f"This property cannot be expanded ({path}).", param="expand")
    shown[name] = value
    if rest and value is not None:
        _expand(world, value, rest, path)


def listing(world: World, rows: Iterable[Obj], url: str, params: Obj) -> Obj:
    """One page, newest first; `rows` come oldest first."""
    deep = [path.removeprefix("data.") for path in params.get("expand", ())]
    result = page(list(rows)[::-1], url, params)
    result["data"] = [render(world, row, deep) for row in result["data"]]
    return result


def matching(world: World, kind: str, params: Obj, *filters: str) -> Iterable[Obj]:
    return world.those(kind, **{name: params[name] for name in filters if name in params})


def page(rows: list[Obj], url: str, params: Obj) -> Obj:
    """Cut by limit, starting_after and ending_before. Source: docs.stripe.com/api/pagination."""
    limit = params.get("limit", DEFAULT_PAGE)
    if not 1 <= limit <= MAX_PAGE:
        bound = "greater than or equal to 1" if limit < 1 else f"less than or equal to {MAX_PAGE}"
        raise before_work(f"This value must be {bound}.", code="parameter_invalid_integer", param="limit")
    rows = [row for row in rows if created_within(row, params.get("created"))]
    if "starting_after" in params:
        rows = rows[_place(rows, params, "starting_after") + 1 :]
    if "ending_before" in params:
        rows = rows[: _place(rows, params, "ending_before")]
        return _list(rows[-limit:], url, more=len(rows) > limit)
    return _list(rows[:limit], url, more=len(rows) > limit)


def _list(rows: list[Obj], url: str, *, more: bool) -> Obj:
    return {"object": "list", "data": rows, "has_more": more, "url": url}


def _place(rows: list[Obj], params: Obj, param: str) -> int:
    for place, row in enumerate(rows):
        if row["id"] == params[param]:
            return place
    raise no_such("object", params[param], param=param, status=400)


def created_within(row: Obj, created: Any) -> bool:
    if created is None:
        return True
    if isinstance(created, int):
        return bool(row["created"] == created)
    at = row["created"]
    return bool(
        at > created.get("gt", -1)
        and at >= created.get("gte", 0)
        and at < created.get("lt", at + 1)
        and at <= created.get("lte", at)
    )
