"""A shopper's phone: the HTTP API, the hosted card pages and the mailbox; nothing else of the product."""

import json
import re
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

CODE = re.compile(r"\b(\d{6})\b")
POLL_S = 0.1
PATIENCE_S = 30.0
READ_TIMEOUT_S = 25.0  # the stream says something at least every 15 s
ENDED = frozenset({"settled", "empty", "abandoned", "refused"})

# All of it is plain HTTP on one machine; the list of the world's authorities costs 50 ms for each phone.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

Json = dict[str, Any]
Found = TypeVar("Found")


class Refused(Exception):
    """The shop said no; `code` is the refusal's."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body.get('code')}: {body.get('message', {}).get('en', '')}")
        self.code = str(body.get("code"))
        self.details: Json = body.get("details") or {}


class NothingHappened(Exception):
    """What the shopper waited for did not come."""


class Phone:
    """Every phone calls from an address of its own, as phones do: limits by address see many callers."""

    def __init__(
        self, shop_url: str, mail_url: str, email: str, *, language: str = "de", number: int = 0
    ) -> None:
        self.email = email
        self.language = language
        self._mail_url = mail_url
        address = f"127.1.{number // 250 % 250}.{number % 250 + 1}" if sys.platform == "linux" else None
        transport = httpx.HTTPTransport(verify=NO_AUTHORITIES, local_address=address, retries=2)
        self.http = httpx.Client(base_url=shop_url, transport=transport, timeout=15.0, trust_env=False)
        self._browser = local_client()

    def close(self) -> None:
        self.http.close()
        self._browser.close()

    def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """Raises Refused."""
        answer = self.http.request(method, f"/api/v1{path}", json=body)
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            refusal = answer.json()
        except ValueError:
            refusal = {"code": answer.reason_phrase}
        raise Refused(answer.status_code, refusal)

    def sign_in(self) -> None:
        old = len(self._mailed_codes())  # of an earlier try: worth nothing once another is asked for
        self.ask("POST", "/sign-in/codes", {"email": self.email, "language": self.language})
        code = until(lambda: self._mailed_codes()[old:], "the mail with the sign-in code")[-1]
        signed_in = self.ask("POST", "/sign-in/sessions", {"email": self.email, "code": code})
        self.http.headers["Authorization"] = f"Bearer {signed_in['token']}"

    def save_card(self, number: str) -> None:
        """On the hosted page; a bank that wants to know is answered yes."""
        method = self.ask("POST", "/payment-methods", {})["id"]
        path = f"/payment-methods/{method}"
        url = until(lambda: self.ask("GET", path)["setup_url"], "the address of the card page")
        card = {"cardNumber": number, "cardExpiry": "12 / 40", "cardCvc": "123"}
        back = self._submit(url, card)
        if urlsplit(back).path.startswith("/3ds/"):
            self.confirm_at_bank(back)
        until(lambda: self.ask("GET", path)["status"] == "saved", "the card to be saved")

    def confirm_at_bank(self, url: str) -> None:
        """The 3-D Secure page."""
        self._submit(url, {"outcome": "complete"})

    def store(self, slug: str) -> Json:
        store: Json = self.ask("GET", f"/stores/{slug}")
        return store

    def products(self, slug: str) -> list[Json]:
        products: list[Json] = self.ask("GET", f"/stores/{slug}/products")
        return products

    def request_entry(self, door_code: str) -> str:
        """The id of the visit."""
        return str(self.ask("POST", "/visits", {"door_code": door_code})["id"])

    def scan(self, visit: str, gtin: str, quantity: int = 1) -> None:
        self.ask("POST", f"/visits/{visit}/scans", {"gtin": gtin, "quantity": quantity})

    def correct(self, visit: str, sku: str, quantity: int) -> None:
        self.ask("PUT", f"/visits/{visit}/lines/{sku}", {"quantity": quantity})

    def pay(self, visit: str) -> None:
        self.ask("POST", f"/visits/{visit}/pay")

    def leave(self, visit: str) -> None:
        self.ask("POST", f"/visits/{visit}/leave")

    def visit(self, visit: str) -> Json:
        shown: Json = self.ask("GET", f"/visits/{visit}")
        return shown

    def receipt(self, visit: str) -> tuple[bytes, str]:
        """The PDF and the page; Refused receipt_not_ready when nothing was sold."""
        return self._papers(self.ask("GET", f"/visits/{visit}/receipt"))

    def contest(self, visit: str, sku: str) -> Json:
        """One unit was not hers; what became of it so far."""
        wish = {"sku": sku, "quantity": 1, "reason": "not_mine"}
        contested: Json = self.ask("POST", f"/visits/{visit}/objections", wish)["objections"][-1]
        return contested

    def refunded(self, visit: str) -> Json | None:
        """Her objection, once the money is on its way back."""
        made = self.ask("GET", f"/visits/{visit}/objections")["objections"]
        return next((one for one in made if one["outcome"] == "refunded"), None)

    def correction(self, objection: Json) -> tuple[bytes, str]:
        """The PDF and the page of the receipt that takes it back."""
        return self._papers(objection["receipt"])

    def _papers(self, urls: Json) -> tuple[bytes, str]:
        pdf, page = (self._document(urls[kind]) for kind in ("pdf_url", "html_url"))
        return pdf.content, page.text

    def _document(self, url: str) -> httpx.Response:
        return self.http.get(url, params={"lang": self.language}).raise_for_status()

    def _mailed_codes(self) -> list[str]:
        mails = self.http.get(f"{self._mail_url}/mails", params={"to": self.email}).raise_for_status().json()
        return [match.group(1) for mail in mails if (match := CODE.search(mail["subject"]))]

    def _submit(self, url: str, form: dict[str, str]) -> str:
        """Fill in a hosted page and go where it sends the browser."""
        answer = self._browser.post(url, data=form)
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise NothingHappened(f"the page at {urlsplit(url).path[:12]} answered {answer.status_code}")
        return urljoin(url, answer.headers["location"])


class Screen:
    """The visit as her phone shows it: followed by server-sent events, resumed when the line drops."""

    def __init__(self, phone: Phone, visit: str, *, drop_after: int | None = None) -> None:
        """`drop_after`: the line is cut once after so many events."""
        self._phone = phone
        self._path = f"/api/v1/visits/{visit}/events"
        self._drop_after = drop_after
        self._seen = ""
        self._shown: Json = {}
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"screen {visit}", daemon=True)
        self._thread.start()

    @property
    def visit(self) -> Json:
        return self._shown

    def wait(self, what: str, holds: Callable[[Json], bool], within_s: float = PATIENCE_S) -> Json:
        """The first shown visit that is so; NothingHappened if none is in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._shown) and holds(self._shown), within_s):
                state = self._shown.get("state", "unknown")
                raise NothingHappened(f"waited {within_s:.0f} s for {what}; the visit is {state}")
            return self._shown

    def close(self) -> None:
        """The phone is put away, or its battery is empty."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()

    def _follow(self) -> None:
        while not self._closed.is_set():
            with suppress(httpx.HTTPError):
                self._listen()
            if self._shown.get("state") in ENDED:
                return
            self._closed.wait(0.2)

    def _listen(self) -> None:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": self._seen} if self._seen else {})
        timeout = httpx.Timeout(10.0, read=READ_TIMEOUT_S)
        with self._phone.http.stream("GET", self._path, headers=headers, timeout=timeout) as stream:
            stream.raise_for_status()
            for event in events(stream.iter_lines()):
                if self._closed.is_set():
                    return
                self._show(event)
                if self._drop_after is not None:
                    self._drop_after -= 1
                    if self._drop_after <= 0:
                        self._drop_after = None
                        return

    def _show(self, event: dict[str, str]) -> None:
        self._seen = event.get("id", self._seen)
        if event.get("event") != "visit":
            return
        with self._changed:
            self._shown = json.loads(event["data"])
            self._changed.notify_all()


def local_client(**settings: Any) -> httpx.Client:
    """For services on this machine: no proxy, no authorities to load."""
    return httpx.Client(verify=NO_AUTHORITIES, timeout=15.0, trust_env=False, **settings)


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Server-sent events out of a stream's lines; comments are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            if fields:
                yield fields
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            fields[name] = (
                fields[name] + "\n" + value.removeprefix(" ") if name in fields else value.removeprefix(" ")
            )


def until(look: Callable[[], Found | None], what: str, within_s: float = PATIENCE_S) -> Found:
    """Look again and again; NothingHappened when the time is over."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise NothingHappened(f"waited {within_s:.0f} s for {what}")
        time.sleep(POLL_S)
