"""banc as a tool: from a wheel, in an environment of its own, outside of this repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from attrs import frozen

SPEC = """
banc = 1
title = "From a wheel"
data = { set = "digits", train = 20 }
seeds = [0]
baselines = ["net"]
recipe = { epochs = 1, augment = { pad = 0, flip = false } }
[models]
net = { family = "densenet-bc", depth = 10, growth = 2 }
[table]
rows = "net"
columns = ["parameters", "teacher"]
"""


PARAMETERS = 714
"""Of its network."""


@frozen
class Installed:
    python: Path
    wheel: Path

    def call(self, *command: str, cwd: Path) -> str:
        scripts = str(self.python.parent)
        kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**kept, "PATH": os.pathsep.join([scripts, os.environ["PATH"]])},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Installed:
    """The wheel of this checkout, in an environment that borrows what banc needs from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=checkout, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv")
    python = folder / "venv/bin/python"
    # A path in a .pth file is searched, but the .pth files there are not read: not this checkout's.
    (site,) = folder.glob("venv/lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    uv = shutil.which("uv")
    assert uv, "uv is not installed: make setup"
    install = [uv, "pip", "install", "--offline", "--no-deps", "--python", python, wheel]
    subprocess.run(install, capture_output=True, check=True)
    return Installed(python, wheel)


def test_the_packages_page_links_to_nothing_that_is_not_there(installed: Installed) -> None:
    """A link into the repository leads nowhere from a package index, whose page this text is."""
    archive = zipfile.ZipFile(installed.wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    _, _, page = archive.read(name).decode("utf-8").partition("\n\n")
    assert page.startswith("# banc\n") and "| `banc plan [SPEC...]` |" in page
    targets = re.findall(r"\]\(([^)]*)\)", page)
    assert targets and all(target.startswith("https://") for target in targets)
    assert "| every key, every error |" in page  # what was linked stays as text


def test_the_wheel_holds_the_package_and_its_data(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    assert {"banc/py.typed", "banc/spec.schema.json", "banc/templates/quickstart.toml"} <= names
    assert {"banc/templates/distillation.toml", "banc/templates/own-network.py.txt"} <= names
    assert {"banc/docs/spec.md", "banc/docs/errors.md", "banc/docs/how-to/data.md"} <= names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"banc"}


def test_the_manual_is_there_without_a_checkout(installed: Installed, tmp_path: Path, checkout: Path) -> None:
    told = installed.call("banc", "manual", "recipe.drop_at", cwd=tmp_path)
    assert "The learning rate drops" in told
    whole = installed.call("banc", "manual", cwd=tmp_path)
    assert whole.startswith((checkout / "docs/spec.md").read_text()[:200])
    assert "sha256" in installed.call("banc", "manual", "how-to/data", cwd=tmp_path)
    # The first spec of a new workspace names it.
    (spec,) = installed.python.parents[1].glob("lib/python*/site-packages/banc/templates/quickstart.toml")
    assert "`banc manual` explains every key" in spec.read_text()


def test_from_nothing_to_a_table(installed: Installed, tmp_path: Path) -> None:
    where = installed.call("python", "-c", "import banc; print(banc.__file__)", cwd=tmp_path)
    assert Path(where).is_relative_to(installed.python.parents[1])
    assert "next: cd x && banc compile" in installed.call("banc", "init", "x", cwd=tmp_path)
    root = tmp_path / "x"
    assert installed.call("banc", "check", "spec/quickstart.toml", cwd=root) == "1 spec checked: no faults\n"
    assert "1 table" in installed.call("banc", "compile", cwd=root)
    (root / "spec/quickstart.toml").write_text(SPEC)
    installed.call("banc", "compile", cwd=root)
    assert "…" in installed.call("banc", "report", cwd=root)
    done = installed.call("python", "-m", "dvc", "--wait-for-lock", "repro", cwd=root)
    assert done.count("Running stage") == 4
    told = installed.call("banc", "report", cwd=root)
    assert "From a wheel" in told
    assert "…" not in told
    program = """
import banc
assert banc.compile(check=True).write == ()
run, *_ = banc.results("quickstart")
network = banc.load_model(".", "net/teacher", seed=0)
print(run.column, run.test_error is not None, network.training, sum(p.numel() for p in network.parameters()))
"""
    assert installed.call("python", "-c", program, cwd=root) == f"teacher True False {PARAMETERS}\n"
    for command in (("graph", "spec/quickstart.toml"), ("explain-error", "BANC012"), ("schema",)):
        assert installed.call("banc", *command, cwd=root)
