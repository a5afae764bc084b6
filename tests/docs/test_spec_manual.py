"""``docs/spec.md`` is true: its examples load, its tables of keys are those of the classes.

A ``toml`` block is a whole spec; or, below a comment ``<!-- fragment -->``, it stands in the quickstart for
the parts that it writes itself. Between ``<!-- keys: ... -->`` and ``<!-- end -->`` stands what the classes
say, rewritten by ``pytest --update-golden``.
"""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import attrs
import jsonschema
import pytest

from banc.cli.check import summary
from banc.config.constraints import user_fields
from banc.config.converter import TAGS, members
from banc.config.data import DataSet
from banc.config.model import Model
from banc.config.objective import OBJECTIVES, Objective
from banc.config.recipe import PRESETS, Augmentation, Recipe
from banc.language.load import load
from banc.language.schema import schema_text
from banc.language.show import show
from banc.language.source import SpecError
from banc.language.spec import (
    Control,
    ControlChanges,
    Ensemble,
    Lineage,
    LineageChanges,
    Pair,
    Pretrained,
    RecipeText,
    Spec,
    Sweep,
    Transfer,
    TransferChanges,
)
from banc.language.structure import keys
from banc.language.table_spec import ShownQuantity, TableSpec

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs/spec.md"
MANUAL = PATH.read_text()
QUICKSTART = (ROOT / "spec/quickstart.toml").read_text()
SCHEMA = json.loads(schema_text())
EXAMPLES = [
    (MANUAL[: found.start()].count("\n") + 1, "fragment" in (found[1] or ""), found[2])
    for found in re.finditer(r"(<!--[^\n]*-->\n)?```toml\n(.*?)```", MANUAL, re.DOTALL)
]


# Examples.


