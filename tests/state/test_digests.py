from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from banc.state.digests import files
from banc.state.memory import Memory
from banc.state.state import File

Write = Callable[..., Path]


def test_files_as_dvc_has_them(tmp_path: Path, write: Write) -> None:
    content = bytes(range(256)) * 10
    write("runs/a/x.npy", content)
    write("runs/a/run.sh", "text\r\n").chmod(0o755)
    (tmp_path / "runs/a/folder").mkdir()
    (tmp_path / "runs/a/nowhere").symlink_to("gone")
    (tmp_path / "runs/a/link").symlink_to("x.npy")
    names = ["runs/a/x.npy", "runs/a/run.sh", "runs/a/folder", "runs/a/nowhere", "runs/a/link", "runs/b/y"]
    md5 = hashlib.md5(content).hexdigest()
    assert files(Memory(tmp_path), tmp_path, names) == {
        "runs/a/x.npy": File(md5, 2560, False),
        "runs/a/run.sh": File(hashlib.md5(b"text\r\n").hexdigest(), 6, True),
        "runs/a/folder": File(None),
        "runs/a/link": File(md5, 2560, False),
    }


def test_a_file_in_the_place_of_a_folder(tmp_path: Path, write: Write) -> None:
    write("runs/a", "no folder")
    assert files(Memory(tmp_path), tmp_path, ["runs/a/x.npy"]) == {}
