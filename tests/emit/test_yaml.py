"""What is written comes back as it was, through the reader that DVC uses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from banc.emit.yaml import escape, yaml

TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "no",
        "1e-5",
        "0x10",
        "0o7",
        "1_000",
        ".5",
        "~",
        "null",
        "=",
        "<<",
        "- a",
        "a: b",
        "a #b",
        "a ",
        "2024-01-01",
    ]
)
SCALARS = TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
DOCUMENTS = st.dictionaries(
    TEXTS,
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=12),
    min_size=1,
)


def read(text: str) -> Any:
    """As ``dvc.utils.serialize`` reads: the safe loader, YAML 1.2, C parser where it is installed."""
    return YAML(typ="safe").load(text)


def same(left: Any, right: Any) -> bool:
    """Equal values of equal types: 1 is not true, and "1" is not 1."""
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


@given(DOCUMENTS)
@example({"a": "\x00\x07\x1b\x7f\x80\x85\x9f\xa0\ufeff\ufffe\uffff\u2028\u2029"})
@example({"a": "\U0001f600 é \u200b"})
@example({"a": [[], {}, [[1, 2.5]], {"b": [{"c": []}, {"d": None}]}]})
@example({"a": [True, 1], "b": [1e-07, 1e22, -0.0]})
@example({"true": True, "1": 1, "": "", " ": " "})
def test_a_document_comes_back_as_it_was(document: dict[str, Any]) -> None:
    text = yaml(document)
    assert same(read(text), document), text
    assert same(YAML(typ="safe", pure=True).load(text), document), text


@given(DOCUMENTS)
def test_the_same_value_gives_the_same_text(document: dict[str, Any]) -> None:
    assert yaml(document) == yaml(read(yaml(document)))
    assert yaml(document).endswith("\n")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_spell_is_refused(number: float) -> None:
    """`NaN` in a YAML file is a string to one reader and a number to another."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        yaml({"a": [{"b": number}]})


def test_it_reads_well() -> None:
    document = {
        "stages": {
            "a-1": {
                "cmd": "banc run a-1",
                "deps": ["runs/a/b.npy"],
                "params": [{"p.json": None}],
                "when": "no",
            }
        }
    }
    assert yaml(document) == (
        "stages:\n"
        "  a-1:\n"
        "    cmd: banc run a-1\n"
        "    deps:\n"
        "      - runs/a/b.npy\n"
        "    params:\n"
        "      - p.json:\n"
        '    when: "no"\n'
    )


@pytest.mark.parametrize(
    "text", ["${a}", "$${a}", "\\${a}", "\\\\${a}", "${a", "$ {a}", "${${a}}", "${}", "a ${b} \\${c}", "\\"]
)
def test_dvc_reads_an_escaped_text_as_the_text(text: str) -> None:
    """By DVC's own resolver, as it goes over every string of a dvc.yaml."""
    from dvc.parsing.context import Context

    assert Context().resolve(escape(text)) == text
