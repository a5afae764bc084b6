from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from banc.errors import BancError, UsageError
from banc.stage.index import INDEX, Index, IndexedSpec, IndexedStage, Use, index_text, read_index
from banc.stage.kinds import Address

DATA = Address("data-digits-0123456789ab")
TRAIN = Address("train-net-labels-s0-0123456789ab")
TABLE = Address("table-two")
LINKED = Index(
    specs={
        "two": IndexedSpec("spec/two.toml", smoke=False),
        "one-smoke": IndexedSpec("spec/one.toml", smoke=True),
    },
    stages={
        TRAIN: IndexedStage(
            "train",
            "digits-net",
            {"data": (DATA,)},
            (Use("one-smoke", "net", "teacher", 0), Use("two", "ä", "b", 1)),
        ),
        DATA: IndexedStage("data", "digits", {}, (Use("two"),)),
        TABLE: IndexedStage("table", "tables", {"scores": ()}, (Use("two"),)),
    },
)


def written(root: Path, text: str) -> Path:
    (root / INDEX).parent.mkdir(parents=True, exist_ok=True)
    (root / INDEX).write_text(text)
    return root


def test_what_is_written_is_read(tmp_path: Path) -> None:
    index = read_index(written(tmp_path, index_text(LINKED)))
    assert index.specs == LINKED.specs
    assert index.stages[TRAIN] == LINKED.stages[TRAIN]
    assert index.stages[TABLE].inputs == {}
    assert index.parameter_file(DATA) == Path("pipelines/digits", f"{DATA}.json")


def test_a_line_a_stage_sorted(tmp_path: Path) -> None:
    lines = index_text(LINKED).splitlines()
    assert [line.partition(":")[0].strip() for line in lines if line.startswith(" ")] == [
        '"one-smoke"',
        '"two"',
        f'"{DATA}"',
        f'"{TABLE}"',
        f'"{TRAIN}"',
    ]
    shuffled = Index(dict(reversed(LINKED.specs.items())), dict(reversed(LINKED.stages.items())))
    assert index_text(shuffled) == index_text(LINKED)
    assert index_text(Index({}, {})) == '{\n"banc_index": 1,\n"specs": {},\n"stages": {}\n}\n'
    json.loads(index_text(LINKED).encode("ascii"))


def test_without_one_nothing_is_linked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is linked here") as caught:
        read_index(tmp_path)
    assert "banc compile" in str(caught.value.hint)
    (tmp_path / INDEX).mkdir(parents=True)
    with pytest.raises(BancError, match=r"cannot read `pipelines/index.json`"):
        read_index(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "\0", "[" * 100_000, "<<<<<<< HEAD", "{}", '{"banc_index": 2}']
)
def test_damage_is_one_message(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="was not written by this version of banc") as caught:
        read_index(written(tmp_path, text))
    assert "banc compile" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("banc_index",), None),
        (("banc_index",), "1"),
        (("specs",), 3),
        (("specs", "two", "smoke"), "no"),
        (("stages",), []),
        (("stages", TRAIN), None),
        (("stages", TRAIN, "kind"), "predict"),
        (("stages", TRAIN, "group"), "../.."),
        (("stages", TRAIN, "inputs", "data"), [str(DATA), "data-gone-0123456789ab"]),
        (("stages", TRAIN, "inputs", "data"), 5),
        (("stages", TRAIN, "uses", 0, "seed"), 0.5),
        (("stages", "../x"), {"kind": "..", "group": "x", "inputs": {}, "uses": []}),
        (("stages", DATA, "new"), 1),
    ],
)
def test_another_value_anywhere_is_one_message(tmp_path: Path, path: tuple[Any, ...], value: object) -> None:
    content = json.loads(index_text(LINKED))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(UsageError, match="was not written by this version of banc"):
        read_index(written(tmp_path, json.dumps(content)))


def test_a_pipe_in_its_place_keeps_nobody_waiting(tmp_path: Path) -> None:
    path = written(tmp_path, "") / "pipelines/index.json"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UsageError, match="it is a pipe"):
        read_index(tmp_path)
