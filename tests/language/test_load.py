"""From text to a checked spec: what matters in a text and what does not."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.language.check import check
from banc.language.load import check_all, in_order, load, load_all
from banc.language.positions import positions
from banc.language.source import Source, SpecError
from banc.language.spec import Spec
from banc.language.structure import structure

SPECS = ("quickstart", "table1", "table2")


@pytest.mark.parametrize("name", SPECS)
def test_the_specs_of_this_repository_have_no_faults(checkout: Path, name: str) -> None:
    loaded = load(checkout / f"spec/{name}.toml")
    assert loaded.warnings == []
    assert loaded.source.name == name


@pytest.mark.parametrize("name", ["table1", "table2"])
def test_a_table_of_the_paper_takes_at_most_70_lines(checkout: Path, name: str) -> None:
    assert len((checkout / f"spec/{name}.toml").read_text().splitlines()) <= 70


def test_specs_come_back_in_order_and_once(checkout: Path) -> None:
    paths = [checkout / f"spec/{name}.toml" for name in ("table2", "table1", "table2")]
    assert [loaded.source.name for loaded in load_all(paths)] == ["table2", "table1"]


def test_an_error_keeps_the_warnings_of_its_spec_and_of_the_others(tmp_path: Path, small: str) -> None:
    warned = small.replace('["teacher", "ban-1", "ban-2"]', '["teacher"]')
    assert warned != small
    labelled = warned + '\nlabels = { nowhere = "x" }\npublished = { nowhere = { teacher = 1 } }\n'
    paths = [tmp_path / f"{name}.toml" for name in ("one", "two", "three")]
    for path, text in zip(paths, (warned, labelled, warned), strict=True):
        path.write_text(text)
    checked = check_all(paths)
    assert [loaded.source.name for loaded in checked.loaded] == ["one", "three"]
    codes = [(Path(fault.file).stem, fault.severity) for fault in checked.faults]
    assert codes == [
        ("one", "warning"),
        ("two", "warning"),
        ("two", "error"),
        ("three", "warning"),
    ], codes
    with pytest.raises(SpecError) as caught:
        load_all(paths)
    assert caught.value.faults == list(checked.faults)
    assert "two.toml" in caught.value.message, "what is told in a line is an error"
    assert in_order([*checked.faults[2:], *checked.faults[:2]], paths) == list(checked.faults)


# Loading is indifferent to what a reader of the text would not call its meaning.


@cache
def spec_of(text: str) -> Spec:
    source = Source("spec.toml", "spec", text, tomllib.loads(text), positions(text))
    spec = structure(source)
    assert check(source, spec) == []
    return spec


def shuffled(table: dict[str, Any], chance: random.Random) -> list[tuple[str, Any]]:
    items = list(table.items())
    chance.shuffle(items)
    return items


def inline(value: Any, chance: random.Random) -> str:
    match value:
        case dict():
            pairs = (f"{json.dumps(key)} = {inline(item, chance)}" for key, item in shuffled(value, chance))
            return "{ " + ", ".join(pairs) + " }"
        case list():
            space = chance.choice(["", " ", "\n  ", ' # a comment, with ] and "\n'])
            return "[" + "".join(f"{space}{inline(item, chance)}," for item in value) + space + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def rewritten(table: dict[str, Any], chance: random.Random, header: str = "") -> Iterator[str]:
    """Lines that say the same: other order, other white space, headers or inline tables or dotted keys."""
    below: list[tuple[str, dict[str, Any]]] = []
    for key, value in shuffled(table, chance):
        name = json.dumps(key) if chance.random() < 0.2 or not key.replace("-", "").isalnum() else key
        if isinstance(value, dict) and chance.random() < 0.6:
            below.append((name, value))
            continue
        while isinstance(value, dict) and len(value) == 1 and chance.random() < 0.5:
            ((key, value),) = value.items()
            name += f" . {json.dumps(key)}"
        gap = chance.choice(["", " ", "\t"])
        yield f"{gap}{name}{gap}={gap}{inline(value, chance)}{gap}" + chance.choice(["", "# x = 1", "\n"])
    for name, value in below:
        yield f"[ {header}{name}]" + chance.choice(["", " # [a.comment]"])
        yield from rewritten(value, chance, f"{header}{name} . ")


@pytest.mark.parametrize("name", SPECS)
@given(chance=st.randoms(use_true_random=False))
def test_order_comments_space_and_spelling_of_tables_mean_nothing(
    checkout: Path, name: str, chance: random.Random
) -> None:
    text = (checkout / f"spec/{name}.toml").read_text()
    other = "\n".join(rewritten(tomllib.loads(text), chance))
    assert spec_of(other) == spec_of(text)


def test_a_list_of_one_may_be_its_element(small: str) -> None:
    assert spec_of(small.replace('models      = "net"', 'models = ["net"]')) == spec_of(small)


def test_a_recipe_that_is_a_name_is_a_preset_without_changes(small: str) -> None:
    assert spec_of(small.replace('"wide-resnet"\nseeds', '{ preset = "wide-resnet" }\nseeds')) == spec_of(
        small
    )
    assert spec_of(small.replace('"wide-resnet"\nseeds', '"densenet"\nseeds')) != spec_of(small)


def test_a_data_set_that_is_a_name_has_its_defaults(small: str) -> None:
    whole = spec_of(small.replace('"digits"', '{ set = "digits", train = 300 }'))
    assert whole == spec_of(small)


def test_the_order_of_rows_columns_and_seeds_is_kept(small: str) -> None:
    spec = spec_of(small.replace("[0, 1]", "[7, 3]"))
    assert spec.seeds == (7, 3)
    assert spec.table.columns == ("teacher", "ban-1", "ban-2")
