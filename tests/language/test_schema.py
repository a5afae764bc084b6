"""The schema that editors read: shipped as the classes say it, and of one mind with the checker."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import attrs
import jsonschema
import pytest

from banc.config.constraints import user_fields
from banc.config.data import DataSet
from banc.config.model import Model
from banc.config.objective import OBJECTIVES, Objective
from banc.config.recipe import PRESETS, Recipe
from banc.language.schema import fields_documents, schema_text
from banc.language.source import SpecError
from banc.language.spec import Ensemble, Lineage, Spec, Transfer
from banc.language.structure import keys
from banc.language.table_spec import TableSpec

SCHEMA = json.loads(schema_text())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def test_the_shipped_schema_is_that_of_the_classes(checkout: Path, update_golden: bool) -> None:
    path = checkout / "banc/spec.schema.json"
    if update_golden:
        path.write_text(schema_text())
    assert path.read_text() == schema_text(), "write it anew: banc schema > banc/spec.schema.json"


def test_it_is_draft_7() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ["quickstart", "table1", "table2"])
def test_good_specs_are_valid(checkout: Path, name: str) -> None:
    VALIDATOR.validate(tomllib.loads((checkout / f"spec/{name}.toml").read_text()))


def tables(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of the language, by the path that leads to it."""
    match schema:
        case {"allOf": choices}:
            for choice in choices:
                yield from tables(choice["then"], path)
        case {"properties": properties}:
            yield path, schema
            for key, inner in properties.items():
                yield from tables(inner, f"{path}.{key}")
        case {"additionalProperties": dict(inner)}:
            yield from tables(inner, f"{path}.*")


def test_every_key_tells_what_it_means() -> None:
    silent = {
        f"{path}.{key}"
        for path, table in tables(SCHEMA)
        for key, schema in table["properties"].items()
        if not schema.get("description") and "const" not in schema
    }
    assert silent == set()


def test_no_table_takes_unknown_keys() -> None:
    assert {path for path, table in tables(SCHEMA) if table["additionalProperties"] is not False} == set()


def test_every_item_of_the_vocabulary_is_in_it() -> None:
    found = {
        (key, schema["const"])
        for _, table in tables(SCHEMA)
        for key, schema in table["properties"].items()
        if "const" in schema
    }
    assert found == {
        *(("family", cls.FAMILY) for cls in get_args(Model)),
        *(("set", cls.SET) for cls in get_args(DataSet)),
        *(("kind", cls.KIND) for cls in get_args(Objective)),
    }
    names = [schema["enum"] for _, schema in leaves(SCHEMA) if "enum" in schema]
    assert list(PRESETS) in names
    assert list(OBJECTIVES) in names


def leaves(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from leaves(inner, f"{path}.{name}")
    if "then" in schema:
        yield path, schema["then"]
    for choice in schema.get("allOf", []):
        yield from leaves(choice["then"], path)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from leaves(schema["additionalProperties"], f"{path}.*")


@pytest.mark.parametrize("cls", [Spec, Lineage, Transfer, Ensemble, TableSpec, Recipe, *get_args(Model)])
def test_documents_are_those_under_the_fields(cls: type) -> None:
    documents = fields_documents(cls)
    assert set(documents) <= {field.name for field in attrs.fields(cls)}
    assert set(documents) >= {field.name for field in user_fields(cls)}, (
        "a string under the field says what it is"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("generations = 2", "generations = 0"),
        ("generations = 2", "generations = 100"),
        ("generations = 2", 'generations = "2"'),
        ("generations = 2", "generations = 2.5"),
        ("generations = 2", "generations = 2\nexcept.net = { generation = 1 }"),
        ("generations = 2", "generations = 2\nexcept.net.recipe.augment.pad = -1"),
        ("generations = 2", 'generations = 2\nobjective = "bam"'),
        ("generations = 2", 'generations = 2\nobjective = { kind = "distill", temperature = 0 }'),
        ("generations = 2", "generations = 2\nobjective = { temperature = 4 }"),
        ("generations = 2", "generations = 2\nrecipe.preset = 'densenet'"),
        ("growth = 8", "growth = 0"),
        ("growth = 8", "growth = true"),
        ("growth = 8", "growth = 8, widening = 1"),
        ("growth = 8, ", ""),
        ("widening = 1", "widening = 1, dropout = 1"),
        ("widening = 1", "widening = 1, dropout = -0.1"),
        ('"digits"', '"digit"'),
        ('"digits"', '{ set = "digits", train = 5 }'),
        ('"digits"', "{ train = 50 }"),
        ("[0, 1]", "0"),
        ("[0, 1]", "[0.5]"),
        ("[0, 1]", "[-1]"),
        ('rows    = "net"', "rows    = [1]"),
        ('rows    = "net"', 'rows    = "net"\nbold = "all"'),
        ('rows    = "net"', 'rows    = "net"\ndigits = 7'),
        ('rows    = "net"', 'rows    = "net"\npublished.net.ban-1 = "17.61"'),
        ("banc   = 1", "banc   = 2"),
        ("banc   = 1", "banc   = true"),
    ],
)
def test_schema_and_checker_refuse_alike(small: str, faults_of: Any, old: str, new: str) -> None:
    assert small.count(old) == 1
    broken = small.replace(old, new)
    assert not VALIDATOR.is_valid(tomllib.loads(broken))
    assert faults_of(broken)


