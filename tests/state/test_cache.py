from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from banc.stage.kinds import Address
from banc.state.cache import cached, runs
from banc.state.memory import Memory

Write = Callable[..., Path]
RUN = "cmd: banc run {name}\nouts:\n- path: x\n  hash: md5\n  md5: {md5}\n"


def md5_of(content: str) -> str:
    return hashlib.md5(content.encode()).hexdigest()


def test_what_is_protected_is_believed_and_the_rest_is_digested(tmp_path: Path, write: Write) -> None:
    digests = {}
    for name, content, mode in (
        ("protected", "protected", 0o444),
        ("protected, damaged", "edited", 0o444),
        ("open", "open", 0o644),
        ("open, damaged", "edited", 0o644),
    ):
        digests[name] = md5_of(name)
        write(f"cache/files/md5/{md5_of(name)[:2]}/{md5_of(name)[2:]}", content).chmod(mode)
    digests["gone"] = md5_of("gone")
    found = cached(Memory(tmp_path), tmp_path / "cache", digests.values())
    assert found == {digests["protected"], digests["protected, damaged"], digests["open"]}


def test_of_one_key_the_newest_run(tmp_path: Path, write: Write) -> None:
    a, b, c = (Address(f"train-{name}-0123456789ab") for name in "abc")
    write("cache/runs/12/1234/old", RUN.format(name=a, md5="old"), ago=90)
    write("cache/runs/12/1234/new", RUN.format(name=a, md5="new"), ago=60)
    write("cache/runs/12/1299/other", RUN.format(name=a, md5="other"))
    write("cache/runs/ab/abcd/x", RUN.format(name=b, md5="not wanted"))
    write("cache/runs/cd/cdef/old", RUN.format(name=c, md5="old"), ago=90)
    write("cache/runs/cd/cdef/damaged", f"cmd: banc run {c}\nouts: 3\n", ago=60)
    (tmp_path / "cache/runs/ef/empty").mkdir(parents=True)
    found = runs(Memory(tmp_path), tmp_path / "cache", {a, c})
    assert {
        name: {key: run.outputs["x"].md5 for key, run in keys.items()} for name, keys in found.items()
    } == {a: {"1234": "new", "1299": "other"}}


def test_no_cache(tmp_path: Path) -> None:
    assert runs(Memory(tmp_path), tmp_path / "cache", {Address("train-a-0123456789ab")}) == {}
    assert cached(Memory(tmp_path), tmp_path / "cache", ["0" * 32]) == frozenset()
