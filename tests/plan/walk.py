"""A walk: a workspace that is changed at random, planned, and handed to the real ``dvc repro``.

Every choice follows from the walk's number, so that one that went wrong can be walked again.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SPEC = """
banc = 1
title = "{name}"
data = {{ set = "digits", train = 20 }}
seeds = {seeds}
recipe = {{ epochs = {epochs}, batch = {batch}, augment = {{ pad = 0, flip = false }} }}
[models]
dense = {{ family = "densenet-bc", depth = 10, growth = 2 }}
wide = {{ family = "wide-resnet", depth = 10, widening = 1 }}
{runs}
"""
LINEAGE = """
[lineages]
ban = {{ models = "dense", generations = {generations}, objective = "{objective}" }}
[ensembles]
ens = {{ of = "dense", members = ["teacher", "ban-1"] }}
[table]
rows = "dense"
columns = ["teacher", {columns}, "ens"]
"""
TRANSFER = """
[transfers]
moved = {{ teacher = "dense", students = "wide" }}
[table]
rows = ["dense", "wide"]
columns = ["teacher", "moved"]
"""
IMPORTED = """
[pretrained.hub]
model = "dense"
file = "weights/{weights}.safetensors"
sha256 = "{digest}"
[transfers]
taught = {{ teacher = "dense/hub", students = "wide" }}
[table]
rows = ["dense", "wide"]
columns = ["hub", "taught"]
"""
WEIGHTS = b"trained elsewhere"
RUNS = {"lineage": LINEAGE, "transfer": TRANSFER, "imported": IMPORTED}
FIRST = {
    "seeds": [0],
    "epochs": 2,
    "batch": 10,
    "generations": 1,
    "objective": "ban-l",
    "linked": ["lineage"],
    "weights": "hub",
    "digest": hashlib.sha256(WEIGHTS).hexdigest(),
}


class Walk:
    """One workspace on its way."""

    def __init__(self, workspace: Any, number: int, *, cheap: bool) -> None:
        """``workspace`` has run what it says at first. ``cheap``: whether training costs next to nothing."""
        self.workspace, self.root = workspace, workspace.root
        self.choose = random.Random(number)
        self.cheap = cheap
        # What is no network, only the stand-in takes for one.
        self.first = FIRST | ({"linked": ["lineage", "imported"]} if cheap else {})
        self.says = dict(self.first)
        self.put_away: list[tuple[Path, bytes]] = []
        self.told: list[str] = []
        """What was done, for whoever reads a failure."""

    def change(self) -> None:
        """One or two of the operations, in a row."""
        dear = [] if not self.cheap and self.choose.random() < 0.5 else list(DEAR)
        for _ in range(self.choose.choice((1, 1, 2))):
            operation = self.choose.choice([*CHEAP, *dear])
            self.told.append(f"{operation.__name__.strip('_')}: {operation(self) or 'nothing to do'}")

    def write_specs(self) -> None:
        """The specs as ``says`` has them."""
        for path in (self.root / "spec").glob("*.toml"):
            path.unlink()
        says, weights = self.says, self.root / f"weights/{self.says['weights']}.safetensors"
        if not weights.exists():
            weights.parent.mkdir(parents=True, exist_ok=True)
            weights.write_bytes(WEIGHTS)
        for name in says["linked"]:
            columns = ", ".join(f'"ban-{n + 1}"' for n in range(says["generations"]))
            runs = RUNS[name].format(columns=columns, **says)
            (self.root / f"spec/{name}.toml").write_text(SPEC.format(name=name, runs=runs, **says))

    def some(self, *patterns: str) -> Path | None:
        """One of the files that match."""
        paths = sorted(path for pattern in patterns for path in self.root.glob(pattern) if path.is_file())
        return self.choose.choice(paths) if paths else None

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _say(walk: Walk, field: str, values: Sequence[Any]) -> str:
    walk.says[field] = walk.choose.choice([value for value in values if value != walk.says[field]])
    walk.write_specs()
    return f"{field} = {walk.says[field]}"


def _field(walk: Walk) -> str:
    field, values = walk.choose.choice(
        [("epochs", [1, 2, 3]), ("batch", [5, 10]), ("objective", ["ban-l", "ban"])]
    )
    return _say(walk, field, values)


def _seeds(walk: Walk) -> str:
    return _say(walk, "seeds", [[0], [1], [0, 1]] if walk.cheap else [[0], [1]])


def _generations(walk: Walk) -> str:
    return _say(walk, "generations", [1, 2])


def _switch(walk: Walk) -> str:
    several = [["lineage"], ["transfer"], ["lineage", "transfer"]]
    several += [["imported"], ["lineage", "imported"]] if walk.cheap else []
    return _say(walk, "linked", several)


def _move_weights(walk: Walk) -> str:
    """To a name that needs quotes in a shell or in YAML, or is long; now and then with new bytes."""
    if walk.choose.random() < 0.3:
        for path in walk.root.glob("weights/*"):
            path.unlink()
            path.write_bytes(b"from elsewhere, later")
    return _say(walk, "weights", ["hub", "it's $here", "a: b", "a-name-that-is-long-" * 6])


def _back(walk: Walk) -> str:
    """All as it was at first."""
    walk.says = dict(walk.first)
    walk.write_specs()
    return "the first spec"


def _delete(walk: Walk) -> str | None:
    path = walk.some("runs/*/*", "results/*/*")
    if path is None:
        return None
    walk.put_away.append((path, path.read_bytes()))
    path.unlink()
    return walk.name(path)


def _delete_folder(walk: Walk) -> str | None:
    path = walk.some("runs/*/*")
    if path is None:
        return None
    shutil.rmtree(path.parent)
    return walk.name(path.parent)


def _edit(walk: Walk) -> str | None:
    path = walk.some("runs/*/*", "results/*/*")
    if path is None:
        return None
    content = path.read_bytes()
    walk.put_away.append((path, content))
    # As long as before, now and then: the size alone does not tell.
    edited = content[:-1] + b"#" if walk.choose.random() < 0.5 else content + b"\n"
    path.unlink()
    path.write_bytes(edited)
    return walk.name(path)


def _put_back(walk: Walk) -> str | None:
    if not walk.put_away:
        return None
    path, content = walk.put_away.pop(walk.choose.randrange(len(walk.put_away)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    return walk.name(path)


def _touch(walk: Walk) -> str | None:
    path = walk.some("runs/*/*")
    if path is None:
        return None
    os.utime(path)
    return walk.name(path)


def _make_executable(walk: Walk) -> str | None:
    path = walk.some("runs/*/*")
    if path is None:
        return None
    path.chmod(path.stat().st_mode ^ stat.S_IXUSR)
    return walk.name(path)


def _forget_entry(walk: Walk) -> str | None:
    """Removes a stage from its lock, as a merge may."""
    path = walk.some("dvc.lock", "pipelines/*/dvc.lock")
    if path is None:
        return None
    walk.put_away.append((path, path.read_bytes()))
    head, *stages = _stages(path.read_text())
    gone = walk.choose.randrange(len(stages))
    name = stages.pop(gone).strip().partition(":")[0]
    if stages:
        path.write_text(head + "".join(stages))
    else:
        path.unlink()
    return f"{name} of {walk.name(path)}"


def _stages(text: str) -> list[str]:
    """What comes before the first stage, and each stage's lines."""
    parts = [""]
    for line in text.splitlines(keepends=True):
        if line.startswith("  ") and line[2] not in " -":
            parts.append("")
        parts[-1] += line
    return parts


