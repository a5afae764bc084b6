"""Places of keys and values, held against ``tomllib``, which knows the values and no places."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.language.positions import KeyPath, Positions, Span, positions

TRICKY = {
    "nothing": "",
    "comments only": "# a\n\n   # b\n",
    "dotted keys": 'a.b.c = 1\na.b.d = "x"\na . e = 2\n',
    "quoted keys with dots": '"a.b".c = 1\n\'d.e\' = 2\n["f.g".h]\n"" = 3\n',
    "escaped keys": '"\\u0061\\tb" = 1\n"quote\\"d" = 2\n',
    "keys like values": "1 = 1\ntrue = 2\n1979-05-27 = 3\ninf = 4\n1e3 = 5\n",
    "inline tables in inline tables": "a = { b = { c = [{ d = 1 }, { d = 2, e.f = 3 }] }, g.h = 4 }\n",
    "empty tables and arrays": "a = {}\nb = []\nc = [[], [[]]]\n[d]\n[e.f]\n",
    "arrays of tables": "[[a]]\nb = 1\n[[a]]\nb = 2\n[[a.c]]\nd = 3\n[[a.c]]\nd = 4\n[a.e]\nf = 5\n",
    "a table inside of the last element": "[[a]]\n[a.b.c]\nd = 1\n[[a]]\n[a.b.c]\nd = 2\n",
    "headers out of order": "[a.b]\nx = 1\n[c]\ny = 2\n[a]\nz = 3\n",
    "header with spaces": "[ a . 'b c' ]\nx = 1\n",
    "multi-line arrays": "a = [\n  1, # one, or [two\n  # 3,\n  2,\n]\nb = [ [ 1,\n2 ],\n [3] ]\n",
    "multi-line strings": 'a = """\nb = 1\n[c]\n"""\nd = \'\'\'x\n= 2\'\'\'\ne = """x\\\n   y"""\nf = 3\n',
    "quotes in strings": 'a = "# no comment"\nb = \'\\\'\nc = "]"\nd = """"quoted""""\n',
    "unicode": '"título" = "ßé"\n"日本" = { "語" = "絵文字 🎓", b = 1 }\na = "🎓🎓"# c\n',
    "line separators inside of strings": 'a = "x\u2028y\u0085z"\nb = 1\n',
    "tabs": "a\t=\t1\n\t[b]\n\tc\t=\t{\td\t=\t2\t}\t# e\n",
    "numbers": "a = 0xf\nb = 1_000\nc = -0.0\nd = +inf\ne = nan\nf = 6.02e-23\ng = 0b1\n",
    "times": "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.5\nc = 1979-05-27\nd = 07:32:00\n",
    "no newline at the end": "[a]\nb = 1",
    "comments after everything": "[a] # a\nb = 1 # b\nc = [ # c\n1 # 1\n] # d\n",
}


def walk(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value below ``value``, by its path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, item in items:
        yield (*path, part), item
        yield from walk(item, (*path, part))


def cut(text: str, span: Span) -> str:
    return text.split("\n")[span.line - 1][span.column - 1 : span.end - 1]


def same(ours: Any, theirs: Any) -> bool:
    return repr(ours) == repr(theirs)  # nan is itself, 1 is not true


def assert_complete(text: str) -> Positions:
    values, found = tomllib.loads(text), positions(text)
    everything = dict(walk(values))

    assert set(found.keys) == {path for path in everything if isinstance(path[-1], str)}
    for path, span in found.keys.items():
        raw = cut(text, span)
        assert list(tomllib.loads(f"{raw} = 0")) == [path[-1]], path

    leaves = {path for path, value in everything.items() if not isinstance(value, dict | list)}
    assert leaves <= set(found.values) <= set(everything)
    for path in leaves:
        raw = cut(text, found.values[path])
        if raw.startswith(('"""', "'''")):
            continue  # a span is a stretch of one line
        assert same(tomllib.loads(f"x = {raw}")["x"], everything[path]), path
    return found


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_tricky_texts(text: str) -> None:
    assert_complete(text)


