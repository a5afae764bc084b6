"""``banc check`` answers at once: it loads nothing that trains, reads images or runs DVC."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HEAVY = {"torch", "torchvision", "numpy", "sklearn", "safetensors", "dvc", "ruamel", "jsonschema"}

PROBE = """
import json, sys
from banc.cli import main
sys.argv = ["banc", "check", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    print(json.dumps([end.code or 0, sorted(sys.modules)]))
"""


def test_checking_the_papers_tables_loads_nothing_heavy(checkout: Path) -> None:
    specs = [str(checkout / f"spec/{name}.toml") for name in ("table1", "table2")]
    run = subprocess.run(
        [sys.executable, "-c", PROBE, *specs], cwd=checkout, capture_output=True, text=True, check=True
    )
    summary, probe = run.stdout.splitlines()
    assert summary == "2 specs checked: no faults"
    code, modules = json.loads(probe)
    assert code == 0
    assert "banc.language.load" in modules
    assert HEAVY & set(modules) == set()
    assert not [name for name in modules if name.startswith(("banc.graph", "banc.runner", "banc.models"))]
