"""docs/how-to/several-at-once.md: it names options that there are, and lines that are printed."""

from __future__ import annotations

import re
from pathlib import Path

from banc.cli import repro, show_repro


def test_its_options_are_those_of_the_command(checkout: Path) -> None:
    page = (checkout / "docs/how-to/several-at-once.md").read_text()
    source = Path(repro.__file__).read_text()
    told = set(re.findall(r"`(--?[a-z-]+)", page))
    assert told == {"--gpus", "--no-fork", "--per-gpu", "--plan", "-j"}
    assert all(
        f'"{option}"' in source or option.strip("-").replace("-", "_") in source
        for option in told - {"--no-fork"}
    )
    assert "--fork/--no-fork" in source


def test_its_lines_are_those_of_the_command(checkout: Path) -> None:
    page = (checkout / "docs/how-to/several-at-once.md").read_text()
    words = set(re.findall(r"^ *\[ *\d+/\d+\] (\w+) ", page, flags=re.MULTILINE))
    assert words == {"begins", "done", "found"}
    source = Path(show_repro.__file__).read_text()
    assert all(f'"{word}"' in source for word in words)
    assert "it ran before and was not recorded" in source
