"""``make_workspace`` with the real git and the real DVC."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from banc.compiler import compile_specs
from banc.config.data import Digits
from banc.errors import BancError
from banc.language.load import load
from banc.language.schema import schema_text
from banc.workspace import Template, make_workspace, template


def tree(folder: Path) -> dict[str, bytes]:
    """Every file but git's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder in no git repository."""
    assert not any((parent / ".git").exists() for parent in tmp_path.resolve().parents)
    return tmp_path.resolve()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A new workspace, and what was said while it was made."""
    folder = tmp_path_factory.mktemp("made").resolve() / "deep/experiment"
    return folder, list(make_workspace(folder))


def test_a_new_folder_becomes_a_workspace_and_stays_one(made: tuple[Path, list[str]]) -> None:
    folder, said = made
    assert said == [
        "initialised git",
        "initialised DVC, its usage reports off",
        "ignored /runs/, /.banc/, /data/ in .gitignore",
        "wrote spec/quickstart.toml",
        "wrote spec/banc.schema.json",
    ]
    assert "analytics = false" in (folder / ".dvc/config").read_text()
    for name in ("runs/x/model.safetensors", ".banc/tmp/x", "data/cifar"):
        assert git(folder, "check-ignore", name).strip() == name
    before = tree(folder)
    assert list(make_workspace(folder)) == ["kept the specs in spec/"]
    assert tree(folder) == before


def test_the_first_spec_is_good_and_its_editor_finds_the_schema(made: tuple[Path, list[str]]) -> None:
    path = made[0] / "spec/quickstart.toml"
    assert path.read_text() == template()
    loaded = load(path)
    assert not loaded.warnings
    assert loaded.spec.lineages and loaded.spec.transfers and loaded.spec.ensembles
    (directive,) = [line for line in path.read_text().splitlines() if line.startswith("#:schema ")]
    schema = path.parent / directive.split()[1]
    assert schema.read_text() == schema_text()


@pytest.mark.parametrize("name", get_args(Template))
def test_every_template_is_a_good_spec(outside: Path, name: Template) -> None:
    (outside / ".dvc").mkdir()  # what makes it a workspace is tested above
    (outside / ".git").mkdir()
    said = list(make_workspace(outside, name))
    assert f"wrote spec/{name}.toml" in said
    path = outside / f"spec/{name}.toml"
    loaded = load(path)
    assert not loaded.warnings
    assert path.read_text().startswith("#:schema banc.schema.json\n")
    assert loaded.spec.data == Digits(train=200), "small, and nothing to download"
    assert compile_specs(outside, [path]).graph.stages
    assert f"kept spec/{name}.toml" in list(make_workspace(outside, name))


def test_a_template_comes_beside_the_specs_that_are_there(outside: Path) -> None:
    for folder in (".dvc", ".git", "spec", "networks"):
        (outside / folder).mkdir()
    (outside / "spec/mine.toml").write_text("banc = 1\n")
    (outside / "networks/mine.py").write_text("mine = True\n")
    said = list(make_workspace(outside, "own-network"))
    assert said[-3:] == [
        "wrote spec/own-network.toml",
        "kept networks/mine.py",
        "wrote spec/banc.schema.json",
    ]
    assert (outside / "networks/mine.py").read_text() == "mine = True\n"
    assert (outside / "spec/mine.toml").read_text() == "banc = 1\n"


def test_a_folder_of_a_repository_keeps_what_is_there(outside: Path) -> None:
    git(outside, "init", "--quiet")
    folder = outside / "sub"
    (folder / "spec").mkdir(parents=True)
    (folder / ".gitignore").write_text("*.log\n/runs/")
    (folder / "spec/mine.toml").write_text("banc = 1\n")
    (folder / "notes.md").write_text("mine")
    said = list(make_workspace(folder))
    assert "initialised git" not in said
    assert "kept the specs in spec/" in said
    assert not (folder / ".git").exists()
    assert (folder / ".dvc/config").is_file()
    assert not (outside / ".dvc").exists()
    assert (folder / ".gitignore").read_text() == "*.log\n/runs/\n/.banc/\n/data/\n"
    assert [path.name for path in (folder / "spec").glob("*.toml")] == ["mine.toml"]
    assert (folder / "notes.md").read_text() == "mine"


def test_a_dvc_of_its_own_is_left_as_it_is(outside: Path) -> None:
    git(outside, "init", "--quiet")
    (outside / ".dvc").mkdir()
    (outside / ".dvc/config").write_text("[core]\n    autostage = true\n")
    assert "initialised DVC, its usage reports off" not in list(make_workspace(outside))
    assert (outside / ".dvc/config").read_text() == "[core]\n    autostage = true\n"


def test_without_git_there_is_no_history_and_all_else(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (outside / "bin").mkdir()
    monkeypatch.setenv("PATH", str(outside / "bin"))
    folder = outside / "experiment"
    said = list(make_workspace(folder))
    assert "no git on this machine: the workspace has no history" in said
    assert "no_scm = true" in (folder / ".dvc/config").read_text().lower()
    assert list(make_workspace(folder))[1:] == ["kept the specs in spec/"]


def test_a_repository_needs_no_git_command(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(outside, "init", "--quiet")
    (outside / "bin").mkdir()
    monkeypatch.setenv("PATH", str(outside / "bin"))
    assert shutil.which("git") is None
    list(make_workspace(outside))
    assert "no_scm" not in (outside / ".dvc/config").read_text()


@pytest.mark.parametrize("name", ["file", "file/below", "spec"])
def test_a_file_in_the_way_is_told(outside: Path, name: str) -> None:
    (outside / "file").write_text("mine")
    (outside / "spec").write_text("mine")
    folder = outside if name == "spec" else outside / name
    with pytest.raises(BancError) as caught:
        list(make_workspace(folder))
    assert name.split("/")[0] in caught.value.message
    assert caught.value.hint
    assert (outside / "file").read_text() == (outside / "spec").read_text() == "mine"


def test_what_dvc_says_is_told(outside: Path) -> None:
    (outside / ".dvc").write_text("a file")
    with pytest.raises(BancError, match="`dvc init --quiet` failed: ") as caught:
        list(make_workspace(outside))
    assert str(outside) in str(caught.value.hint)
