"""What is garbage and what is not; and that nothing of what is kept goes, however it is killed."""

from __future__ import annotations

import fcntl
import json
import os
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.gc.delete import delete
from banc.stage.files import OUTPUT_NAMES, VALIDATION_ARRAYS, VALIDATION_OUTPUTS, writes

# Classes of ``conftest``, which cannot be imported from here.
Workspace = Any


def addresses(workspace: Workspace, name: str) -> set[str]:
    return {stage for stage in workspace.graph(name).stages if not stage.startswith("table-")}


def test_what_no_revision_needs(workspace: Workspace, variants: dict[str, Any]) -> None:
    every = set().union(*(addresses(workspace, name) for name in variants))
    needed = addresses(workspace, "first")
    assert {item.address for item in workspace.garbage().items} == every - needed
    assert workspace.garbage(*(f"b-{name}" for name in variants)).items == ()
    assert {item.address for item in workspace.garbage("b-longer").items} == (
        every - needed - addresses(workspace, "longer")
    )
    assert workspace.garbage().left == ()


def test_all_of_it_is_found_and_freed(workspace: Workspace, variants: dict[str, Any]) -> None:
    found = workspace.garbage()
    sizes = [item.size for item in found.items]
    assert sizes == sorted(sizes, reverse=True)
    before = workspace.files()
    assert len(workspace.collect()) == len(found.items)
    after = workspace.files()
    assert {name: before[name] for name in after} == after, "what stays is as it was"
    assert sum(len(before[name]) for name in before.keys() - after.keys()) == found.size
    assert workspace.garbage().items == ()
    assert workspace.does_nothing("first")
    gone = addresses(workspace, "longer") - addresses(workspace, "first")
    assert gone and not any(address in name for name in after for address in gone if "lock" not in name)
    assert {
        name for name in before.keys() - after.keys() if not name.startswith(("runs/", ".dvc/cache/"))
    } == set()


@pytest.mark.parametrize("number", range(6))
def test_nothing_that_a_kept_graph_needs_goes(
    number: int, workspace: Workspace, variants: dict[str, Any]
) -> None:
    """Revisions, lost entries, lost files and shared bytes at random; plans are the same afterwards."""
    choose = random.Random(number)
    names = list(variants)
    keep = choose.sample(names, choose.randrange(len(names) + 1))
    locks = sorted(workspace.root.glob("pipelines/*/dvc.lock"))
    for _ in range(choose.randrange(3)):
        choose.choice(sorted(workspace.root.glob("runs/*/*"))).unlink()
    if choose.random() < 0.5:
        lost = choose.choice(sorted(workspace.root.glob(".dvc/cache/files/md5/*/*")))
        lost.unlink()
    if choose.random() < 0.5:
        choose.choice(locks).unlink()
    if choose.random() < 0.5:
        for path in workspace.root.glob(".dvc/cache/runs/*/*/*"):
            if choose.random() < 0.3:
                path.unlink()
    kept = {"first", *keep}
    plans = {name: workspace.plan(name) for name in kept}
    before = workspace.files()
    workspace.collect(*(f"b-{name}" for name in keep))
    after = workspace.files()
    assert {name: workspace.plan(name) for name in kept} == plans
    needed = set().union(*(addresses(workspace, name) for name in kept))
    gone = before.keys() - after.keys()
    assert not [name for name in gone if name.startswith("runs/") and name.split("/")[1] in needed]
    assert all(after[name] == before[name] for name in after)
    assert not {folder.name for folder in (workspace.root / "runs").iterdir()} - needed


def test_bytes_that_a_kept_stage_has_too_stay(workspace: Workspace) -> None:
    """All networks of a kind have one ``model.json``, say."""
    going = addresses(workspace, "longer") - addresses(workspace, "first")
    objects = [item for item in workspace.garbage().items if item.address in going]
    one, other = objects[0].objects[0], objects[1].objects[0]
    digests = [file.path.parent.name + file.path.name for file in (one, other)]
    kept = min(address for address in addresses(workspace, "first") if address.startswith("train-"))
    locks = workspace.root.glob("pipelines/*/dvc.lock")
    lock = next(lock for lock in locks if f"  {kept}:\n" in lock.read_text())
    head, _, tail = lock.read_text().partition(f"  {kept}:\n")
    first, _, rest = tail.partition("md5: ")
    lock.write_text(f"{head}  {kept}:\n{first}md5: {digests[0]}{rest[32:]}")
    (workspace.root / "mine.dvc").write_text(f"outs:\n- md5: {digests[1]}\n  path: mine\n")
    third = objects[2].objects[0]
    run = workspace.root / ".dvc/cache/runs/aa" / ("a" * 64) / ("b" * 64)
    run.parent.mkdir(parents=True)
    digest = third.path.parent.name + third.path.name
    run.write_text(f"cmd: banc run {kept}\nouts:\n- path: x\n  hash: md5\n  md5: {digest}\n")
    workspace.collect()
    assert one.path.exists() and other.path.exists() and third.path.exists() and run.exists()


