"""What every test has: one environment on every machine, and one flag that rewrites golden folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Two workers on two cores: a test's own threads would only get in each other's way.
os.environ["OMP_NUM_THREADS"] = "1"
# DVC runs `banc` by name, also where nobody activated the environment.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
os.environ["DVC_NO_ANALYTICS"] = "1"
# Colours and widths are tested where a test asks for them.
os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"
for name in ("CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "PY_COLORS"):
    os.environ.pop(name, None)

# A shared machine is slow at times; that is no fault of the code.
settings.register_profile("banc", deadline=None, derandomize="CI" in os.environ)
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
