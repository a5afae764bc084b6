"""What is shown of any text: nothing that a terminal obeys, and all that a person reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.printable import counted, cropped, lasted, many, one_line, printable, printable_json

OBEYED = {
    *map(chr, range(0x20)),  # escape, NUL, carriage return
    *map(chr, range(0x7F, 0xA0)),  # delete, and the one-byte form of escape with a bracket
    *map(chr, range(0x202A, 0x202F)),  # direction of writing: overrides and embeddings
    *map(chr, range(0x2066, 0x206A)),  # and isolates
    *"\u061c\u200e\u200f\u2028\u2029\ufeff",
}
"""What terminals act upon instead of showing it, by Unicode's names: no result of ``isprintable``."""


@pytest.mark.parametrize("char", sorted(OBEYED), ids=lambda char: f"{ord(char):04x}")
def test_what_a_terminal_obeys_is_not_shown(char: str) -> None:
    assert printable(f"a{char}b", keep="") == "a\N{REPLACEMENT CHARACTER}b"
    assert char == " " or one_line(f"a{char}b") == "a b"
    assert printable_json(json.dumps(f"a{char}b", ensure_ascii=False)).isascii()


def test_a_label_is_one_line() -> None:
    assert one_line(" a\n\tb\x1b[31m \u200b c ") == "a b [31m c"


def test_what_is_asked_for_is_kept() -> None:
    assert printable("a\tb\nc") == "a\tb\N{REPLACEMENT CHARACTER}c"
    assert printable("a\tb\nc\r", keep="\t\n") == "a\tb\nc\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("text", ["plain", "Größe ± 0.21 …", "日本語 🎓", "e\u0301", "שלום", "a\\x1b[31m"])
def test_what_people_write_is_kept(text: str) -> None:
    assert printable(text) == one_line(text) == printable_json(text) == text


@given(st.text())
def test_any_text(text: str) -> None:
    assert not set(printable(text)) & (OBEYED - {"\t"})
    assert len(printable(text)) == len(text), "a caret below it still stands where it stood"
    assert not set(one_line(text)) & OBEYED
    assert one_line(one_line(text)) == one_line(text)
    value = {text: [text]}
    written = printable_json(json.dumps(value, ensure_ascii=False, indent=1))
    assert json.loads(written) == value
    assert not set(written) & (OBEYED - {"\n"})


def test_a_text_is_cut_where_it_is_too_long() -> None:
    assert cropped("12345", 5) == "12345"
    assert cropped("123456", 5) == "12..."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (3.94, "3.9 s"),
        (59.94, "59.9 s"),
        (59.96, "1:00 min"),
        (83, "1:23 min"),
        (7384, "2:03:04 h"),
    ],
)
def test_how_long_it_took(seconds: float, words: str) -> None:
    assert lasted(seconds) == words


@pytest.mark.parametrize(
    ("number", "parameters", "multiply_adds"),
    [
        (812, "812", "812"),
        (71_300, "71.3 k", "71.3 k"),
        (16_240_000, "16.24 M", "16.24 M"),
        (145_900_000, "145.9 M", "145.9 M"),
        (5_940_000_000, "5940.0 M", "5.94 G"),
    ],
)
def test_large_numbers(number: int, parameters: str, multiply_adds: str) -> None:
    assert (counted(number), many(number)) == (parameters, multiply_adds)
