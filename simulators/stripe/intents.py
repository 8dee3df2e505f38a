"""What payment intents and setup intents share: secrets, method ownership, where 3-D Secure leads."""

from typing import Literal

from simulators.stripe.errors import Obj, StripeError, before_work
from simulators.stripe.payment_methods import require_usable, resolve
from simulators.stripe.world import World, public

RETURN_URL_NEEDED = (
    "This {label} is configured to accept payment methods enabled in your Dashboard. Because some of these "
    "payment "
    "methods might redirect your customer off of your page, you must provide a `return_url`. If you don't "
    "want to "
    "accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)
NO_METHOD = (
    "You cannot confirm this {label} because it's missing a payment method. You can either update the "
    "{label} with a "
    "payment method and then confirm it again, or confirm it again directly with a payment method or "
    "ConfirmationToken."
)
NOT_ONLY_CARDS = (
    "No valid payment method types for this {label}. Please ensure that you have activated payment methods "
    "compatible with your chosen currency in your dashboard "
    "(https://dashboard.stripe.com/settings/payment_methods)."
)
AUTHENTICATION_FAILED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
    "PaymentMethod to attempt to fulfill this {label} again."
)

KEPT_IN_LAST_ERROR = ("charge", "code", "decline_code", "doc_url", "message", "type")

Label = Literal["PaymentIntent", "SetupIntent"]


def unexpected(
    label: Label, message: str, intent: Obj | None = None, *, param: str | None = None
) -> StripeError:
    kind = "payment_intent" if label == "PaymentIntent" else "setup_intent"
    error = StripeError(message, code=f"{kind}_unexpected_state", param=param)
    if intent:
        error.error[kind] = public(intent)
    return error


def accepted_methods(label: Label, params: Obj) -> Obj:
    """The fields that say which methods may be used; only cards are modelled."""
    allowed = params.get("allowed_payment_method_types")
    if allowed and "card" not in allowed:
        raise before_work(NOT_ONLY_CARDS.format(label=label), param="allowed_payment_method_types")
    automatic = {"allow_redirects": "always", "enabled": True} | params.get("automatic_payment_methods", {})
    return {
        "allowed_payment_method_types": allowed,
        "automatic_payment_methods": None if allowed else automatic,
        "excluded_payment_method_types": None,
        "payment_method_types": ["card"],
    }


def require_return_url(label: Label, intent: Obj, params: Obj) -> None:
    """Without it confirming fails unless redirects are ruled out.

    Source: docs.stripe.com/api/payment_intents/create, automatic_payment_methods.allow_redirects.
    """
    automatic = intent["automatic_payment_methods"]
    redirects = automatic and automatic["enabled"] and automatic["allow_redirects"] == "always"
    if redirects and not params.get("return_url") and not params.get("use_stripe_sdk"):
        raise StripeError(RETURN_URL_NEEDED.format(label=label), param="return_url")


def choose_method(world: World, label: Label, intent: Obj, params: Obj) -> Obj:
    """The method to confirm with: the parameter's, else the intent's own."""
    id_ = params.get("payment_method") or intent["payment_method"]
    if id_ is None:
        raise unexpected(label, NO_METHOD.format(label=label), intent if intent.get("id") else None)
    method = resolve(world, id_)
    require_usable(method)
    require_owner(label, method, intent["customer"])
    return method


def require_owner(label: Label, method: Obj, customer: str | None) -> None:
    owner = method["customer"]
    if owner is None or owner == customer:
        return
    if customer is None and label == "PaymentIntent":
        raise StripeError(
            f"The `payment_method` parameter supplied {method['id']} belongs to the Customer {owner}. Please "
            "include "
            "the Customer in the `customer` parameter on the PaymentIntent.",
            code="parameter_missing",
            param="source",
        )
    if customer is None:
        raise StripeError(
            f"The payment method supplied ({method['id']}) belongs to the Customer {owner}. Please include "
            "the "
            "Customer in the `customer` parameter on the SetupIntent.",
            param="payment_method",
        )
    raise StripeError(
        f"The PaymentMethod {method['id']} does not belong to the Customer you supplied {customer}. Please "
        "use this "
        "PaymentMethod with the Customer that it belongs to instead.",
        param="payment_method",
    )


def ask_for_authentication(world: World, intent: Obj, method: Obj, return_url: str | None) -> None:
    """Park the intent until the customer has been to the 3-D Secure page."""
    page = f"{world.public_url}/3ds/{intent['id']}"
    intent["payment_method"] = method["id"]
    intent["status"] = "requires_action"
    intent["_return_url"] = return_url
    if return_url:
        redirect = {"return_url": return_url, "url": page}
        intent["next_action"] = {"redirect_to_url": redirect, "type": "redirect_to_url"}
    else:
        sdk = {"stripe_js": page, "type": "three_d_secure_redirect"}
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    world.emit(f"{intent['object']}.requires_action", intent)


def last_error(error: StripeError, method: Obj) -> Obj:
    """`last_payment_error` or `last_setup_error`: the refusal with the method that caused it."""
    kept = {name: value for name, value in error.error.items() if name in KEPT_IN_LAST_ERROR}
    return kept | {"payment_method": public(method)}


def authentication_failure(label: Label) -> StripeError:
    kind = "payment_intent" if label == "PaymentIntent" else "setup_intent"
    return StripeError(AUTHENTICATION_FAILED.format(label=label), code=f"{kind}_authentication_failure")