def _edit_lock(walk: Walk) -> str | None:
    """Another digest of an input or output, or another command."""
    path = walk.some("dvc.lock", "pipelines/*/dvc.lock")
    if path is None:
        return None
    lines = path.read_text().splitlines(keepends=True)
    places = [n for n, line in enumerate(lines) if line.lstrip().startswith(("md5:", "cmd:"))]
    place = walk.choose.choice(places)
    line = lines[place].rstrip("\n")
    lines[place] = line[:-4] + "0000\n" if "md5:" in line else line + " --again\n"
    walk.put_away.append((path, path.read_bytes()))
    path.write_text("".join(lines))
    return f"{walk.name(path)}, line {place + 1}"


def _forget_lock(walk: Walk) -> str | None:
    path = walk.some("dvc.lock", "pipelines/*/dvc.lock")
    if path is None:
        return None
    walk.put_away.append((path, path.read_bytes()))
    path.unlink()
    return walk.name(path)


def _forget_runs(walk: Walk) -> str | None:
    """Removes the run cache, and sometimes a single run."""
    one = walk.some(".dvc/cache/runs/*/*/*")
    if one is None:
        return None
    if walk.choose.random() < 0.5:
        one.unlink()
        return f"one of {walk.name(one.parent)}"
    shutil.rmtree(walk.root / ".dvc/cache/runs")
    return "all"


def _damage_run(walk: Walk) -> str | None:
    path = walk.some(".dvc/cache/runs/*/*/*")
    if path is None:
        return None
    path.write_text("cmd: [\n")
    return walk.name(path)


def _lose_object(walk: Walk) -> str | None:
    path = walk.some(".dvc/cache/files/md5/*/*")
    if path is None:
        return None
    path.unlink()
    return walk.name(path)


def _damage_object(walk: Walk) -> str | None:
    """DVC believes what is write-protected, and digests what is not."""
    path = walk.some(".dvc/cache/files/md5/*/*")
    if path is None:
        return None
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content + (b"#" if walk.choose.random() < 0.7 else b""))
    return walk.name(path)


def _empty_cache(walk: Walk) -> str:
    shutil.rmtree(walk.root / ".dvc/cache", ignore_errors=True)
    return "all"


def _move_cache(walk: Walk) -> str:
    """To another folder, as ``config.local`` says."""
    config = walk.root / ".dvc/config.local"
    if config.exists():
        return "was moved"
    (walk.root / ".dvc/cache").mkdir(exist_ok=True)
    (walk.root / ".dvc/cache").rename(walk.root / ".dvc/elsewhere")
    config.write_text("[cache]\n    dir = elsewhere\n")
    return "moved"


def _other_machine(walk: Walk) -> str:
    """Trainings come out otherwise from now on."""
    name = walk.choose.choice(["a", "b"])
    (walk.root / "machine").write_text(name)
    return name


def _kill(walk: Walk) -> str:
    """``dvc repro``, killed at some moment with all that it started."""
    walk.workspace.compile()
    slow = walk.root / "slow"
    slow.touch()
    running = subprocess.Popen(
        [sys.executable, "-m", "dvc", "--wait-for-lock", "repro"],
        cwd=walk.root,
        env=walk.workspace.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    seconds = walk.choose.uniform(1, 6)
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        time.sleep(1)  # what DVC started ends when it sees that DVC is gone
        rwlock = walk.root / ".dvc/tmp/rwlock"
        if rwlock.exists() and not rwlock.read_text().endswith("}"):
            rwlock.unlink()  # DVC reads no half of it, and a person removes it
    slow.unlink()
    # Killed while it writes this file, DVC leaves it empty, and refuses to start until it is deleted.
    rwlock = walk.root / ".dvc/tmp/rwlock"
    if rwlock.exists() and not rwlock.read_text().strip():
        rwlock.unlink()
    return f"after {seconds:.1f} s"


Operation = Callable[[Walk], str | None]
CHEAP: tuple[Operation, ...] = (
    _switch,
    _move_weights,
    _back,
    _delete,
    _delete_folder,
    _edit,
    _put_back,
    _touch,
    _make_executable,
    _forget_entry,
    _edit_lock,
    _forget_lock,
    _forget_runs,
    _damage_run,
    _move_cache,
)
DEAR: tuple[Operation, ...] = (
    _field,
    _seeds,
    _generations,
    _lose_object,
    _damage_object,
    _empty_cache,
    _other_machine,
    _kill,
)
"""Trainings follow."""
