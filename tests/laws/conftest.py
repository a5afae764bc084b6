"""Laws of the whole compiler: where their documents are compiled."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest


def _beside(name: str) -> Any:
    """A module of this folder as ``laws_<name>``: decorators of tests need it before any fixture is there."""
    spec = importlib.util.spec_from_file_location(f"laws_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = sys.modules[f"laws_{name}"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_specs = _beside("specs")
_beside("reading")
_beside("whole_specs")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return _specs.Workbench(tmp_path_factory.mktemp("laws").resolve())
