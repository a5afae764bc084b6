"""Every fault that a spec file can have: the code, the place, and the message as a person reads it.

``faults/<code>-<what>.toml`` is a spec with that fault and no other. A comment ``#! text`` says which text
of its line the fault points at; ``...`` stands for the rest. The ``.txt`` beside it is what ``banc check``
prints, rewritten by ``pytest --update-golden``.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.load import load, load_all
from banc.language.schema import schema_text
from banc.language.show import show
from banc.language.source import LARGEST, SpecError

CASES = sorted((Path(__file__).parent / "faults").glob("*.toml"))
SHAPE = {f"BANC0{number}" for number in (10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 25, 26, 35)}
"""What is wrong with a spec's shape, which the schema tells an editor too."""
SEEN_BY_SCHEMA = {"banc049-listed-twice"}
"""Faults of another code that it tells."""
BEYOND_SCHEMA = {
    "banc020-cell": "columns that cells fill are not told from others",
    "banc020-unprintable": "which characters can be shown, no pattern of JSON Schema knows",
    "banc025-one-name": "how a number is spelled in the name of a column",
    "banc012-a-fraction": "to JSON Schema, 16.0 is an integer",
    "banc018-without-shape": "a pattern of JSON Schema knows white space alone",
    "banc013-not-a-number": "JSON has no nan",
    "banc010-not-of-this-objective": "which fields there are is said elsewhere",
    "banc010-swept-own-objective": "which fields there are is said elsewhere",
    "banc010-swept-objective-of-a-control": "which fields there are is said elsewhere",
    "banc013-point-of-a-sweep": "which field it is, and so its bounds, is said elsewhere",
    "banc011-teacher-of-models": "whether a student is a pair is said elsewhere",
}


def faults(path: Path) -> list[Fault]:
    try:
        return load(path).warnings
    except SpecError as error:
        return error.faults


def code_of(path: Path) -> str:
    return path.name.split("-")[0].upper()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_fault_has_its_code_and_its_place(path: Path, checkout: Path, update_golden: bool) -> None:
    found = faults(path)
    assert {fault.code.code for fault in found} == {code_of(path)}

    lines = path.read_text().splitlines()
    marked = [(number, mark.strip()) for number, line in enumerate(lines, 1) for mark in line.split("#!")[1:]]
    assert len(found) == len(marked)
    for fault, (number, mark) in zip(found, marked, strict=True):
        span = fault.span
        text = lines[span.line - 1][span.column - 1 : span.end - 1]
        if mark.endswith("..."):
            mark = mark.removesuffix("...")
            text = text[: len(mark)]
        assert (span.line, text) == (number, mark)

    shown = show(found, "text").replace(str(path), path.name).replace(str(checkout), "WORKSPACE")
    expected = path.with_suffix(".txt")
    if update_golden:
        expected.write_text(shown)
    assert shown == expected.read_text()


def test_every_fault_of_a_file_has_a_case() -> None:
    # Of a person's own network or objective, torch must tell: tests of `banc check` do that.
    elsewhere = {Code.UNREADABLE, Code.FILE_NAME, Code.SAME_NAME, Code.OWN_NETWORK}
    elsewhere |= {Code.NO_ANSWER, Code.NOT_TRIED, Code.OWN_OBJECTIVE}
    # And of weights.
    elsewhere |= {Code.WEIGHTS_DO_NOT_FIT, Code.WEIGHTS_ABSENT}
    assert {code_of(path) for path in CASES} == {code.code for code in Code if code not in elsewhere}
    assert {path.with_suffix(".txt") for path in CASES} == set(CASES[0].parent.glob("*.txt"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_an_editor_with_the_schema_sees_the_faults_of_shape(path: Path) -> None:
    if code_of(path) == "BANC002":
        return  # no TOML, so there is nothing to hold against a schema
    valid = jsonschema.Draft7Validator(json.loads(schema_text())).is_valid(tomllib.loads(path.read_text()))
    seen = code_of(path) in SHAPE or path.stem in SEEN_BY_SCHEMA
    assert valid == (not seen or path.stem in BEYOND_SCHEMA)


def one_fault(path: Path) -> Fault:
    with pytest.raises(SpecError) as caught:
        load(path)
    (fault,) = caught.value.faults
    assert fault.file == str(path)
    assert (fault.span.line, fault.span.column) == (1, 1)
    return fault


def test_a_spec_that_cannot_be_read(tmp_path: Path) -> None:
    missing = one_fault(tmp_path / "missing.toml")
    assert missing.code is Code.UNREADABLE
    assert "no such file" in missing.message

    folder = one_fault(tmp_path)
    assert folder.code is Code.UNREADABLE
    assert "is a directory" in folder.message


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_that_is_no_utf8_is_told_where_it_stands(tmp_path: Path, mark: bytes, newline: str) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(mark + newline.join(["# ü", 'a = "ü"', ""]).encode() + 'title = "aé"'.encode("latin-1"))
    with pytest.raises(SpecError) as caught:
        load(latin)
    (fault,) = caught.value.faults
    assert (fault.code, fault.message) == (Code.UNREADABLE, "byte 0xe9 is not UTF-8")
    assert (fault.span.line, fault.span.column, fault.span.end) == (3, 11, 12)
    assert fault.line_text == 'title = "a\N{REPLACEMENT CHARACTER}"'


def test_a_file_that_is_no_spec_is_told_by_its_size(tmp_path: Path, small: str) -> None:
    path = tmp_path / "dump.toml"
    path.write_text(small + "#" * (LARGEST - len(small)))
    assert load(path).warnings == []
    path.write_text(small + "#" * (LARGEST - len(small) + 1))
    assert one_fault(path).message == f"`{path}` has more than 262144 bytes, which is no spec"


@pytest.mark.parametrize(
    "name", ["Table 2.toml", "table_2.toml", "2.toml", "table2.txt", "täble.toml", "t" * 101 + ".toml"]
)
def test_a_file_name_that_cannot_name_a_table(tmp_path: Path, small: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(small)
    fault = one_fault(path)
    assert fault.code is Code.FILE_NAME
    assert f"`{name}`" in fault.message


def test_two_specs_of_one_name(tmp_path: Path, small: str) -> None:
    paths = [tmp_path / "a/table.toml", tmp_path / "b/table.toml"]
    for path in paths:
        path.parent.mkdir()
        path.write_text(small)
    with pytest.raises(SpecError) as caught:
        load_all(paths)
    (fault,) = caught.value.faults
    assert fault.code is Code.SAME_NAME
    assert fault.file == str(paths[1])
    assert f"`{paths[0]}`" in fault.message
    assert len(load_all([paths[0], paths[0], tmp_path / "b/../a/table.toml"])) == 1, "one file, named thrice"


def test_the_faults_of_all_specs_are_told_at_once(tmp_path: Path, small: str) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(small.replace("generations = 2", "generations = 0"))
    with pytest.raises(SpecError) as caught:
        load_all([tmp_path / "one.toml", tmp_path / "missing.toml", tmp_path / "two.toml"])
    assert [fault.code for fault in caught.value.faults] == [
        Code.OUT_OF_RANGE,
        Code.UNREADABLE,
        Code.OUT_OF_RANGE,
    ]
