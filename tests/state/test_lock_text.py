"""What a text of DVC's means: what ruamel.yaml says, in plain values."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from banc.state import lock_text
from banc.state.lock_text import read_yaml, stages_of, without_stage

WORDS = [
    *(
        "a",
        "md5",
        "null",
        "~",
        "true",
        "no",
        "Yes",
        "1",
        "-0",
        "0x1f",
        "0o17",
        "017",
        "1_000",
        "1e-05",
        "1e5",
    ),
    *("1.", ".5", "1.5e+3", "-.inf", ".nan", "2020-01-01", "2020-01-01 10:00:00", "12:30:45", "=", "<<", ""),
    *("'1'", '"true"', '"a\\tb"', "a b", "x:y", "#x", "a #x", "!!str 1", "!x 1", "&a 1", "*a", "%", "@", "`"),
]
PIECES = [
    *WORDS,
    ": ",
    ":\n  ",
    "\n",
    "\n  ",
    "- ",
    "? ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "---\n",
    "...\n",
    "|\n  ",
]
PIECES += [">-\n  ", "&b ", "*b", "%YAML 1.1\n---\n", "\t", "a: ", "b: "]

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text() | st.sampled_from(WORDS)
VALUES = st.recursive(
    LEAVES | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def library(text: str) -> Any:
    """The library's own value of a text; ValueError where it has none."""
    try:
        return YAML(typ="safe", pure=False).load(text)
    except Exception as error:
        raise ValueError from error


def is_plain(value: Any) -> bool:
    match value:
        case dict():
            return all(isinstance(key, str) and is_plain(item) for key, item in value.items())
        case list():
            return all(map(is_plain, value))
        case float():
            return math.isfinite(value)
        case _:
            return value is None or isinstance(value, str | int | bool)


FAULT = object()


def outcome(read: Callable[[str], Any], text: str) -> Any:
    """What a text means to a reader; FAULT where that is nothing."""
    try:
        return read(text)
    except ValueError:
        return FAULT


def check(text: str) -> None:
    expected, value = outcome(library, text), outcome(read_yaml, text)
    if expected is FAULT or is_plain(expected):
        # As text, in which `1` is no `True`, and order counts.
        assert repr(value) == repr(expected)
    elif value is not FAULT:
        # Whatever stood there, it can be remembered.
        assert json.loads(json.dumps(value, allow_nan=False)) == value


@given(VALUES)
def test_what_dvc_writes_is_read_as_it_was(value: Any) -> None:
    """DVC writes by the same library, in block style."""
    text = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump({"a": value}, text)
    assert repr(read_yaml(text.getvalue())) == repr(library(text.getvalue()))


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("a: 1\n---\nb: 2\n")
@example("? [1, 2]\n: 3\n")
@example("a: &b [1]\nc: *b\n")
@example("a: 1\na: 2\n")
@example("<<: {a: 1}\nb: 2\n")
@example("a: 2020-01-01\n")
@example("%YAML 1.1\n---\na: yes\n")
@example("--- 1\n")
@example("")
def test_any_text_means_what_the_library_says(text: str) -> None:
    check(text)


@pytest.mark.parametrize("word", WORDS)
def test_a_scalar_is_what_the_library_says(word: str) -> None:
    check(f"a: {word}\nb: [{word}]\n")


def test_what_json_has_no_word_for_is_told_as_text() -> None:
    assert read_yaml("a: 2020-01-02\n1: .inf\n? [1]\n: 3\n") == {
        "a": "<date> 2020-01-02",
        "<int> 1": "<float> inf",
        "<tuple> (1,)": 3,
    }


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\n",
        "a: &a\n  b: *a\n",
        "a: &a [1, 1, 1]\n" + "".join(f"{now}: &{now} [*{was}, *{was}, *{was}, *{was}]\n" for was, now in zip(
            "abcdefghijklmnop", "bcdefghijklmnopq", strict=True)),
    ],
)  # fmt: skip
def test_aliases_that_mean_no_end_of_values(text: str) -> None:
    with pytest.raises(ValueError, match=r"too many aliases|no YAML"):
        read_yaml(text)


def test_what_dvc_writes_needs_no_second_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it would be right, and slow."""
    monkeypatch.setattr(lock_text, "_Plain", None)
    text = "schema: '2.0'\nstages:\n  a:\n    cmd: banc run a\n    deps:\n    - path: b\n      size: 3\n"
    assert read_yaml(text) == library(text)


LOCK = """\
schema: '2.0'
stages:
  import-a-0123456789ab:
    cmd: banc run import-a-0123456789ab --file='a path that is so long that DVC breaks
      the line'
    deps:
    - path: a
      hash: md5
      md5: 60b725f10c9c85c70d97880dfe8191b3
      size: 2
    params:
      pipelines/x/a.json:
        model:
          kind: x
  score-b-0123456789ab:
    cmd: banc run score-b-0123456789ab
  table-c:
    cmd: banc run table-c
"""


def test_a_lock_without_one_stage_says_the_same_of_the_others() -> None:
    stages = stages_of(LOCK)
    text = LOCK
    for name in ("score-b-0123456789ab", "import-a-0123456789ab"):
        text, kept = without_stage(text, name), text
        del stages[name]
        assert stages_of(text) == stages
        assert set(text.splitlines()) < set(kept.splitlines())
    assert without_stage(text, "table-c") == ""


@pytest.mark.parametrize(
    "text", ["schema: '2.0'\nstages: {a: {cmd: x}}\n", "stages:\n  a:\n  - 1\n  b: 1\n", "stages:\n  b: 1\n"]
)
def test_a_lock_that_is_set_otherwise_is_not_cut(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        without_stage(text, "a")
