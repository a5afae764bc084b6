from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from banc.config.custom import FactoryNetwork
from banc.digest import file_digest
from banc.errors import UsageError
from banc.language.codes import Code
from banc.language.load import load
from banc.language.named import load_named, split_name
from banc.language.source import SpecError

SPEC = """
banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 1, augment = { pad = 0, flip = false } }
[models]
own = { family = "factory", file = "networks/mine.py", function = "make" }
[lineages]
ban = { models = "own", generations = 1 }
[table]
rows = "own"
columns = ["teacher", "ban-1"]
"""


@pytest.mark.parametrize(
    ("text", "file", "revision"),
    [
        ("spec/a.toml", "spec/a.toml", None),
        ("spec/a.toml@main", "spec/a.toml", "main"),
        ("spec/a.toml@HEAD@{1}", "spec/a.toml", "HEAD@{1}"),
        ("me@home/a.toml", "me@home/a.toml", None),
        ("me@home/a.toml@v1", "me@home/a.toml", "v1"),
        ("a@b.toml", "a@b.toml", None),
        ("no-toml", "no-toml", None),
    ],
)
def test_what_follows_toml_and_at_is_a_revision(text: str, file: str, revision: str | None) -> None:
    assert split_name(text) == (file, revision)


@pytest.mark.parametrize(
    ("text", "lacks"), [("spec/a.toml@", "revision"), ("spec/a@main", "spec"), ("@main", "spec")]
)
def test_half_a_name(text: str, lacks: str) -> None:
    with pytest.raises(UsageError, match=f"`{text}` names no {lacks}"):
        split_name(text)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed workspace, whose spec and network have changed since."""
    for folder in (".dvc", "spec", "networks"):
        (tmp_path / folder).mkdir()
    (tmp_path / ".dvc/config").touch()
    (tmp_path / "spec/t.toml").write_text(SPEC)
    (tmp_path / "networks/mine.py").write_text("raise SystemExit('run')\n")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "1"]):
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path / "spec")
    return tmp_path


def digest_of(loaded: object) -> str:
    model = loaded.spec.models["own"]  # type: ignore[attr-defined]
    assert isinstance(model, FactoryNetwork)
    return model.digest


def test_a_networks_file_is_that_of_the_revision(root: Path) -> None:
    before = file_digest(root / "networks/mine.py")
    (root / "networks/mine.py").write_text("changed\n")
    (root / "spec/t.toml").write_text(SPEC.replace("seeds = [0]", "seeds = [1]"))
    then, now = load_named(root, "t.toml@HEAD"), load("t.toml")
    assert digest_of(then) == before != digest_of(now) == file_digest(root / "networks/mine.py")
    assert (then.spec.seeds, now.spec.seeds) == ((0,), (1,))
    assert then.source.file == "spec/t.toml@HEAD"
    (root / "networks/mine.py").unlink()
    assert digest_of(load_named(root, "t.toml@HEAD")) == before
    (root / "spec/t.toml").unlink()
    assert load_named(root, str(root / "spec/t.toml@HEAD")).spec == then.spec


@pytest.mark.parametrize("name", ["no.toml@HEAD", "../networks/no.toml@HEAD"])
def test_no_such_file_then(root: Path, name: str) -> None:
    with pytest.raises(SpecError) as error:
        load_named(root, name)
    (fault,) = error.value.faults
    assert fault.code is Code.UNREADABLE
    assert "no.toml@HEAD` cannot be read: no such file" in fault.message


def test_no_such_network_then(root: Path) -> None:
    text = SPEC.replace("networks/mine.py", "networks/new.py")
    (root / "spec/t.toml").write_text(text)
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qam", "2"], cwd=root)
    (root / "networks/new.py").touch()
    assert load("t.toml")
    with pytest.raises(SpecError, match="is not there, at the revision `HEAD`"):
        load_named(root, "t.toml@HEAD")


def test_outside_of_the_workspace(root: Path) -> None:
    with pytest.raises(UsageError, match="is outside of the workspace"):
        load_named(root, "../../t.toml@HEAD")
