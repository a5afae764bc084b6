"""Holds Markdown to what a reader of CommonMark with GitHub's tables makes of it."""

from __future__ import annotations

import re

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from banc.printable import one_line
from banc.report.collect import Results
from banc.report.formats.markdown import escape_markdown, markdown
from banc.report.headings import with_headings
from banc.report.tabulate import tabulate
from banc.stage.layout import Layout

Filled = tuple[Layout, Results]
GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def inline(tokens: list[Token]) -> str:
    """What a reader sees of one paragraph or cell; raises where it has other markup than bold."""
    text = ""
    for token in tokens:
        assert token.type in ("text", "text_special", "strong_open", "strong_close"), token
        text += token.content
    return text.replace("\u200b", "")  # which nobody sees, and no label has


def read(text: str) -> list[list[str]]:
    """The cells of a rendered table, its head first."""
    rows: list[list[str]] = []
    cells = False
    for token in GITHUB.parse(text):
        if token.type == "tr_open":
            rows.append([])
        cells = token.type in ("th_open", "td_open") or (cells and token.type == "inline")
        if cells and token.type == "inline":
            rows[-1].append(inline(token.children or []))
    return rows


def test_a_reader_finds_every_cell(table1: Filled) -> None:
    head, *rows = read(markdown(tabulate(*table1)))
    assert head == ["Network", *(column.label for column in table1[0].columns)]
    assert [row[0] for row in rows] == [row.label for row in table1[0].rows]
    assert rows[0][1] == "7.49 M* (6.3 M)"
    assert rows[3][5] == "/"


def test_the_best_is_bold(table3: Filled) -> None:
    text = markdown(tabulate(*table3))
    tokens = [token for token in GITHUB.parse(text) if token.type == "inline"]
    bold = [token.content for token in tokens if any(t.type == "strong_open" for t in token.children or [])]
    assert len(bold) == 5  # the title, and one a row
    assert all(cell.startswith("**") and "** ± " in cell for cell in bold[1:])


def test_the_source_is_aligned(table1: Filled) -> None:
    lines = [line for line in markdown(tabulate(*table1)).split("\n") if line.startswith("|")]
    assert len({len(line) for line in lines}) == 1
    assert lines[1].startswith("| ---") and lines[1].endswith("---: |")


@given(
    st.text(alphabet=st.sampled_from(list("\\`*_{}[]()<>#+-.!|~$&:;/@% é1\n\t\"'")), max_size=30) | st.text()
)
def test_any_label_reads_as_it_was_written(quickstart: Filled, label: str) -> None:
    layout, results = quickstart
    rows = tuple(evolve(row, label=label) for row in layout.rows)
    columns = tuple(evolve(column, label=label) for column in layout.columns)
    titled = evolve(layout, title=f"T {label}", rows=rows, columns=columns)
    text = markdown(tabulate(titled, results))
    table = read(text)
    assert table[0] == ["Network", *[one_line(label)] * len(columns)]
    assert [row[0] for row in table[1:]] == [one_line(label)] * len(rows)
    first = GITHUB.parse(text)[1]
    assert inline(first.children or []) == one_line(f"T {label}")


def test_github_s_own_marks_are_escaped() -> None:
    assert escape_markdown("a|b ~~ c~~ $x$ # 1 <i>") == r"a\|b \~\~ c\~\~ \$x\$ \# 1 \<i\>"


# What GitHub and GitLab look for in the text of a page, after Markdown is read: from their documentation.
FORGES = re.compile(
    r"""(?<!\w)@\w                           # a mention
    | [\w.+-]+@[\w-]+\.\w                   # an e-mail address
    | [#!$&]\d | [~%][\w"] | \bGH-\d        # issues and their like
    | [a-z][a-z0-9+.-]*:// | \bwww\.         # a URL
    | :[\w+-]+:                             # an emoji
    | \b[0-9a-f]{7,40}\b                     # a commit""",
    re.VERBOSE | re.IGNORECASE,
)

LINKED = (
    "@ada",
    "@org/team",
    "by @ada, @bob",
    "ada@example.org",
    "#123",
    "owner/banc#123",
    "GH-123",
    "!5",
    "$5",
    "&5",
    "~bug",
    '%"version 1"',
    "https://example.org/x?y=1#2",
    "HTTP://example.org",
    "ftp://example.org",
    "www.example.org",
    ":smile:",
    ":+1:",
    "7a8084c",
    "7a8084c4f5d2b2a1c3e4f5a6b7c8d9e0f1a2b3c4",
    "owner/banc@7a8084c",
    "1000000",
)


@pytest.mark.parametrize("text", LINKED)
def test_a_forge_finds_nobody_to_mention_and_nothing_to_link(text: str) -> None:
    assert FORGES.search(text), "the test of the test"
    (shown,) = (token for token in GITHUB.parse(f"a {escape_markdown(text)} b") if token.type == "inline")
    rendered = "".join(token.content for token in shown.children or [])
    assert not FORGES.search(rendered)
    assert rendered.replace("\u200b", "") == f"a {text} b"


@given(st.lists(st.sampled_from(LINKED) | st.text(max_size=3), max_size=6).map("".join))
def test_nothing_is_linked_whatever_stands_beside_it(text: str) -> None:
    (shown,) = (token for token in GITHUB.parse(f"of {escape_markdown(text)}") if token.type == "inline")
    rendered = "".join(token.content for token in shown.children or [])
    assert not FORGES.search(rendered)
    assert rendered.replace("\u200b", "") == f"of {one_line(text)}".strip()


def test_plain_labels_gain_nothing() -> None:
    for text in ("WRN-28-10-0.5", "5 % of 3:1", "a & b", "BAN-1 (ours)", "50%", "C#", "Größe: x"):
        assert "8203" not in escape_markdown(text), text


def test_a_heading_stands_before_each_label_below_it(table1: Filled) -> None:
    layout, results = table1
    headed = with_headings(layout, {"Born_again": ("ban-1", "ban-2", "ban-3")})
    for transpose in (False, True):
        text = markdown(tabulate(evolve(headed, transpose=transpose), results))
        seen = [inline(token.children or []) for token in GITHUB.parse(text) if token.type == "inline"]
        assert [cell for cell in seen if "Born_again" in cell] == [
            f"Born_again: BAN-{number}" for number in (1, 2, 3)
        ]
