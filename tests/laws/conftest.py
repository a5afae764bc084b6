"""Laws of the whole compiler: where their documents are compiled."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

# The tests' decorators need it before any fixture is there: `from laws_specs import ...`.
_spec = importlib.util.spec_from_file_location("laws_specs", Path(__file__).with_name("specs.py"))
assert _spec and _spec.loader
_specs = sys.modules["laws_specs"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_specs)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return _specs.Workbench(tmp_path_factory.mktemp("laws").resolve())
