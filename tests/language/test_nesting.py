"""Depth, measured before anything goes down by recursion."""

from __future__ import annotations

import tomllib

import pytest

from banc.language.nesting import DEEPEST, too_deep
from banc.language.positions import Span, positions

DEEP = DEEPEST + 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = " + "[" * DEEP, Span(1, 4 + DEEP, 5 + DEEP)),
        ("x = 1\nb = " + "{a=" * DEEP, Span(2, 2 + 3 * DEEP, 3 + 3 * DEEP)),
        ("[" + ".".join("a" * (DEEP + 1)) + "]", Span(1, 1 + 2 * DEEPEST, 2 + 2 * DEEPEST)),
        (".".join("a" * (DEEP + 1)) + " = 1", Span(1, 2 * DEEP, 2 * DEEP + 1)),
        ("\n'a.b'." + "a." * DEEP, Span(2, 6 + 2 * DEEPEST, 7 + 2 * DEEPEST)),
        ("a." * 60 + "b = { " + "c." * 60 + "d = 1 }", Span(1, 206, 207)),
    ],
)
def test_too_deep(text: str, place: Span) -> None:
    assert too_deep(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1),
        ".".join("a" * DEEPEST) + " = 1",
        "".join(f"a{i} = 1.5\n" for i in range(300)) + "b = [" + "[1.5, 2.5], " * 300 + "]",
        "".join(f"[t{i}.a]\nx.y = [{{ z = 1.5 }}]\n" for i in range(300)),
        "a = '" + "[" * 300 + '\'\nb = "\\"' + "{" * 300 + '"\n# ' + "[." * 300,
        'a = """x\\"""' + "[.\n" * 300 + '"""\nb = ' + "'''{." + "{.\n" * 300 + "'''",
        "a = [ # ]]]\n" + "1.5,\n" * 300 + "]",
    ],
)
def test_deep_enough(text: str) -> None:
    assert tomllib.loads(text)
    assert too_deep(text) is None
    assert positions(text).values


def test_a_string_that_is_not_closed_takes_no_time() -> None:
    """Each quote could begin one that goes on to the end: that would be the square of the text."""
    for text in ('\\"""' * 60_000, "'''" + "''\n" * 60_000, '"""' + '\\"' * 60_000, '"\\\n' * 60_000):
        assert too_deep(text) is None
