"""Mail by SMTP; a connection is kept for the next message while the server lets us."""

import quopri
import smtplib
import ssl
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime, localtime, make_msgid

from shop.ops import metrics

TIMEOUT_S = 10
KEPT_S = 60.0  # less than any server or router waits before it hangs up without a word
IMPLICIT_TLS_PORT = 465  # RFC 8314 3.3; on other ports TLS begins by STARTTLS


class SmtpMail:
    """For any number of threads; `close` when no more mail will be sent."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        sender: str,
        user: str = "",
        password: str = "",
        tls: bool = False,
    ) -> None:
        self._host, self._port = host, port
        self._sender = Address(addr_spec=sender)
        self._user, self._password = user, password
        self._tls = ssl.create_default_context() if tls else None
        self._kept: deque[tuple[float, smtplib.SMTP]] = deque()

    def send(self, to: str, subject: str, text: str) -> None:
        """Raises OSError or smtplib.SMTPException if not accepted, ValueError unless `to` is one address."""
        _check(to, subject)
        with metrics.MAIL.timed(failed=lambda _: "failed"), self._connection() as connection:
            connection.sendmail(self._sender.addr_spec, [to], self._message(to, subject, text))

    def check(self) -> None:
        """The server answers and knows our login; raises as `send` does."""
        with self._connection():
            pass

    def close(self) -> None:
        while (connection := self._take_kept()) is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        connection = self._take_kept() or self._connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._kept.append((time.monotonic(), connection))

    def _take_kept(self) -> smtplib.SMTP | None:
        """One that still stands."""
        while self._kept:
            with suppress(IndexError, OSError, smtplib.SMTPException):
                since, connection = self._kept.pop()
                if time.monotonic() - since < KEPT_S and connection.noop()[0] == 250:
                    return connection
                connection.close()
        return None

    def _connect(self) -> smtplib.SMTP:
        # our own name is given, because asking the resolver for it can take seconds in a store
        me = self._sender.domain
        if self._tls is not None and self._port == IMPLICIT_TLS_PORT:
            return self._known(
                smtplib.SMTP_SSL(
                    self._host, self._port, local_hostname=me, timeout=TIMEOUT_S, context=self._tls
                )
            )
        return self._known(smtplib.SMTP(self._host, self._port, local_hostname=me, timeout=TIMEOUT_S))

    def _known(self, connection: smtplib.SMTP) -> smtplib.SMTP:
        try:
            if self._tls is not None and not isinstance(connection, smtplib.SMTP_SSL):
                connection.starttls(context=self._tls)
            if self._user:
                connection.login(self._user, self._password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _message(self, to: str, subject: str, text: str) -> bytes:
        """Written by hand: the library's message object took three times the CPU of sending it."""
        headers = {
            "From": self._sender.addr_spec,
            "To": to,
            "Subject": Header(subject, header_name="Subject").encode(linesep="\r\n"),
            "Date": format_datetime(localtime()),
            "Message-ID": make_msgid(domain=self._sender.domain),
            "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, please
            "MIME-Version": "1.0",
            "Content-Type": 'text/plain; charset="utf-8"',
            "Content-Transfer-Encoding": "quoted-printable",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        body = quopri.encodestring("\n".join(text.splitlines()).encode()).replace(b"\n", b"\r\n")
        return head.encode() + b"\r\n" + body + b"\r\n"


def _check(to: str, subject: str) -> None:
    """One mailbox, because a list would send one shopper's code to another; and no header of her making."""
    try:
        address = Address(addr_spec=to)
    except Exception as error:  # the parser raises whatever it trips over
        raise ValueError("not a mail address") from error
    if not (address.username and address.domain and to.isascii()):
        raise ValueError("not a mail address")
    if len(subject.splitlines()) > 1:
        raise ValueError("a linefeed in the subject")
