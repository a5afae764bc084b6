"""Files as they stood at a revision, read by the program git. The work tree is neither read nor touched.

In: a workspace, which may be a folder of a larger repository, and what a person calls a revision. Out: bytes,
as git stores them: filters such as those for line ends or large files are not applied. Paths are relative to
the workspace. Nothing is fetched, and nothing of a repository is run.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from banc.errors import BancError, UsageError

_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_GONE = ("missing", "dangling", "notdir")
_SECONDS = 600
_FATAL = 128
"""Git's exit status where it cannot read the repository, for example because another user owns it."""
_NO_ENTRY = b"fatal: log for"
"""Git's exit status where ``HEAD@{9}`` does not exist; some versions print no message then."""


@frozen
class Revision:
    """A commit of the workspace's repository."""

    root: Path
    """The workspace."""
    name: str
    """As a person called it, or as a branch or tag does."""
    commit: str
    """Its digest, in hexadecimal."""

    def files(self) -> dict[str, str]:
        """The digest of each file of the workspace, by path; of a link, that of the path in it."""
        lines = _git(self.root, "ls-tree", "-r", "-z", self.commit).decode(errors="surrogateescape")
        files = {}
        for line in filter(None, lines.split("\0")):
            about, _, path = line.partition("\t")
            _, kind, digest = about.split()
            if kind == "blob":
                files[path] = digest
        return files

    def read(self, path: str) -> bytes:
        """A file's bytes; through links, as an open file would be.

        Raises:
            OSError: there is no such file, or it is no file.
        """
        if "\n" in path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        name = f"{self.commit}:./{path}"
        output = _git(self.root, "cat-file", "--batch", "--follow-symlinks", send=os.fsencode(name) + b"\n")
        head, _, rest = output.partition(b"\n")
        words = head.decode(errors="replace").split()
        if len(words) == 3 and words[1] == "blob" and words[2].isdecimal():
            return rest[: int(words[2])]
        if words[1:2] == ["tree"]:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if words[0] in _GONE or words[-1] in _GONE:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        raise OSError(errno.ELOOP, "a link that leads nowhere in the repository", path)


def has_history(root: Path) -> bool:
    """Whether ``root`` lies in a repository of git."""
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def find_revision(root: Path, name: str) -> Revision:
    """What ``name`` means to git: a branch, a tag, ``HEAD~2``, a digest.

    Raises:
        UsageError: nothing of that name, no commit at all, or there is no repository.
        BancError: git is missing, or refuses.
    """
    _expect_history(root)
    # What begins with a hyphen would be an option, and no revision does.
    commit = "" if name.startswith("-") or not name.isprintable() else _commit(root, name)
    if not commit and not tips(root) and not head(root):
        raise UsageError(
            f"there is no revision `{name}`: nothing has been committed here yet",
            hint="`git add --all && git commit` makes the first; what came before it cannot be compared",
        )
    if not commit:
        raise UsageError(
            f"git knows no revision `{name}` here",
            hint="name a branch, a tag or a commit, such as `main`, `HEAD~1` or `origin/main`; a clone of "
            "the newest commit alone (`--depth 1`, as in CI) has no others: fetch them first",
        )
    return Revision(root, name, commit)


def head(root: Path) -> Revision | None:
    """What is checked out; None before the first commit."""
    _expect_history(root)
    commit = _commit(root, "HEAD")
    return Revision(root, "HEAD", commit) if commit else None


def tips(root: Path) -> tuple[Revision, ...]:
    """The commits at which branches, tags and all other references stand, the stash among them; each once."""
    _expect_history(root)
    asked = ("refname:short", "objecttype", "objectname", "*objecttype", "*objectname")
    lines = _git(root, "for-each-ref", "--format=" + "%00".join(f"%({field})" for field in asked))
    found: dict[str, Revision] = {}
    for line in lines.decode(errors="replace").splitlines():
        name, kind, digest, of_tag, tagged = line.split("\0")
        if of_tag:
            kind, digest = of_tag, tagged
        # A reference can stand at a file, and a tag at a tag.
        commit = digest if kind == "commit" else _commit(root, digest)
        if commit:
            found.setdefault(commit, Revision(root, name, commit))
    return tuple(found.values())


def history(root: Path) -> tuple[Revision, ...]:
    """Every commit that a branch, a tag, another reference or ``HEAD`` leads to."""
    born = ("HEAD",) if head(root) else ()
    lines = _git(root, "rev-list", "--all", *born).decode().split()
    return tuple(Revision(root, commit[:12], commit) for commit in lines)


def read_blobs(root: Path, digests: Iterable[str]) -> dict[str, bytes]:
    """The bytes of files, by the digests that ``Revision.files`` gave.

    Raises:
        BancError: one is not there, as in a clone without it.
    """
    wanted = list(dict.fromkeys(digests))
    if not wanted:
        return {}
    output = _git(root, "cat-file", "--batch", send="\n".join([*wanted, ""]).encode())
    blobs, at = {}, 0
    for digest in wanted:
        end = output.index(b"\n", at)
        words = output[at:end].decode().split()
        if words[1:2] != ["blob"]:
            raise BancError(
                f"git has no object `{digest}`, of which a commit speaks",
                hint="a partial clone leaves some out: `git fetch --refetch --no-filter` gets them",
            )
        size = int(words[2])
        blobs[digest] = output[end + 1 : end + 1 + size]
        at = end + size + 2
    return blobs


def _commit(root: Path, name: str) -> str:
    """A commit's digest; empty where ``name`` is none."""
    done = _run(root, ["rev-parse", "--quiet", "--verify", f"{name}^{{commit}}"], None)
    if done.returncode == _FATAL and done.stderr and not done.stderr.startswith(_NO_ENTRY):
        raise _failure(root, "rev-parse", done)
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def _git(root: Path, *arguments: str, send: bytes | None = None) -> bytes:
    done = _run(root, arguments, send)
    if done.returncode:
        raise _failure(root, arguments[0], done)
    return done.stdout


def _failure(root: Path, command: str, done: subprocess.CompletedProcess[bytes]) -> BancError:
    message = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
    return BancError(
        f"`git {command}` failed: {message[0].removeprefix('fatal: ')}",
        hint=f"`git status` in `{root}` says what git needs to read the repository",
    )


def _run(root: Path, arguments: Sequence[str], send: bytes | None) -> subprocess.CompletedProcess[bytes]:
    environment: Mapping[str, str] = {**os.environ, **_QUIET}
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=root,
            env=environment,
            input=b"" if send is None else send,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        raise BancError(
            "git is not on this machine, or not in PATH, and only git knows what a revision holds",
            hint="install git; files of the work tree need none",
        ) from None
    except (OSError, subprocess.SubprocessError) as error:
        raise BancError(f"git did not answer: {error}") from error


def _expect_history(root: Path) -> None:
    if not has_history(root):
        raise UsageError(
            f"`{root}` is in no git repository, so there are no revisions",
            hint="`git init` and a commit make one",
        )
