"""Mail by SMTP, one connection for each message."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import localtime, make_msgid

TIMEOUT_S = 10
IMPLICIT_TLS_PORT = 465  # RFC 8314 3.3; on other ports TLS begins by STARTTLS


class SmtpMail:
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
        self._host, self._port, self._tls = host, port, tls
        self._sender = Address(addr_spec=sender)
        self._user, self._password = user, password

    def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        """Raises OSError or smtplib.SMTPException if not accepted, ValueError unless `to` is one address."""
        message = self._message(_address(to), subject, text, html)
        with self._connection() as connection:
            if self._user:
                connection.login(self._user, self._password)
            connection.send_message(message, to_addrs=[to])

    def _connection(self) -> smtplib.SMTP:
        # our own name is given, because asking the resolver for it can take seconds in a store
        me = self._sender.domain
        if not self._tls:
            return smtplib.SMTP(self._host, self._port, local_hostname=me, timeout=TIMEOUT_S)
        context = ssl.create_default_context()
        if self._port == IMPLICIT_TLS_PORT:
            return smtplib.SMTP_SSL(
                self._host, self._port, local_hostname=me, timeout=TIMEOUT_S, context=context
            )
        connection = smtplib.SMTP(self._host, self._port, local_hostname=me, timeout=TIMEOUT_S)
        try:
            connection.starttls(context=context)
        except BaseException:
            connection.close()
            raise
        return connection

    def _message(self, to: Address, subject: str, text: str, html: str | None) -> EmailMessage:
        message = EmailMessage()  # refuses line breaks in headers
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = localtime()
        message["Message-ID"] = make_msgid(domain=self._sender.domain)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        message.set_content(text)
        if html is not None:
            message.add_alternative(html, subtype="html")
        return message


def _address(text: str) -> Address:
    """One mailbox; a list would send one shopper's code to another."""
    try:
        address = Address(addr_spec=text)
    except Exception as error:  # the parser raises whatever it trips over
        raise ValueError("not a mail address") from error
    if not address.username or not address.domain:
        raise ValueError("not a mail address")
    return address
