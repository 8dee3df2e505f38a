"""A small address of each process's own, for who watches it: /metrics, /health/live, /health/ready."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer

from shop.config import Settings
from shop.ops import metrics
from shop.ops.counting import rendered
from shop.ops.health import Ready
from shop.ops.logs import told

log = logging.getLogger(__name__)

PORTS = {"serve": 0, "admin": 10, "worker": 20, "gateway": 30}  # above the first; between is room for several
TEXT = "text/plain; version=0.0.4; charset=utf-8"
JSON = "application/json"
TIMEOUT_S = 5


def start(process: str, settings: Settings, ready: Ready) -> "Listener | None":
    """None when no port was set; a taken port is told, and the shop goes on without."""
    if not settings.metrics_port:
        return None
    address = str(settings.metrics_host), settings.metrics_port + PORTS[process]
    try:
        listener = Listener(address, process, ready)
    except OSError as error:
        log.error(told("metrics_port_taken", port=address[1], error=type(error).__name__))
        return None
    threading.Thread(target=listener.serve_forever, name="metrics", daemon=True).start()
    return listener


class Listener(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], process: str, ready: Ready) -> None:
        self.process, self.ready = process, ready
        metrics.READY.ask = lambda: {(): float(not self.ready.problems())}
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has hung up."""

    def answer(self, path: str) -> tuple[int, str, str]:
        """Status, kind of text, text."""
        if path == "/metrics":
            return 200, TEXT, rendered(self.process)
        if path == "/health/live":
            return 200, JSON, '{"status":"ok"}'
        if path == "/health/ready":
            problems = self.ready.problems()
            said = {"status": "not_ready", "problems": problems} if problems else {"status": "ok"}
            return 503 if problems else 200, JSON, json.dumps(said)
        return 404, JSON, '{"status":"not_found"}'


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    timeout = TIMEOUT_S
    server_version, sys_version = "shop", ""

    def do_GET(self) -> None:
        status, kind, text = self.server.answer(self.path)
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Asked every few seconds: not worth a line."""
