"""Where the cache is: what the real ``dvc cache dir`` says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from banc.errors import BancError
from banc.state.dvc_config import cache_folder, makes_links


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace, with the machine's and the user's configuration beside it."""
    for name in ("SYSTEM", "GLOBAL"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"DVC_{name}_CONFIG_DIR", str(tmp_path / name))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    root = tmp_path / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc/config").write_text("[core]\n    analytics = false\n    no_scm = true\n")
    return root


def dvc_says(root: Path) -> Path:
    told = subprocess.run(
        [sys.executable, "-m", "dvc", "cache", "dir"], cwd=root, capture_output=True, text=True, check=True
    )
    return Path(os.path.normpath(root / told.stdout.strip()))


def test_by_default(root: Path) -> None:
    assert cache_folder(root) == root / ".dvc/cache" == dvc_says(root)


@pytest.mark.parametrize(
    "files",
    [
        {"workspace/.dvc/config": "[cache]\n    dir = ../elsewhere\n"},
        {
            "GLOBAL/config": "[cache]\ndir = of-the-user\n",
            "workspace/.dvc/config.local": "['remote \"x\"']\n    url = /x\n[Cache]\n  Dir='a # b' # why\n",
        },
        {"SYSTEM/config": '[cache]\n    dir = "~/cache"  # everyone\'s\n    type = copy\n'},
    ],
)
def test_as_the_files_say(root: Path, tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.write_text((path.read_text() if path.exists() else "") + text)
    folder = cache_folder(root)
    assert folder != root / ".dvc/cache"
    assert folder == dvc_says(root)


def test_a_file_that_cannot_be_read_is_told(root: Path) -> None:
    (root / ".dvc/config").write_bytes(b"[cache]\ndir = \xff\n")
    with pytest.raises(BancError, match="is not UTF-8"):
        cache_folder(root)


@pytest.mark.parametrize(
    ("types", "links"), [("", False), ("reflink,copy", False), ("hardlink,copy", True), ("symlink", True)]
)
def test_whether_files_are_links(root: Path, types: str, links: bool) -> None:
    if types:
        (root / ".dvc/config.local").write_text(f"[cache]\n    type = {types}\n")
    assert makes_links(root) == links
