"""A simulated display at a door: a small web page that shows the code of the moment, typed and as a picture.

`/` is for people, `/code` is JSON, `/qr.svg` and `/qr.png` are pictures; these three are 404 without a code.
"""

import argparse
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import segno

from devices.door_code import DoorCode
from devices.edge.device import Handlers, Identity
from devices.edge.display import Screen
from simulators.hardware import process

HOST = "127.0.0.1"
PIXELS = 8  # of one square of the picture
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
NO_CODE = "Zurzeit kein Code / No code right now"
PAGE = """<!doctype html>
<html lang="de"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>Türcode</title>
<style>body {{ font: 1.5rem system-ui; text-align: center; margin: 2rem; }}</style>
{shown}
</html>"""


class Display:
    def __init__(self, args: argparse.Namespace) -> None:
        bench = process.Bench(args)
        self._screen = Screen()
        handlers = Handlers(states=dict, door_code=self._screen.tell)
        identity = Identity(
            store=args.store,
            device=args.device,
            model="sim-display",
            caps=["display"],
            keep_session=False,  # no code may wait for it
        )
        self._device = bench.device(identity, handlers)
        self._wire = bench.wire([], self._device.inbox)
        self._web = _web(self._screen, args.http_port)

    def run(self) -> None:
        threading.Thread(target=self._web.serve_forever, args=(0.1,), daemon=True).start()
        print(json.dumps({"url": f"http://{HOST}:{self._web.server_address[1]}"}), flush=True)
        process.run(self._device, self._wire)
        self._web.shutdown()
        self._web.server_close()


def picture(code: DoorCode, kind: str) -> bytes:
    """`kind` is svg or png."""
    drawn = io.BytesIO()
    segno.make(code.url, error="m", micro=False).save(drawn, kind=kind, scale=PIXELS)
    return drawn.getvalue()


def _page(code: DoorCode | None) -> bytes:
    shown = f"<p>{NO_CODE}</p>"
    if code is not None:
        svg = picture(code, "svg").decode().partition("?>")[2]
        shown = f"{svg}<p>{code.typed}</p>"
    return PAGE.format(shown=shown).encode()


def _web(screen: Screen, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code = screen.shown
            kind = self.path.removeprefix("/qr.")
            if self.path == "/":
                self._answer(200, "text/html; charset=utf-8", _page(code))
            elif code is None:
                self._answer(404, "text/plain", NO_CODE.encode())
            elif self.path == "/code":
                told = {"code": code.code, "typed": code.typed, "url": code.url}
                self._answer(200, "application/json", json.dumps(told).encode())
            elif kind in PICTURES:
                self._answer(200, PICTURES[kind], picture(code, kind))
            else:
                self._answer(404, "text/plain", b"only /, /code, /qr.svg and /qr.png are here\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer((HOST, port), Handler)
    server.daemon_threads = True
    return server


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.hardware display", description=__doc__)
    process.add_arguments(parser)
    parser.add_argument("--http-port", type=int, default=0, help="0 takes a free one")
    Display(parser.parse_args(argv)).run()
