"""A lock that DVC cannot write to its end says afterwards what it said before."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from banc.compiler import compile_specs
from banc.engine.dvc import Dvc
from banc.engine.kept_locks import FOLDER, forget_copies, keep_locks, put_back, put_back_half
from banc.plan.asked import asked

Workspace = Any

OLD = "  old-{}:\n    cmd: banc run old\n    outs:\n    - path: runs/old/file\n      md5: '{:032}'\n"
LOCK = "schema: '2.0'\nstages:\n" + OLD.format(1, 1) + OLD.format(2, 2)


def test_where_dvc_has_no_room_for_a_lock_it_stays_as_it_was(
    finished: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    graph = compile_specs(finished.root, finished.specs()).graph
    address = next(stage for stage in graph.stages if stage.startswith("score-"))
    score = asked(address, graph.stages[address])
    lock = finished.root / score.lock
    others = {name: entry for name, entry in _stages(lock).items() if name != address}
    # So large that whatever else DVC writes is smaller: it is the lock for which there is no room.
    others |= {f"old-{number}": {"cmd": "x" * 10_000} for number in range(100)}
    with lock.open("w") as file:
        YAML(typ="safe").dump({"schema": "2.0", "stages": others}, file)
    before = lock.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), limits[1]))
    try:
        assert "File too large" in Dvc(finished.root).record([score])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert lock.read_bytes() == before
    assert Dvc(finished.root).record([score]) == ""
    assert _stages(lock).keys() == {address, *others}
    assert not [path for path in (finished.root / FOLDER).rglob("*") if path.is_file()]


def _stages(lock: Path) -> dict[str, Any]:
    stages: dict[str, Any] = YAML(typ="safe").load(lock.read_text())["stages"]
    return stages


@pytest.mark.parametrize(
    ("after", "comes_back", "comes_back_later"),
    [
        (LOCK + OLD.format(3, 3), False, False),
        (LOCK[:-20], True, True),
        ("", True, True),
        (LOCK[: LOCK.index("  old-2")], True, False),
        (None, False, False),
    ],
)
def test_what_is_half_comes_back(
    tmp_path: Path, after: str | None, comes_back: bool, comes_back_later: bool
) -> None:
    """At once, also what lacks a stage; after a machine's death nobody knows who took that out."""
    name = "pipelines/digits/dvc.lock"
    for later in (False, True):
        lock = tmp_path / str(later) / name
        lock.parent.mkdir(parents=True)
        lock.write_text(LOCK)
        keep_locks(tmp_path / str(later), [name, "dvc.lock"])
        lock.unlink() if after is None else lock.write_text(after)
        if later:
            put_back_half(tmp_path / "True")
        else:
            put_back(tmp_path / "False", [name, "dvc.lock"])
        expected = LOCK if (comes_back_later if later else comes_back) else after
        assert (lock.read_text() if lock.exists() else None) == expected
        assert not list((tmp_path / str(later)).glob(f"{FOLDER}/*/*/*.lock"))


def test_when_all_went_well_nothing_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(LOCK)
    keep_locks(tmp_path, ["dvc.lock"])
    (tmp_path / "dvc.lock").write_text("other")
    forget_copies(tmp_path, ["dvc.lock"])
    put_back_half(tmp_path)
    assert (tmp_path / "dvc.lock").read_text() == "other"


def test_of_a_lock_that_was_half_before_there_is_no_copy(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(LOCK[:-20])
    keep_locks(tmp_path, ["dvc.lock"])
    assert not (tmp_path / FOLDER).exists()
