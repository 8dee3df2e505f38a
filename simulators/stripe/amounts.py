"""Amounts as Stripe bounds and words them. Source: docs.stripe.com/currencies."""

from simulators.stripe.errors import before_work

# Smallest charge in the currency's smallest unit; only currencies with two decimals are modelled.
MINIMUM = {
    "usd": 50,
    "eur": 50,
    "gbp": 30,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "huf": 17500,
    "nok": 300,
    "pln": 200,
    "sek": 300,
}
MAXIMUM = 99_999_999
SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£"}

ZERO = (
    "The amount must be greater than or equal to the minimum charge amount allowed for your account and the "
    "currency set (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). If you want to "
    "save a "
    "Payment Method for future use without an immediate payment, use a Setup Intent instead: "
    "https://docs.stripe.com/payments/setup-intents"
)


def worded(amount: int, currency: str) -> str:
    return f"{SYMBOLS.get(currency, currency.upper() + ' ')}{amount // 100:,}.{amount % 100:02}"


def require_currency(code: str) -> str:
    currency = code.lower()
    if currency not in MINIMUM:
        raise before_work(
            f"Invalid currency: {code[:20]}. Stripe currently supports these currencies: "
            f"{', '.join(MINIMUM)}",
            param="currency",
        )
    return currency


def require_chargeable(amount: int, currency: str) -> None:
    if amount <= 0:
        raise before_work(ZERO, code="parameter_invalid_integer", param="amount")
    if amount < MINIMUM[currency]:
        raise before_work(
            f"Amount must be at least {worded(MINIMUM[currency], currency)} {currency}",
            code="amount_too_small",
            param="amount",
        )
    if amount > MAXIMUM:
        raise before_work(
            f"Amount must be no more than {worded(MAXIMUM, currency)} {currency}",
            code="amount_too_large",
            param="amount",
        )