def test_keys_of_a_table_are_those_of_the_schema() -> None:
    found = dict(tables(SCHEMA))
    for cls, path in (
        (Spec, ""),
        (Lineage, ".lineages.*"),
        (Transfer, ".transfers.*"),
        (Ensemble, ".ensembles.*"),
        (TableSpec, ".table"),
    ):
        assert tuple(found[path]["properties"]) == keys(cls)
        required = {field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING}
        assert set(found[path]["required"]) == required


def test_what_the_schema_cannot_say_the_checker_does(small: str, read: Any) -> None:
    """To JSON Schema 16.0 is an integer; a count is not."""
    text = small.replace("growth = 8", "growth = 8.0")
    assert VALIDATOR.is_valid(tomllib.loads(text))
    with pytest.raises(SpecError, match="expected a whole number"):
        read(text)


def test_nothing_is_one_of_several_guesses() -> None:
    """Of alternatives that fail, an editor tells every one."""
    assert not {"anyOf", "oneOf", "not"} & {word for _, schema in leaves(SCHEMA) for word in schema}
    assert "anyOf" not in schema_text()


SLIPS = [
    # old, new, where an editor marks it
    ('"wide-resnet"\nseeds', '"wide-restnet"\nseeds', "recipe"),
    ('"wide-resnet"\nseeds', "3\nseeds", "recipe"),
    ('"wide-resnet"\nseeds', "{ epoch = 40 }\nseeds", "recipe"),
    ('"wide-resnet"\nseeds', '{ epochs = "40" }\nseeds', "recipe.epochs"),
    ('"wide-resnet"\nseeds', "{ augment = { pad = -1 } }\nseeds", "recipe.augment.pad"),
    ('"wide-resnet"\nseeds', "{ except.net.augment.flip = 1 }\nseeds", "recipe.except.net.augment.flip"),
    ('"wide-resnet"\nseeds', '{ preset = "dense" }\nseeds', "recipe.preset"),
    ('"digits"', '"digit"', "data"),
    ('"digits"', "[]", "data"),
    ('"digits"', '{ set = "digit" }', "data.set"),
    ('"digits"', '{ set = "digits", train = 5 }', "data.train"),
    ('"digits"', '{ set = "cifar10", trian = 50 }', "data"),
    ('"digits"', "{ train = 50 }", "data"),
    ('"densenet-bc"', '"densenet"', "models.net.family"),
    ('family = "densenet-bc", ', "", "models.net"),
    ("growth = 8, ", "", "models.net"),
    ("growth = 8", "growth = 8, widening = 1", "models.net"),
    ("growth = 8", 'growth = "8"', "models.net.growth"),
    ("widening = 1", "widening = 1, dropout = 1", "models.wide.dropout"),
    ("generations = 2", 'generations = 2\nobjective = "bam"', "lineages.ban.objective"),
    ("generations = 2", 'generations = 2\nobjective = { kind = "distil" }', "lineages.ban.objective.kind"),
    (
        "generations = 2",
        'generations = 2\nobjective = { kind = "distill", temperature = 0 }',
        "lineages.ban.objective.temperature",
    ),
    ("generations = 2", 'generations = 2\nobjective = { kind = "ban" }', "lineages.ban.objective.kind"),
    ('models      = "net"', "models = 3", "lineages.ban.models"),
    ('models      = "net"', 'models = ["net", 3]', "lineages.ban.models.1"),
    ('rows    = "net"', 'rows    = "net"\nbold = "all"', "table.bold"),
    ('"A small table"', '" "', "title"),
]


@pytest.mark.parametrize(("old", "new", "place"), SLIPS, ids=[new for _, new, _ in SLIPS])
def test_an_editor_says_one_thing_of_a_slip_and_at_its_place(
    small: str, old: str, new: str, place: str
) -> None:
    assert small.count(old) == 1
    told = list(VALIDATOR.iter_errors(tomllib.loads(small.replace(old, new))))
    assert [".".join(map(str, error.absolute_path)) for error in told] == [place]
    assert told[0].context == []
