"""docs/how-to/trackers.md: what it shows is what `banc export` prints, and it names every series."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.cli.show_export import written_line
from banc.export.trackers.history import SERIES
from banc.export.trackers.tracker import Mlflow, WeightsAndBiases, Written
from banc.stage.kinds import Address, Score
from banc.workspace import template


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs/how-to/trackers.md").read_text()


def _shown(page: str, what: str) -> str:
    match = re.search(rf"<!-- trackers: {what} -->\n```\n(.*?)```\n", page, flags=re.DOTALL)
    assert match is not None
    return match[1]


def _printed(root: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "banc", "export", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


def test_what_is_shown_is_what_is_printed(
    page: str, tmp_path: Path, tests_module: Callable[[str], Any]
) -> None:
    made_up = tests_module("document/conftest.py")
    made = made_up.Made(tmp_path / "workspace", template())
    names = {address: {str(use) for use in stage.uses} for address, stage in made.graph.stages.items()}
    later = {f"densenet {column} seed 1" for column in ("ban-2", "ens-2", "ens-3")}

    def first(address: Address) -> bool:
        unscored = isinstance(made.stages[address], Score) and "densenet ban-1 seed 1" in names[address]
        return not unscored and not names[address] & later

    made_up.finish(made.root, made.stages, first)
    assert _printed(made.root, "--tensorboard", "logs") == _shown(page, "half")
    made_up.finish(made.root, made.stages, lambda address: not first(address))
    shutil.rmtree(made.root / "logs")
    assert _printed(made.root, "--tensorboard", "logs") == _shown(page, "tensorboard")


def test_what_is_said_of_a_tracker_is_shown(page: str) -> None:
    """Making MLflow's database takes seconds: the tests of each tracker make one."""
    written = Written(14, 0)
    assert written_line(Mlflow("store"), written) + "\n" == _shown(page, "mlflow")
    assert written_line(WeightsAndBiases(Path("offline")), written) + "\n" == _shown(page, "wandb")


def test_every_series_and_every_extra_is_named(page: str, checkout: Path) -> None:
    for series in SERIES.values():
        assert f"`{series}`" in page
    for extra in re.findall(r"pip install '(banc\[\w+\])'", page):
        name = extra.removeprefix("banc[").removesuffix("]")
        assert re.search(rf"^{name} = ", (checkout / "pyproject.toml").read_text(), flags=re.MULTILINE)