def test_a_persons_own_folders_and_stages_keep_their_bytes(workspace: Workspace) -> None:
    one, two, three = [file for item in workspace.garbage().items for file in item.objects][:3]
    digest = [file.path.parent.name + file.path.name for file in (one, two, three)]
    folder = workspace.root / ".dvc/cache/files/md5/ab" / ("c" * 30 + ".dir")
    folder.parent.mkdir(exist_ok=True)
    folder.write_text(json.dumps([{"md5": digest[0], "relpath": "x"}]))
    (workspace.root / "other").mkdir()
    (workspace.root / "other/dvc.lock").write_text(f"stages:\n  mine:\n    outs:\n    - md5: {digest[1]}\n")
    run = workspace.root / ".dvc/cache/runs/aa" / ("a" * 64) / ("b" * 64)
    run.parent.mkdir(parents=True)
    run.write_text(f"cmd: mine\nouts:\n- path: x\n  hash: md5\n  md5: {digest[2]}\n")
    workspace.collect()
    assert all(file.path.exists() for file in (one, two, three))
    assert run.exists() and folder.exists()


def test_locks_of_other_revisions_keep_their_bytes(workspace: Workspace) -> None:
    """Two machines may have got different bytes for one stage."""
    file = workspace.garbage().items[0].objects[0]
    digest = file.path.parent.name + file.path.name
    kept = min(addresses(workspace, "first"))
    lock = workspace.root / "pipelines/elsewhere/dvc.lock"
    lock.parent.mkdir()
    lock.write_text(f"schema: '2.0'\nstages:\n  {kept}:\n    outs:\n    - md5: {digest}\n")
    workspace.git("add", "--all")
    workspace.git("commit", "--quiet", "--message", "elsewhere")
    workspace.git("rm", "--quiet", "--force", "pipelines/elsewhere/dvc.lock")
    workspace.collect("HEAD")
    assert file.path.exists()
    workspace.collect()
    assert not file.path.exists()


def test_stages_that_another_version_linked_are_kept(workspace: Workspace) -> None:
    """Their addresses do not follow from any spec as this version reads it."""
    old = "train-densenet-bc-10-2-labels-s0-0123456789ab"
    (workspace.root / "runs" / old).mkdir()
    (workspace.root / "runs" / old / "model.json").write_text("{}")
    assert old in {item.address for item in workspace.garbage().items}
    path = workspace.root / f"pipelines/group/{old}.json"
    path.parent.mkdir()
    path.write_text("{}")
    assert old not in {item.address for item in workspace.garbage().items}
    workspace.git("add", "--all")
    workspace.git("commit", "--quiet", "--message", "old")
    path.unlink()
    assert old not in {item.address for item in workspace.garbage("HEAD").items}
    assert old in {item.address for item in workspace.garbage().items}


def test_what_banc_did_not_make_stays(workspace: Workspace) -> None:
    longer = sorted(addresses(workspace, "longer") - addresses(workspace, "first"))
    (workspace.root / "runs" / longer[0] / "notes.txt").write_text("mine")
    (workspace.root / "runs" / longer[1] / "outputs").mkdir()
    away = workspace.root / "away"
    (workspace.root / "runs" / longer[2]).rename(away)
    (workspace.root / "runs" / longer[2]).symlink_to(away)
    (workspace.root / "runs/mine").mkdir()
    (workspace.root / "runs/readme").write_text("mine")
    (workspace.root / ".banc/mine").mkdir(parents=True)
    (workspace.root / ".banc/mine/x").write_text("mine")
    (workspace.root / ".banc/tmp/mine").mkdir(parents=True)
    found = workspace.garbage()
    assert dict(found.left) == {
        f"runs/{longer[0]}": "it holds `notes.txt`, which banc did not make",
        f"runs/{longer[1]}": "it holds `outputs`, which banc did not make",
        f"runs/{longer[2]}": "it is no folder, and banc made none such",
    }
    before = workspace.files()
    workspace.collect()
    after = workspace.files()
    assert all(after[name] == before[name] for name in before if "mine" in name or longer[0] in name)
    assert len(list(away.iterdir())) == len(writes(workspace.graph("longer").stages[longer[2]].stage))
    for address in longer[:3]:
        assert set(workspace.inventory().objects[address]) <= set(workspace.inventory().cached)


