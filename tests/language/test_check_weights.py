"""Files of weights: those that are there are the ones that are meant; what DVC has may be missing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from banc.language.load import load
from banc.language.source import SpecError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, small: str) -> Write:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "weights").mkdir()

    def of(file: str, content: bytes = b"weights") -> Path:
        text = small.replace('"ban-2"]', '"ban-2", "hub"]')
        digest = hashlib.sha256(content).hexdigest()
        path = tmp_path / "spec.toml"
        path.write_text(f'{text}\n[pretrained.hub]\nmodel = "net"\nfile = "{file}"\nsha256 = "{digest}"\n')
        return path

    return of


def test_a_file_that_is_there_is_compared(write: Write, tmp_path: Path) -> None:
    path = write("weights/hub.pt")
    (tmp_path / "weights/hub.pt").write_bytes(b"weights")
    assert load(path).warnings == []
    (tmp_path / "weights/hub.pt").write_bytes(b"weightz")
    with pytest.raises(SpecError) as caught:
        load(path)
    (fault,) = caught.value.faults
    assert fault.code.code == "BANC061"
    assert f"`weights/hub.pt` has the digest `{hashlib.sha256(b'weightz').hexdigest()}`" in fault.message


@pytest.mark.parametrize("by", ["weights/hub.pt.dvc", "weights.dvc"])
def test_what_dvc_has_is_missed_with_a_warning(write: Write, tmp_path: Path, by: str) -> None:
    path = write("weights/hub.pt")
    (tmp_path / by).write_text("outs: []")
    (fault,) = load(path).warnings
    assert (fault.code.code, fault.severity) == ("BANC063", "warning")
    assert f"`dvc pull {by}` fetches it" in fault.message


def test_a_folder_and_a_file_without_a_workspace_are_told(write: Write, tmp_path: Path) -> None:
    path = write("weights/hub.pt")
    (tmp_path / "weights/hub.pt").mkdir()
    with pytest.raises(SpecError, match=r"`weights/hub\.pt` cannot be read: is a directory"):
        load(path)
    (tmp_path / ".dvc").rmdir()
    with pytest.raises(SpecError, match="must be in a workspace"):
        load(path)


def test_a_warning_from_before_is_told_beside_a_wrong_file(write: Write, tmp_path: Path) -> None:
    path = write("weights/hub.pt")
    path.write_text(path.read_text().replace('"ban-2", "hub"', '"hub"'))
    with pytest.raises(SpecError) as caught:
        load(path)
    assert [fault.code.code for fault in caught.value.faults] == ["BANC041", "BANC060"]
