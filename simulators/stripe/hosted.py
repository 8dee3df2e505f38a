"""Serves the hosted pages: card form at /c/pay/{session}, 3-D Secure at /3ds/{intent}."""

from urllib.parse import urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from simulators.stripe import charging, checkout, pages, setup_intents
from simulators.stripe.errors import Obj, StripeError
from simulators.stripe.world import World

SEE_OTHER = 303
FIELDS = {"number": "cardNumber", "expiry": "cardExpiry", "cvc": "cardCvc"}


def answer(world: World, *, method: str, path: str, accept_language: str, form: Obj) -> Response:
    """The page or redirect for one browser request."""
    section, _, id_ = path.strip("/").rpartition("/")
    try:
        if method not in ("GET", "POST"):
            return Response(status_code=405)
        if section == "c/pay":
            return _card_page(world, checkout.find(world, id_), method, accept_language, form)
        if section == "3ds":
            return _secure_page(world, _intent(world, id_), method, accept_language, form)
    except StripeError as error:
        if error.status != 404:
            raise
    return _notice("missing", "close", pages.language(accept_language), status=404)


def _card_page(world: World, session: Obj, method: str, accept: str, form: Obj) -> Response:
    lang = pages.language(accept, session["locale"])
    if session["status"] == "expired":
        return _notice("expired", "close", lang, status=410)
    if session["status"] == "complete":
        return _notice("done", "close", lang)
    if method == "GET":
        last = world.find("setup_intent", session["setup_intent"])["last_setup_error"]
        return HTMLResponse(pages.card_form(session, lang, last))
    fields = {name: str(form.get(field, "")) for name, field in FIELDS.items()}
    try:
        return RedirectResponse(checkout.submit(world, session, **fields), SEE_OTHER)
    except StripeError as refused:
        return HTMLResponse(pages.card_form(session, lang, refused.error), status_code=402)


def _intent(world: World, id_: str) -> Obj:
    return world.find("setup_intent" if id_.startswith("seti_") else "payment_intent", id_, param="intent")


def _secure_page(world: World, intent: Obj, method: str, accept: str, form: Obj) -> Response:
    lang = pages.language(accept)
    if intent["status"] != "requires_action":
        return _notice("done", "close", lang)
    if method == "GET" or form.get("outcome") not in ("complete", "fail"):
        return HTMLResponse(pages.secure_form(intent, lang))
    passed = form["outcome"] == "complete"
    if intent["object"] == "setup_intent":
        succeeded = setup_intents.authenticated(world, intent, passed=passed)
        if intent["_session"]:
            return RedirectResponse(_after_checkout(world, intent, succeeded), SEE_OTHER)
    else:
        succeeded = charging.authenticated(world, intent, passed=passed)
    if intent["_return_url"] is None:
        return _notice("done", "done_text", lang)
    return RedirectResponse(return_address(intent, succeeded), SEE_OTHER)


def _after_checkout(world: World, intent: Obj, succeeded: bool) -> str:
    session = checkout.find(world, intent["_session"])
    return checkout.complete(world, session) if succeeded else str(intent["_return_url"])


def return_address(intent: Obj, succeeded: bool) -> str:
    """The shop's address with the parameters Stripe appends.

    Source: docs.stripe.com/payments/accept-a-payment and docs.stripe.com/payments/save-and-reuse.
    """
    name = intent["object"]
    query = urlencode(
        {
            name: intent["id"],
            f"{name}_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if succeeded else "failed",
        }
    )
    url = str(intent["_return_url"])
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _notice(title: str, body: str, lang: str, *, status: int = 200) -> Response:
    return HTMLResponse(pages.notice(title, body, lang), status_code=status)
