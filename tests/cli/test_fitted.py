from __future__ import annotations

import os
import pty
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.cli import main
from banc.cli.fitted import fitted

Terminal = Callable[..., list[str]]


def words(line: str) -> list[str]:
    """Those behind the rules of a tree."""
    return line.lstrip(" │├└─").split()


def too_long(line: str, across: int) -> bool:
    """Whether a line is longer than the terminal, and not for a single word."""
    return len(line) > across and len(words(line)) > 1


@given(
    st.text(" │├└─"),
    st.lists(st.text("abcdefgh`,;", min_size=1, max_size=30), max_size=20),
    st.integers(1, 60),
)
def test_nothing_is_lost_and_only_a_word_is_too_long(start: str, said: list[str], across: int) -> None:
    made = list(fitted(start + "  ".join(said), across))
    assert [word for line in made for word in words(line)] == said
    assert not [line for line in made if too_long(line, across)]


@pytest.mark.parametrize(
    ("line", "across", "expected"),
    [
        ("one two", 7, ["one two"]),
        ("one two", 6, ["one", "  two"]),
        ("one two", None, ["one two"]),
        ("  12 kB  one two", 14, ["  12 kB  one", "    two"]),
        ("│ ├─ one two", 9, ["│ ├─ one", "│ │    two"]),
        ("└─ one two", 7, ["└─ one", "     two"]),
        ("\x1b[32mone\x1b[0m two", 7, ["\x1b[32mone\x1b[0m two"]),
        ("eleven-letters and", 5, ["eleven-letters", "  and"]),
        ("学習 学習", 8, ["学習", "  学習"]),
        ("", 1, [""]),
    ],
)
def test_a_line_is_broken_at_words(line: str, across: int | None, expected: list[str]) -> None:
    assert list(fitted(line, across)) == expected


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Calls ``banc`` on a terminal of so many columns; what it shows there, line by line."""

    def call(across: int, *arguments: str) -> list[str]:
        ours, theirs = pty.openpty()
        shown: list[bytes] = []

        def read() -> None:
            with suppress(OSError):  # the other end was closed
                while more := os.read(ours, 4096):
                    shown.append(more)

        reader = Thread(target=read)
        reader.start()
        with monkeypatch.context() as patched, os.fdopen(theirs, "w") as stream:
            patched.setenv("COLUMNS", str(across))
            patched.setenv("NO_COLOR", "1")
            patched.setattr(sys, "argv", ["banc", *arguments])
            patched.setattr(sys, "stdout", stream)
            patched.setattr(sys, "stderr", stream)
            with pytest.raises(SystemExit):
                main()
        reader.join()
        os.close(ours)
        return b"".join(shown).decode().replace("\r", "").splitlines()

    return call


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["plan", "--addresses"],
        ["status"],
        ["gc"],
        ["diff"],
        ["explain", "a/ban-1"],
        ["explain", "a/teacher", "--if-changed"],
        ["graph"],
        ["check"],
        ["explain-error", "BANC050"],
        ["explain", "a/nothing"],
    ],
    ids=" ".join,
)
def test_what_commands_say_fits_a_terminal_and_nothing_is_cut(
    workspace: Path, terminal: Terminal, arguments: list[str]
) -> None:
    terminal(100, "compile")
    wide = terminal(1000, *arguments)
    for across in (40, 60, 80, 100):
        made = terminal(across, *arguments)
        assert [line for line in made if too_long(line, across)] == []
        assert all_words(made) == all_words(wide)


def all_words(lines: list[str]) -> str:
    """But for what is free on the disk, to which others write meanwhile."""
    return re.sub(r"[\d.]+ .?B free", "free", " ".join(word for line in lines for word in words(line)))