def sections(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """A text's tables by their header, the top first; their comments and space belong to them."""
    header: tuple[str, ...] = ()
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            yield header, "\n".join(lines)
            header, lines = keys_of(tomllib.loads(line.split("#")[0])), []
        lines.append(line)
    yield header, "\n".join(lines)


def keys_of(table: dict[str, Any]) -> tuple[str, ...]:
    ((key, inner),) = table.items()
    return (key, *(keys_of(inner) if inner else ()))


def completed(fragment: str) -> str:
    """The quickstart, with the fragment for the parts that the fragment writes."""
    (_, top), *said = sections(fragment)
    written = {header for header, _ in said} | {(key,) for key in tomllib.loads(top)}
    kept = []
    for header, text in sections(QUICKSTART):
        if any(header[: len(key)] == key for key in written):
            continue
        lines = [
            splitline
            for splitline in text.splitlines()
            if (*header, splitline.split("=")[0].strip()) not in written
        ]
        kept.append("\n".join([*lines, *([top] if header == () else [])]))
    return "\n".join([*kept, *(text for _, text in said)])


@pytest.fixture
def spec_of(tmp_path: Path) -> Any:
    """Loads an example in a workspace that has what the manual's networks need."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "networks").mkdir()
    (tmp_path / "networks/mine.py").write_text("")
    (tmp_path / "objectives").mkdir()
    (tmp_path / "objectives/mine.py").write_text("")
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/densenet.safetensors").write_text("weights")

    def of(text: str) -> Any:
        path = tmp_path / "example.toml"
        path.write_text(text)
        return load(path)

    return of


@pytest.mark.parametrize(
    ("line", "fragment", "text"), EXAMPLES, ids=[f"line {line}" for line, *_ in EXAMPLES]
)
def test_an_example_is_legal(spec_of: Any, line: int, fragment: bool, text: str) -> None:
    whole = completed(text) if fragment else text
    loaded = spec_of(whole)
    assert {fault.code.name for fault in loaded.warnings} <= ({"UNUSED_RUN"} if fragment else set())
    jsonschema.Draft7Validator(SCHEMA).validate(tomllib.loads(whole))
    if fragment:
        assert whole != QUICKSTART
        for key in flat(tomllib.loads(text)):
            assert key in flat(tomllib.loads(whole)), "nothing of the fragment is lost"


def flat(table: dict[str, Any], path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = set[tuple[str, ...]]()
    for key, value in table.items():
        found |= flat(value, (*path, key)) if isinstance(value, dict) and value else {(*path, key)}
    return found


def test_there_are_examples_of_everything() -> None:
    assert len(EXAMPLES) >= 12
    said = {key for _, _, text in EXAMPLES for path in flat(tomllib.loads(text)) for key in path}
    for cls in (Spec, Lineage, Transfer, Control, Pair, Sweep, Pretrained, Ensemble, TableSpec):
        unsaid = set(keys(cls)) - said
        assert unsaid <= {"teacher_outputs"}, f"{cls.__name__}: no example of {unsaid}"


def test_an_example_that_is_wrong_would_be_found(spec_of: Any) -> None:
    """The test of the test."""
    with pytest.raises(SpecError, match="unknown key `generation`"):
        spec_of(completed('[lineages.ban]\nmodels = "densenet"\ngeneration = 2\n'))
    with pytest.raises(SpecError, match="expected at least one entry"):
        spec_of(completed("seeds = []"))


# What is written by the classes.


def value_of(schema: dict[str, Any]) -> str:
    """What may stand on the right of ``=``, in words."""
    match schema:
        case {"enum": words}:
            return " or ".join(f"`{json.dumps(word)}`" for word in words)
        case {"type": ["string", "array"]}:
            return "a name, or an array of names"
        case {"type": ["string", "object"]}:
            return "a name, or a table"
        case {"type": "object"}:
            return "a table"
        case {"type": "array", "items": items}:
            return f"an array: {value_of(items)}"
        case {"type": list()}:
            return "any value"
        case {"type": kind}:
            words = {"integer": "a whole number", "number": "a number", "boolean": "`true` or `false`"}
            limits = [
                f"{word} {schema[key]:.12g}"
                for key, word in (
                    ("minimum", "at least"),
                    ("exclusiveMinimum", "above"),
                    ("maximum", "at most"),
                    ("exclusiveMaximum", "below"),
                )
                if key in schema
            ]
            return ", ".join([words.get(kind, "a string"), *limits])
    raise AssertionError(schema)


def default_of(cls: Any, field: attrs.Attribute[Any]) -> str:
    match field.default:
        case _ if cls is Augmentation:  # of which a recipe says changes
            return "the preset's"
        case attrs.NOTHING:
            return "required"
        case bool(value):
            return f"`{json.dumps(value)}`"
        case int(value) | float(value) | str(value):
            return f"`{json.dumps(value)}`"
        case None if cls is RecipeText and field.name == "preset":
            return '`"wide-resnet"`'
        case None if cls is RecipeText and field.name != "except_":
            return "the preset's"
        case None if cls in (LineageChanges, TransferChanges, ControlChanges):
            return "as the others"
        case None if field.name == "teacher_outputs":
            return "see below"
        case value if value in OBJECTIVES.values():
            return next(f'`"{name}"`' for name, objective in OBJECTIVES.items() if objective == value)
        case _:
            return "none"


def table_of(cls: Any, schema: dict[str, Any], tag: str = "") -> list[str]:
    """A table of a class's keys."""
    lines = ["| key | value | default | |", "|---|---|---|---|"]
    if tag:
        lines.append(f"| `{tag}` | `{json.dumps(schema['properties'][tag]['const'])}` | required | |")
    for field in user_fields(cls):
        key = field.name.rstrip("_")
        inner = schema["properties"][key]
        about = inner["description"].replace("|", "\\|")
        value = (
            "the name of a model"
            if key == "skeleton" or (cls, key) == (Pretrained, "model")
            else value_of(inner)
        )
        lines.append(f"| `{key}` | {value} | {default_of(cls, field)} | {about} |")
    return lines


def choices(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables of a union by the value of their tag."""
    (tag,) = schema["required"]
    return {choice["then"]["properties"][tag]["const"]: choice["then"] for choice in schema["allOf"]}


def below(schema: dict[str, Any], *path: str) -> dict[str, Any]:
    for key in path:
        schema = schema["additionalProperties"] if key == "*" else schema["properties"][key]
    return schema


def generated(what: str) -> list[str]:
    """What stands below ``<!-- keys: what -->``."""
    plain: dict[str, tuple[Any, tuple[str, ...]]] = {
        "Spec": (Spec, ()),
        "RecipeText": (RecipeText, ("recipe",)),
        "Augmentation": (Augmentation, ("recipe", "augment")),
        "Lineage": (Lineage, ("lineages", "*")),
        "Pair": (Pair, ("pairs", "*")),
        "Sweep": (Sweep, ("sweeps", "*")),
        "Control": (Control, ("controls", "*")),
        "ControlChanges": (ControlChanges, ("controls", "*", "except", "*")),
        "LineageChanges": (LineageChanges, ("lineages", "*", "except", "*")),
        "Transfer": (Transfer, ("transfers", "*")),
        "TransferChanges": (TransferChanges, ("transfers", "*", "except", "*")),
        "Ensemble": (Ensemble, ("ensembles", "*")),
        "Pretrained": (Pretrained, ("pretrained", "*")),
        "TableSpec": (TableSpec, ("table",)),
        "ShownQuantity": (ShownQuantity, ("table", "quantities", "*")),
    }
    if what in plain:
        cls, path = plain[what]
        return table_of(cls, below(SCHEMA, *path))
    union, path = {
        "DataSet": (DataSet, ("data",)),
        "Model": (Model, ("models", "*")),
        "Objective": (Objective, ("lineages", "*", "objective")),
    }[what]
    found = choices(below(SCHEMA, *path))
    lines: list[str] = []
    for name, cls in members(union).items():
        schema = found[name]
        about = " ".join((inspect.getdoc(cls) or "").split())
        lines += ["", f"**`{name}`**: {about}", "", *table_of(cls, schema, TAGS[union][0])]
    return lines[1:]


def presets() -> list[str]:
    names = [name for name in keys(Recipe) if name != "augment"]
    lines = [f"| | {' | '.join(f'`{preset}`' for preset in PRESETS)} |", "|---" * (len(PRESETS) + 1) + "|"]
    rows = [
        *((name, [getattr(recipe, name) for recipe in PRESETS.values()]) for name in names),
        *(
            (f"augment.{name}", [getattr(recipe.augment, name) for recipe in PRESETS.values()])
            for name in keys(Augmentation)
        ),
    ]
    # TOML has no null: what no preset says is told in words.
    told = (
        (name, ["not set" if value is None else f"`{json.dumps(value)}`" for value in values])
        for name, values in rows
    )
    lines += [f"| `{name}` | {' | '.join(values)} |" for name, values in told]
    return lines


def faults_with(old: str, new: str, path: Path) -> str:
    assert QUICKSTART.count(old) == 1
    path.write_text(QUICKSTART.replace(old, new))
    with pytest.raises(SpecError) as caught:
        load(path)
    shown = show(caught.value.faults, "text").replace(str(path), "spec/quickstart.toml")
    return shown + summary(caught.value.faults) + "\n"


def rewritten(text: str, scratch: Path) -> str:
    """The manual, with everything that is generated written anew."""
    text = re.sub(
        r"(<!-- keys: (\w+) -->\n).*?(?=<!-- end -->)",
        lambda found: "\n".join([found[1], *generated(found[2]), "", ""]),
        text,
        flags=re.DOTALL,
    )
    text = re.sub(
        r"(<!-- presets -->\n).*?(?=<!-- end -->)",
        lambda found: "\n".join([found[1], *presets(), "", ""]),
        text,
        flags=re.DOTALL,
    )
    text = re.sub(
        r"(<!-- quickstart -->\n```toml\n).*?(?=```)",
        lambda found: found[1] + QUICKSTART,
        text,
        flags=re.DOTALL,
    )
    return re.sub(
        r"(<!-- faults of the quickstart with: (.*?) -> (.*?) -->\n```text\n).*?(?=```)",
        lambda found: found[1] + faults_with(found[2], found[3], scratch / "quickstart.toml"),
        text,
        flags=re.DOTALL,
    )


def test_what_is_generated_is_up_to_date(tmp_path: Path, update_golden: bool) -> None:
    expected = rewritten(MANUAL, tmp_path)
    if update_golden:
        PATH.write_text(expected)
    assert PATH.read_text() == expected


def test_every_key_of_the_language_is_in_the_manual() -> None:
    """Beside the class that it belongs to."""
    told = {
        found[1]: set(re.findall(r"^\| `(\w+)` \|", found[2], re.MULTILINE))
        for found in re.finditer(r"<!-- keys: (\w+) -->(.*?)<!-- end -->", PATH.read_text(), re.DOTALL)
    }
    for name, classes in {
        "Spec": [Spec],
        "RecipeText": [RecipeText],
        "Augmentation": [Augmentation],
        "DataSet": get_args(DataSet),
        "Model": get_args(Model),
        "Objective": get_args(Objective),
        "Lineage": [Lineage],
        "Pair": [Pair],
        "Sweep": [Sweep],
        "LineageChanges": [LineageChanges],
        "Transfer": [Transfer],
        "TransferChanges": [TransferChanges],
        "Ensemble": [Ensemble],
        "TableSpec": [TableSpec],
        "ShownQuantity": [ShownQuantity],
    }.items():
        assert told[name] == {key for cls in classes for key in keys(cls)}


def test_every_key_of_the_schema_is_in_the_manual() -> None:
    def of(schema: Any) -> Iterator[str]:
        if isinstance(schema, dict):
            yield from schema.get("properties", {})
            for inner in schema.values():
                yield from of(inner)
        elif isinstance(schema, list):
            for inner in schema:
                yield from of(inner)

    told = PATH.read_text()
    assert {key for key in of(SCHEMA) if f"`{key}`" not in told} == set()


def test_every_named_objective_is_explained() -> None:
    assert re.findall(r'^\| `"([\w-]+)"` \|', MANUAL, re.MULTILINE) == list(OBJECTIVES)


def test_links_inside_of_the_manual_lead_somewhere() -> None:
    heads = {
        re.sub(r"[^\w -]", "", head).lower().replace(" ", "-")
        for head in re.findall(r"^#+ (.*)$", MANUAL, re.M)
    }
    for anchor in re.findall(r"\]\(#([^)]*)\)", MANUAL):
        assert anchor in heads
    for path in re.findall(r"\]\(([^#)]+)\)", MANUAL):
        assert (PATH.parent / path).is_file(), path
