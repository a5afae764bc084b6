"""docs/how-to/pretrained.md: what it tells a reader to do works, and what it shows is what is printed."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from banc.cli import main

Banc = Callable[..., str]
pytestmark = pytest.mark.usefixtures("forked_trials")


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs/how-to/pretrained.md").read_text()


def block(page: str, language: str, containing: str) -> str:
    (only,) = (
        block for block in re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL) if containing in block
    )
    return str(only)


def shown(page: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", page, re.DOTALL)
    assert found, name
    return found[1]


@pytest.fixture(scope="module")
def workspace(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's files; and the network that its loop trains, in fewer steps."""
    root = tmp_path_factory.mktemp("page").resolve()
    for folder in (".dvc", "networks", "spec", "weights"):
        (root / folder).mkdir()
    (root / "networks/mine.py").write_text(block(page, "python", "def small_network"))
    script = block(page, "python", "load_digits")
    assert "range(200)" in script
    run(script.replace("range(200)", "range(2)"), root)
    write_spec(root, page)
    return root


def run(script: str, root: Path) -> None:
    """As ``python`` would, in the workspace, without waiting for torch once more."""
    before = list(sys.path)
    try:
        with chdir(root):
            exec(script, {"__name__": "__main__"})
    finally:
        sys.path[:] = before
        sys.modules.pop("mine", None)


def write_spec(root: Path, page: str) -> None:
    digest = hashlib.sha256((root / "weights/mine.safetensors").read_bytes()).hexdigest()
    text, times = re.subn(r'sha256 = "\w+"', f'sha256 = "{digest}"', block(page, "toml", "[table]"))
    assert times == 1
    (root / "spec/hub.toml").write_text(text)


@pytest.fixture
def banc(workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Banc:
    """What a command says in the workspace."""
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str) -> str:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["banc", *arguments])
        with pytest.raises(SystemExit):
            main()
        said = capsys.readouterr()
        return said.out + said.err

    return call


def test_its_spec_is_good_and_drawn_as_shown(page: str, banc: Banc) -> None:
    assert banc("check", "spec/hub.toml") == "1 spec checked: no faults\n"
    assert banc("graph", "spec/hub.toml") == shown(page, "graph")


def test_the_table_is_of_this_spec_and_of_this_digest(page: str, banc: Banc) -> None:
    empty = banc("report", "spec/hub.toml").splitlines()
    table = shown(page, "report").splitlines()
    assert table[0] == empty[0]
    assert table[2].split() == empty[2].split()
    said = re.search(r'sha256 = "(\w{12})', page)
    assert said and f"{said[1]}. An ensemble with this mark" in shown(page, "report")


def test_names_with_a_prefix_are_told_as_shown_and_converted(
    page: str, workspace: Path, banc: Banc, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workspace / "weights/mine.safetensors"
    state = {f"module.{name}": tensor for name, tensor in load_file(path).items()}
    save_file(state, path)
    write_spec(workspace, page)
    assert banc("check", "spec/hub.toml") == shown(page, "prefixed")
    torch.save({"epoch": 3, "state_dict": state}, workspace / "checkpoint.pth")
    run(shown(page, "convert"), workspace)
    write_spec(workspace, page)
    assert banc("check", "spec/hub.toml") == "1 spec checked: no faults\n"
    capsys.readouterr()
    run(shown(page, "names"), workspace)
    assert "0.weight float32 (16x1x3x3)\n" in capsys.readouterr().out
