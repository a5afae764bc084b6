"""Faults as text, JSON, GitHub annotations and SARIF."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any, get_args

import attrs
import jsonschema
import pytest

from banc import __version__
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.positions import Span, positions
from banc.language.show import Format, advice, show

FAULTS = [
    Fault(
        Code.WRONG_TYPE,
        "spec/a.toml",
        Span(9, 11, 14),
        'epochs: expected a whole number, found "x"',
        'epochs  = "x"',
    ),
    Fault(
        Code.UNKNOWN_KEY,
        "spec/a.toml",
        Span(10, 1, 5),
        "unknown key `rwos`",
        'rwos = "a"',
        legal=("rows", "columns"),
        near="rows",
    ),
    Fault(Code.UNUSED_RUN, "b.toml", Span(1, 1, 2), "no cell needs the run `b`", ""),
]

TEXT = """\
error[BANC012]: epochs: expected a whole number, found "x"
 --> spec/a.toml:9:11
  |
9 | epochs  = "x"
  |           ^^^
  = more: banc explain-error BANC012

error[BANC010]: unknown key `rwos`
  --> spec/a.toml:10:1
   |
10 | rwos = "a"
   | ^^^^
   = did you mean `rows`? legal: `rows`, `columns`
   = more: banc explain-error BANC010

warning[BANC041]: no cell needs the run `b`
 --> b.toml:1:1
  = more: banc explain-error BANC041

"""


def test_text() -> None:
    assert show(FAULTS, "text") == TEXT
    assert show([], "text") == ""


def test_colours_change_no_text() -> None:
    painted = show(FAULTS, "text", color=True)
    assert painted != TEXT
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == TEXT


def columns(text: str) -> int:
    """Where a terminal's cursor stands after ``text``, with tabs every 8 columns."""
    at = 0
    for char in text:
        if char == "\t":
            at += 8 - at % 8
        elif not unicodedata.combining(char):
            at += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return at


@pytest.mark.parametrize(
    "line",
    [
        "a = x",
        "\ta\t=\tx",
        '"é" = x # ü',
        '"日本" = x',
        '"🎓" = x',
        '"e\u0301" = x',  # an accent that takes no column
        'a = ["語", x]',
        'a = "日本語 🎓"',
    ],
)
def test_the_caret_stands_below_what_it_means(line: str) -> None:
    at = line.index('"日本語') if "日本語" in line else line.index("x")
    end = len(line) if "日本語" in line else at + 1
    fault = Fault(Code.SYNTAX, "a.toml", Span(1, at + 1, end + 1), "wrong", line)
    _, _, _, shown, caret, *_ = show([fault], "text").splitlines()
    assert shown == f"1 | {line}"
    before = caret[: caret.index("^")]
    assert columns(before) == columns(f"1 | {line[:at]}")
    assert caret.count("^") == columns(line[at:end])
    assert caret.rstrip("^") == before


def test_a_spec_cannot_paint_the_terminal() -> None:
    fault = Fault(Code.UNKNOWN_KEY, "a.toml", Span(1, 1, 2), "unknown key `\x1b[31m`", "\x1b[2J", ("\x07",))
    shown = show([fault], "text")
    assert not {char for char in shown if not char.isprintable()} - {"\n"}


@pytest.mark.parametrize("format", get_args(Format))
@pytest.mark.parametrize("hostile", ["\x1b[31m", "\0", "\x9b2J", "\u202e", "\u2066", "\udc80", "\x7f"])
def test_no_format_can_paint_the_terminal(format: Format, hostile: str) -> None:
    """A workflow's log is shown on a terminal's terms, and JSON is looked at in one."""
    fault = Fault(
        Code.UNKNOWN_CHOICE, f"a{hostile}.toml", Span(1, 1, 2), f"m{hostile}", f"x{hostile}", (f"l{hostile}",)
    )
    shown = show([fault], format)
    assert {char for char in shown if not char.isprintable()} <= {"\n"}


def test_a_long_list_of_legal_words_is_cut() -> None:
    legal = tuple(f"w{number}" for number in range(25))
    fault = Fault(Code.UNKNOWN_CHOICE, "a.toml", Span(1, 1, 2), "wrong", "x", legal)
    assert advice(fault).endswith("`w11` and 13 more")
    # A few more than a line holds are all told: the wanted one may be the last.
    assert advice(attrs.evolve(fault, legal=legal[:24])).endswith("`w22`, `w23`")


