"""The page as browsers of this machine get it, by real requests."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from banc.cli.page_server import PageServer
from banc.errors import UsageError


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer(0) as server:
        server.show("<p>Größe</p>")
        yield server


def ask(
    port: int, path: str = "/", method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(
            method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_a_page_and_the_next_one(server: PageServer) -> None:
    status, headers, body = ask(server.port)
    assert (status, body.decode()) == (200, "<p>Größe</p>")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    tag = headers["ETag"]
    # What the browser has it does not get again.
    assert ask(server.port, If_None_Match=tag)[::2] == (304, b"")
    server.show("<p>more</p>")
    assert ask(server.port, If_None_Match=tag)[::2] == (200, b"<p>more</p>")
    assert ask(server.port, method="HEAD")[::2] == (200, b"")


@pytest.mark.parametrize("path", ["/spec", "/../etc/passwd", "/?x", "*"])
def test_nothing_else_is_served(server: PageServer, path: str) -> None:
    assert ask(server.port, path)[0] == 404


def test_a_page_of_another_site_reads_nothing(server: PageServer) -> None:
    """Its name may lead to this machine by now, but the browser still says whose page asks."""
    assert ask(server.port, Host=f"evil.example:{server.port}")[0] == 421
    assert ask(server.port, Host=f"localhost:{server.port}")[0] == 200
    assert ask(server.port, method="POST")[0] == 501


def test_other_machines_do_not_reach_it(server: PageServer) -> None:
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", server.port))


def test_a_port_that_is_taken(server: PageServer) -> None:
    with pytest.raises(UsageError, match=f"cannot serve at 127.0.0.1:{server.port}: ") as caught:
        PageServer(server.port)
    assert "0 for any that is free" in caught.value.hint


def test_serving_ends_by_ctrl_c(workspace: Path) -> None:
    command = [sys.executable, "-m", "banc", "report", "spec/a-table.toml", "--format", "html"]
    process = subprocess.Popen(
        [*command, "--serve", "0"],
        cwd=workspace,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        match = re.match(r"the page is at http://127\.0\.0\.1:(\d+)/; ", process.stdout.readline())
        assert match is not None
        status, _, body = ask(int(match[1]))
        assert status == 200
        assert "0 of 2 numbers are there" in body.decode() and 'http-equiv="refresh"' in body.decode()
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (0, "stopped\n")


@pytest.mark.parametrize("asked", [b"GE", b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"])
def test_a_browser_that_leaves_in_the_middle_is_no_error(
    server: PageServer, asked: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    server.show("x" * 20_000_000)  # more than the system takes off the server at once
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port)) as browser:
            browser.sendall(asked % server.port if b"%" in asked else asked)
            if len(asked) > 2:
                assert browser.recv(100)
            # The connection is reset, as by a program that was killed.
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    while any("process_request" in thread.name for thread in threading.enumerate()):
        time.sleep(0.01)
    assert ask(server.port, method="HEAD")[0] == 200
    assert capsys.readouterr().err == ""
