"""Every table, imported in one place so that migrations and sessions know them all."""

from sqlmodel import SQLModel

from shop.domain import (
    audit,
    basket,
    catalog,
    customers,
    feed,
    fleet,
    gateways,
    inbox,
    incidents,
    jobs,
    ledger,
    payments,
    receipts,
    repeats,
    sign_in,
    stock,
    tenancy,
    visits,
)

__all__ = [
    "METADATA",
    "audit",
    "basket",
    "catalog",
    "customers",
    "feed",
    "fleet",
    "gateways",
    "inbox",
    "incidents",
    "jobs",
    "ledger",
    "payments",
    "receipts",
    "repeats",
    "sign_in",
    "stock",
    "tenancy",
    "visits",
]

METADATA = SQLModel.metadata
