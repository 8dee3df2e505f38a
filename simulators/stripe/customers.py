"""Customers: whom a saved card and a payment belong to."""

from simulators.stripe import payment_methods, views
from simulators.stripe.errors import Obj
from simulators.stripe.world import Call, World, store

PLAIN = ("name", "email", "phone", "description", "address", "shipping")


def create(world: World, call: Call) -> Obj:
    customer: Obj = {
        "id": world.new_id("cus", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": world.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "email": None,
        "invoice_prefix": world.new_id("", 8)[1:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    method = None
    if "payment_method" in call.params:
        method = payment_methods.resolve(world, call.params["payment_method"])
        if refusal := payment_methods.setup_refusal(method):
            raise payment_methods.refuse(refusal)
    _apply(world, customer, call)
    world.add(customer)
    world.emit("customer.created", customer)
    if method is not None:
        payment_methods.attach_to(world, method, customer["id"])
    return customer


def retrieve(world: World, call: Call) -> Obj:
    return world.find("customer", call.id)


def update(world: World, call: Call) -> Obj:
    customer = world.find("customer", call.id)
    before = dict(customer)
    _apply(world, customer, call)
    if changed := {name: old for name, old in before.items() if old != customer[name]}:
        world.emit("customer.updated", customer, previous=changed)
    return customer


def delete(world: World, call: Call) -> Obj:
    """A deleted customer stays retrievable as a tombstone. Source: docs.stripe.com/api/customers/delete."""
    customer = world.find("customer", call.id)
    for method in list(world.those("payment_method", customer=call.id)):
        payment_methods.detach_from(world, method)
    world.emit("customer.deleted", customer)
    tombstone: Obj = {"id": call.id, "object": "customer", "deleted": True}
    return world.add(tombstone)


def list_all(world: World, call: Call) -> Obj:
    rows = [row for row in world.shelf("customer").values() if not row.get("deleted")]
    if email := call.params.get("email"):
        rows = [row for row in rows if row["email"] == email]
    return views.listing(world, rows, "/v1/customers", call.params)


def _apply(world: World, customer: Obj, call: Call) -> None:
    settings = call.params.get("invoice_settings", {})
    if default := settings.get("default_payment_method"):
        world.find("payment_method", default, param="invoice_settings[default_payment_method]", status=400)
        customer["invoice_settings"] = {**customer["invoice_settings"], "default_payment_method": default}
    if locales := call.params.get("preferred_locales"):
        customer["preferred_locales"] = locales
    store(customer, call.params, PLAIN)
