"""A workspace in a temporary folder: stages are linked as the compiler links them, and really run."""

from __future__ import annotations

import csv
import io
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from numpy.typing import NDArray
from rich.console import Console
from safetensors.numpy import load

from banc.config.data import Digits
from banc.config.model import DenseNetBC
from banc.config.objective import Labels
from banc.config.recipe import Augmentation, Recipe
from banc.runner.execute import execute
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Address, Data, Predict, Stage, Train

# Modules beside tests, which they import by name.
sys.path[:0] = [str(Path(__file__).with_name(folder)) for folder in ("revised", "plain", "several")]


class Nursery:
    """Processes that start at once, one at a time."""

    def __init__(self, checkout: Path, modules: tuple[str, ...]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("nursery.py"), *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=checkout,
            # Where memory is limited, what glibc reserves for threads is not to be a matter of chance.
            env={**os.environ, "MALLOC_ARENA_MAX": "1"},
        )
        self.child = 0
        assert self._answer() == "ready"

    def start(self, root: Path, stage: str, *environment: str) -> None:
        if self.child:  # of a test that failed
            self.kill()
            self.wait()
        (root / ".dvc").mkdir(exist_ok=True)
        assert self.process.stdin
        print(root, stage, *environment, file=self.process.stdin, flush=True)
        self.child = int(self._answer())

    def kill(self, number: int = signal.SIGKILL) -> None:
        assert self.child > 1
        with suppress(ProcessLookupError):  # it was faster
            os.kill(self.child, number)

    def wait(self) -> int:
        """The exit status of the last that started; negative is a signal's number."""
        self.child = 0
        return int(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


class Workspace:
    """Where the tests' stages run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.said = io.StringIO()

    def link(self, stage: Stage) -> Address:
        name = address(stage)
        path = self.root / "pipelines/x" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files.stage_text(stage))
        return name

    def run(self, stage: Stage, file: str | None = None) -> Address:
        name = self.link(stage)
        execute(self.root, stage, name, Console(file=self.said, width=100), file=file)
        return name

    def path(self, where: Stage | Address, name: str) -> Path:
        return self.root / files.folder(where) / name

    def weights(self, stage: Stage | Address) -> dict[str, NDArray[Any]]:
        """What a network's file holds, by name."""
        return load(self.path(stage, files.MODEL).read_bytes())

    def history(self, stage: Stage | Address) -> list[dict[str, float]]:
        """The lines of a training's curve, without what was not measured."""
        lines = csv.DictReader(self.path(stage, files.HISTORY).read_text().splitlines())
        return [{key: float(value) for key, value in line.items() if value} for line in lines]

    def outputs(self, where: Stage | Address) -> dict[str, bytes]:
        folder = self.root / files.folder(where)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    def left(self) -> set[str]:
        """Every file but locks, parameters and what others see of a stage's progress, by its path."""
        found = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        apart = (".banc/locks/", ".banc/progress/", ".banc/failures/", "pipelines/")
        return {path for path in found if not path.startswith(apart)}


RECIPE = Recipe(
    epochs=2,
    batch=16,
    learning_rate=0.1,
    drop_at=(0.5,),
    drop_factor=0.2,
    momentum=0.9,
    nesterov=True,
    weight_decay=5e-4,
    augment=Augmentation(pad=1, flip=True),
)
MODEL = DenseNetBC(depth=10, growth=4)


@pytest.fixture(scope="session")
def new_workspace() -> Callable[[Path], Workspace]:
    """Makes a workspace of a folder: for tests that share one."""
    return Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def data(workspace: Workspace) -> Address:
    """Forty digits to train on: not a whole number of batches."""
    return workspace.run(Data(Digits(train=40)))


@pytest.fixture
def recipe() -> Recipe:
    return RECIPE


@pytest.fixture
def teacher(data: Address) -> Train:
    """A stage that trains on labels; nothing has run."""
    return Train(model=MODEL, recipe=RECIPE, objective=Labels(), seed=0, data=data)


@pytest.fixture
def taught(workspace: Workspace, teacher: Train) -> Address:
    """The finished outputs of that teacher."""
    trained = workspace.run(teacher)
    return workspace.run(Predict(views=RECIPE.augment, data=teacher.data, model=trained))


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    yield
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode(mode)


@pytest.fixture(scope="module")
def new_nursery(checkout: Path) -> Iterator[Callable[..., Nursery]]:
    """Makes a ``Nursery`` that has imported so much."""
    made: list[Nursery] = []

    def make(*modules: str) -> Nursery:
        made.append(Nursery(checkout, modules))
        return made[-1]

    yield make
    for each in made:
        each.process.kill()
        each.process.communicate()


@pytest.fixture(scope="module")
def nursery(new_nursery: Callable[..., Nursery]) -> Nursery:
    return new_nursery()


@pytest.fixture
def no_file_larger_than() -> Callable[[int], AbstractContextManager[None]]:
    """What a full disk is like, without filling one."""

    @contextmanager
    def limit(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        # Of a module that is imported meanwhile, Python would keep half of the bytecode, and then read that.
        kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            sys.dont_write_bytecode = kept

    return limit
