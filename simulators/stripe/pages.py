"""The pages a shopper sees at Stripe: card form, 3-D Secure, notices; plain HTML in German and English."""

from html import escape

from simulators.stripe.amounts import worded
from simulators.stripe.errors import Obj

TEXTS = {
    "en": {
        "card_title": "Save your card",
        "card_intro": "Your card is saved for later purchases. Nothing is charged now.",
        "test_mode": "Simulated Stripe page: use test cards only, for example 4242 4242 4242 4242.",
        "number": "Card number",
        "expiry": "Expiry date (MM / YY)",
        "cvc": "Security code (CVC)",
        "save": "Save card",
        "back": "Back without saving",
        "secure_title": "3-D Secure check",
        "secure_intro": "Your bank asks you to confirm this.",
        "amount": "Amount: {amount}",
        "complete": "Complete",
        "fail": "Fail",
        "expired": "This page has expired",
        "done": "All done",
        "done_text": "You can close this page.",
        "missing": "There is no such page",
        "close": "Please go back to the shop.",
    },
    "de": {
        "card_title": "Karte speichern",
        "card_intro": "Ihre Karte wird für spätere Einkäufe gespeichert. Jetzt wird nichts abgebucht.",
        "test_mode": "Simulierte Stripe-Seite: nur Testkarten, zum Beispiel 4242 4242 4242 4242.",
        "number": "Kartennummer",
        "expiry": "Gültig bis (MM / JJ)",
        "cvc": "Prüfziffer (CVC)",
        "save": "Karte speichern",
        "back": "Zurück ohne zu speichern",
        "secure_title": "3-D-Secure-Prüfung",
        "secure_intro": "Ihre Bank bittet um Bestätigung.",
        "amount": "Betrag: {amount}",
        "complete": "Bestätigen",
        "fail": "Ablehnen",
        "expired": "Diese Seite ist abgelaufen",
        "done": "Erledigt",
        "done_text": "Sie können diese Seite schließen.",
        "missing": "Diese Seite gibt es nicht",
        "close": "Bitte gehen Sie zurück zum Laden.",
    },
}

# What the form says when a card is refused, by error code; any other refusal shows Stripe's own words.
GERMAN_REFUSALS = {
    "card_declined": "Ihre Karte wurde abgelehnt.",
    "expired_card": "Ihre Karte ist abgelaufen.",
    "incorrect_cvc": "Die Prüfziffer Ihrer Karte ist falsch.",
    "incorrect_number": "Ihre Kartennummer ist ungültig.",
    "invalid_cvc": "Die Prüfziffer Ihrer Karte ist ungültig.",
    "invalid_expiry_year": "Das Ablaufdatum Ihrer Karte ist ungültig.",
    "processing_error": "Bei der Verarbeitung Ihrer Karte ist ein Fehler aufgetreten.",
    "setup_intent_authentication_failure": "Die Bestätigung bei Ihrer Bank ist fehlgeschlagen.",
}

STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a2e}"
    "label{display:block;margin-top:1rem;font-weight:600}"
    "input{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;border:1px solid #555;"
    "border-radius:.4rem}"
    "button{font:inherit;width:100%;margin-top:1.2rem;padding:.8rem;border:0;border-radius:.4rem;"
    "background:#3b34c4;color:#fff}"
    "button.plain{background:#e7e7ee;color:#1a1a2e}"
    ".note{background:#fff4d6;padding:.5rem .8rem;border-radius:.4rem}"
    ".error{background:#fde4e4;color:#7a0012;padding:.5rem .8rem;border-radius:.4rem}"
)


def language(accept: str, locale: str | None = None) -> str:
    """The session's locale if it has one, else the first language of the browser that we have."""
    wanted = [locale] if locale and locale != "auto" else [part.split(";")[0] for part in accept.split(",")]
    for tag in wanted:
        if (short := tag.strip()[:2].lower()) in TEXTS:
            return short
    return "en"


def card_form(session: Obj, lang: str, error: Obj | None = None) -> str:
    text = TEXTS[lang]
    alert = f'<p class="error" role="alert" id="error">{escape(_refusal(error, lang))}</p>' if error else ""
    described = ' aria-describedby="error" aria-invalid="true"' if error else ""
    back = session["cancel_url"]
    inputs = "".join(
        f'<label for="{id_}">{text[key]}</label><input id="{id_}" name="{id_}" inputmode="numeric" required '
        f'autocomplete="{autocomplete}" maxlength="{length}" placeholder="{placeholder}"{described}>'
        for id_, key, autocomplete, length, placeholder in (
            ("cardNumber", "number", "cc-number", 23, "1234 1234 1234 1234"),
            ("cardExpiry", "expiry", "cc-exp", 9, "12 / 34"),
            ("cardCvc", "cvc", "cc-csc", 4, "123"),
        )
    )
    return _page(
        lang,
        text["card_title"],
        f'<p>{text["card_intro"]}</p><p class="note">{text["test_mode"]}</p>{alert}'
        f'<form method="post">{inputs}<button type="submit">{text["save"]}</button></form>'
        + (f'<p><a href="{escape(back)}">{text["back"]}</a></p>' if back else ""),
    )


def secure_form(intent: Obj, lang: str) -> str:
    text = TEXTS[lang]
    amount = ""
    if intent["object"] == "payment_intent":
        amount = f"<p>{text['amount'].format(amount=worded(intent['amount'], intent['currency']))}</p>"
    return _page(
        lang,
        text["secure_title"],
        f'<p>{text["secure_intro"]}</p>{amount}<form method="post">'
        f'<button name="outcome" value="complete">{text["complete"]}</button>'
        f'<button name="outcome" value="fail" class="plain">{text["fail"]}</button></form>',
    )


def notice(title: str, body: str, lang: str) -> str:
    text = TEXTS[lang]
    return _page(lang, text[title], f"<p>{text[body]}</p>")


def _refusal(error: Obj, lang: str) -> str:
    code = error.get("code")
    message = str(error["message"])
    return GERMAN_REFUSALS.get(code or "", message) if lang == "de" else message


def _page(lang: str, title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )
