from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from banc.errors import BancError
from banc.state.memory import Memory
from banc.state.records import read_lock, read_run, stage_of_run
from banc.state.state import Entry, File

Write = Callable[..., Path]
LONG = "runs/train-densenet-bc-190-40-ban-l-s1000-0123456789ab/model.safetensors"
STAGE = f"""  train-a-0123456789ab:
    cmd: banc run train-a-0123456789ab
    deps:
    - path: runs/data-a-0123456789ab/data.json
      hash: md5
      md5: 6dd725d214835deaddb7ecb132a20d35
      size: 141
      isexec: true
    params:
      pipelines/a/train-a-0123456789ab.json:
        kind: train
        recipe:
          learning_rate: 1e-05
    outs:
    - path:
        {LONG}
      hash: md5
      md5: 3f00b11c678c323843a9ea5da409eff6
      size: 1004
"""
ENTRY = Entry(
    "banc run train-a-0123456789ab",
    {"pipelines/a/train-a-0123456789ab.json": {"kind": "train", "recipe": {"learning_rate": 1e-05}}},
    {"runs/data-a-0123456789ab/data.json": File("6dd725d214835deaddb7ecb132a20d35", 141, True)},
    {LONG: File("3f00b11c678c323843a9ea5da409eff6", 1004, False)},
)


def lock(root: Path) -> dict[str, Entry]:
    memory = Memory(root)
    entries = read_lock(memory, root, "dvc.lock")
    memory.keep()
    return entries


def test_a_lock(tmp_path: Path, write: Write) -> None:
    write("dvc.lock", "schema: '2.0'\nstages:\n" + STAGE)
    assert lock(tmp_path) == {"train-a-0123456789ab": ENTRY}
    assert lock(tmp_path) == {"train-a-0123456789ab": ENTRY}  # from memory


def test_no_lock(tmp_path: Path, write: Write) -> None:
    assert lock(tmp_path) == {}
    write("dvc.lock", "schema: '2.0'\n")
    assert lock(tmp_path) == {}


def test_a_digest_of_dvc_2_is_none_of_ours(tmp_path: Path, write: Write) -> None:
    write("dvc.lock", "schema: '2.0'\nstages:\n" + STAGE.replace("      hash: md5\n", ""))
    (entry,) = lock(tmp_path).values()
    assert {file.md5 for file in (*entry.inputs.values(), *entry.outputs.values())} == {None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`dvc.lock` is not what DVC writes: it cannot be read"),
        ("stages: [", "`dvc.lock` is not what DVC writes: it cannot be read"),
        ("- 1\n", "`dvc.lock` is not what DVC writes: it cannot be read"),
        ("stages: 3\n", "`dvc.lock` is not what DVC writes: it cannot be read"),
        ("stages:\n  " + "- " * 100_000, "`dvc.lock` is not what DVC writes: it cannot be read"),
        ("stages: " + "[" * 100_000, "`dvc.lock` is not what DVC writes: it cannot be read"),
        ("stages:\n  a: 3\n", "`dvc.lock` is not what DVC writes: what it says of `a` cannot be read"),
        ("stages:\n  a:\n    cmd: x\n    outs: 3\n", "what it says of `a` cannot be read"),
        ("stages:\n  a:\n    cmd: x\n    outs:\n    - size: 3\n", "what it says of `a` cannot be read"),
        ("stages:\n  a:\n    cmd: x\n    params: []\n  b:\n    params: {}\n", "what it says of `b`"),
        ("stages:\n  a:\n    cmd: x\n    params:\n      f: 3\n", "what it says of `a` cannot be read"),
    ],
)
def test_a_damaged_lock_is_told(tmp_path: Path, write: Write, text: str, message: str) -> None:
    write("dvc.lock", text)
    for _ in range(2):
        with pytest.raises(BancError) as told:
            lock(tmp_path)
        assert message in told.value.message
        assert told.value.hint and "git checkout dvc.lock" in told.value.hint


def test_a_run(tmp_path: Path, write: Write) -> None:
    """A folded command, too: DVC breaks long lines."""
    text = "\n".join(line[4:] for line in STAGE.splitlines()[1:]) + "\n"
    path = write("run", text.replace("banc run ", "banc run\n  "))
    memory = Memory(tmp_path)
    assert stage_of_run(memory, "run", path.stat()) == "train-a-0123456789ab"
    assert read_run(memory, "run", path.stat()) == ENTRY


@pytest.mark.parametrize(
    "command",
    [
        "banc run import-a-0123456789ab --file=weights/a.pt",
        "banc run import-a-0123456789ab\n  --file=weights/a.pt",
        "'banc run import-a-0123456789ab --file=''a: b.pt'''",
        '"banc run import-a-0123456789ab\\\n  \\ --file=\\tb.pt"',
    ],
)
def test_a_run_of_a_network_from_elsewhere(tmp_path: Path, write: Write, command: str) -> None:
    """Its file comes with the command."""
    path = write("run", f"cmd: {command}\n")
    assert stage_of_run(Memory(tmp_path), "run", path.stat()) == "import-a-0123456789ab"
    entry = read_run(Memory(tmp_path), "run", path.stat())
    assert entry is not None
    assert entry.command.startswith("banc run import-a-0123456789ab --file=")


@pytest.mark.parametrize("text", ["cmd: banc run a --again\n", "cmd: banc run a; b\n", "cmd: banc run a b\n"])
def test_a_run_of_another_command(tmp_path: Path, write: Write, text: str) -> None:
    path = write("run", text)
    assert stage_of_run(Memory(tmp_path), "run", path.stat()) == ""


@pytest.mark.parametrize("text", ["", "cmd: [", "cmd: python train.py\n", "deps: []\n", "\xff"])
def test_a_run_that_is_none(tmp_path: Path, write: Write, text: str) -> None:
    path = write("run", text.encode("latin-1"))
    memory = Memory(tmp_path)
    assert stage_of_run(memory, "run", path.stat()) == ""
    if "python" not in text:
        assert read_run(memory, "run", path.stat()) is None
