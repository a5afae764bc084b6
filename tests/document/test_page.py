from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from banc.cli.report_page import document_of
from banc.document.document import Document
from banc.document.html.page import page
from banc.document.pictures.svg import page_svg, web_svg
from banc.errors import BancError
from banc.report.render import Format, render

MANY = """
banc = 1
title = "Many"
data = { set = "digits", train = 200 }
seeds = [0, 1, 2, 3, 4, 5]
recipe = { epochs = 40, batch = 50, augment = { pad = 1, flip = false } }
[models]
a = { family = "densenet-bc", depth = 10, growth = 2 }
b = { family = "densenet-bc", depth = 10, growth = 3 }
c = { family = "densenet-bc", depth = 10, growth = 4 }
d = { family = "densenet-bc", depth = 10, growth = 5 }
[lineages]
ban = { models = ["a", "b", "c", "d"], generations = 3 }
[ensembles]
ens-2 = { of = ["a", "b", "c", "d"], members = ["ban-1", "ban-2"] }
ens-3 = { of = ["a", "b", "c", "d"], members = ["ban-1", "ban-2", "ban-3"] }
[table]
rows = ["a", "b", "c", "d"]
columns = ["parameters", "teacher", "ban-1", "ban-2", "ban-3", "ens-2", "ens-3"]
"""


