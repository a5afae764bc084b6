"""The pages and pictures in `docs/report/` are what `banc report` makes of the quickstart and the study.

`make pages` makes them anew. What follows from committed results is compared: not the training curves, nor
the times and digests, which are those of the machine that ran it. Where a wording alone has changed,
`pytest --update-golden tests/docs/test_report.py` writes these parts anew, and nothing has to be trained.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from banc.cli.report_page import document_of
from banc.document.document import Document
from banc.document.html.anchors import anchors_of
from banc.document.html.differences import differences_html
from banc.document.html.page import page
from banc.document.html.table import table_html
from banc.document.pictures.paper import web_files
from banc.graph.expand import expand
from banc.graph.lower import lower
from banc.language.load import load
from banc.report.report import report

SHOWN_IN = {"quickstart": "README.md", "study": "docs/study.md"}
FOLDER = "docs/report"
COMPARED = ("Results", "Generations", "Reliability", "Who learns from whom")


@pytest.fixture(scope="module")
def clone(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fresh clone has of both, without what a workspace may have run since."""
    root = tmp_path_factory.mktemp("clone")
    (root / ".dvc").mkdir()
    (root / "spec").mkdir()
    shutil.copy(checkout / ".dvc/config", root / ".dvc/config")
    for spec in SHOWN_IN:
        shutil.copy(checkout / f"spec/{spec}.toml", root / "spec")
        (root / "results" / spec).mkdir(parents=True)
        for name in ("results.json", "details.json"):
            path = f"results/{spec}/{name}"
            committed = subprocess.run(
                ["git", "show", f"HEAD:{path}"], cwd=checkout, capture_output=True, check=True
            )
            (root / path).write_bytes(committed.stdout)
    return root


@pytest.mark.parametrize("spec", SHOWN_IN)
def test_the_table_in_latex_is_the_committed_one(
    checkout: Path, clone: Path, spec: str, update_golden: bool
) -> None:
    path = f"spec/{spec}.toml"
    layout = lower(expand(load(checkout / path).spec, spec), path).layouts[spec]
    shown, text = checkout / FOLDER / f"{spec}.tex", report(clone, [layout], "latex")
    if update_golden:
        shown.write_text(text)
    assert "\\begin{tabular}" in text
    assert shown.read_text() == text


@pytest.fixture(scope="module")
def documents(clone: Path) -> dict[str, Document]:
    return {spec: document_of(clone, {clone / f"spec/{spec}.toml": False}) for spec in SHOWN_IN}


def section(text: str, heading: str) -> str:
    """What stands below a heading of a page."""
    found = re.search(rf"<section><h2>{heading}</h2>(.*?)</section>", text, flags=re.DOTALL)
    assert found, heading
    return found[1]


def check(path: Path, heading: str, fresh: str, update: bool) -> None:
    text = path.read_text()
    if update:
        path.write_text(text.replace(section(text, heading), fresh))
    assert section(path.read_text(), heading) == fresh, f"{path.name}, {heading}: `make pages` makes it anew"


def test_the_page_has_what_the_committed_results_say(
    checkout: Path, documents: dict[str, Document], update_golden: bool
) -> None:
    fresh = page(documents["quickstart"])
    path = checkout / FOLDER / "quickstart.html"
    for heading in COMPARED:
        check(path, heading, section(fresh, heading), update_golden)
    assert section(path.read_text(), "Training curves")


def test_the_studys_page_has_its_table_and_differences(
    checkout: Path, documents: dict[str, Document], update_golden: bool
) -> None:
    (report,) = documents["study"].reports
    path = checkout / FOLDER / "study.html"
    fresh = table_html(report, anchors_of(0, report.runs)) + differences_html(report.table)
    check(path, "Results", fresh, update_golden)
    assert "Training curves" not in path.read_text(), "as a fresh clone has it"


@pytest.mark.parametrize("spec", SHOWN_IN)
def test_the_picture_is_up_to_date_and_shown(
    checkout: Path, documents: dict[str, Document], spec: str, update_golden: bool
) -> None:
    name = f"{spec}-generations-web.svg"
    made = dict(web_files(documents[spec].reports[0]))[name]
    if update_golden:
        (checkout / FOLDER / name).write_bytes(made)
    assert (checkout / FOLDER / name).read_text() == made.decode(), "`make pages` draws it anew"
    where = checkout / SHOWN_IN[spec]
    assert f"]({(checkout / FOLDER / name).relative_to(where.parent)})" in where.read_text()
