"""A small workspace that has run, made once; each test works on a copy, caches and locks included."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve, frozen

TITLE = "Tiny ${nets}: no #1 1e-5"
HEAD = f"""
banc = 1
title = "{TITLE}"
data = {{ set = "digits", train = 20 }}
seeds = [0]
recipe = {{ epochs = 2, batch = 10, augment = {{ pad = 0, flip = false }} }}
[models]
dense = {{ family = "densenet-bc", depth = 10, growth = 2 }}
wide = {{ family = "wide-resnet", depth = 10, widening = 1 }}
"""
GENERATIONS = (
    HEAD
    + """
[lineages]
ban = { models = "dense", generations = 1 }
[ensembles]
ens = { of = "dense", members = ["teacher", "ban-1"] }
[table]
rows = "dense"
columns = ["parameters", "teacher", "ban-1", "ens"]
[table.labels]
dense = "Dense ${x}"
"""
)


@frozen
class Ended:
    """A process that ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def out(self) -> str:
        return self.stdout + self.stderr

    @property
    def ran(self) -> list[str]:
        """The stages that DVC ran, by name."""
        return re.findall(r"^Running stage '(?:.*:)?([^':]+)':$", self.out, flags=re.MULTILINE)

    @property
    def kinds(self) -> list[str]:
        return [name.partition("-")[0] for name in self.ran]


@frozen
class Workspace:
    root: Path
    forked: Path
    """``dvc`` and ``banc`` that start at once. DVC calls that ``banc``, too; ``banc repro`` does not."""

    def call(self, *command: str | Path, **environment: str) -> Ended:
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def dvc(self, *arguments: str) -> Ended:
        programs = os.pathsep.join([str(self.forked), os.environ["PATH"]])
        return self.call(self.forked / "dvc", "--wait-for-lock", *arguments, PATH=programs)

    def banc(self, *arguments: str) -> Ended:
        return self.call(self.forked / "banc", *arguments)

    def git(self, *arguments: str) -> str:
        done = self.call("git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments)
        assert done.code == 0, done.out
        return done.out

    def compile(self, **specs: str) -> Ended:
        """Writes these specs, by name, and links them and no others."""
        names = [f"spec/{name}.toml" for name in specs]
        for name, text in zip(names, specs.values(), strict=True):
            (self.root / name).write_text(text)
        done = self.banc("compile", *names)
        assert done.code == 0, done.out
        return done

    def repro(self, *arguments: str) -> Ended:
        done = self.dvc("repro", *arguments)
        assert done.code == 0, done.out
        return done

    def runs(self) -> dict[str, bytes]:
        """Every output of every stage."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for folder in ("runs", "results")
            for path in sorted((self.root / folder).rglob("*"))
            if path.is_file() and path.name != ".gitignore"
        }


@pytest.fixture(scope="session", autouse=True)
def dvcs_own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """DVC keeps a database for each workspace, of which there will be many."""
    os.environ["DVC_SITE_CACHE_DIR"] = str(tmp_path_factory.mktemp("dvc-site"))
    os.environ["DVC_GLOBAL_CONFIG_DIR"] = str(tmp_path_factory.mktemp("dvc-global"))


@pytest.fixture(scope="session")
def new_workspace(forked: Path) -> Callable[[Path], Workspace]:
    """Makes an empty workspace, by ``banc init``."""

    def make(root: Path) -> Workspace:
        made = Workspace(root, forked)
        made.root.mkdir()
        assert made.banc("init").code == 0
        (made.root / "spec/quickstart.toml").unlink()
        return made

    return make


@pytest.fixture(scope="session")
def first_run(
    tmp_path_factory: pytest.TempPathFactory,
    dvcs_own_folders: None,
    new_workspace: Callable[[Path], Workspace],
) -> tuple[Workspace, Ended]:
    """``banc init``, ``banc compile``, ``dvc repro``: a teacher, its student, their ensemble."""
    made = new_workspace(tmp_path_factory.mktemp("first-run") / "workspace")
    made.compile(generations=GENERATIONS)
    return made, made.repro()


@pytest.fixture
def workspace(first_run: tuple[Workspace, Ended], tmp_path: Path) -> Workspace:
    """A copy of the workspace that has run."""
    shutil.copytree(first_run[0].root, tmp_path / "workspace", symlinks=True)
    return evolve(first_run[0], root=tmp_path / "workspace")
