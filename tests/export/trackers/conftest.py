"""A workspace in which runs are finished, as far as their files tell; and `banc`, called and watched."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from banc.export.trackers.choose import choose
from banc.export.trackers.gather import Gathered, gather
from banc.stage.index import read_index
from banc.stage.kinds import Address
from banc.state.timings import timings


def _load(path: Path) -> Any:
    """A module of other tests; tests cannot import each other."""
    spec = importlib.util.spec_from_file_location("made_up", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE_UP = _load(Path(__file__).parents[2] / "document/conftest.py")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A workspace with one spec, ``t0``, of which everything is finished. Not to be changed."""
    workspace = MADE_UP.Made(tmp_path_factory.mktemp("made") / "workspace", MADE_UP.SPEC)
    MADE_UP.finish(workspace.root, workspace.stages)
    return workspace


@pytest.fixture
def new_workspace(tmp_path: Path) -> Callable[..., Any]:
    """Makes one, in which nothing is finished."""
    return lambda *specs: MADE_UP.Made(tmp_path / "workspace", *(specs or (MADE_UP.SPEC,)))


@pytest.fixture
def finishes() -> Callable[..., None]:
    """Finishes those stages of a workspace that are wanted."""
    return MADE_UP.finish


def _gathered(root: Path, *names: str, seed: int | None = None) -> Gathered:
    index = read_index(root)
    took = {Address(timing.address): timing for timing in timings(root).here}
    return gather(root, index, choose(root, index, names, seed), took)


@pytest.fixture(scope="session")
def gathered() -> Callable[..., Gathered]:
    """What is known of the runs that are named."""
    return _gathered


@frozen
class Watched:
    """How a call of ``banc`` ended, and what it did beside its task."""

    code: int
    out: str
    err: str
    asked: list[str]
    """Every address of a network that it looked for."""
    strays: list[str]
    """Files that were not there before, in the workspace and in the home."""


HIDES = ("CI", "GITHUB_", "PYTEST_", "XDG_")
"""Variables by which libraries see that they are tested, and then tell their makers nothing of it."""

_WATCH = """
import os, sys
def watch(event, arguments):
    inet = event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple)
    if inet or event in ("socket.getaddrinfo", "socket.gethostbyname"):
        with open(os.environ["ASKED"], "a") as file:
            print(event, *arguments[inet:], file=file)
sys.addaudithook(watch)
"""


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Calls ``banc`` with a home of its own and no other network than one that counts who asks it."""
    outside = tmp_path / "outside"
    home, hooks, asked = outside / "home", outside / "hooks", outside / "asked"
    for folder in (home, hooks):
        folder.mkdir(parents=True)
    (hooks / "sitecustomize.py").write_text(_WATCH)
    proxy = socket.create_server(("127.0.0.1", 0))
    proxy.setblocking(False)
    address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), address)

    def call(root: Path, *arguments: str | Path, **variables: str) -> Watched:
        before = set(_files(root)) | set(_files(home))
        done = subprocess.run(
            [sys.executable, "-W", "error::DeprecationWarning:banc", "-m", "banc", *map(str, arguments)],
            cwd=root,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith(HIDES)},
                "HOME": str(home),
                "PYTHONPATH": str(hooks),
                "ASKED": str(asked),
                **proxies,
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        looked_for = asked.read_text().splitlines() if asked.exists() else []
        try:
            connection, _ = proxy.accept()
            looked_for.append(connection.recv(200).decode())
            connection.close()
        except BlockingIOError:
            pass
        new = (set(_files(root)) | set(_files(home))) - before
        return Watched(done.returncode, done.stdout, done.stderr, looked_for, sorted(new))

    yield call
    proxy.close()


def _files(folder: Path) -> Iterator[str]:
    return (str(path) for path in folder.rglob("*") if "__pycache__" not in path.parts)
