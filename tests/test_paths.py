"""Where a workspace is, and files that are never half."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from banc.errors import BancError, UsageError
from banc.paths import workspace, write_atomically


def test_the_nearest_workspace_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outer, inner = tmp_path / "outer", tmp_path / "outer/a/inner"
    below = inner / "spec/deeper"
    below.mkdir(parents=True)
    for folder in (outer, inner):
        (folder / ".dvc").mkdir()
    assert workspace(below) == inner
    assert workspace(inner) == inner
    assert workspace(inner.parent) == outer
    monkeypatch.chdir(below)
    assert workspace() == inner


def test_a_file_called_dvc_makes_no_workspace(tmp_path: Path) -> None:
    (tmp_path / ".dvc").write_text("")
    with pytest.raises(UsageError, match="is not in a banc workspace") as caught:
        workspace(tmp_path)
    assert f"`{tmp_path}`" in caught.value.message
    assert "`banc init`" in (caught.value.hint or "")
    assert caught.value.exit_code == 2


def test_a_workspace_is_told_without_links(tmp_path: Path) -> None:
    (tmp_path / "real/.dvc").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert workspace(tmp_path / "link") == tmp_path / "real"


def test_a_file_is_made_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a/b/file.json"
    assert write_atomically(path, "é\n")
    assert path.read_bytes() == "é\n".encode()
    assert os.listdir(path.parent) == ["file.json"], "no temporary file stays"


@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_who_may_read_a_file_is_a_persons_choice(tmp_path: Path, mask: int, rights: int) -> None:
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "file", "new\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == rights
    (tmp_path / "file").chmod(0o640)
    write_atomically(tmp_path / "file", "newer\n")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_an_equal_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, "same\n")
    os.utime(path, ns=(1, 1))
    before = path.stat()
    assert not write_atomically(path, "same\n")
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert write_atomically(path, "other\n")
    assert (path.read_text(), path.stat().st_ino == before.st_ino) == ("other\n", False)


def test_line_ends_are_written_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a\r\n")
    assert write_atomically(path, "a\n"), "bytes are compared"
    assert path.read_bytes() == b"a\n"


@pytest.mark.parametrize("where", ["", "folder/file"])
def test_a_folder_or_file_in_the_way(tmp_path: Path, where: str) -> None:
    """A folder where the file should be; a file where its folder should be."""
    path = tmp_path / "taken"
    if where:
        path.write_text("old")
    else:
        path.mkdir()
    with pytest.raises(BancError, match="cannot write") as caught:
        write_atomically(path / where if where else path, "new")
    assert caught.value.exit_code == 1
    assert os.listdir(tmp_path) == ["taken"], "no temporary file stays"
    if where:
        assert path.read_text() == "old"


@pytest.mark.parametrize("step", ["fsync", "replace", "open"])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, full)
    with pytest.raises(BancError) as caught:
        write_atomically(path, "new")
    assert caught.value.message == f"cannot write `{path}`: No space left on device"
    assert "unchanged" in (caught.value.hint or "")
    assert os.listdir(tmp_path) == ["file"]
    assert path.read_text() == "old"


def test_an_interrupt_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", "new")
    assert os.listdir(tmp_path) == []


def test_a_real_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """The file system itself refuses, in a process of its own."""
    path = tmp_path / "file"
    path.write_text("old")
    program = """
import resource, signal, sys
from pathlib import Path
from banc.errors import BancError
from banc.paths import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
try:
    write_atomically(Path(sys.argv[1]), "x" * 4096)
except BancError as error:
    print(error.message)
"""
    run = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert run.stdout == f"cannot write `{path}`: File too large\n"
    assert (os.listdir(tmp_path), path.read_text()) == (["file"], "old")


def test_readers_see_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """A file that is open while it is replaced stays what it was."""
    path = tmp_path / "file"
    write_atomically(path, "old")
    with path.open() as file:
        write_atomically(path, "new and longer")
        assert file.read() == "old"
    assert path.read_text() == "new and longer"