def test_checkpoints_heartbeats_and_drafts(workspace: Workspace) -> None:
    going = min(addresses(workspace, "longer") - addresses(workspace, "first"))
    stays = min(addresses(workspace, "first"))
    for address in (going, stays):
        for name in (
            f"checkpoints/{address}/000000000001-x",
            f"progress/{address}.json",
            f"locks/{address}.lock",
            f"tmp/{address}/model.json",
            f"tmp/{address}.old/model.json",
            "tmp/gc-12/0/model.json",
        ):
            path = workspace.root / ".banc" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
    workspace.collect()
    private = {
        path.relative_to(workspace.root / ".banc").as_posix()
        for path in (workspace.root / ".banc").rglob("*")
    }
    assert {name for name in private if going in name} == {f"locks/{going}.lock"}
    assert {name for name in private if stays in name} == {
        f"checkpoints/{stays}",
        f"checkpoints/{stays}/000000000001-x",
        f"progress/{stays}.json",
        f"locks/{stays}.lock",
    }
    assert not [name for name in private if name.startswith("tmp/")]


def test_what_is_locked_stays(workspace: Workspace) -> None:
    found = workspace.garbage()
    held = next(item for item in found.items if item.folder)
    lock = workspace.root / ".banc/locks" / f"{held.address}.lock"
    lock.parent.mkdir(parents=True)
    done: list[str] = []
    with lock.open("w") as file:
        file.write(f"process {os.getpid()} on {os.uname().nodename}\n")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        assert (f"runs/{held.address}", "it is running") in workspace.garbage().left
        # Found before it began.
        delete(workspace.root, found, lambda item: done.append(item.name))
        assert held.folder and all(file.path.exists() for file in held.folder.files)
        assert len(done) == len(found.items) - 1
    assert held.name in workspace.collect()


def test_what_was_linked_meanwhile_stays(workspace: Workspace) -> None:
    found = workspace.garbage()
    item = found.items[0]
    (workspace.root / "pipelines/new").mkdir()
    (workspace.root / f"pipelines/new/{item.address}.json").write_text("{}")
    delete(workspace.root, found, lambda _: None)
    assert item.folder and all(file.path.exists() for file in item.folder.files)


def test_links_into_the_cache(workspace: Workspace) -> None:
    """As with ``cache.type = hardlink`` or ``symlink``."""
    items = [item for item in workspace.garbage().items if item.folder and item.objects]
    hard, kept_by = items[0], items[1]
    for file in hard.objects:
        same = next(twin for twin in hard.folder.files if twin.path.read_bytes() == file.path.read_bytes())
        same.path.unlink()
        os.link(file.path, same.path)
    elsewhere = workspace.root / "elsewhere.bin"
    os.link(kept_by.objects[0].path, elsewhere)
    stays = sorted(addresses(workspace, "first"))[0]
    link = next((workspace.root / "runs" / stays).iterdir())
    link.unlink()
    link.symlink_to(kept_by.objects[1].path)
    now = {item.address: item for item in workspace.garbage().items}
    assert now[hard.address].size == hard.size - sum(stored.size for stored in hard.objects)
    workspace.collect()
    assert elsewhere.exists() and kept_by.objects[0].path.exists() and link.exists()
    assert not any(stored.path.exists() for stored in hard.objects)


