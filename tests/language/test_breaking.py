"""Breaking any one line of the quickstart by hand: always a place and a message, never a traceback."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from banc.language.check import check
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.load import load
from banc.language.positions import Span, positions
from banc.language.show import show
from banc.language.source import SpecError, read_source
from banc.language.structure import structure

QUICKSTART = (Path(__file__).parents[2] / "spec/quickstart.toml").read_text()
LINES = QUICKSTART.splitlines()
SAYING = [number for number, line in enumerate(LINES) if line.strip() and not line.startswith("#")]
PAIRS = [number for number in SAYING if not LINES[number].startswith("[")]
NAMES = {("models",), ("lineages",), ("transfers",), ("ensembles",), ("table", "labels")}
"""Tables whose keys are names that people give."""


def told(number: int) -> str:
    return f"{number + 1}: {LINES[number].split('#')[0].strip()[:30]}"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broken") / "quickstart.toml"


def faults_of(scratch: Path, number: int, *instead: str) -> list[Fault]:
    """What is told when other lines stand in place of one."""
    lines = [*LINES[:number], *instead, *LINES[number + 1 :]]
    scratch.write_text("\n".join(lines) + "\n")
    try:
        source = read_source(scratch)
        found = check(source, structure(source))
    except SpecError as error:
        found = error.faults
        assert any(fault.severity == "error" for fault in found)
    for fault in found:
        line = lines[fault.span.line - 1] if fault.span.line <= len(lines) else ""
        assert fault.line_text == line
        assert 1 <= fault.span.column <= len(line) + 1
        assert fault.span.column < fault.span.end
        assert fault.message[:1] == fault.message[:1].lower()
    assert show(found, "text") or not found
    return found


@pytest.mark.parametrize("number", SAYING, ids=told)
def test_a_line_is_deleted(scratch: Path, number: int) -> None:
    found = faults_of(scratch, number)
    optional = ("preset", "epochs", "batch", "augment", "objective", "baseline")
    labels = number > LINES.index("[table.labels]")
    assert bool(found) != (labels or LINES[number].startswith(optional))
    if LINES[number].startswith("["):
        assert any("is a header missing above this line?" in fault.message for fault in found)


@pytest.mark.parametrize("number", SAYING, ids=told)
def test_a_line_is_doubled(scratch: Path, number: int) -> None:
    (fault,) = faults_of(scratch, number, LINES[number], LINES[number])
    assert fault.code is Code.SYNTAX
    assert fault.span.line == number + 2
    assert "twice" in fault.message


@pytest.mark.parametrize("number", [number for number in PAIRS if '"' in LINES[number]], ids=told)
def test_a_quote_is_dropped(scratch: Path, number: int) -> None:
    line = LINES[number]
    for quote in re.finditer('"', line):
        (fault,) = faults_of(scratch, number, line[: quote.start()] + line[quote.end() :])
        assert fault.code is Code.SYNTAX
        assert fault.span.line == number + 1
        assert "quote" in fault.message


WRONG = {"3", '"x"', "true", "[]", "{}", "-1", "[true]", "0.5", "nan", "1979-05-27", ""}


@pytest.mark.parametrize("number", PAIRS, ids=told)
def test_a_value_is_of_another_type(scratch: Path, number: int) -> None:
    key = LINES[number].split("=")[0]
    legal = set()
    for value in WRONG:
        found = faults_of(scratch, number, f"{key}= {value}")
        if any(fault.severity == "error" for fault in found):
            assert number + 1 in {fault.span.line for fault in found}
        else:
            legal.add(value)
    value = tomllib.loads(f"x ={LINES[number].split('=', 1)[1]}")["x"]
    match value:
        case bool():
            assert legal == {"true"}
        case int():
            assert legal <= {"3"}
        case str() | list():
            assert legal <= {'"x"'}
        case dict():
            assert legal <= {"{}"}


DEEP, LONG = 5000, "9" * 4000
ATTACKS = {
    "a dotted key": "WHERE" + ".a" * DEEP + " = 1",
    "an array": "WHERE = " + "[" * DEEP + "]" * DEEP,
    "inline tables": "WHERE = " + "{ a = " * DEEP + "1" + " }" * DEEP,
    "a header": "[WHERE" + ".a" * DEEP + "]",
    "a header of arrays": "[[WHERE" + ".a" * DEEP + "]]",
    "as deep as allowed": "WHERE = " + "{ a = [" * 40 + "1" + "] }" * 40,
    "an integer": f"WHERE = {LONG}",
    "a hexadecimal integer": f"WHERE = 0x{LONG}",
    "a fraction": f"WHERE = {LONG}.5",
    "a negative integer": f"WHERE = -{LONG}",
    "an exponent": "WHERE = 1e308",
    "a date": "WHERE = 9999-12-31T23:59:59.999999999+23:59",
    "an array of thousands": "WHERE = [" + "1, " * 10_000 + "]",
    "a table of thousands": "WHERE = {" + ", ".join(f"a{i} = 1" for i in range(9000)) + "}",
    "a string": 'WHERE = "' + "x" * 200_000 + '"',
}
PLACES = (
    *(
        "title",
        "data",
        "seeds",
        "models",
        "models.densenet",
        "recipe.augment.pad",
        "lineages.ban.generations",
    ),
    *("ensembles.ens-2.members", "table.published.densenet.teacher", "table.labels.densenet", "nothing"),
)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("place", PLACES)
def test_no_text_gives_a_traceback(tmp_path: Path, place: str, attack: str) -> None:
    path = tmp_path / "attacked.toml"
    key = place.split(".")[-1]
    header = place.removesuffix(key).removesuffix(".")
    lines = [line for line in LINES if line.split(" ")[0] != key]
    if attack.startswith("["):
        lines = [*lines, attack.replace("WHERE", place)]
    elif f"[{header}]" in lines:
        lines.insert(lines.index(f"[{header}]") + 1, attack.replace("WHERE", key))
    else:
        lines.insert(0, attack.replace("WHERE", place))
    path.write_text("\n".join(lines))
    try:
        found = load(path).warnings
    except SpecError as error:
        found = error.faults
    for fault in found:
        assert fault.line_text == lines[fault.span.line - 1]
        assert len(show([fault], "text")) < 3000


def misspelt(word: str) -> Iterator[str]:
    """One letter too few, or two exchanged."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]


def keys() -> Iterator[tuple[str, Span, bool]]:
    """Each key of the quickstart, its place, and whether it is a name that a person gave."""
    places = positions(QUICKSTART).keys
    headers = [number for number in SAYING if number not in PAIRS]
    for path, span in places.items():
        yield str(path[-1]), span, path[:-1] in NAMES
        if path == ("table",):
            yield "table", Span(headers[-1] + 1, 2, 7), False


@pytest.mark.parametrize(
    ("key", "span", "name"), list(keys()), ids=[f"{span.line}: {key}" for key, span, _ in keys()]
)
def test_a_key_is_misspelt(scratch: Path, key: str, span: Span, name: bool) -> None:
    line = LINES[span.line - 1]
    for word in {*misspelt(key)} - {key, ""}:
        found = faults_of(scratch, span.line - 1, line[: span.column - 1] + word + line[span.end - 1 :])
        if name:  # it is the places that use the name which are wrong, and they tell the near one
            assert any(fault.near is not None for fault in found), word
            continue
        (fault,) = [
            fault for fault in found if (fault.span.line, fault.span.column) == (span.line, span.column)
        ]
        assert (fault.code, fault.near) == (Code.UNKNOWN_KEY, key), word
