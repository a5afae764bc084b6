from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from banc.language.load import load
from banc.provenance.places import Places


@pytest.fixture
def places(explained: object) -> Places:
    return Places(load(Path(explained.root / "spec/t.toml")), "spec/t.toml")  # type: ignore[attr-defined]


def test_a_run_is_declared_where_its_group_is(places: Places, lines_of: Callable[[object], str]) -> None:
    assert lines_of(places.run("dense", "teacher")) == "[lineages.ban]"
    assert lines_of(places.run("dense", "ban-2")) == "[lineages.ban]"
    assert lines_of(places.run("wide", "moved")) == "[transfers.moved]"
    assert lines_of(places.run("wide", "teacher")) == "baseline = true"
    assert lines_of(places.run("dense", "pair")).startswith("pair = ")


def test_what_it_is_made_of(places: Places, lines_of: Callable[[object], str]) -> None:
    assert lines_of(places.model("wide")).startswith("wide = ")
    assert lines_of(places.recipe()) == "[recipe]"
    assert lines_of(places.data()).startswith("data = ")
    assert lines_of(places.table()) == "[table]"
    assert lines_of(places.published("dense", "teacher")) == "teacher = 17.42"
    assert lines_of(places.other_run("dense", "moved")) == 'moved = "wide/moved"'
    assert str(places.data()) == "spec/t.toml:3"