class Read(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def read(html: str) -> Read:
    return Read(html)


def test_every_tag_is_closed(read: Read) -> None:
    assert read.open == []


def test_the_table_is_there_to_copy_in_every_format_for_papers(html: str, document: Document) -> None:
    copies = re.findall(
        r'<details class="copy"><summary>(\w+)</summary><pre tabindex="0">(.*?)</pre>', html, re.DOTALL
    )
    (report,) = document.reports
    formats: tuple[Format, ...] = ("latex", "typst", "markdown", "csv")
    assert [name.lower() for name, _ in copies] == list(formats)
    for (_, shown), kind in zip(copies, formats, strict=True):
        assert f"{unescape(shown)}\n" == render([report.table], kind, width=None, color=False)


def test_what_people_wrote_is_text(html: str, read: Read) -> None:
    assert "<title>A &lt;table&gt; &amp; more</title>" in html
    assert "A &quot;dense&quot; &lt;b&gt;net&lt;/b&gt;" in html
    assert "<b>net" not in html
    assert "From $dense$ &amp; co" in html
    known = {
        "a",
        "article",
        "b",
        "body",
        "br",
        "code",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
    }
    known |= {
        "footer",
        "h1",
        "h2",
        "head",
        "header",
        "html",
        "i",
        "main",
        "meta",
        "p",
        "pre",
        "script",
        "section",
    }
    known |= {"span", "style", "summary", "table", "tbody", "td", "th", "thead", "title", "tr"}
    known |= {"svg", "g", "path", "text", "rect", "use", "defs", "clippath"}
    assert {tag for tag, _ in read.tags} <= known


def test_it_may_ask_nothing_and_run_nothing_but_its_own_script(html: str, read: Read) -> None:
    (policy,) = [
        each["content"] for tag, each in read.tags if each.get("http-equiv") == "Content-Security-Policy"
    ]
    (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy
    assert not re.search(r"https?:|src=|@import|url\((?!#)", html)


def test_links_lead_somewhere_and_names_come_once(read: Read) -> None:
    names = [each["id"] for _, each in read.tags if "id" in each]
    assert len(names) == len(set(names))
    leads = {each["href"] for tag, each in read.tags if "href" in each}
    assert leads
    assert {f"#{name}" for name in names} >= leads


def test_each_number_of_the_table_leads_to_how_it_was_made(html: str, read: Read) -> None:
    cells = [each for tag, each in read.tags if tag == "a" and "title" in each]
    assert len(cells) == 7
    assert all(str(each["title"]).count("seed ") == 3 for each in cells)
    story = html[html.index('id="r0-1"') :].partition("</details>")[0]
    for told in (
        "spec/t0.toml:",
        "ban-l",
        "stored, 9 views of each image",
        "epochs 40",
        "digits, 200 training",
    ):
        assert told in story
    assert re.search(r"<code>runs/train-densenet-bc-10-2-ban-l-s1000-[0-9a-f]{12}/</code>", story)


def test_what_stands_after_a_mean_can_be_chosen(made: Any, html: str) -> None:
    other = page(document_of(made.root, {made.specs[0]: False}, "interval"))
    assert "mean ± sample standard deviation over 3 seeds" in html
    assert "mean ± 95 % interval of the mean (Student&#x27;s t) over 3 seeds" in other


def test_pictures_have_words_for_those_who_do_not_see_them(html: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    # Two networks with three pictures each, ours against published, and who learns from whom.
    assert len(pictures) == 8
    for picture in pictures:
        assert ('role="img"' in picture[:400] and "<title>" in picture) or 'aria-label="Who learns' in picture
        ET.fromstring(picture)


def test_the_same_picture_is_the_same_bytes(document: Document) -> None:
    panel = document.reports[0].generations[0]
    assert page_svg(panel, "x", "k") == page_svg(panel, "x", "k")


def test_a_picture_alone_says_its_colours_for_light_and_dark(document: Document) -> None:
    text = web_svg(document.reports[0].generations, "Generations <&>")
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root[0].text == "Generations <&>"
    assert "prefers-color-scheme:dark" in text
    assert set(re.findall(r"var\((--\w+)\)", text)) == set(), "each has a fallback"


def test_before_anything_ran_there_are_no_pictures_and_all_else(new_workspace: Callable[..., Any]) -> None:
    text = page(new_workspace().gather(), refresh=5)
    assert "0 of 21 numbers are there" in text
    assert '<meta http-equiv="refresh" content="5">' in text
    assert "Who learns from whom" in text
    assert "Reliability" not in text
    assert "No times are known here" in text
    assert Read(text).open == []


def test_several_specs_are_one_page(new_workspace: Callable[..., Any]) -> None:
    few = MANY.replace("[0, 1, 2, 3, 4, 5]", "[0]")
    made = new_workspace(few, few.replace('"Many"', '"More"'))
    text = page(made.gather())
    read = Read(text)
    names = [each["id"] for _, each in read.tags if "id" in each]
    assert len(names) == len(set(names))
    assert [each["href"] for tag, each in read.tags if tag == "a"][:3] == ["#main", "#s0", "#s1"]


def test_three_hundred_stages_are_at_most_a_megabyte(
    new_workspace: Callable[..., Any], finishes: Callable[..., None]
) -> None:
    made = new_workspace(MANY)
    assert len(made.stages) >= 300
    finishes(made.root, made.stages)
    text = page(made.gather())
    assert text.count("<svg") == 13
    # Six seeds are enough to compare six cells of each row with one another.
    assert re.search(r"<summary>\d+ of 60 differences can be told from chance", text)
    assert Read(text).open == []
    assert len(text.encode()) < 1_000_000


def test_without_matplotlib_the_extra_is_named(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(BancError, match="pictures need matplotlib, which is not installed") as caught:
        page(document)
    assert caught.value.hint is not None
    assert "pip install 'banc[plots]'" in caught.value.hint


def test_a_heading_spans_its_columns(html: str) -> None:
    head = html.partition("<thead>")[2].partition("</thead>")[0]
    first, second = head.split("</tr><tr>")
    assert re.findall(r'colspan="(\d+)" class="over"><span>(.*?)</span>', first) == [
        ("2", "Born &amp; again")
    ]
    assert re.findall(r'data-c="(\d+)">(.*?)</th>', second) == [("3", "ban-1"), ("4", "ban-2")]
    assert first.count('rowspan="2"') == 6


def test_in_a_transposed_table_it_spans_a_row(new_workspace: Callable[..., Any], spec_text: str) -> None:
    made = new_workspace(spec_text.replace("[table]\n", "[table]\ntranspose = true\n"))
    text = page(made.gather())
    body = text.partition("</thead>")[2].partition("</table>")[0]
    assert [part.count("<tr>") for part in body.split("<tbody>")[1:]] == [2, 2, 3]
    assert body.count('<tr class="over"><th scope="rowgroup" colspan="3">Born &amp; again</th></tr>') == 1
