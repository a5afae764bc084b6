"""The report as a page: where it goes, and how it is kept current. ``tests/document`` has the page itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.cli import report_page
from banc.cli.report_page import document_of, watch_page
from banc.stage.files import METRICS, folder
from banc.stage.kinds import Address

Banc = Callable[..., Any]


def test_a_page_is_written_before_anything_ran(banc: Banc, workspace: Path) -> None:
    done = banc("report", "spec/a-table.toml", "--format", "html", "-o", "page.html")
    assert (done.code, done.out, done.err) == (0, "wrote page.html\n", "")
    text = (workspace / "page.html").read_text()
    assert text.startswith("<!doctype html>")
    assert "0 of 2 numbers are there" in text
    printed = banc("report", "spec/a-table.toml", "--format", "html")
    assert printed.out == text


def test_a_smoke_run_says_so(banc: Banc, workspace: Path) -> None:
    assert "A smoke run:" in banc("report", "spec/a-table.toml", "--smoke", "--format", "html").out


@pytest.mark.parametrize("arguments", [(), ("-o", "page.html"), ("--format", "html")])
def test_watching_needs_a_page_in_a_file(banc: Banc, workspace: Path, arguments: tuple[str, ...]) -> None:
    done = banc("report", "spec/a-table.toml", "--watch", *arguments)
    assert done.code == 2
    assert "`--watch` needs `--format html` and a file, `--output FILE`" in done.err
    assert not (workspace / "page.html").exists()


@pytest.mark.parametrize("arguments", [(), ("--format", "html", "-o", "page.html")])
def test_serving_needs_a_page_and_no_file(banc: Banc, workspace: Path, arguments: tuple[str, ...]) -> None:
    done = banc("report", "spec/a-table.toml", "--serve", "0", *arguments)
    assert done.code == 2
    assert "`--serve` needs `--format html` and no `--output`" in done.err
    assert not (workspace / "page.html").exists()


def test_a_page_is_kept_current_until_all_is_finished(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_page, "PAUSE", 0)
    wanted = {workspace / "spec/a-table.toml": False}
    pages: list[str] = []

    def look() -> Any:
        document = document_of(workspace, wanted)
        # Something finishes each time after it was looked at.
        scores = [score for run in document.reports[0].runs for score in run.scores.values()]
        missing = [score for score in scores if not (workspace / folder(score) / METRICS).exists()]
        if missing:
            _finish(workspace, missing[0])
        return document

    watch_page(look, pages.append)
    assert [page.count('http-equiv="refresh"') for page in pages] == [1, 1, 0]
    assert ["All 2 numbers are there" in page for page in pages] == [False, False, True]


def test_pictures_for_a_paper_go_into_a_folder(banc: Banc, workspace: Path) -> None:
    done = banc("report", "spec/a-table.toml", "--plots", "paper/figures")
    assert (done.code, done.out, done.err) == (0, "wrote 3 pictures into paper/figures\n", "")
    # Nothing is finished: there is only who learns from whom.
    names = sorted(path.name for path in (workspace / "paper/figures").iterdir())
    assert names == [f"a-table-lineage-page.{kind}" for kind in ("pdf", "png", "svg")]
    (workspace / "file").touch()
    for arguments, told in (
        (("--plots", "file"), "`file` is no folder"),
        (("--plots", "x", "-o", "table.md"), "`--plots` writes pictures alone"),
        (("--plots", "x", "--format", "csv"), "`--plots` writes pictures alone"),
        (("--plots", "x", "--compare", "teacher"), "`--compare` and `--plots` do not go together"),
        (("--format", "html", "--compare", "teacher"), "`--compare` and `--format html` do not go together"),
    ):
        refused = banc("report", "spec/a-table.toml", *arguments)
        assert refused.code == 2
        assert told in refused.err


def test_a_crate_is_of_one_table(banc: Banc, workspace: Path) -> None:
    done = banc("report", "spec/a-table.toml", "--format", "ro-crate", "-o", "ro-crate-metadata.json")
    assert (done.code, done.out) == (0, "wrote ro-crate-metadata.json\n")
    assert json.loads((workspace / "ro-crate-metadata.json").read_text())["@graph"]
    (workspace / "spec/b.toml").write_text((workspace / "spec/a-table.toml").read_text())
    refused = banc("report", "spec/a-table.toml", "spec/b.toml", "--format", "ro-crate")
    assert refused.code == 2
    assert "an RO-Crate is of one table, and 2 specs are meant" in refused.err


def _finish(root: Path, score: Address) -> None:
    metrics = {"test_error": 5.0, "test_loss": 0.2, "images": 1777, "members": 1, "parameters": 714}
    (root / folder(score)).mkdir(parents=True)
    (root / folder(score) / METRICS).write_text(json.dumps(metrics))
