"""What every test has: one environment on every machine, and one flag that rewrites golden folders."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Two workers on two cores: a test's own threads would only get in each other's way.
os.environ["OMP_NUM_THREADS"] = "1"
# DVC runs `banc` by name, also where nobody activated the environment.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
os.environ["DVC_NO_ANALYTICS"] = "1"
# Hundreds of processes import banc: none compiles it again, not even where the environment wants no bytecode.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Colours and widths are tested where a test asks for them.
os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"
for name in ("CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "PY_COLORS"):
    os.environ.pop(name, None)

# What a person has chosen for trainings on this machine; but for the device, which `make gpu` hears of so.
for name in ("BANC_CHECKPOINT_SECONDS", "BANC_PROCESSES", "BANC_THREADS", "BANC_TRIAL_SECONDS"):
    os.environ.pop(name, None)

# What a shell starts in the background ignores SIGINT, and so would what the tests start and stop by it.
if current_thread() is main_thread() and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A shared machine is slow at times; that is no fault of the code.
settings.register_profile(
    "banc",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("banc")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden folders with what the compiler says now; read the change as a diff",
    )


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden folders are written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of this repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def tests_module(checkout: Path) -> Callable[[str], Any]:
    """Loads a module of other tests, by its path in ``tests/``: tests cannot import each other."""

    @cache
    def load(path: str) -> Any:
        spec = importlib.util.spec_from_file_location(path.replace("/", "_"), checkout / "tests" / path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def forked() -> Iterator[Path]:
    """A folder with programs ``banc``, ``dvc`` and ``trial``: the real ones, but for the start of Python.

    They run in forks of two processes that have imported torch and DVC (``forked/server.py``). First in PATH,
    the folder gives ``dvc repro`` its ``banc``. What is stopped, or leaves imports out, is tested with
    ``python -m banc``.
    """
    here = Path(__file__).with_name("forked")
    with ExitStack() as stack:
        # Not in pytest's own folder: a socket's path is short.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forked-")))
        for name in ("banc", "dvc", "trial"):
            program = folder / name
            program.write_text(f"#!{sys.executable} -IS\n{(here / 'client.py').read_text()}")
            program.chmod(0o755)
        for name in ("banc", "dvc"):
            command = [sys.executable, "-P", here / "server.py", name, folder / f"{name}.socket"]
            server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            stack.enter_context(server)
            assert server.stdin and server.stdout
            stack.callback(server.stdin.close)
            assert server.stdout.readline() == b"ready\n"
        (folder / "trial.socket").symlink_to("banc.socket")
        yield folder


@pytest.fixture
def forked_trials(forked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes in which networks and objectives are tried need not import torch."""

    def started() -> subprocess.Popen[bytes]:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen([forked / "trial"], start_new_session=True, **pipes)

    monkeypatch.setattr("banc.models.validation.validator._started", started)
