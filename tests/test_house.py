"""Holds what the house promises: pins without hosts, one version, a compiling half without torch."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import banc

LOCKS = ("lock.txt", "uv.txt", "bench.txt")

PROBE = """
import importlib, json, pkgutil, sys
import banc
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}."):
        importlib.import_module(found.name)
print(json.dumps(sorted(sys.modules)))
"""


def pins(lock: Path) -> dict[str, Requirement]:
    """What a lock installs, by canonical name: its lines without comments and hashes."""
    logical = lock.read_text().replace("\\\n", " ").splitlines()
    lines = [
        line.split("--hash")[0] for line in logical if line.strip() and not line.lstrip().startswith("#")
    ]
    found = [Requirement(line.strip()) for line in lines]
    return {canonicalize_name(pin.name): pin for pin in found}


def direct_dependencies(project: dict[str, Any]) -> list[Requirement]:
    extras = project["project"].get("optional-dependencies", {})
    groups = project.get("dependency-groups", {})
    texts = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for more in (*extras.values(), *groups.values()):
        texts += [text for text in more if isinstance(text, str)]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host(checkout: Path, lock: str) -> None:
    text = (checkout / "requirements" / lock).read_text()
    without_hashes = re.sub(r"sha256:[0-9a-f]{64}", "", text)
    assert not re.findall(
        r"\w*://\S*| @ \S+|(?<!\S)-(?!r\b|-hash=)\S+|\b[\w.-]+\.(?:org|com|net|io|dev)\b", without_hashes
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_one_version_with_hashes(checkout: Path, lock: str) -> None:
    path = checkout / "requirements" / lock
    blocks = re.findall(r"^[A-Za-z0-9].*(?:\n    --hash=.*)*", path.read_text(), flags=re.MULTILINE)
    assert len(blocks) == len(pins(path)) > 0
    for block in blocks:
        assert re.match(r"[A-Za-z0-9._-]+==[^\s;,*]+ ", block), block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block


def test_every_direct_dependency_is_locked_in_its_bounds(checkout: Path) -> None:
    locked = pins(checkout / "requirements/bench.txt") | pins(checkout / "requirements/lock.txt")
    for wanted in direct_dependencies(tomllib.loads((checkout / "pyproject.toml").read_text())):
        (pin,) = locked[canonicalize_name(wanted.name)].specifier
        assert wanted.specifier.contains(pin.version), f"{wanted} against {pin}"


def test_what_is_measured_beside_brings_no_other_versions(checkout: Path) -> None:
    locked, beside = (pins(checkout / "requirements" / name) for name in ("lock.txt", "bench.txt"))
    assert "torchdistill" not in locked
    assert "torch" in beside
    assert not {name for name in beside.keys() & locked.keys() if beside[name] != locked[name]}


def test_the_makefile_and_its_lock_agree_on_uv(checkout: Path) -> None:
    named = re.search(r"^UV_VERSION := (\S+)$", (checkout / "Makefile").read_text(), flags=re.MULTILINE)
    assert named is not None
    assert str(pins(checkout / "requirements/uv.txt")["uv"].specifier) == f"=={named[1]}"


def test_the_package_has_one_version() -> None:
    assert banc.__version__ == version("banc")


def test_what_must_answer_at_once_loads_no_torch(checkout: Path) -> None:
    """The import contract reads the modules' text; here they are imported."""
    contracts = tomllib.loads((checkout / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = (one for one in contracts if one["name"] == "No torch in what must answer at once")
    names = contract["source_modules"]
    run = subprocess.run(
        [sys.executable, "-c", PROBE, *names], cwd=checkout, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(run.stdout))
    assert loaded.issuperset(names)
    assert not loaded & {"torch", "torchvision", "sklearn", "dvc"}


def test_dvc_reports_to_nobody(checkout: Path) -> None:
    config = configparser.ConfigParser()
    config.read(checkout / ".dvc/config")
    assert config["core"]["analytics"] == "false"
    assert config["core"]["check_update"] == "false"


def test_a_file_has_one_duty(checkout: Path) -> None:
    long = {
        str(path.relative_to(checkout)): lines
        for path in sorted((checkout / "banc").rglob("*.py"))
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long, "past 400 lines a file has two duties"


def test_contributing_says_where_each_module_is_tested(checkout: Path) -> None:
    """By a file of its name; else its table has it, with tests that are there."""
    text = (checkout / "CONTRIBUTING.md").read_text()
    _, _, table = text.partition("| module without a test file of its own name |")
    rows = [line.split("|")[1:3] for line in table.partition("\n\n")[0].splitlines()[2:]]
    assert len(rows) > 40
    listed = [name for modules, _ in rows for name in re.findall("`([^`]+)`", modules)]
    assert len(listed) == len(set(listed)), "a module is listed twice"
    tests = [re.findall("`([^`]+)`", tests) for _, tests in rows]
    assert all(tests)
    assert [name for several in tests for name in several if not (checkout / "tests" / name).exists()] == []
    modules = [path.relative_to(checkout / "banc") for path in (checkout / "banc").rglob("*.py")]
    alone = [
        path.as_posix()
        for path in modules
        if path.name != "__init__.py"
        and not (checkout / "tests" / path.parent / f"test_{path.name}").exists()
    ]
    assert [name for name in alone if not any(fnmatch(name, pattern) for pattern in listed)] == []
    assert [pattern for pattern in listed if not any(fnmatch(name, pattern) for name in alone)] == []


def test_what_can_run_foreign_code_is_what_security_md_tells_of(checkout: Path) -> None:
    """A new place belongs into the tables of SECURITY.md first, and then into this list."""
    risky = re.compile(
        r"^\s*import (?:subprocess|pickle)\b|(?<![.\w])(?:exec|eval)\(|os\.system"
        r"|(?<![.\w])torch\.(?:export\.)?load\(",
        re.MULTILINE,
    )
    found = {path.name for path in (checkout / "banc").rglob("*.py") if risky.search(path.read_text())}
    assert found == {
        "validator.py",  # a process of its own for a person's network or objective
        "own_function.py",  # that network's or objective's file
        "launch.py",  # banc itself, once for each process of a training
        "provenance.py",  # nvidia-smi
        "git.py",  # git, for files at revisions
        "machine.py",  # nvidia-smi
        "dvc.py",  # dvc, for `banc repro`
        "repro.py",  # ninja
        "stages.py",  # banc run
        "forks.py",  # banc run again, forked from a process that has imported torch
        "slurm.py",  # sbatch and its like, for `banc submit`
        "workspace.py",  # dvc and git, for `banc init`
        "pickled.py",  # the one unpickler
        "program.py",  # loads the program that it has just made
        "load_words.py",  # text: how others load a program
        "foreign_weights.py",  # a state dict, read by torch's restricted unpickler
    }
    told = (checkout / "SECURITY.md").read_text()
    for said in (
        "git cat-file",
        "nvidia-smi",
        "dvc init",
        "dvc commit",
        "ninja",
        "sbatch",
        "git init",
        "banc.load_model",
        "banc export",
        "pickled.py",
        "factory",
        'kind = "function"',
    ):
        assert said in told
