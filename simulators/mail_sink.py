"""Takes every mail and shows it: SMTP in, a small web page and JSON out. No part of the product.

`python -m simulators.mail_sink --smtp-port 0 --http-port 0` prints one JSON line when both ports answer.
"""

import argparse
import asyncio
import html
import json
import re
import signal
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 2000  # mails; the oldest go first
LARGEST = 2 * 1024 * 1024  # bytes
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Mail:
    id: int
    at: str
    to: list[str]
    sender: str
    subject: str
    text: str
    html: str | None


class Mailbox:
    """Mails in the order they came; written by the SMTP loop, read by web threads."""

    def __init__(self) -> None:
        self._mails: deque[Mail] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._count = 0

    def to(self, address: str | None) -> list[Mail]:
        wanted = address.casefold() if address else None
        with self._lock:
            mails = list(self._mails)
        return [mail for mail in mails if wanted is None or wanted in map(str.casefold, mail.to)]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # aiosmtpd's name
        message = message_from_bytes(envelope.original_content or b"", EmailMessage, policy=default)
        with self._lock:
            self._count += 1
            self._mails.append(
                Mail(
                    id=self._count,
                    at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                    to=list(envelope.rcpt_tos),
                    sender=envelope.mail_from or "",
                    subject=str(message["Subject"] or ""),
                    text=_part(message, "plain") or "",
                    html=_part(message, "html"),
                )
            )
        return "250 kept"


def _part(message: EmailMessage, subtype: str) -> str | None:
    body = message.get_body((subtype,))
    return str(body.get_content()).replace("\r\n", "\n") if body is not None else None


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3"><title>Mails ({count})</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 1rem/1.5 system-ui; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }}
  article {{ border-top: 1px solid #8886; padding: .5rem 0 1rem; }}
  h2 {{ font-size: 1.05rem; margin: .5rem 0 0; }} small {{ opacity: .7; }}
  pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .5rem 0 0; }}
</style>
<h1>Mails the shop sent</h1>
{mails}
</html>"""
ARTICLE = "<article><h2>{subject}</h2><small>to {to}, {at}</small><pre>{text}</pre></article>"


def page(mails: list[Mail]) -> str:
    """Newest first: whoever opens this waits for a code."""
    articles = [
        ARTICLE.format(
            subject=html.escape(mail.subject),
            to=html.escape(", ".join(mail.to)),
            at=mail.at,
            text=re.sub(r"(https?://[^\s&<>\"]+)", r'<a href="\1">\1</a>', html.escape(mail.text)),
        )
        for mail in reversed(mails)
    ]
    return PAGE.format(count=len(mails), mails="\n".join(articles) or "<p>None yet.</p>")


def web(mailbox: Mailbox, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            mails = mailbox.to(parse_qs(address.query).get("to", [None])[-1])
            if address.path == "/":
                self._answer(200, "text/html; charset=utf-8", page(mails))
            elif address.path == "/mails":
                self._answer(200, "application/json", json.dumps([asdict(mail) for mail in mails]))
            else:
                self._answer(404, "text/plain", "only / and /mails?to=ADDRESS are here\n")

        def _answer(self, status: int, kind: str, body: str) -> None:
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            return  # a line for each look would bury the demo's own

    server = ThreadingHTTPServer((HOST, port), Handler)
    server.daemon_threads = True
    return server


async def serve(smtp_port: int, http_port: int) -> None:
    """Both servers until SIGINT or SIGTERM."""
    mailbox, loop, stop = Mailbox(), asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    smtp = await loop.create_server(
        lambda: SMTP(mailbox, data_size_limit=LARGEST, enable_SMTPUTF8=True, hostname="localhost", loop=loop),
        HOST,
        smtp_port,
    )
    listing = web(mailbox, http_port)
    threading.Thread(target=listing.serve_forever, args=(0.1,), daemon=True).start()
    ports = {"smtp_port": smtp.sockets[0].getsockname()[1], "http_port": listing.server_address[1]}
    print(json.dumps(ports | {"url": f"http://{HOST}:{ports['http_port']}"}), flush=True)
    try:
        await stop.wait()
    finally:
        smtp.close()
        await asyncio.to_thread(listing.shutdown)
        listing.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A mail server that keeps everything and delivers nothing.")
    parser.add_argument("--smtp-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--http-port", type=int, default=0, help="0 takes a free one")
    options = parser.parse_args()
    asyncio.run(serve(options.smtp_port, options.http_port))


if __name__ == "__main__":
    main()
