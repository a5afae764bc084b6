"""The tables in the documents are what the committed results say, set by `banc report`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from banc.graph.expand import expand
from banc.graph.lower import lower
from banc.language.load import load
from banc.report.report import report

TABLE = re.compile(r"<!-- [^\n]* table: [^\n]* -->\n(.*?)<!-- end of table -->", re.DOTALL)


@pytest.mark.parametrize(
    ("document", "name"), [("README.md", "quickstart"), ("docs/cifar100.md", "cifar100-reduced")]
)
def test_a_documents_table_is_the_committed_one(
    checkout: Path, tmp_path: Path, document: str, name: str
) -> None:
    """The committed results, since training again on another machine may round otherwise."""
    (shown,) = TABLE.findall((checkout / document).read_text())
    where, spec = f"results/{name}/results.json", f"spec/{name}.toml"
    committed = subprocess.run(
        ["git", "show", f"HEAD:{where}"], cwd=checkout, capture_output=True, text=True, check=True
    )
    (tmp_path / where).parent.mkdir(parents=True)
    (tmp_path / where).write_text(committed.stdout)
    layout = lower(expand(load(checkout / spec).spec, name), spec).layouts[name]
    text = report(tmp_path, [layout], "markdown")
    assert shown == text
    assert "…" not in text
