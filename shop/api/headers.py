"""What every answer tells the browser about itself: what it may load, who may frame it, what is not kept."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The barcode reader is a worker, and a worker lives by the policy of its own file: it alone may compile wasm,
# no page may. It loads its wasm from us and can reach nobody else.
READER = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
OF_PAGES = {"Content-Security-Policy": PAGE, "Cache-Control": "no-cache"}
FILES = ("/docs/", "/assets/")
READERS_FILES = "/assets/scanner/"


class SafeHeaders:
    """Around everything, so that our own failures carry them too; an answer's own header stays."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        always = SAFE | (OVER_TLS if https else {})
        self.of_files = _raw(always | {"Content-Security-Policy": PAGE})
        self.of_reader = _raw(always | {"Content-Security-Policy": READER})
        self.of_data = _raw(always | {"Content-Security-Policy": NOTHING, "Cache-Control": "no-store"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = self._for(scope["path"])

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in headers if h[0] not in own)]
            await send(message)

        await self.app(scope, receive, with_headers)

    def _for(self, path: str) -> list[tuple[bytes, bytes]]:
        if path.startswith(READERS_FILES):
            return self.of_reader
        return self.of_files if path.startswith(FILES) else self.of_data


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