def test_json_holds_everything() -> None:
    plain = json.loads(show(FAULTS, "json"))
    assert plain[1] == {
        "code": "BANC010",
        "severity": "error",
        "title": "unknown key",
        "message": "unknown key `rwos`",
        "file": "spec/a.toml",
        "line": 10,
        "column": 1,
        "end_column": 5,
        "legal": ["rows", "columns"],
        "near": "rows",
    }
    assert [fault["severity"] for fault in plain] == ["error", "error", "warning"]
    assert json.loads(show([], "json")) == []


def test_github_annotations_are_one_line_each() -> None:
    first, second, third = show(FAULTS, "github").splitlines()
    assert first == (
        "::error file=spec/a.toml,line=9,col=11,endColumn=14,title=BANC012 wrong type of value"
        '::epochs: expected a whole number, found "x"'
    )
    assert second.endswith("::unknown key `rwos`. did you mean `rows`? legal: `rows`, `columns`")
    assert third.startswith("::warning file=b.toml,line=1")
    assert show([], "github") == ""


def test_github_escapes() -> None:
    fault = Fault(Code.SYNTAX, "a,b:c%.toml", Span(1, 1, 2), "100 %\r\n::error::x, y: z", "x")
    (line,) = show([fault], "github").split("\n")[:-1]
    properties, message = line.removeprefix("::error ").split("::", 1)
    assert properties.startswith("file=a%2Cb%3Ac%25.toml,line=1,")
    assert message == "100 %25%0D%0A::error::x, y: z"


# The fields that SARIF 2.1.0 requires, and those that GitHub's code scanning reads.
SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string", "format": "uri"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id", "shortDescription"],
                                            "properties": {
                                                "shortDescription": {"required": ["text"]},
                                                "fullDescription": {"required": ["text"]},
                                                "help": {"required": ["text"]},
                                                "name": {"pattern": "^[A-Z][A-Za-z]+$"},
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message", "ruleId", "locations"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"]},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                            },
                        },
                    },
                },
            },
        },
    },
}


def test_sarif() -> None:
    text = show(FAULTS, "sarif")
    document = json.loads(text)
    jsonschema.validate(document, SARIF)
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("banc", __version__)
    assert [rule["id"] for rule in driver["rules"]] == ["BANC010", "BANC012", "BANC041"]
    for fault, result in zip(FAULTS, run["results"], strict=True):
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == fault.code.code
        assert result["level"] == fault.severity
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": fault.file}
        assert place["region"] == {
            "startLine": fault.span.line,
            "startColumn": fault.span.column,
            "endColumn": fault.span.end,
        }


def test_a_clean_run_is_valid_sarif_too() -> None:
    document = json.loads(show([], "sarif"))
    jsonschema.validate(document, SARIF)
    assert document["runs"][0]["results"] == []


def test_sarif_names_files_by_uris() -> None:
    fault = Fault(Code.SYNTAX, "my specs/täble 2.toml", Span(1, 1, 2), "wrong", "x")
    (run,) = json.loads(show([fault], "sarif"))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20specs/t%C3%A4ble%202.toml"


def test_every_place_in_a_spec_can_be_shown(checkout: Path) -> None:
    text = (checkout / "spec/table2.toml").read_text()
    lines = text.split("\n")
    for span in positions(text).values.values():
        fault = Fault(Code.WRONG_TYPE, "a.toml", span, "wrong", lines[span.line - 1])
        *_, shown, caret, _, _ = show([fault], "text").splitlines()
        marked = [char for char, mark in zip(shown, caret, strict=False) if mark == "^"]
        assert "".join(marked) == lines[span.line - 1][span.column - 1 : span.end - 1]


def test_a_line_that_nobody_could_look_at_is_cropped_around_the_place() -> None:
    line = "x" * 5000 + "MARK" + "y" * 5000
    fault = Fault(Code.SYNTAX, "a.toml", Span(1, 5001, 5005), "no", line)
    shown = show([fault], "text").splitlines()
    text, carets = shown[3].removeprefix("1 | "), shown[4].removeprefix("  | ")
    assert text == "..." + "x" * 100 + "MARK" + "y" * 100 + "..."
    assert carets == " " * 103 + "^^^^"
    whole = attrs.evolve(fault, span=Span(1, 1, len(line) + 1))
    assert "^" * 100 in show([whole], "text")
    assert max(map(len, show([whole], "text").splitlines())) < 300


def test_a_long_legal_word_is_cut() -> None:
    fault = attrs.evolve(FAULTS[0], legal=("x" * 10_000, "y"), near="x" * 10_000)
    assert len(advice(fault)) < 300
