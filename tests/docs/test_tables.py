"""The tables in the documents are what the committed results say, set by `banc report`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from banc.graph.expand import expand
from banc.graph.lower import lower
from banc.language.load import load
from banc.report.report import report, report_differences
from banc.stage.layout import Layout

TABLE = re.compile(r"<!-- [^\n]* table: [^\n]* -->\n(.*?)<!-- end of table -->", re.DOTALL)


def committed(checkout: Path, root: Path, name: str) -> Layout:
    """The layout of a spec, whose committed results are brought to ``root``."""
    command = ["git", "ls-tree", "--name-only", "HEAD", f"results/{name}/"]
    listed = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    for where in listed.stdout.split():
        shown = subprocess.run(
            ["git", "show", f"HEAD:{where}"], cwd=checkout, capture_output=True, check=True
        )
        (root / where).parent.mkdir(parents=True, exist_ok=True)
        (root / where).write_bytes(shown.stdout)
    spec = f"spec/{name}.toml"
    return lower(expand(load(checkout / spec).spec, name), spec).layouts[name]


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("README.md", "quickstart"),
        ("docs/cifar100.md", "cifar100-reduced"),
        ("docs/distillation.md", "distillation-reduced"),
        ("docs/study.md", "study"),
    ],
)
def test_a_documents_table_is_the_committed_one(
    checkout: Path, tmp_path: Path, document: str, name: str
) -> None:
    """The committed results, since training again on another machine may round otherwise."""
    (shown,) = TABLE.findall((checkout / document).read_text())
    text = report(tmp_path, [committed(checkout, tmp_path, name)], "markdown")
    assert shown == text
    assert "…" not in text


def test_so_are_the_study_s_differences(checkout: Path, tmp_path: Path) -> None:
    page = (checkout / "docs/study.md").read_text()
    (shown,) = re.findall(r"<!-- study differences: [^\n]* -->\n(.*?)<!-- end of differences -->", page, re.S)
    layout = committed(checkout, tmp_path, "study")
    assert shown == report_differences(tmp_path, [layout], "markdown", "teacher")
