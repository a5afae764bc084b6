"""What docs/how-to/ci.md tells to put into CI, run as CI runs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML


@pytest.fixture(scope="module")
def manual(checkout: Path) -> str:
    return (checkout / "docs/how-to/ci.md").read_text()


@pytest.fixture(scope="module")
def blocks(manual: str) -> list[Any]:
    return [YAML(typ="safe").load(text) for text in re.findall(r"```yaml\n(.*?)```", manual, flags=re.DOTALL)]


@pytest.fixture
def workspace(checkout: Path, tmp_path: Path) -> Path:
    """The quickstart, as somebody pushes it."""
    root = tmp_path / "workspace"
    (root / "spec").mkdir(parents=True)
    (root / ".dvc").mkdir()
    shutil.copy(checkout / "spec/quickstart.toml", root / "spec")
    subprocess.run(["banc", "compile"], cwd=root, check=True, capture_output=True)
    return root


def steps(blocks: list[Any]) -> list[str]:
    """The commands of the workflow that are banc's."""
    runs = [step["run"] for step in blocks[0]["jobs"]["check"]["steps"] if "run" in step]
    assert runs.pop(0).startswith('pip install "banc @ git+'), "no package index has banc"
    return [*runs, blocks[1][0]["run"]]


@pytest.mark.parametrize("no_code", ["", "--no-code"])
def test_the_workflow_passes_and_fails_where_it_should(
    workspace: Path, blocks: list[Any], no_code: str, forked: Path
) -> None:
    programs = os.pathsep.join([str(forked), os.environ["PATH"]])
    environment = {**os.environ, "NO_CODE": no_code, "PATH": programs}

    def fails() -> list[bool]:
        return [
            subprocess.run(
                ["sh", "-c", command], cwd=workspace, env=environment, capture_output=True
            ).returncode
            == 2
            for command in steps(blocks)
        ]

    assert fails() == [False, False, False]
    spec = workspace / "spec/quickstart.toml"
    good = spec.read_text()
    assert "seeds" in good
    spec.write_text(re.sub(r"(?m)^seeds.*", "seeds = [7]", good))
    assert fails() == [False, True, False], "a changed spec makes the generated files stale"
    spec.write_text(re.sub(r"(?m)^seeds.*", "seeds = [7, 7]", good))
    assert fails() == [True, True, True]


def test_strangers_run_no_code(blocks: list[Any]) -> None:
    """In the workflow, as GitHub evaluates it."""
    workflow = blocks[0]
    assert set(workflow["on"]) == {"push", "pull_request"}
    choice = workflow["jobs"]["check"]["env"]["NO_CODE"]
    assert choice == "${{ github.event_name == 'pull_request' && '--no-code' || '' }}"
    assert all("$NO_CODE" in command for command in steps(blocks))
    assert workflow["permissions"] == {"contents": "read"}


def test_the_hooks_are_those_of_the_repository(checkout: Path, blocks: list[Any]) -> None:
    hooks = {hook["id"] for hook in YAML(typ="safe").load(checkout / ".pre-commit-hooks.yaml")}
    told = {hook["id"] for block in blocks if "repos" in block for hook in block["repos"][0]["hooks"]}
    assert told == hooks
