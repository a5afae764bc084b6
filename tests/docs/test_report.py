"""The page and the picture in `docs/report/` are what `banc report` makes of the quickstart.

`make pages` makes them anew. What follows from committed results is compared: not the training curves, nor
the times and digests, which are those of the machine that ran it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from banc.cli.report_page import document_of
from banc.document.document import Document
from banc.document.html.page import page
from banc.document.pictures.paper import web_files

SPEC = "spec/quickstart.toml"
FOLDER = "docs/report"
COMPARED = ("Results", "Generations", "Reliability", "Who learns from whom")


@pytest.fixture(scope="module")
def document(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """As a fresh clone has it, without what a workspace may have run since."""
    root = tmp_path_factory.mktemp("clone")
    (root / ".dvc").mkdir()
    (root / "spec").mkdir()
    shutil.copy(checkout / ".dvc/config", root / ".dvc/config")
    shutil.copy(checkout / SPEC, root / SPEC)
    (root / "results/quickstart").mkdir(parents=True)
    for name in ("results.json", "details.json"):
        path = f"results/quickstart/{name}"
        committed = subprocess.run(
            ["git", "show", f"HEAD:{path}"], cwd=checkout, capture_output=True, check=True
        )
        (root / path).write_bytes(committed.stdout)
    return document_of(root, {root / SPEC: False})


def sections(text: str) -> dict[str, str]:
    """By heading."""
    found = re.findall(r"<section><h2>(.*?)</h2>(.*?)</section>", text, flags=re.DOTALL)
    return dict(found)


def test_the_page_has_what_the_committed_results_say(checkout: Path, document: Document) -> None:
    ours = sections((checkout / FOLDER / "quickstart.html").read_text())
    fresh = sections(page(document))
    for heading in COMPARED:
        assert ours[heading] == fresh[heading], f"{heading}: `make pages` makes the page anew"
    assert "Training curves" in ours


def test_the_picture_in_the_readme_is_up_to_date(checkout: Path, document: Document) -> None:
    name = "quickstart-generations-web.svg"
    made = dict(web_files(document.reports[0]))[name]
    assert (checkout / FOLDER / name).read_text() == made.decode(), "`make pages` draws it anew"
    assert f"]({FOLDER}/{name})" in (checkout / "README.md").read_text()
