"""docs/how-to/results-in-a-pull-request.md: its workflow asks for what it needs, and does what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture(scope="module")
def workflow(checkout: Path) -> Any:
    page = (checkout / "docs/how-to/results-in-a-pull-request.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    return YAML(typ="safe").load(text)


@pytest.fixture
def root(checkout: Path, tmp_path: Path) -> Path:
    """The quickstart with its committed results, linked."""
    root = tmp_path / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc/config").touch()
    for name in ("spec/quickstart.toml", "results/quickstart"):
        source, target = checkout / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    subprocess.run([sys.executable, "-m", "banc", "compile"], cwd=root, check=True, capture_output=True)
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "1")
    return root


def test_no_job_may_more_than_it_needs(workflow: Any) -> None:
    assert workflow["on"].keys() == {"pull_request"}
    assert workflow["permissions"] == {}
    jobs = workflow["jobs"]
    assert jobs["report"]["permissions"] == {"contents": "read"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert "head.repo.full_name == github.repository" in jobs["comment"]["if"]
    assert not [step for step in jobs["comment"]["steps"] if "checkout" in step.get("uses", "")]
    checkout = jobs["report"]["steps"][0]
    assert checkout["with"] == {"fetch-depth": 2, "persist-credentials": False}
    # What a stranger writes reaches a shell by the environment and files alone.
    assert not [step for job in jobs.values() for step in job["steps"] if "${{" in step.get("run", "")]


def test_the_first_job_says_which_numbers_the_merge_changes(
    root: Path, workflow: Any, tmp_path: Path
) -> None:
    git(root, "switch", "--quiet", "--create", "side")
    path = root / "results/quickstart/results.json"
    results = json.loads(path.read_text())
    changed = next(
        result for result in results["scores"] if result.startswith("score-wide-resnet-10-1-labels-s1-")
    )
    results["scores"][changed]["test_error"] += 1
    path.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    git(root, "commit", "--all", "--quiet", "--message", "2")
    git(root, "switch", "--quiet", "main")
    (root / "readme").write_text("main has moved")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "3")
    git(root, "merge", "--quiet", "--no-edit", "side")
    git(root, "clone", "--quiet", "--depth", "2", f"file://{root}", str(tmp_path / "clone"))
    _, command = [step["run"] for step in workflow["jobs"]["report"]["steps"] if "run" in step]
    environment = {**os.environ, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    subprocess.run(["bash", "-e", "-c", command], cwd=tmp_path / "clone", env=environment, check=True)
    text = (tmp_path / "summary").read_text()
    assert text == (tmp_path / "clone/report.md").read_text()
    assert text.startswith("### banc report\n\n**Born-again networks on handwritten digits: since HEAD^1**")
    (line,) = [line for line in text.splitlines() if line.startswith("| Wide")]
    assert line.startswith("| Wide-ResNet-10-1 | Labels alone | 4.26 ± 0.89 | 4.76 ± ")
    assert line.endswith(" | +0.50 | n too small |")
    assert "1 cell has changed; 8 cells are what they were then." in text


@pytest.mark.parametrize("own", ["", "17\n18\n"])
def test_the_second_job_posts_or_updates_its_own_comment(
    own: str, workflow: Any, posted: Callable[[Any, str, str], str]
) -> None:
    call = posted(workflow, "report.md", own)
    if own:
        assert call == "api --silent --method PATCH repos/me/it/issues/comments/17 -F body=@report.md"
    else:
        assert call == "api --silent repos/me/it/issues/3/comments -F body=@report.md"
