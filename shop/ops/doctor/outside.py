"""Checks of what the shop stands on: broker, Stripe, mail."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing

from sqlalchemy import select
from sqlmodel import col

from shop.adapters.email import SmtpMail
from shop.adapters.stripe_payments import StripePayments
from shop.config import Settings
from shop.domain.errors import ShopError
from shop.domain.fleet import Device
from shop.domain.inbox import Inbox
from shop.domain.payments import Payment
from shop.ops.doctor.findings import Finding, Patient, compared, hours_since, named

CONNECT_S = 3
LOGINS = "broker-logins.json"  # written by the gateway


def broker(patient: Patient) -> Iterator[Finding]:
    where = patient.settings.broker_host, patient.settings.broker_port
    try:
        socket.create_connection(where, CONNECT_S).close()
    except OSError:
        yield Finding("broken", "broker_away", {"where": "{}:{}".format(*where)})
        return
    try:
        logins = {login[0] for login in json.loads((patient.settings.data_dir / LOGINS).read_text())}
    except OSError:
        yield Finding("look", "logins_elsewhere")
        return
    with patient.database.looking() as connection:
        devices = {row.id for row in connection.execute(select(col(Device.id)))}
    if missing := sorted(devices - logins):
        yield Finding("broken", "logins_missing", {"names": named(missing)})
    else:
        yield Finding("ok", "broker")


def stripe(config: Settings) -> Iterator[Finding]:
    key = config.stripe_key.get_secret_value()
    if not key:
        return  # said already
    try:
        theirs = StripePayments(key, config.stripe_url).check()
    except ShopError as error:
        yield Finding("broken", "stripe_away", {"problem": str(error)})
        return
    yield Finding("ok", "stripe")
    if theirs is not None:
        yield compared(theirs, "Stripe")


def webhooks(patient: Patient) -> Iterator[Finding]:
    """Of news only those are kept that told something new, so silence alone proves nothing."""
    with patient.database.looking() as connection:
        of_stripe = select(col(Inbox.received_at)).where(col(Inbox.source) == "stripe")
        latest = connection.execute(of_stripe.order_by(col(Inbox.id).desc()).limit(1)).scalar()
        paid = connection.execute(
            select(col(Payment.id)).where(col(Payment.status) == "captured").limit(1)
        ).first()
    if latest is not None:
        yield Finding("ok", "webhooks", {"hours": hours_since(latest)})
    elif paid is not None:
        yield Finding("look", "webhooks_none")
    else:
        yield Finding("ok", "webhooks_unused")


def mail(config: Settings) -> Iterator[Finding]:
    if not config.smtp_host:
        return  # said already
    try:
        server = SmtpMail(
            host=config.smtp_host,
            port=config.smtp_port,
            sender=config.mail_from,
            user=config.smtp_user,
            password=config.smtp_password.get_secret_value(),
            tls=config.smtp_tls,
        )
        with closing(server):
            server.check()
    except Exception as error:  # servers repeat addresses in their answers: its kind is enough
        yield Finding("broken", "mail_away", {"problem": type(error).__name__})
    else:
        yield Finding("ok", "mail")
