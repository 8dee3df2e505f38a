"""Which requests the API answers: path, the library's parameters for it, handler, modelled ones."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from simulators.stripe import (
    charges,
    checkout,
    customers,
    events,
    library,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)
from simulators.stripe.errors import Obj, StripeError, before_work
from simulators.stripe.parameters import check
from simulators.stripe.world import Call, World

Handler = Callable[[World, Call], Obj]

CURSOR = "ending_before expand limit starting_after"
PAGE = f"created {CURSOR}"
CUSTOMER = "address description email expand invoice_settings metadata name phone preferred_locales shipping"
INTENT_TEXTS = (
    "description expand metadata receipt_email setup_future_usage shipping statement_descriptor "
    "statement_descriptor_suffix"
)
CONFIRMING = "error_on_requires_action off_session payment_method return_url use_stripe_sdk"
ACCEPTED = "allowed_payment_method_types automatic_payment_methods payment_method_options"

# method, path, module under stripe/params (its first class), handler, parameters this simulator acts on.
TABLE: tuple[tuple[str, str, str, Handler, str], ...] = (
    ("POST", "customers", "_customer_create", customers.create, f"{CUSTOMER} payment_method"),
    ("GET", "customers", "_customer_list", customers.list_all, f"{PAGE} email"),
    ("GET", "customers/{id}", "_customer_retrieve", customers.retrieve, "expand"),
    ("POST", "customers/{id}", "_customer_update", customers.update, CUSTOMER),
    ("DELETE", "customers/{id}", "_customer_delete", customers.delete, ""),
    (
        "GET",
        "customers/{id}/payment_methods",
        "_customer_payment_method_list",
        payment_methods.list_of_customer,
        f"{CURSOR} type",
    ),
    (
        "POST",
        "payment_methods",
        "_payment_method_create",
        payment_methods.create,
        "billing_details card expand metadata type",
    ),
    ("GET", "payment_methods", "_payment_method_list", payment_methods.list_all, f"{CURSOR} customer type"),
    ("GET", "payment_methods/{id}", "_payment_method_retrieve", payment_methods.retrieve, "expand"),
    (
        "POST",
        "payment_methods/{id}",
        "_payment_method_update",
        payment_methods.update,
        "allow_redisplay billing_details expand metadata",
    ),
    (
        "POST",
        "payment_methods/{id}/attach",
        "_payment_method_attach",
        payment_methods.attach,
        "customer expand",
    ),
    ("POST", "payment_methods/{id}/detach", "_payment_method_detach", payment_methods.detach, "expand"),
    (
        "POST",
        "setup_intents",
        "_setup_intent_create",
        setup_intents.create,
        f"{ACCEPTED} confirm customer description expand metadata payment_method return_url usage "
        "use_stripe_sdk",
    ),
    ("GET", "setup_intents", "_setup_intent_list", setup_intents.list_all, f"{PAGE} customer payment_method"),
    ("GET", "setup_intents/{id}", "_setup_intent_retrieve", setup_intents.retrieve, "expand"),
    (
        "POST",
        "setup_intents/{id}/confirm",
        "_setup_intent_confirm",
        setup_intents.confirm,
        "expand payment_method return_url use_stripe_sdk",
    ),
    (
        "POST",
        "setup_intents/{id}/cancel",
        "_setup_intent_cancel",
        setup_intents.cancel,
        "cancellation_reason expand",
    ),
    (
        "POST",
        "checkout/sessions",
        "checkout/_session_create",
        checkout.create,
        "allowed_payment_method_types billing_address_collection cancel_url client_reference_id currency "
        "customer "
        "customer_email expand expires_at locale metadata mode setup_intent_data success_url ui_mode",
    ),
    ("GET", "checkout/sessions", "checkout/_session_list", checkout.list_all, f"{PAGE} customer status"),
    ("GET", "checkout/sessions/{id}", "checkout/_session_retrieve", checkout.retrieve, "expand"),
    ("POST", "checkout/sessions/{id}/expire", "checkout/_session_expire", checkout.expire, "expand"),
    (
        "POST",
        "payment_intents",
        "_payment_intent_create",
        payment_intents.create,
        f"{INTENT_TEXTS} {CONFIRMING} {ACCEPTED} amount capture_method confirm confirmation_method currency "
        "customer",
    ),
    ("GET", "payment_intents", "_payment_intent_list", payment_intents.list_all, f"{PAGE} customer"),
    ("GET", "payment_intents/{id}", "_payment_intent_retrieve", payment_intents.retrieve, "expand"),
    (
        "POST",
        "payment_intents/{id}",
        "_payment_intent_update",
        payment_intents.update,
        f"{INTENT_TEXTS} amount currency customer payment_method",
    ),
    (
        "POST",
        "payment_intents/{id}/confirm",
        "_payment_intent_confirm",
        payment_intents.confirm,
        f"{CONFIRMING} capture_method expand receipt_email setup_future_usage shipping",
    ),
    (
        "POST",
        "payment_intents/{id}/capture",
        "_payment_intent_capture",
        payment_intents.capture,
        "amount_to_capture expand final_capture metadata statement_descriptor statement_descriptor_suffix",
    ),
    (
        "POST",
        "payment_intents/{id}/cancel",
        "_payment_intent_cancel",
        payment_intents.cancel,
        "cancellation_reason expand",
    ),
    ("GET", "charges", "_charge_list", charges.list_all, f"{PAGE} customer payment_intent"),
    ("GET", "charges/{id}", "_charge_retrieve", charges.retrieve, "expand"),
    (
        "POST",
        "refunds",
        "_refund_create",
        refunds.create,
        "amount charge expand metadata payment_intent reason",
    ),
    ("GET", "refunds", "_refund_list", refunds.list_all, f"{PAGE} charge payment_intent"),
    ("GET", "refunds/{id}", "_refund_retrieve", refunds.retrieve, "expand"),
    (
        "GET",
        "balance_transactions",
        "_balance_transaction_list",
        charges.list_transactions,
        f"{PAGE} currency source type",
    ),
    (
        "GET",
        "balance_transactions/{id}",
        "_balance_transaction_retrieve",
        charges.retrieve_transaction,
        "expand",
    ),
    ("GET", "events", "_event_list", events.list_all, f"{PAGE} delivery_success type types"),
    ("GET", "events/{id}", "_event_retrieve", events.retrieve, "expand"),
    (
        "POST",
        "webhook_endpoints",
        "_webhook_endpoint_create",
        events.create_endpoint,
        "description enabled_events expand metadata url",
    ),
    ("GET", "webhook_endpoints", "_webhook_endpoint_list", events.list_endpoints, CURSOR),
    ("GET", "webhook_endpoints/{id}", "_webhook_endpoint_retrieve", events.retrieve_endpoint, "expand"),
    ("DELETE", "webhook_endpoints/{id}", "_webhook_endpoint_delete", events.delete_endpoint, ""),
)


@dataclass(slots=True, frozen=True)
class Endpoint:
    method: str
    path: re.Pattern[str]
    fields: library.Fields
    modelled: frozenset[str]
    handle: Handler

    def checked(self, raw: Obj) -> Obj:
        """Typed parameters; one the library knows but nobody modelled here is refused, never ignored."""
        params = check(self.fields, raw)
        if unmodelled := sorted(params.keys() - self.modelled):
            raise before_work(
                f"This simulator does not model the parameter {unmodelled[0]} of this endpoint.",
                status=501,
                kind="api_error",
                param=unmodelled[0],
            )
        return params


def build() -> list[Endpoint]:
    return [
        Endpoint(
            method=method,
            path=re.compile(f"/v1/{path.replace('{id}', r'([A-Za-z0-9_]{1,120})')}"),
            fields=library.parameters(f"{module}_params"),
            modelled=frozenset(modelled.split()),
            handle=handler,
        )
        for method, path, module, handler, modelled in TABLE
    ]


def find(endpoints: list[Endpoint], method: str, path: str) -> tuple[Endpoint, str]:
    """The endpoint and the id in its path."""
    for endpoint in endpoints:
        if endpoint.method == method and (match := endpoint.path.fullmatch(path)):
            return endpoint, match[1] if match.lastindex else ""
    raise StripeError(
        f"Unrecognized request URL ({method}: {path[:200]}). Please see https://stripe.com/docs or we can "
        "help at "
        "https://support.stripe.com/.",
        status=404,
        executed=False,
    )
