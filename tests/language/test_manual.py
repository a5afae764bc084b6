"""The manual by key and section, against the page and the schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from banc.config.converter import members
from banc.config.model import Model
from banc.config.objective import OBJECTIVES
from banc.config.recipe import PRESETS
from banc.errors import UsageError
from banc.language.manual import _PLACES, keys, manual, pages, sections, topics
from banc.language.schema import schema_text
from banc.language.structure import keys as keys_of

SCHEMA = json.loads(schema_text())


def properties(schema: Any) -> Iterator[tuple[str, str]]:
    """Every key of the schema with its description."""
    if isinstance(schema, dict):
        for key, inner in schema.get("properties", {}).items():
            yield key, inner.get("description", "")
        for inner in schema.values():
            yield from properties(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from properties(inner)


def test_a_key_with_all_that_is_known_of_it() -> None:
    assert manual("recipe.drop_at") == (
        "**recipe.drop_at**\n"
        "\n"
        "Points of the run, as fractions of its epochs. The learning rate drops at the first epoch that "
        'begins at or after each of them. For `schedule = "steps"`.\n'
        "\n"
        "- value: an array: a number, at least 0, below 1\n"
        "- default: the preset's\n"
        "- preset wide-resnet: [0.3, 0.6, 0.8]\n"
        "- preset densenet: [0.5, 0.75]\n"
        f"- preset distillation: {list(PRESETS['distillation'].drop_at)}\n"
        "- more: `banc manual recipe`\n"
    )


@pytest.mark.parametrize(
    "topic",
    [
        "lineages.generations",
        "lineages.ban.generations",
        "lineages.<name>.generations",
        "lineages.*.generations",
    ],
)
def test_names_that_a_person_gave_stand_where_they_stand_in_a_spec(topic: str) -> None:
    assert manual(topic).startswith("**lineages.<name>.generations**\n\nStudents after the teacher.")


def test_a_key_in_every_place_that_it_has() -> None:
    told = manual("depth")
    with_depth = [family for family, model in members(Model).items() if "depth" in keys_of(model)]
    assert re.findall(r"\(of `(.*)`\)", told) == with_depth
    assert manual("lineages.ban.recipe.epochs").startswith("**recipe.epochs**")
    assert manual("recipe.augment.pad").count("- preset ") == len(PRESETS)


def test_every_key_of_the_schema_is_told() -> None:
    for key, about in properties(SCHEMA):
        if about:
            assert about in manual(key), (key, about)


def test_every_table_of_the_page_has_its_place() -> None:
    marked = re.findall(r"<!-- keys: (\w+) -->", pages()["spec"].read_text())
    assert set(marked) == set(_PLACES), "say in banc/language/manual.py where in a spec these keys stand"
    assert all(key.about or key.name in ("set", "family", "kind") for key in keys())


@pytest.mark.parametrize("topic", topics())
def test_every_topic_is_told(topic: str) -> None:
    told = manual(topic)
    assert told.strip()
    assert "<!--" not in told
    assert "\n\n\n" not in told


def test_a_section_ends_where_the_next_begins() -> None:
    told = sections()["lineages"]
    assert told.startswith("### Lineages\n")
    assert "teacher_outputs" in told
    assert "### Transfers" not in told
    assert manual("What the language refuses") == manual("what-the-language-refuses")


def test_a_network_by_its_family() -> None:
    told = manual("match-densenet")
    assert told.startswith("**`match-densenet`**: ")
    assert "| `growth_ratio` |" in told
    assert "`ratio`" not in told


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_by_the_name_that_a_spec_has(name: str) -> None:
    assert f"**`{name}`**: " in manual(name)
    assert name in topics()


def test_the_whole_page_and_other_pages() -> None:
    assert manual().startswith("# The spec language")
    assert "<!--" not in manual()
    assert manual("how-to/data") == manual("how-to/data.md")
    assert manual("cifar100").startswith("**`cifar100`**"), "the data set"
    assert manual("cifar100.md").startswith("# "), "the page"
    folder = Path(__file__).parents[2] / "docs"
    assert set(pages()) == {
        path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.md")
    }


@pytest.mark.parametrize(
    ("topic", "near"),
    [
        ("recipe.drop_att", "`recipe.drop_at`"),
        ("drop_att", "`recipe.drop_at`"),
        ("lineage", "`lineages`"),
        ("densnet-bc", "`densenet-bc`"),
        ("how-to/dat", "`how-to/data.md`"),
        ("banc012", "`banc explain-error BANC012`"),
        ("", "--topics"),
        ("\x1b[31mred", "--topics"),
    ],
)
def test_what_there_is_not_is_told_with_the_nearest(topic: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        manual(topic)
    assert "the manual has no `" in caught.value.message
    assert "\x1b" not in caught.value.message
    assert caught.value.hint is not None
    assert near in caught.value.hint
