"""README.md leads everywhere, and says of the command line what there is."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from banc.cli.app import app

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def links(page: Path) -> set[str]:
    return {link for link in LINK.findall(page.read_text()) if "://" not in link}


def test_every_link_leads_to_a_file(checkout: Path) -> None:
    for page in (*checkout.glob("*.md"), *(checkout / "docs").rglob("*.md")):
        for link in links(page):
            assert (page.parent / link).exists(), f"{page.relative_to(checkout)}: {link}"


def test_every_page_is_linked(checkout: Path) -> None:
    linked = {(checkout / link).resolve() for link in links(checkout / "README.md")}
    pages = {path.resolve() for path in (*checkout.glob("*.md"), *(checkout / "docs").rglob("*.md"))}
    assert pages - linked - {(checkout / "README.md").resolve()} == set()


def test_every_command_that_is_named_exists(checkout: Path) -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"\bbanc ([a-z][a-z-]+)", "\n".join(code(checkout / "README.md"))))
    assert named - commands == set()
    assert {"check", "compile", "manual", "report"} <= named


def test_every_option_is_told_on_some_page(checkout: Path) -> None:
    text = "\n".join(
        page.read_text() for page in (*checkout.glob("*.md"), *(checkout / "docs").rglob("*.md"))
    )
    said = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", text))
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        for option in command.params:
            spellings = {word for word in (*option.opts, *option.secondary_opts) if word.startswith("--")}
            # Of a switch the side that is not the default; of other options each of its spellings.
            needed = set(option.secondary_opts) or spellings
            if not command.hidden:
                assert needed <= said, f"no page says what `banc {name} {' '.join(spellings)}` does"


def code(page: Path) -> list[str]:
    """What stands in code: indented, fenced or between backticks."""
    text = page.read_text()
    indented = [line.split("#")[0] for line in text.splitlines() if line.startswith("    ")]
    return [*indented, *re.findall(r"`([^`\n]+)`", text)]
