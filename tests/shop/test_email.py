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
from contextlib import closing, contextmanager
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

from shop.adapters import email
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

    def shop_mail(self) -> closing[SmtpMail]:
        return closing(SmtpMail(host="127.0.0.1", port=self.smtp_port, sender="shop@dorfladen.example"))


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


def test_a_mail_arrives_with_its_umlauts(sink: Sink) -> None:
    text = "Schöne Grüße\n.\n12,34 €\n" + "Umlaut für Umlaut " * 20 + "\n"
    with sink.shop_mail() as mail:
        mail.send("anna@example.org", "Ihr Kassenbon von Dorfladen Mühlhausen, Straße am Löwentor 12", text)
    [arrived] = sink.mails("anna@example.org")
    assert arrived["to"] == ["anna@example.org"]
    assert arrived["sender"] == "shop@dorfladen.example"
    assert arrived["subject"] == "Ihr Kassenbon von Dorfladen Mühlhausen, Straße am Löwentor 12"
    assert arrived["text"] == text


def test_mails_are_listed_by_address_with_the_newest_last(sink: Sink) -> None:
    for to, subject in [
        ("ina@example.org", "one"),
        ("ben@example.org", "two"),
        ("Ina@example.org", "three"),
    ]:
        with sink.shop_mail() as mail:
            mail.send(to, subject, "text")
    assert [mail["subject"] for mail in sink.mails("ina@example.org")] == ["one", "three"]
    assert [mail["subject"] for mail in sink.mails()[-3:]] == ["one", "two", "three"]


def test_the_mailbox_page_shows_text_never_markup_and_makes_links(sink: Sink) -> None:
    with sink.shop_mail() as mail:
        mail.send("anna@example.org", "<b>Code</b>", "See http://127.0.0.1:1/r/x?a=1&b=2 <script>")
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
        "jürgen@x.org",
        "a@mühle.de",
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


@contextmanager
def counting_server(port: int = 0) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Its port, and from where which mail came."""
    heard: list[tuple[str, str]] = []

    class Handler:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
            heard.append((str(session.peer), envelope.rcpt_tos[0]))
            return "250 kept"

    controller = Controller(Handler(), hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield controller.port, heard
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_mails_go_over_one_connection_until_it_has_been_idle_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        counting_server() as (port, heard),
        closing(SmtpMail(host="127.0.0.1", port=port, sender="shop@localhost")) as mail,
    ):
        for to in ("a@x.org", "b@x.org"):
            mail.send(to, "s", "t")
        monkeypatch.setattr(email, "KEPT_S", 0)
        mail.send("c@x.org", "s", "t")
    assert [to for _, to in heard] == ["a@x.org", "b@x.org", "c@x.org"]
    assert heard[0][0] == heard[1][0] != heard[2][0]


def test_a_server_that_hung_up_meanwhile_is_called_again() -> None:
    port = free_port()
    with closing(SmtpMail(host="127.0.0.1", port=port, sender="shop@localhost")) as mail:
        for to in ("a@x.org", "b@x.org"):
            with counting_server(port) as (_, heard):
                mail.send(to, "s", "t")
            assert [name for _, name in heard] == [to]


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
    port = free_port()
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
        with closing(SmtpMail(**known, user="shop", password="right")) as mail:
            mail.send("anna@example.org", "s", "t")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            SmtpMail(**known, user="shop", password="wrong").send("anna@example.org", "s", "t")
    assert recorder.senders == ["shop@localhost"]


def test_a_certificate_nobody_vouches_for_stops_the_mail(certificate: tuple[Path, Path]) -> None:
    with secured_server(*certificate) as (port, recorder):
        mail = SmtpMail(host="127.0.0.1", port=port, sender="shop@localhost", tls=True)
        with pytest.raises(ssl.SSLCertVerificationError):
            mail.send("anna@example.org", "s", "t")
    assert recorder.senders == []