@pytest.mark.parametrize(
    ("config", "shared"),
    [
        ("[cache]\n    dir = ../../cache\n", True),
        ("[cache]\n    type = hardlink\n", True),
        ("[cache]\n    shared = group\n", True),
        ("[core]\n    analytics = false\n", False),
        ("[cache]\n    dir = moved\n", False),
    ],
)
def test_a_cache_that_others_may_use_is_left_alone(workspace: Workspace, config: str, shared: bool) -> None:
    (workspace.root / ".dvc/config").write_text(config)
    if "dir" in config:
        place = workspace.root / ".dvc" / config.split()[-1]
        (workspace.root / ".dvc/cache").rename(place)
    objects = {file.path for item in workspace.garbage(shared_cache=True).items for file in item.objects}
    assert objects
    assert bool(workspace.inventory().shared) == shared
    workspace.collect()
    assert {path for path in objects if path.exists()} == (objects if shared else set())


def test_a_linked_cache_folder_is_outside(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.root / ".dvc/cache").rename(tmp_path / "cache")
    (workspace.root / ".dvc/cache").symlink_to(tmp_path / "cache")
    assert "outside of this workspace" in workspace.inventory().shared


def test_specs_that_cannot_be_read_are_named(workspace: Workspace) -> None:
    (workspace.root / "spec/bad.toml").write_text("banc = \n")
    workspace.git("add", "--all")
    workspace.git("commit", "--quiet", "--message", "bad")
    (workspace.root / "spec/bad.toml").unlink()
    (workspace.root / "spec/worse.toml").write_text("title = 3\n")
    assert {name for name, _ in workspace.kept("HEAD").unreadable} == {
        "spec/bad.toml@HEAD",
        "spec/worse.toml",
    }


def test_own_networks_are_those_of_each_revision(workspace: Workspace) -> None:
    text = (workspace.root / "spec/t.toml").read_text()
    own = '{ family = "factory", file = "mine.py", function = "make" }'
    (workspace.root / "spec/t.toml").write_text(text.replace("[lineages]", f"own = {own}\n[lineages]"))
    spec = (workspace.root / "spec/t.toml").read_text().replace('models = "dense"', 'models = "own"')
    (workspace.root / "spec/t.toml").write_text(spec.replace('rows = "dense"', 'rows = "own"'))
    for content in ("one", "two"):
        (workspace.root / "mine.py").write_text(content)
        workspace.git("add", "--all")
        workspace.git("commit", "--quiet", "--message", content)
    (workspace.root / "mine.py").write_text("three")
    trained = [
        {address for address in workspace.kept(*revisions).addresses if address.startswith("train-factory")}
        for revisions in ((), ("HEAD",), ("HEAD", "HEAD~1"))
    ]
    assert [len(several) for several in trained] == [2, 4, 6]


def test_a_kill_at_any_moment_leaves_runs_whole_or_absent(
    ran: Workspace, copy_of: Callable[[Workspace, str], Workspace]
) -> None:
    """Each change of the file system in turn is the last one that a process makes."""
    needed = addresses(ran, "first")
    codes = []
    for moment in (*range(1, 12), 25, 50, 100, 10_000):
        workspace = copy_of(ran, f"killed-{moment}")
        whole = {folder.name: len(list(folder.iterdir())) for folder in (workspace.root / "runs").iterdir()}
        found = workspace.garbage()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the other threads are of the test's runner
            process = os.fork()
        if process == 0:
            _die_at(moment)
            delete(workspace.root, found, lambda _: None)
            os._exit(0)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
        for folder in (workspace.root / "runs").iterdir():
            assert len(list(folder.iterdir())) == whole[folder.name]
        assert workspace.does_nothing("first")
        workspace.collect()
        assert {folder.name for folder in (workspace.root / "runs").iterdir()} == needed
        assert not list((workspace.root / ".banc/tmp").iterdir())
        assert len(list(workspace.root.glob(".dvc/cache/files/md5/*/*"))) == sum(map(whole.get, needed))
    assert codes == [1] * 14 + [0]


def _die_at(moment: int) -> None:
    left = moment

    def hook(event: str, _: object) -> None:
        nonlocal left
        if event in ("os.remove", "os.rename", "os.rmdir", "os.mkdir"):
            left -= 1
            if left < 0:
                os._exit(1)

    sys.addaudithook(hook)


def test_every_output_has_a_known_name(workspace: Workspace) -> None:
    """Those of validation images are written where a data set holds some out."""
    stages = [stage.stage for stage in workspace.graph("first").stages.values()]
    of_validation = {*VALIDATION_ARRAYS, VALIDATION_OUTPUTS}
    written = {name for stage in stages for name in writes(stage) if stage.KIND != "table"}
    assert written | of_validation == OUTPUT_NAMES
    assert not written & of_validation
