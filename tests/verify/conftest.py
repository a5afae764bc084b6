"""Stages that really ran, once a session, and locks beside them as DVC writes them; a copy to damage."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from ruamel.yaml import YAML

from banc.config.data import Digits
from banc.config.model import DenseNetBC
from banc.config.objective import Distill, Labels
from banc.config.recipe import Augmentation, Recipe
from banc.runner.execute import execute
from banc.stage import files
from banc.stage.address import address
from banc.stage.index import INDEX, Index, IndexedSpec, IndexedStage, Use, index_text
from banc.stage.kinds import Data, Predict, Score, Stage, Table, Train
from banc.verify.verdict import Verdict
from banc.verify.verify import verify

VIEWS = Augmentation(pad=0, flip=False)
RECIPE = Recipe(
    epochs=2,
    batch=10,
    learning_rate=0.1,
    drop_at=(),
    drop_factor=0.1,
    momentum=0.9,
    nesterov=True,
    weight_decay=1e-5,
    augment=VIEWS,
)
MODEL = DenseNetBC(depth=10, growth=2)
DATA = Data(Digits(train=20))
TEACHER = Train(MODEL, RECIPE, Labels(), 0, address(DATA))
STORE = Predict(VIEWS, address(DATA), address(TEACHER))
STUDENT = Train(MODEL, RECIPE, Distill(), 1000, address(DATA), (address(STORE),))
SCORE = Score(address(DATA), (address(TEACHER), address(STUDENT)))
TABLE = Table("tiny", (address(SCORE),))
STAGES: dict[str, Stage] = {
    "data": DATA,
    "teacher": TEACHER,
    "store": STORE,
    "student": STUDENT,
    "score": SCORE,
    "table": TABLE,
}
NAMES = {address(stage): name for name, stage in STAGES.items()}


class Workspace:
    """A teacher, its store, its student, their ensemble and the table."""

    data, teacher, store, student, score, table = DATA, TEACHER, STORE, STUDENT, SCORE, TABLE

    def __init__(self, root: Path) -> None:
        self.root = root
        self.scratch = root / ".banc/verify"

    def link(self, stage: Stage) -> None:
        path = self.root / self.parameters(stage)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files.stage_text(stage))
        self.write_index((*STAGES.values(), stage))

    def write_index(self, stages: Sequence[Stage]) -> None:
        """As ``banc compile`` does, of a spec that has a teacher and a student."""
        uses = {"teacher": Use("tiny", "a", "teacher", 0), "student": Use("tiny", "a", "ban-1", 0)}
        uses |= {"store": uses["teacher"], "score": Use("tiny", "a", "ens", 0)}
        indexed = {
            address(each): IndexedStage(
                each.KIND,
                self.parameters(each).parent.name,
                files.inputs(each),
                (uses.get(NAMES.get(address(each), ""), Use("tiny")),),
            )
            for each in stages
        }
        index = Index({"tiny": IndexedSpec("spec/tiny.toml", smoke=False)}, indexed)
        (self.root / INDEX).write_text(index_text(index))

    def run(self, stage: Stage) -> None:
        self.link(stage)
        execute(self.root, stage, address(stage), Console(file=io.StringIO()))

    def parameters(self, stage: Stage) -> Path:
        """Relative to the workspace, as a lock names it."""
        group = "tables" if isinstance(stage, Table) else "networks"
        return Path("pipelines", group, f"{address(stage)}.json")

    def path(self, stage: Stage, name: str) -> Path:
        return self.root / files.folder(stage) / name

    def lock(self, stage: Stage) -> Path:
        """The lock beside the ``dvc.yaml`` that holds the stage."""
        return self.root / ("dvc.lock" if isinstance(stage, Table) else "pipelines/networks/dvc.lock")

    def entry(self, stage: Stage) -> dict[str, Any]:
        """What DVC writes down of a stage that ended; ``tests/cli/test_verify.py`` has DVC's own."""
        parameters = self.parameters(stage)
        return {
            "cmd": f"banc run {address(stage)}",
            "deps": [self._file(path) for path in files.reads(stage)],
            "params": {parameters.as_posix(): json.loads((self.root / parameters).read_text())},
            "outs": [self._file(f"{files.folder(stage)}/{name}") for name in files.writes(stage)],
        }

    def write_locks(self, stages: Sequence[Stage]) -> None:
        """Writes down what is there, as ``dvc repro`` does at the end."""
        for lock in {self.lock(stage) for stage in stages}:
            of_it = {str(address(each)): self.entry(each) for each in stages if self.lock(each) == lock}
            YAML().dump({"schema": "2.0", "stages": of_it}, lock)

    def edit_lock(self, stage: Stage, changed: dict[str, Any]) -> None:
        lock = self.lock(stage)
        content = YAML(typ="safe").load(lock)
        content["stages"][address(stage)] |= changed
        YAML().dump(content, lock)

    def replace_entry(self, stage: Stage, entry: dict[str, Any] | None) -> None:
        lock = self.lock(stage)
        content = YAML(typ="safe").load(lock)
        content["stages"].pop(address(stage))
        YAML().dump(
            content | {"stages": content["stages"] | ({address(stage): entry} if entry else {})}, lock
        )

    def relock(self, stage: Stage) -> None:
        """Writes down what is there now, as someone does who covers an edit up."""
        self.edit_lock(stage, self.entry(stage))

    def verdicts(self, *asked: str, sample: int | None = None) -> Iterator[Verdict]:
        return verify(self.root, asked, sample, Console(file=io.StringIO()))

    def verify(self, *asked: Stage, sample: int | None = None) -> dict[str, Verdict]:
        """Verdicts by the stages' names in this class, in the order in which they came."""
        return {NAMES[each.address]: each for each in self.verdicts(*map(address, asked), sample=sample)}

    def state(self) -> dict[str, tuple[int, int, bytes]]:
        """Time, inode and bytes of every file."""
        return {
            path.relative_to(self.root).as_posix(): (
                path.stat().st_mtime_ns,
                path.stat().st_ino,
                path.read_bytes(),
            )
            for path in self.root.rglob("*")
            if path.is_file()
        }

    def _file(self, path: str) -> dict[str, Any]:
        data = (self.root / path).read_bytes()
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return {"path": path, "hash": "md5", "md5": digest, "size": len(data)}


@contextmanager
def torch_as_it_was() -> Iterator[None]:
    """Takes back what a stage that runs in this process sets for the whole of it."""
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    yield
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode(mode)


@pytest.fixture(scope="module", autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    with torch_as_it_was():
        yield


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """What ran, made once for all files: nothing may change it."""
    workspace = Workspace(tmp_path_factory.mktemp("verify") / "workspace")
    (workspace.root / ".dvc").mkdir(parents=True)
    # A session's fixture comes before a module's: that one would keep what running sets.
    with torch_as_it_was():
        for stage in STAGES.values():
            workspace.run(stage)
    workspace.write_locks(tuple(STAGES.values()))
    return workspace


@pytest.fixture
def workspace(finished: Workspace, tmp_path: Path) -> Workspace:
    """A copy to damage."""
    shutil.copytree(finished.root, tmp_path / "workspace")
    return Workspace(tmp_path / "workspace")
