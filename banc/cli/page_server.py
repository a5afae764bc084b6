"""One page, for browsers of this machine.

In: the text of a page, whenever there is a new one. Out: answers on 127.0.0.1. Nothing else of the machine
can be asked for, by whatever path.
"""

from __future__ import annotations

import hashlib
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType

from banc.errors import UsageError

HOST = "127.0.0.1"
"""Other machines do not reach it."""

TIMEOUT = 10
"""Seconds for a request to arrive."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing of a browser that has gone: it loads the page anew, or was closed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class PageServer:
    """Answers while it is entered."""

    def __init__(self, port: int) -> None:
        """Takes the port; 0: any that is free.

        Raises:
            UsageError: the port is taken, or may not be taken.
        """
        self._shown = (b"", "")
        try:
            self._server = _Server((HOST, port), self._handler())
        except OSError as error:
            raise UsageError(
                f"cannot serve at {HOST}:{port}: {(error.strerror or 'no reason given').lower()}",
                hint="name another port, or 0 for any that is free",
            ) from error
        self.port = int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.port}/"

    def show(self, page: str) -> None:
        """Answers with ``page`` from now on."""
        data = page.encode()
        # Both at once: a new tag must not stand for the old page.
        self._shown = (data, f'"{hashlib.sha256(data).hexdigest()[:16]}"')

    def __enter__(self) -> PageServer:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        served = self

        class Handler(BaseHTTPRequestHandler):
            timeout = TIMEOUT
            server_version, sys_version = "banc", ""

            def do_GET(self) -> None:
                self._answer(body=True)

            def do_HEAD(self) -> None:
                self._answer(body=False)

            def _answer(self, *, body: bool) -> None:
                page, tag = served._shown
                # A page of another site, whose name leads here by now, must not read this one.
                if self.headers.get("Host") not in (f"{HOST}:{served.port}", f"localhost:{served.port}"):
                    self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
                elif self.path != "/":
                    self.send_error(HTTPStatus.NOT_FOUND)
                elif self.headers.get("If-None-Match") == tag:
                    self.send_response(HTTPStatus.NOT_MODIFIED)
                    self.end_headers()
                else:
                    self.send_response(HTTPStatus.OK)
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                    self.send_header("Content-Length", str(len(page)))
                    self.send_header("Cache-Control", "no-cache")
                    self.send_header("ETag", tag)
                    self.end_headers()
                    if body:
                        self.wfile.write(page)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing: a browser asks every few seconds."""

        return Handler
