"""Mail that leaves the shop, as the simulated mailbox or a server with TLS and passwords gets it."""

import json
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shop.adapters.email import SmtpMail


@dataclass
class Sink:
    smtp_port: int
    url: str

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        answer = self.get("/mails" + (f"?to={quote(to)}" if to else ""))
        return list(json.loads(answer))

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=5) as response:
            return str(response.read().decode())

    def shop_mail(self) -> SmtpMail:
        return SmtpMail(host="127.0.0.1", port=self.smtp_port, sender="shop@dorfladen.example")


NOBODY = SmtpMail(
    host="127.0.0.1", port=1, sender="shop@localhost"
)  # calling it would be a refused connection


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with subprocess.Popen(
        [sys.executable, "-m", "simulators.mail_sink"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        try:
            yield Sink(ready["smtp_port"], ready["url"])
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0


def test_a_mail_arrives_with_its_umlauts_and_both_bodies(sink: Sink) -> None:
    sink.shop_mail().send(
        "anna@example.org", "Ihr Anmeldecode: 123456", "Schöne Grüße\n12,34 €", "<p>Grüße</p>"
    )
    [mail] = sink.mails("anna@example.org")
    assert mail["to"] == ["anna@example.org"]
    assert mail["sender"] == "shop@dorfladen.example"
    assert mail["subject"] == "Ihr Anmeldecode: 123456"
    assert mail["text"] == "Schöne Grüße\n12,34 €\n"
    assert mail["html"] == "<p>Grüße</p>\n"


def test_mails_are_listed_by_address_with_the_newest_last(sink: Sink) -> None:
    for to, subject in [
        ("ina@example.org", "one"),
        ("ben@example.org", "two"),
        ("Ina@example.org", "three"),
    ]:
        sink.shop_mail().send(to, subject, "text")
    assert [mail["subject"] for mail in sink.mails("ina@example.org")] == ["one", "three"]
    assert [mail["subject"] for mail in sink.mails()[-3:]] == ["one", "two", "three"]


def test_the_mailbox_page_shows_text_never_markup_and_makes_links(sink: Sink) -> None:
    sink.shop_mail().send("anna@example.org", "<b>Code</b>", "See http://127.0.0.1:1/r/x?a=1&b=2 <script>")
    page = sink.get("/")
    assert "&lt;b&gt;Code&lt;/b&gt;" in page
    assert '<a href="http://127.0.0.1:1/r/x?a=1' in page
    assert "<script>" not in page
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        sink.get("/etc/passwd")
    refused.value.close()


@pytest.mark.parametrize(
    "to",
    [
        "",
        "anna",
        "anna@",
        "@example.org",
        "a@x.org, b@x.org",
        "a@x.org\nBcc: b@x.org",
        "Anna <a@x.org>",
        "a b@x.org",
    ],
)
def test_only_one_plain_address_is_written_to(to: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        NOBODY.send(to, "code", "123456")


def test_a_subject_cannot_smuggle_in_another_header() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        NOBODY.send("anna@example.org", "hello\r\nBcc: eve@example.org", "text")


def test_a_mail_server_that_is_not_there_is_an_os_error() -> None:
    with pytest.raises(OSError, match="refused"):
        NOBODY.send("anna@example.org", "s", "t")


def test_when_tls_is_asked_for_nothing_is_sent_without_it(sink: Sink) -> None:
    mail = SmtpMail(host="127.0.0.1", port=sink.smtp_port, sender="shop@localhost", tls=True)
    with pytest.raises(smtplib.SMTPNotSupportedError):
        mail.send("plain@example.org", "s", "t")
    assert sink.mails("plain@example.org") == []


class Recorder:
    def __init__(self) -> None:
        self.senders: list[str | None] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert session.ssl is not None
        self.senders.append(envelope.mail_from)
        return "250 kept"


def _knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data == LoginPassword(b"shop", b"right"), handled=False)


@contextmanager
def secured_server(certificate: Path, key: Path) -> Iterator[tuple[int, Recorder]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    recorder = Recorder()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        recorder,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        authenticator=_knows,
        auth_required=True,
    )
    controller.start()
    try:
        yield port, recorder
    finally:
        controller.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Made for 127.0.0.1 by itself; trusted only by whoever is told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, private


def test_tls_with_user_and_password(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with secured_server(*certificate) as (port, recorder):
        known: dict[str, Any] = {"host": "127.0.0.1", "port": port, "sender": "shop@localhost", "tls": True}
        SmtpMail(**known, user="shop", password="right").send("anna@example.org", "s", "t")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            SmtpMail(**known, user="shop", password="wrong").send("anna@example.org", "s", "t")
    assert recorder.senders == ["shop@localhost"]


def test_a_certificate_nobody_vouches_for_stops_the_mail(certificate: tuple[Path, Path]) -> None:
    with secured_server(*certificate) as (port, recorder):
        mail = SmtpMail(host="127.0.0.1", port=port, sender="shop@localhost", tls=True)
        with pytest.raises(ssl.SSLCertVerificationError):
            mail.send("anna@example.org", "s", "t")
    assert recorder.senders == []
