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

TABLE = r"<!-- [^\n]* table: `banc report spec/{}\.toml [^\n]* -->\n(.*?)<!-- end of table -->"
DIFFERENCES = (
    r"<!-- [^\n]* differences: `banc report spec/{}\.toml --compare (\w+) [^\n]* -->\n(.*?)<!-- end of diff"
)


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
        ("docs/distillation.md", "distillation-tuning"),
        ("docs/how-to/gpu-table.md", "fashion-mnist"),
        ("docs/study.md", "study"),
    ],
)
def test_a_documents_table_is_the_committed_one(
    checkout: Path, tmp_path: Path, document: str, name: str
) -> None:
    """The committed results, since training again on another machine may round otherwise."""
    (shown,) = re.findall(TABLE.format(name), (checkout / document).read_text(), re.DOTALL)
    text = report(tmp_path, [committed(checkout, tmp_path, name)], "markdown")
    assert shown == text
    assert "…" not in text


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("docs/study.md", "study"),
        ("docs/distillation.md", "distillation-reduced"),
        ("docs/how-to/gpu-table.md", "fashion-mnist"),
    ],
)
def test_so_are_its_differences(checkout: Path, tmp_path: Path, document: str, name: str) -> None:
    ((to, shown),) = re.findall(DIFFERENCES.format(name), (checkout / document).read_text(), re.DOTALL)
    layout = committed(checkout, tmp_path, name)
    assert shown == report_differences(tmp_path, [layout], "markdown", to)
