"""`python -m benchmarks.first_load`: what a phone on a slow line waits for before the first screen is there.

Chromium, throttled as Lighthouse's mobile profile is (1.6 Mbit/s, 150 ms a round trip, a quarter of the CPU),
nothing cached, nobody signed in. The floor is a page of one heading, served and measured in the same way.
"""

import argparse
import http.server
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from benchmarks import runs
from benchmarks.service import services
from simulators.demo.processes import free_ports
from tests.programs import chromium

LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWER = 4
PHONE: ViewportSize = {"width": 390, "height": 844}
SETTLED_MS = 2_000  # longer than anything goes on after the screen is there
# https://web.dev/articles/tbt: what a task takes beyond 50 ms keeps a finger waiting
WATCH = """
  window.seen = {largest: 0, blocked: 0};
  const watch = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({type, buffered: true});
  watch("largest-contentful-paint", (paint) => { seen.largest = paint.startTime; });
  watch("longtask", (task) => { seen.blocked += task.duration - 50; });
"""


@dataclass(frozen=True, slots=True)
class Load:
    largest_ms: float  # until the largest thing on the screen was painted
    blocked_ms: float
    kilobytes: float  # as they came over the line


def main() -> int:
    parser = runs.parser("benchmarks.first_load", __doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of floor and app in turn; medians are given")
    return runs.main(parser, run)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    with (
        bare_page() as floor,
        services(folder / "shop", f"sqlite:///{folder / 'shop.db'}") as shop,
        sync_playwright() as playwright,
    ):
        shop.start()
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        pairs = [
            (load(browser, floor), load(browser, f"http://127.0.0.1:{shop.ports[0]}"))
            for _ in range(options.rounds)
        ]
        browser.close()
    floors, apps = zip(*pairs, strict=True)
    return {
        "figures": {
            "first_load_kb": middle(apps, "kilobytes"),
            "first_load_largest_ms": middle(apps, "largest_ms"),
            "first_load_blocked_ms": middle(apps, "blocked_ms"),
            "bare_page_largest_ms": middle(floors, "largest_ms"),
        },
        "detail": {"app": runs.plain(apps), "bare": runs.plain(floors)},
    }


def load(browser: Browser, url: str) -> Load:
    """By a phone that was never here."""
    context = browser.new_context(
        viewport=PHONE, service_workers="block"
    )  # that comes after the first screen
    page = context.new_page()
    page.add_init_script(WATCH)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    received: list[int] = []
    line.on("Network.loadingFinished", lambda done: received.append(done["encodedDataLength"]))
    page.goto(url)
    page.locator("h1").wait_for()
    page.wait_for_timeout(SETTLED_MS)
    seen = page.evaluate("seen")
    context.close()
    return Load(seen["largest"], seen["blocked"], sum(received) / 1000)


def middle(loads: tuple[Load, ...], figure: str) -> float:
    return float(statistics.median(getattr(each, figure) for each in loads))


class _Bare(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>bare</title><h1>Dorfladen</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def bare_page() -> Iterator[str]:
    [port] = free_ports(1)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _Bare)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    sys.exit(main())
