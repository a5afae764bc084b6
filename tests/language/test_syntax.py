"""What TOML's reader refuses, told to somebody who does not know TOML."""

from __future__ import annotations

import tomllib

import pytest

from banc.language.syntax import syntax

FOREIGN = 'the key `{0}` needs quotes, since it is not only of A to Z, digits, `-` and `_`: `"{0}"`'
CONFLICT = "a git merge conflict stands here (`{}`): keep one side and delete its markers"
SLIPS = [
    ("a = b", "`b` is no value: a string needs quotes around it", (1, "b")),
    ("a = [b, 1]", "`b` is no value: a string needs quotes around it", (1, "b")),
    ("a = { b = c }", "`c` is no value: a string needs quotes around it", (1, "c")),
    ("x = 1\na =", "a value is missing after `=`", (2, "")),
    ("a = # b", "a value is missing after `=`", (1, "#")),
    ('a = "b\nc = 1', "a string is not closed: a quote is missing in this line", (1, "")),
    ("a = 'b\nc = 'd'", "a string is not closed: a quote is missing in this line", (1, "")),
    ("a = 'b\nc = 1", "a string is not closed: a quote is missing in this line or before", (2, "")),
    ('a = """b\nc', "a string is not closed: a quote is missing in this line or before", (2, "")),
    ("x = 0\na = 1\ny = 0\na = 2", "`a` is written twice, first in line 2", (4, "a")),
    ("a.b = 1\n a . b = 2", "`a . b` is written twice", (2, "a . b")),
    ('a = 1\n"b.c" = 1\n[t]\na = 1\na = 2', "`a` is written twice, first in line 4", (5, "a")),
    ("[a]\nx = 1\n[b]\n[a]", "`[a]` is declared twice; write all of its keys under one header", (4, "[a]")),
    ("[a.b]\n[a.b] # c", "`[a.b]` is declared twice; write all of its keys under one header", (2, "[a.b]")),
    ("a = [1, 2\nb = 3", "unclosed array: a `,`, a `]` or a quote is missing", (2, "b")),
    ("a = { b = 1", "unclosed inline table: a `,`, a `}` or a quote is missing", (1, "")),
    ("a : 1", "expected '=' after a key in a key/value pair", (1, ":")),
    ("größe = 1", FOREIGN.format("größe"), (1, "größe")),
    ("öl = 1", FOREIGN.format("öl"), (1, "öl")),
    ("[models.naïve-net]\na = 1", FOREIGN.format("naïve-net"), (1, "naïve-net")),
    ("a = { b = 1, größe = 2 }", FOREIGN.format("größe"), (1, "größe")),
    ("x = 1\na.öl.b = 1", FOREIGN.format("öl"), (2, "öl")),
    ("a = { b = größe }", "`größe` is no value: a string needs quotes around it", (1, "größe")),
    ('a = "x" größe', "expected newline or end of document after a statement", (1, "g")),
    ("a = 1\n<<<<<<< HEAD\nb = 1\n=======", CONFLICT.format("<<<<<<<"), (2, "<<<<<<<")),
    ("a = 1\n=======\nb = 1", CONFLICT.format("======="), (2, "=======")),
    ("a = [\n1,\n>>>>>>> theirs\n]", CONFLICT.format(">>>>>>>"), (3, ">>>>>>>")),
    ("a = 1\n||||||| base", CONFLICT.format("|||||||"), (2, "|||||||")),
    ("[a", "expected ']' at the end of a table declaration", (1, "")),
]


@pytest.mark.parametrize(("text", "message", "place"), SLIPS, ids=[text for text, *_ in SLIPS])
def test_a_slip(text: str, message: str, place: tuple[int, str]) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    told, span = syntax(str(caught.value), text)
    assert told == message
    line = text.split("\n")[span.line - 1]
    assert (span.line, line[span.column - 1 : span.end - 1]) == place
    assert span.column <= len(line) + 1


def test_a_message_that_nobody_foresaw_stays() -> None:
    told, span = syntax("Something new (at line 2, column 3)", "a = 1\nb = 2\n")
    assert (told, span.line, span.column) == ("something new", 2, 3)
    told, span = syntax("Something else", "a = 1\nb")
    assert (told, span.line, span.column) == ("something else", 2, 2)