def test_where_things_stand() -> None:
    text = 'a = 1\n[b.c]\nd = { e = ["x", """y\nz"""] }\n'
    found = positions(text)
    assert found.value(("a",)) == Span(1, 5, 6)
    assert found.key(("b", "c")) == Span(2, 4, 5)
    assert found.value(("b", "c", "d", "e", 0)) == Span(3, 12, 15)
    assert found.value(("b", "c", "d", "e", 1)) == Span(3, 17, 21), "to the end of its first line"


def test_columns_count_characters_and_not_bytes() -> None:
    assert positions('"日本" = "語" # é\n').value(("日本",)) == Span(1, 8, 11)


def test_what_stands_nowhere_is_looked_for_above() -> None:
    found = positions("x = 1\n[a]\nb = [1]\n")
    assert found.value(("a", "b", 7)) == found.value(("a", "b")) == Span(3, 5, 8)
    assert found.key(("a", "missing", "deeper")) == found.key(("a",)) == Span(2, 2, 3)
    assert found.value(("missing",)) == Span(1, 1, 2)
    assert found.value(()) == Span(1, 1, 2)


# Documents that nobody would write by hand.

plain = st.text(st.characters(exclude_categories=["C"]), max_size=5)
bare = st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True)
times = st.one_of(st.datetimes(), st.dates(), st.times())
gaps = st.sampled_from(["", " ", "\t", "  "])
breaks = st.sampled_from(["", " ", "\n", " # ] } \" '\n", "\n\n\t"])


def quoted(text: str) -> str:
    escaped = "".join(
        f"\\{char}" if char in '"\\' else char if char.isprintable() else f"\\U{ord(char):08X}"
        for char in text
    )
    return f'"{escaped}"'


@st.composite
def spelled_key(draw: st.DrawFn, key: str) -> str:
    ways = [quoted(key)]
    if key and key.isascii() and key.replace("-", "").replace("_", "").isalnum():
        ways.append(key)
    if "'" not in key and key.isprintable():
        ways.append(f"'{key}'")
    return draw(st.sampled_from(ways))


@st.composite
def spelled(draw: st.DrawFn, value: Any) -> str:
    """A value's text on the right of ``=``."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            ways = [quoted(value)]
            if "'" not in value and value.isprintable():
                ways += [f"'{value}'", f"'''\n{value}'''"]
            return draw(st.sampled_from(ways))
        case list():
            items = [draw(breaks) + draw(spelled(item)) + draw(breaks) for item in value]
            return "[" + ",".join(items) + draw(breaks) + "]"
        case dict():
            pairs = [draw(pair(key, item)) for key, item in value.items()]
            return "{" + ",".join(draw(gaps) + pair + draw(gaps) for pair in pairs) + "}"
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return repr(value)


@st.composite
def pair(draw: st.DrawFn, key: str, value: Any) -> str:
    name = draw(spelled_key(key))
    while isinstance(value, dict) and len(value) == 1 and draw(st.booleans()):
        ((key, value),) = value.items()
        name += draw(gaps) + "." + draw(gaps) + draw(spelled_key(key))
    return f"{name}{draw(gaps)}={draw(gaps)}{draw(spelled(value))}"


@st.composite
def document(draw: st.DrawFn, table: dict[str, Any], header: str = "") -> str:
    """A table's text: pairs first, then what gets a header of its own."""
    lines, below = [], []
    for key, value in table.items():
        name = header + ("." if header else "") + draw(spelled_key(key))
        tables = isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
        if isinstance(value, dict) and draw(st.booleans()):
            below += [f"[{name}]", draw(document(value, name))]
        elif tables and draw(st.booleans()):
            for item in value:
                below += [f"[[{draw(gaps)}{name}]]", draw(document(item, name))]
        else:
            lines.append(draw(pair(key, value)) + draw(st.sampled_from(["", " # x = 1", "\n"])))
    return "\n".join([*lines, *below])


scalars = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), plain, times)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(bare, plain), inner, max_size=3)
    ),
    max_leaves=8,
)
documents = st.dictionaries(st.one_of(bare, plain), values, max_size=4)


@given(st.data(), documents)
def test_any_document(data: st.DataObject, values: dict[str, Any]) -> None:
    text = data.draw(document(values))
    assert same(tomllib.loads(text), values) or tomllib.loads(text) == values, "the test's own writer"
    assert_complete(text)
