"""The picture in README.md is what `banc graph` and `banc report` print of the quickstart.

`pytest --update-golden tests/docs/test_picture.py` draws it anew: `docs/quickstart.svg`. It shows the
committed results, as the tables in the documents do.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from banc.graph.draw import draw
from banc.graph.expand import expand
from banc.graph.lower import lower
from banc.language.load import load
from banc.report.report import report

SPEC = "spec/quickstart.toml"
RESULTS = "results/quickstart/results.json"
COLUMNS = 84
SIZE, LETTER, LINE, MARGIN = 15, 9, 20, 18  # pixels
# Dark on its own ground, so that it reads on a light page and on a dark one.
GROUND, PLAIN, DIM, PROMPT = "#22272e", "#dde3ea", "#909dab", "#8ddb8c"
# A forge shows it as an image, which may load nothing: the fonts of the reader's machine.
FONTS = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def picture(checkout: Path, scratch: Path) -> str:
    """The terminal after both commands, as SVG."""
    committed = subprocess.run(
        ["git", "show", f"HEAD:{RESULTS}"], cwd=checkout, capture_output=True, text=True, check=True
    )
    (scratch / RESULTS).parent.mkdir(parents=True)
    (scratch / RESULTS).write_text(committed.stdout)
    spec = load(checkout / SPEC).spec
    layout = lower(expand(spec, "quickstart"), SPEC).layouts["quickstart"]
    table = report(scratch, [layout], "terminal", width=COLUMNS, color=True)
    lines = [
        Text.assemble(("$ banc graph", "green")),
        *map(Text, draw({SPEC: spec}, "text").splitlines()),
        Text(),
    ]
    lines += [Text.assemble(("$ banc report", "green")), *map(Text.from_ansi, table.splitlines())]
    width, height = COLUMNS * LETTER + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    drawn = [word for at, line in enumerate(lines) for word in words(line, MARGIN + SIZE + at * LINE)]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
            f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>',
            f'<g font-family="{FONTS}" font-size="{SIZE}" fill="{PLAIN}">',
            *drawn,
            "</g>",
            "</svg>",
            "",
        )
    )


def words(line: Text, y: int) -> Iterator[str]:
    """Each word in its place, so that columns stand whatever the font's width is."""
    column = 0
    for segment in line.render(Console()):
        style = segment.style or Style()
        look = ' font-weight="bold"' if style.bold else ""
        look += f' fill="{PROMPT}"' if style.color else f' fill="{DIM}"' if style.dim else ""
        for word in re.finditer(r"\S+(?: \S+)*", segment.text):
            x = MARGIN + LETTER * (column + cell_len(segment.text[: word.start()]))
            length = LETTER * cell_len(word[0])
            yield f'<text x="{x}" y="{y}" textLength="{length}"{look}>{escape(word[0])}</text>'
        column += cell_len(segment.text)


def test_the_picture_is_up_to_date(checkout: Path, tmp_path: Path, update_golden: bool) -> None:
    path = checkout / "docs/quickstart.svg"
    expected = picture(checkout, tmp_path)
    if update_golden:
        path.write_text(expected)
    assert path.read_text() == expected, "pytest --update-golden tests/docs/test_picture.py draws it anew"


def test_the_picture_stands_in_the_readme_and_loads_nothing(checkout: Path) -> None:
    text = (checkout / "docs/quickstart.svg").read_text()
    ET.fromstring(text)
    assert re.findall(r"(?:https?:|url\()[^\"' ]*", text) == ["http://www.w3.org/2000/svg"]
    assert "](docs/quickstart.svg)" in (checkout / "README.md").read_text()
