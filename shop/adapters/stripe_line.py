"""The line to Stripe: how the Stripe library's requests get there, and the answers back.

Its usual line (the library requests) took as much CPU as all the rest of a call.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import stripe
import urllib3

MOST_KEPT = 32  # connections: as many as a worker may have threads


class StripeLine(stripe.HTTPClient):
    """Connections are kept and shared by all threads; nothing is sent twice, and no redirect followed."""

    name = "urllib3"

    def __init__(self, url: str, *, timeout_s: float) -> None:
        super().__init__()
        proxy = _proxy_for(url)
        options: dict[str, Any] = {
            "timeout": timeout_s,
            "retries": False,
            "maxsize": MOST_KEPT,
            "ca_certs": stripe.ca_bundle_path,
        }
        self._pool = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        try:
            answer = self._pool.request(method, url, body=post_data, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise stripe.APIConnectionError(type(error).__name__) from error  # type: ignore[no-untyped-call]
        return answer.data.decode(errors="replace"), answer.status, answer.headers

    def close(self) -> None:
        self._pool.clear()


def _proxy_for(url: str) -> str | None:
    """What the environment says (HTTPS_PROXY and the like)."""
    where = urlsplit(url)
    return None if proxy_bypass(where.netloc) else getproxies().get(where.scheme)
