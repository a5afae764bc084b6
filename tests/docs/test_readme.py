"""The README's table is what the committed results say, set by `banc report`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from banc.graph.expand import expand
from banc.graph.lower import lower
from banc.report.report import report
from banc.spec.load import load

SPEC = "spec/quickstart.toml"
TABLE = re.compile(r"<!-- quickstart table: [^\n]* -->\n(.*?)<!-- end of table -->", re.DOTALL)


def test_the_readmes_table_is_the_committed_one(checkout: Path, tmp_path: Path) -> None:
    """The committed results, since `make demo` on another machine may round otherwise."""
    (shown,) = TABLE.findall((checkout / "README.md").read_text())
    where = "results/quickstart/results.json"
    committed = subprocess.run(
        ["git", "show", f"HEAD:{where}"], cwd=checkout, capture_output=True, text=True, check=True
    )
    (tmp_path / where).parent.mkdir(parents=True)
    (tmp_path / where).write_text(committed.stdout)
    loaded = load(checkout / SPEC)
    layout = lower(expand(loaded.spec, "quickstart"), SPEC).layouts["quickstart"]
    text = report(tmp_path, layout, "markdown")
    assert shown == text
    assert "…" not in text
