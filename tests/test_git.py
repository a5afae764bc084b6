"""Files at revisions, from the real git; the workspace is a folder of a larger repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from banc.errors import BancError, UsageError
from banc.git import find_revision, head, history, read_blobs, tips


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits; the second is checked out and changed."""
    top = tmp_path_factory.mktemp("git")
    root = top / "ws"
    (root / "spec").mkdir(parents=True)
    git(top, "init", "--quiet", "--initial-branch", "main")
    (top / "outside").write_text("not of the workspace")
    (root / "spec/a.toml").write_text("one\n")
    (root / "spec/link.toml").symlink_to("a.toml")
    (root / "spec/away.toml").symlink_to("/etc/hostname")
    (root / "spec/blob 9").write_text("a name like git's answer")
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", "1")
    git(top, "tag", "--annotate", "v1", "--message", "one")
    git(top, "tag", "of-a-tag", "v1", "--annotate", "--message", "tag of a tag")
    git(top, "tag", "of-a-file", "HEAD:ws/spec/a.toml")
    (root / "spec/a.toml").write_text("two\n")
    git(top, "commit", "--quiet", "--all", "--message", "2")
    (root / "spec/a.toml").write_text("three\n")
    return root


def test_a_file_as_it_stood(root: Path) -> None:
    assert find_revision(root, "v1").read("spec/a.toml") == b"one\n"
    assert find_revision(root, "main").read("spec/a.toml") == b"two\n"
    assert find_revision(root, "HEAD~1").read("spec/link.toml") == b"one\n"
    assert find_revision(root, "HEAD@{0}").read("spec/blob 9") == b"a name like git's answer"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("spec/no.toml", FileNotFoundError),
        ("spec/x blob 9", FileNotFoundError),
        ("spec/a.toml/x", FileNotFoundError),
        ("spec/a\n.toml", FileNotFoundError),
        ("spec", IsADirectoryError),
        ("spec/away.toml", OSError),
    ],
)
def test_what_is_no_file(root: Path, path: str, error: type[OSError]) -> None:
    with pytest.raises(error):
        find_revision(root, "main").read(path)


@pytest.mark.parametrize(
    "name", ["no-such", "", "HEAD@{99}", "-x", "--all", "main:ws", "a b", "a\nb", "of-a-file"]
)
def test_what_is_no_revision(root: Path, name: str) -> None:
    with pytest.raises(UsageError, match="git knows no revision"):
        find_revision(root, name)


@pytest.mark.parametrize("name", ["HEAD", "main", "HEAD~1"])
def test_before_the_first_commit_that_is_what_is_said(tmp_path: Path, name: str) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    with pytest.raises(UsageError, match="nothing has been committed here yet"):
        find_revision(tmp_path, name)


def test_files_are_those_of_the_workspace(root: Path) -> None:
    files = find_revision(root, "v1").files()
    assert set(files) == {"spec/a.toml", "spec/link.toml", "spec/away.toml", "spec/blob 9"}
    blobs = read_blobs(root, files.values())
    assert blobs[files["spec/a.toml"]] == b"one\n"
    assert read_blobs(root, []) == {}
    with pytest.raises(BancError, match="git has no object"):
        read_blobs(root, ["0" * 40])


def test_references_and_history(root: Path) -> None:
    first, second = git(root, "rev-parse", "HEAD~1"), git(root, "rev-parse", "HEAD")
    assert {tip.commit for tip in tips(root)} == {first, second}
    assert [revision.commit for revision in history(root)] == [second, first]
    found = head(root)
    assert found is not None and found.commit == second


def test_without_a_repository_or_a_commit(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is in no git repository"):
        find_revision(tmp_path, "HEAD")
    git(tmp_path, "init", "--quiet")
    assert head(tmp_path) is None
    assert tips(tmp_path) == history(tmp_path) == ()


def test_a_repository_that_git_does_not_trust(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not look like one without commits."""
    for name, value in (("TEST_ASSUME_DIFFERENT_OWNER", "1"), ("CONFIG_GLOBAL", "/dev/null")):
        monkeypatch.setenv(f"GIT_{name}", value)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for call in (head, tips, history, lambda root: find_revision(root, "main")):
        with pytest.raises(BancError, match="dubious ownership"):
            call(root)


def test_without_git(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BancError, match="git is not on this machine"):
        find_revision(root, "HEAD")
