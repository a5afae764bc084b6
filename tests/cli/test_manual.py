"""``banc manual`` in a pipe and on a terminal; ``tests/language/test_manual.py`` has what it says."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from typing import Any

Banc = Callable[..., Any]


def test_a_pipe_gets_markdown(banc: Banc) -> None:
    done = banc("manual", "recipe.drop_at")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("**recipe.drop_at**\n")


def test_topics_are_listed(banc: Banc) -> None:
    lines = banc("manual", "--topics").out.splitlines()
    assert {"spec.md", "how-to/data.md", "lineages", "densenet-bc", "recipe.drop_at"} <= set(lines)
    assert len(lines) == len(set(lines))


def test_how_to_lists_its_pages_with_their_titles(banc: Banc) -> None:
    lines = banc("manual", "how-to").out.splitlines()
    assert "- `banc manual how-to/data`: Data" in lines
    for line in lines:
        assert banc(*line.split("`")[1].split()[1:]).out.startswith(f"# {line.split('`: ')[1]}\n")


def test_an_unknown_topic_is_an_error_with_the_nearest(banc: Banc) -> None:
    done = banc("manual", "recipe.drop_att")
    assert (done.code, done.out) == (2, "")
    assert "did you mean `recipe.drop_at`?" in done.err


def test_a_terminal_gets_it_set_and_paged() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PAGER": "cat", "TERM": "xterm"}
    command = [sys.executable, "-m", "banc", "manual", "recipe.drop_at"]
    running = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    assert running.wait(timeout=60) == 0
    text = shown.decode()
    assert "\x1b[1m" in text
    assert "**" not in text
    assert "The learning rate drops" in text
