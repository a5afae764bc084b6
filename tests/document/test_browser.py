"""The page in a real browser: no error, no request, nothing that stands out of the window."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

LOOKS = {
    "desktop": {"width": 1280},
    "dark": {"width": 1280, "dark": True},
    "phone": {"width": 390, "height": 844},
    "small phone": {"width": 320, "height": 640, "dark": True},
    "paper": {"width": 794, "media": "print"},
    "without script": {"width": 1280, "script": False},
}


@pytest.fixture(scope="module")
def file(html: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html)
    return path


@pytest.mark.parametrize("look", LOOKS)
def test_it_looks_right(browser: Any, file: Path, look: str) -> None:
    how = LOOKS[look]
    seen = browser.see(file, **how)
    # For who wants to look himself: pytest's temporary folder keeps it.
    picture = file.with_name(f"{look}.png")
    picture.write_bytes(seen.picture)
    assert seen.errors == ()
    assert seen.requests == ()
    assert seen.width == how["width"]
    assert seen.wide == ()
    with Image.open(io.BytesIO(seen.picture)) as image:
        brightness = image.convert("L").resize((1, 1)).getpixel((0, 0))
        assert image.height > 2000
    assert isinstance(brightness, int)
    assert brightness < 60 if how.get("dark") else brightness > 195


def test_columns_sort_by_number_up_and_down(browser: Any, file: Path) -> None:
    script = """(() => {
      const table = document.querySelector("table.results");
      const button = table.querySelectorAll("thead button")[1];
      const order = () => [...table.tBodies[0].rows].map((row) => Number(row.cells[1].dataset.v));
      const seen = [order()];
      for (let n = 0; n < 2; n++) { button.click(); seen.push(order()); }
      return [...seen, table.querySelectorAll("th")[1].getAttribute("aria-sort")];
    })()"""
    before, up, down, said = browser.evaluate(file, script)
    assert up == sorted(before)
    assert down == up[::-1]
    assert said == "descending"


def test_a_column_below_a_heading_sorts_its_own_numbers(browser: Any, file: Path) -> None:
    script = """(() => {
      const table = document.querySelector("table.results");
      const head = table.tHead.rows[1].cells[0];
      const order = () => [...table.tBodies[0].rows].map((row) => row.cells[3].dataset.v ?? "");
      const before = order();
      head.querySelector("button").click();
      return [head.textContent, before, order(), table.querySelectorAll("[scope=colgroup] button").length];
    })()"""
    label, before, up, buttons = browser.evaluate(file, script)
    assert (label, buttons) == ("ban-1", 0)
    numbers = sorted((text for text in before if text), key=float)
    assert numbers
    assert up == [*numbers, *("" for text in before if not text)]


def test_a_number_unfolds_how_it_was_made(browser: Any, file: Path) -> None:
    script = """new Promise((done) => {
      const link = document.querySelector("table.results td a");
      const block = document.querySelector(link.getAttribute("href")).closest("details");
      const before = block.open;
      addEventListener("hashchange", () => setTimeout(() => done([before, block.open]), 0));
      link.click();
    })"""
    assert browser.evaluate(file, script) == [False, True]


def test_the_table_can_be_copied(browser: Any, file: Path) -> None:
    script = """[...document.querySelectorAll(".copy")].map((each) =>
      [each.querySelector("summary").textContent, each.querySelector("pre").textContent.slice(0, 10),
       each.querySelector("button").textContent])"""
    told = browser.evaluate(file, script)
    assert [name for name, _, _ in told] == ["LaTeX", "Typst", "Markdown", "CSV"]
    assert all(button == "Copy" for _, _, button in told)
    assert told[3][1] == "spec,row,c"
