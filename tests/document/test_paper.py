from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

import attrs
import pytest
from PIL import Image

from banc.document.document import Document
from banc.document.pictures.paper import COLUMN, PAGE, paper_files


@pytest.fixture(scope="module")
def files(document: Document) -> dict[str, bytes]:
    """Of two pictures as both, of one as a column, of one as neither: each takes a while."""
    report = document.reports[0]
    return dict(paper_files(attrs.evolve(report, curves=report.curves[:1], reliability=())))


def test_every_picture_comes_in_three_formats(files: dict[str, bytes]) -> None:
    web = {name for name in files if name.endswith("-web.svg")}
    assert web == {"t0-generations-web.svg", "t0-curves-web.svg"}
    names = {name.rpartition(".")[0] for name in files if name not in web}
    assert names == {
        *(f"t0-{what}-page" for what in ("generations", "published", "lineage")),
        *(
            f"t0-{what}-column"
            for what in ("generations-dense", "generations-wide", "curves-dense", "published")
        ),
    }
    assert set(files) - web == {f"{name}.{kind}" for name in names for kind in ("pdf", "svg", "png")}


def test_letters_come_with_the_file(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if name.endswith(".pdf"):
            assert b"/FontFile2" in content, "TrueType, embedded"
            assert b"/Type3" not in content
        elif name.endswith(".svg") and "-web" not in name:
            root = ET.fromstring(content)
            assert not list(root.iter("{http://www.w3.org/2000/svg}text")), "outlines"


def test_they_are_as_wide_as_a_column_and_as_a_page(files: dict[str, bytes]) -> None:
    def width(name: str) -> float:
        found = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", files[name])
        assert found
        return float(found[1]) / 72

    assert width("t0-generations-dense-column.pdf") == pytest.approx(COLUMN, abs=0.01)
    assert width("t0-generations-page.pdf") == pytest.approx(PAGE, abs=0.01)
    with Image.open(io.BytesIO(files["t0-generations-page.png"])) as image:
        assert image.width == round(PAGE * 300)


def test_no_file_says_when_it_was_made(files: dict[str, bytes]) -> None:
    assert not [name for name, content in files.items() if re.search(rb"CreationDate|dc:date|tIME", content)]
