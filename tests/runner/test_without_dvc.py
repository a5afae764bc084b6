"""The running half needs none of what compiles, so that a machine with a GPU needs little."""

from __future__ import annotations

import subprocess
import sys

PROBE = """
import importlib, pkgutil, sys

ABSENT = {"dvc", "typer", "tree_sitter", "tree_sitter_toml", "ruamel", "sklearn", "torchvision"}

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import banc
for name in ("banc.runner", "banc.models"):
    package = importlib.import_module(name)
    for found in pkgutil.walk_packages(package.__path__, f"{name}."):
        # Imported only to build a network of torchvision's.
        if found.name != "banc.models.torchvision":
            importlib.import_module(found.name)
print("imported")
"""


def test_the_runner_is_imported_without_dvc() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "imported\n"
