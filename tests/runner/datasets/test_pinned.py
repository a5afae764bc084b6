from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import attrs
import pytest

from banc.config.data import Folder
from banc.errors import BancError
from banc.runner.datasets.pinned import SUMS, pinned

NAMES = ("train/a/1.png", "train/b c/2.png", "test/a/é.png", "test/B/3.png")
SOURCE = Folder("data/x", height=8, width=8, channels=1, classes=2, train=2, test=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate(NAMES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes([number]) * 10)
    return tmp_path


def refusal(folder: Path, digest: str | None, names: tuple[str, ...] = NAMES) -> BancError:
    with pytest.raises(BancError) as caught:
        pinned(attrs.evolve(SOURCE, sha256=digest), folder, names)
    return caught.value


def asked(folder: Path) -> str:
    """The digest that is printed to who has none yet."""
    (found,) = re.findall(r'sha256 = "([0-9a-f]{64})"', str(refusal(folder, None).hint))
    return str(found)


def test_the_printed_digest_is_accepted(folder: Path) -> None:
    pinned(attrs.evolve(SOURCE, sha256=asked(folder)), folder, tuple(reversed(NAMES)))


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum on this machine")
def test_the_digest_can_be_had_without_banc(folder: Path) -> None:
    (folder / "train/.hidden").write_bytes(b"")
    command = (
        "find -L train test -type f ! -name '.*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum > SHA256SUMS"
    )
    subprocess.run(["bash", "-c", command], cwd=folder, check=True)
    assert hashlib.sha256((folder / SUMS).read_bytes()).hexdigest() == asked(folder)


def test_another_digest_is_refused_with_the_one_found(folder: Path) -> None:
    found = refusal(folder, "0" * 64)
    assert asked(folder) in found.message
    assert "`data/x`" in found.message


@pytest.mark.parametrize("change", ["byte", "name"])
def test_bytes_and_names_count(folder: Path, change: str) -> None:
    before = asked(folder)
    names = list(NAMES)
    if change == "byte":
        (folder / NAMES[0]).write_bytes(bytes(9) + b"\1")
    else:
        names[0] = "train/b c/1.png"
        (folder / NAMES[0]).rename(folder / names[0])
    assert "are not those of the spec" in refusal(folder, before, tuple(names)).message


def test_kept_sums_name_what_differs(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in sorted(NAMES, key=str.encode)
    ]
    (folder / SUMS).write_text("".join(lines))
    digest = asked(folder)
    pinned(attrs.evolve(SOURCE, sha256=digest), folder, NAMES)
    (folder / NAMES[2]).write_bytes(b"other")
    assert "`test/a/é.png` is altered" in refusal(folder, digest).message
    assert "`test/B/3.png` is missing, and 1 more" in refusal(folder, digest, NAMES[:3]).message
    (folder / "train/a/0.png").write_bytes(b"")
    (folder / NAMES[2]).write_bytes(bytes([2]) * 10)
    assert refusal(folder, digest, (*NAMES, "train/a/0.png")).message.endswith("`train/a/0.png` is new")
    (folder / SUMS).write_text("of other files")
    assert refusal(folder, digest, NAMES[:3]).message.endswith(f"expected `{digest}`")


def test_a_name_that_sums_cannot_hold_is_refused(folder: Path) -> None:
    (folder / "train/a/1\n.png").write_bytes(b"")
    assert "line break" in refusal(folder, None, ("train/a/1\n.png",)).message
