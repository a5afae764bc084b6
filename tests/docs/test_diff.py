"""docs/how-to/diff.md: what it shows is what `banc diff` prints, and its workflow does what it says."""

from __future__ import annotations

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

from banc.workspace import template

MEASURED = re.compile(r"(?<=\ntime on ).*")
"""What another machine says otherwise."""

CHANGES = {
    "growth": ("growth = 12", "growth = 16", "generations = 2", "generations = 3"),
    "teacher": ('teacher  = "densenet"', 'teacher  = "densenet/ban-1"'),
    "free": ('"Labels alone"', '"Teacher"', "ens-2", "both", "seeds = [0, 1]", "seeds = [0]"),
}


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def change(root: Path, *replaced: str) -> None:
    text = template()
    for old, new in zip(replaced[::2], replaced[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    (root / "spec/quickstart.toml").write_text(text)


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("diff") / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc/config").touch()
    (root / "spec").mkdir()
    change(root)
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "1")
    return root


@pytest.fixture
def root(committed: Path, tmp_path: Path) -> Path:
    """The quickstart, committed."""
    return shutil.copytree(committed, tmp_path / "workspace")


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs/how-to/diff.md").read_text()


@pytest.fixture(scope="module")
def workflow(page: str) -> Any:
    (text,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    return YAML(typ="safe").load(text)


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_shown_is_what_is_printed(name: str, root: Path, page: str) -> None:
    change(root, *CHANGES[name])
    command = [sys.executable, "-m", "banc", "diff", "spec/quickstart.toml"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    match = re.search(rf"<!-- diff: {name} -->\n```\n(.*?)```\n", page, flags=re.DOTALL)
    assert match is not None
    assert MEASURED.sub("", done.stdout) == MEASURED.sub("", match[1])


def test_no_job_may_more_than_it_needs(workflow: Any) -> None:
    assert workflow["on"].keys() == {"pull_request"}
    assert workflow["permissions"] == {}
    jobs = workflow["jobs"]
    assert jobs["diff"]["permissions"] == {"contents": "read"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert "head.repo.full_name == github.repository" in jobs["comment"]["if"]
    assert not [step for step in jobs["comment"]["steps"] if "checkout" in step.get("uses", "")]
    checkout = jobs["diff"]["steps"][0]
    assert checkout["with"] == {"fetch-depth": 2, "persist-credentials": False}
    # What a stranger writes reaches a shell by the environment and files alone.
    assert not [step for job in jobs.values() for step in job["steps"] if "${{" in step.get("run", "")]


def test_the_first_job_says_what_the_merge_changes(root: Path, workflow: Any, tmp_path: Path) -> None:
    git(root, "switch", "--quiet", "--create", "side")
    change(root, *CHANGES["growth"])
    (root / "networks").mkdir()
    (root / "networks/mine.py").write_text("raise SystemExit('run')\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "2")
    git(root, "switch", "--quiet", "main")
    (root / "readme").write_text("main has moved")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "3")
    git(root, "merge", "--quiet", "--no-edit", "side")
    git(root, "clone", "--quiet", "--depth", "2", f"file://{root}", str(tmp_path / "clone"))
    install, command = [step["run"] for step in workflow["jobs"]["diff"]["steps"] if "run" in step]
    assert install.startswith('pip install "banc @ git+')
    environment = {**os.environ, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    subprocess.run(["bash", "-e", "-c", command], cwd=tmp_path / "clone", env=environment, check=True)
    text = (tmp_path / "summary").read_text()
    assert text == (tmp_path / "clone/diff.md").read_text()
    assert text.startswith("### banc diff\n\n**all of spec/ at HEAD^1")
    assert "- model.growth: 12 -\\> 16\n  - densenet teacher seeds 0, 1\n" in text


@pytest.mark.parametrize("own", ["", "17\n18\n"])
def test_the_second_job_posts_or_updates_its_own_comment(
    own: str, workflow: Any, posted: Callable[[Any, str, str], str]
) -> None:
    call = posted(workflow, "diff.md", own)
    if own:
        assert call == "api --silent --method PATCH repos/me/it/issues/comments/17 -F body=@diff.md"
    else:
        assert call == "api --silent repos/me/it/issues/3/comments -F body=@diff.md"
