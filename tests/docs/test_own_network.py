"""What docs/how-to/own-network.md tells a reader to do, done."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from banc.cli import main
from banc.errors import BancError
from banc.language.load import load
from banc.runner.execute import execute
from banc.stage.files import load_stage, reads
from banc.stage.kinds import Address

Banc = Callable[..., str]
pytestmark = pytest.mark.usefixtures("forked_trials")


@pytest.fixture(scope="module")
def manual(checkout: Path) -> str:
    return (checkout / "docs/how-to/own-network.md").read_text()


def block(manual: str, language: str, containing: str = "") -> str:
    found = re.findall(rf"```{language}\n(.*?)```", manual, flags=re.DOTALL)
    (only,) = (text for text in found if containing in text)
    return str(only)


@pytest.fixture
def workspace(manual: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the page tells to save, in a workspace."""
    root = tmp_path.resolve()
    for folder in (".dvc", "networks", "spec"):
        (root / folder).mkdir()
    (root / "networks/mine.py").write_text(block(manual, "python"))
    (root / "spec/own.toml").write_text(block(manual, "toml", "[table]"))
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def banc(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Banc:
    """A command's output; it fails where ``code`` is not how it ended."""

    def call(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["banc", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        assert int(end.value.code or 0) == code, said
        return said.out + said.err

    return call


def unfinished(root: Path) -> Iterator[Address]:
    """Linked stages that have not run, each after what it reads."""
    left = {Address(path.stem) for path in root.glob("pipelines/*/*-*.json")}
    while left:
        ready = {
            name for name in left if all((root / read).is_file() for read in reads(load_stage(root, name)))
        }
        assert ready, "some stage must be able to run"
        yield from sorted(ready)
        left -= ready


def test_every_step(banc: Banc, workspace: Path, manual: str) -> None:
    commands = block(manual, "sh").splitlines()
    assert "dvc repro" in commands
    for command in commands:
        if command == "dvc repro":
            for name in unfinished(workspace):
                execute(workspace, load_stage(workspace, name), name, Console(file=io.StringIO()))
        else:
            said = banc(*command.split()[1:])
    assert re.search(r"^mine +1\.4 k +\S*\d+\.\d\d +\S*\d+\.\d\d", said, flags=re.MULTILINE), said


def test_what_check_finds_is_shown_as_it_prints_it(banc: Banc, workspace: Path, manual: str) -> None:
    path = workspace / "networks/mine.py"
    slip = re.findall(r"`(nn\.Linear\(.*?\))`", manual)[0]
    right = slip.replace(" + 1", "")
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, slip))
    assert banc("check", "spec/own.toml", code=2) == block(manual, "text")


def test_a_file_that_changed_is_not_trained(banc: Banc, workspace: Path, manual: str) -> None:
    banc("compile", "spec/own.toml")
    first = next(unfinished(workspace))
    execute(workspace, load_stage(workspace, first), first, Console(file=io.StringIO()))
    path = workspace / "networks/mine.py"
    path.write_text(path.read_text() + "# a comment\n")
    assert "stale" in banc("compile", "--check", "spec/own.toml", code=2)
    (teacher,) = (Address(path.stem) for path in workspace.glob("pipelines/*/train-*-labels-*.json"))
    words = "`networks/mine.py` has changed since `banc compile`"
    assert f'"{words}"' in manual
    with pytest.raises(BancError, match=words):
        execute(workspace, load_stage(workspace, teacher), teacher, Console(file=io.StringIO()))
    assert not (workspace / "runs" / teacher).exists()


def test_torchvisions_networks_can_be_read(banc: Banc, workspace: Path, manual: str) -> None:
    fragment = block(manual, "toml", "resnet18")
    whole = (workspace / "spec/own.toml").read_text()
    head = re.sub(r"data +=.*\n", fragment.split("\n\n")[0] + "\n", whole.partition("[models.mine]")[0])
    tail = whole[whole.index("[lineages.ban]") :].replace('"mine"', '["resnet18", "vit"]')
    path = workspace / "spec/vision.toml"
    path.write_text(head + fragment.split("\n\n")[1] + "\n" + tail)
    assert load(path).warnings == []
    assert banc("check", "spec/vision.toml") == "1 spec checked: no faults\n"
    counts = json.loads(banc("models", "--format", "json", "spec/vision.toml"))[0]["models"]
    assert [round(model["parameters"] / 1e6, 1) for model in counts] == [11.2, 85.7]
