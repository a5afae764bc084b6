"""Stages that really ran, verified; a lock beside them, as DVC writes one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from attrs import evolve
from rich.console import Console
from ruamel.yaml import YAML

from banc.cli.show_verdicts import lines
from banc.config.data import Arrays, Digits
from banc.config.model import DenseNetBC
from banc.config.objective import Distill, Labels
from banc.config.recipe import Augmentation, Recipe
from banc.errors import BancError, UsageError
from banc.runner.compare import Different, Identical, Near
from banc.runner.execute import execute
from banc.stage import files
from banc.stage.address import address
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
STAGES: tuple[Stage, ...] = (DATA, TEACHER, STORE, STUDENT, SCORE, TABLE)
NETWORKS = "pipelines/networks"


def parameters(stage: Stage) -> Path:
    group = "pipelines/tables" if isinstance(stage, Table) else NETWORKS
    return Path(group, f"{address(stage)}.json")


def entry(root: Path, stage: Stage) -> dict[str, Any]:
    """What DVC writes down of a stage that ended; ``tests/cli/test_verify.py`` has DVC's own."""

    def file(path: str) -> dict[str, Any]:
        data = (root / path).read_bytes()
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return {"path": path, "hash": "md5", "md5": digest, "size": len(data)}

    return {
        "cmd": f"banc run {address(stage)}",
        "deps": [file(path) for path in files.reads(stage)],
        "params": {parameters(stage).as_posix(): json.loads((root / parameters(stage)).read_text())},
        "outs": [file(f"{files.folder(stage)}/{name}") for name in files.writes(stage)],
    }


def lock_of(root: Path, stage: Stage) -> Path:
    return root / ("dvc.lock" if isinstance(stage, Table) else f"{NETWORKS}/dvc.lock")


@pytest.fixture(scope="module", autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    yield
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode(mode)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher, its store, its student, their ensemble and the table, with DVC's locks."""
    root = tmp_path_factory.mktemp("verify") / "workspace"
    (root / ".dvc").mkdir(parents=True)
    for stage in STAGES:
        path = root / parameters(stage)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files.stage_text(stage))
        execute(root, stage, address(stage), Console(file=io.StringIO()))
    for lock in {lock_of(root, stage) for stage in STAGES}:
        of_it = [stage for stage in STAGES if lock_of(root, stage) == lock]
        YAML().dump(
            {"schema": "2.0", "stages": {str(address(each)): entry(root, each) for each in of_it}}, lock
        )
    return root


@pytest.fixture
def root(finished: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    shutil.copytree(finished, tmp_path / "workspace")
    return tmp_path / "workspace"


def check(root: Path, *asked: Stage, sample: int | None = None) -> dict[str, Verdict]:
    """Verdicts by kind and seed: ``data``, ``train-0``, ``train-1000``, ``predict``, ``score``, ``table``."""
    names = {address(each): each.KIND for each in STAGES}
    names |= {address(each): f"train-{each.seed}" for each in (TEACHER, STUDENT)}
    found = verify(root, [address(each) for each in asked], sample, Console(file=io.StringIO()))
    return {names[each.address]: each for each in found}


def path_of(root: Path, stage: Stage, name: str) -> Path:
    return root / files.folder(stage) / name


def state(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Time, inode and bytes of every file of a workspace."""
    return {
        path.relative_to(root).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


def relock(root: Path, stage: Stage) -> None:
    """Writes down what is there now, as someone does who covers an edit up."""
    edit_lock(root, stage, entry(root, stage))


def edit_lock(root: Path, stage: Stage, changed: dict[str, Any]) -> None:
    lock = lock_of(root, stage)
    content = YAML(typ="safe").load(lock)
    content["stages"][address(stage)] |= changed
    YAML().dump(content, lock)


def test_a_fresh_run_is_identical_and_nothing_of_it_is_touched(finished: Path) -> None:
    before = state(finished)
    found = check(finished)
    assert list(found) == ["data", "train-0", "predict", "train-1000", "score", "table"]
    for verdict in found.values():
        assert verdict.outcome == "identical"
        assert verdict.good
        assert verdict.recorded
        assert not verdict.edited
        assert not verdict.environment
        assert set(verdict.files.values()) == {Identical()}
    assert state(finished) == before
    assert not (finished / ".banc/verify").exists()


def test_a_number_edited_in_metrics_is_found_and_named(root: Path) -> None:
    path = path_of(root, SCORE, files.METRICS)
    metrics = json.loads(path.read_text())
    path.write_text(json.dumps({**metrics, "test_error": metrics["test_error"] - 5}, indent=1) + "\n")
    found = check(root, SCORE, TABLE)
    assert not found["score"].good
    difference = found["score"].files[files.METRICS]
    assert isinstance(difference, Different)
    assert difference.figures is not None
    assert (difference.figures.where, difference.figures.absolute) == ("test_error", pytest.approx(5))
    (edit,) = found["score"].edited
    assert (edit.what, edit.where) == ("output", f"{files.folder(SCORE)}/metrics.json")
    # The table read it before the edit: a replay of it is another table, and its input is named.
    assert found["table"].outcome == "different"
    assert [each.what for each in found["table"].edited] == ["input"]


def test_an_edit_with_a_lock_that_fits_is_found_by_the_replay(root: Path) -> None:
    path = path_of(root, TEACHER, files.HISTORY)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[-1].rpartition(",")[0] + ",1.2500"]) + "\n")
    relock(root, TEACHER)
    verdict = check(root, TEACHER)["train-0"]
    assert not verdict.edited
    assert verdict.outcome == "different"
    assert {name for name, each in verdict.files.items() if isinstance(each, Different)} == {files.HISTORY}


@pytest.mark.parametrize(("by", "outcome"), [(1e-7, "within tolerance"), (1e-2, "different")])
def test_weights_are_near_or_different(root: Path, by: float, outcome: str) -> None:
    path = path_of(root, TEACHER, files.MODEL)
    weights = safetensors.numpy.load_file(path)
    name = next(name for name, each in weights.items() if each.ndim == 4)
    weights[name] = weights[name].copy()
    weights[name].flat[0] = np.float32(0.0625) if by == 1e-2 else np.nextafter(weights[name].flat[0], 1)
    if by == 1e-2:
        weights[name].flat[0] += np.float32(by)
    path.write_bytes(safetensors.numpy.save(weights))
    verdict = check(root, TEACHER)["train-0"]
    assert verdict.outcome == outcome
    difference = verdict.files[files.MODEL]
    assert isinstance(difference, Near if outcome == "within tolerance" else Different)
    assert difference.figures is not None
    assert (difference.figures.where, difference.figures.differing) == (name, 1)
    # Within tolerance or not, the lock tells that the bytes are not the ones that the stage wrote.
    assert [each.where for each in verdict.edited] == [f"{files.folder(TEACHER)}/{files.MODEL}"]
    assert not verdict.good


def test_a_damaged_output_is_different(root: Path) -> None:
    path = path_of(root, STORE, files.OUTPUTS)
    path.write_bytes(path.read_bytes()[:-7])
    found = check(root, STORE, STUDENT)
    assert found["predict"].files[files.OUTPUTS] == Different("cannot be read: it is damaged")
    # Who reads it cannot be replayed, which does not end the verifying.
    assert found["train-1000"].outcome == "failed"
    assert "is damaged" in found["train-1000"].reason
    assert not found["train-1000"].good


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"cmd": "banc run something-else"}, {"command"}),
        ({"cmd": None}, {"command"}),
        ({"outs": []}, {"output"}),
        ({"deps": []}, {"input"}),
        ({"params": {}}, {"parameters"}),
        ({"params": {"x.json": {"kind": "train", "seed": 5}}}, {"parameters"}),
    ],
)
def test_an_edited_lock_is_found(root: Path, changed: dict[str, Any], what: set[str]) -> None:
    edit_lock(root, TEACHER, changed)
    verdict = check(root, TEACHER)["train-0"]
    assert {each.what for each in verdict.edited} == what
    assert verdict.outcome == "identical"
    assert not verdict.good


@pytest.mark.parametrize("field", ["md5", "size"])
@pytest.mark.parametrize(("listed", "what"), [("outs", "output"), ("deps", "input")])
def test_a_digest_edited_in_a_lock_is_found(root: Path, field: str, listed: str, what: str) -> None:
    changed = entry(root, TEACHER)
    changed[listed][1][field] = "0" * 32 if field == "md5" else 1
    edit_lock(root, TEACHER, changed)
    (edit,) = check(root, TEACHER)["train-0"].edited
    assert (edit.what, edit.where) == (what, changed[listed][1]["path"])
    assert str(changed[listed][1][field]) in edit.recorded


def test_an_edited_parameter_file_is_found(root: Path) -> None:
    path = root / parameters(TEACHER)
    path.write_text(path.read_text().replace('"epochs": 2', '"epochs": 3'))
    found = check(root)
    verdict = found["train-0"]
    assert verdict.outcome == "failed"
    assert "edited by hand" in verdict.reason
    # Without it nobody knows which network the store is of. A score asks for outputs alone.
    assert found["predict"].outcome == "failed"
    assert not found["predict"].edited
    assert found["score"].good
    (edit,) = verdict.edited
    assert (edit.what, edit.where) == ("parameters", parameters(TEACHER).as_posix())
    assert '"epochs": 2' in edit.recorded
    assert '"epochs": 3' in edit.found


@pytest.mark.parametrize(
    "text", ["stages: [", "- 1", "stages: 3", "", "\0", "stages: {NAME: 3}", "stages: {NAME: {outs: 3}}"]
)
def test_a_damaged_lock_is_one_message(root: Path, text: str) -> None:
    lock_of(root, TEACHER).write_text(text.replace("NAME", address(TEACHER)))
    with pytest.raises(BancError, match=rf"`{NETWORKS}/dvc.lock` is not what DVC writes"):
        check(root, TEACHER)
    assert not (root / ".banc/verify").exists()


def test_without_a_lock_nobody_knows(root: Path) -> None:
    lock_of(root, DATA).unlink()
    verdict = check(root, DATA)["data"]
    assert verdict.good
    assert not verdict.recorded


def test_what_a_network_was_made_with_is_shown_where_it_differs(root: Path) -> None:
    path = path_of(root, TEACHER, files.FACTS)
    facts = json.loads(path.read_text())
    now = dict(facts["made_with"])
    facts["made_with"] |= {"torch": "2.0.0", "code": "f" * 64}
    facts["made_with_before"] = [{**facts["made_with"], "device": "NVIDIA H200"}]
    path.write_text(json.dumps(facts))
    relock(root, TEACHER)
    verdict = check(root, TEACHER)["train-0"]
    assert verdict.outcome == "identical"
    assert verdict.good
    assert {(each.what, each.then, each.now) for each in verdict.environment} == {
        ("torch", "2.0.0", now["torch"]),
        ("code", "f" * 64, now["code"]),
        ("device", "NVIDIA H200", now["device"]),
    }


def test_what_a_store_was_made_with_is_shown_beside_its_difference(root: Path) -> None:
    """As on a GPU of another year: what the replay does without, and what nobody wrote down."""
    path = path_of(root, STORE, files.STORE_FACTS)
    now = json.loads(path.read_text())["made_with"]
    then = {key: each for key, each in now.items() if key != "instructions"}
    then |= {"numpy": "2.0.0", "device": "NVIDIA H200", "driver": "580.65.06"}
    path.write_text(json.dumps({"made_with": then}))
    outputs = path_of(root, STORE, files.OUTPUTS)
    store = np.load(outputs)
    store[3, 0, 5] -= 1
    np.save(outputs, store)
    relock(root, STORE)
    verdict = check(root, STORE)["predict"]
    assert verdict.outcome == "different"
    assert not verdict.edited
    assert isinstance(verdict.files[files.OUTPUTS], Different)
    assert verdict.files[files.STORE_FACTS] == Identical()
    told = list(lines(verdict, color=False))
    assert [line.strip() for line in told if "made with" in line] == [
        f"made with device NVIDIA H200, now {now['device']}",
        "made with driver 580.65.06, now none",
        f"made with instructions unknown, now {now['instructions']}",
        f"made with numpy 2.0.0, now {now['numpy']}",
    ]


@pytest.mark.parametrize("facts", ["{", "[]"])
def test_a_stores_facts_that_nobody_can_read_are_told(root: Path, facts: str) -> None:
    path_of(root, STORE, files.STORE_FACTS).write_text(facts)
    verdict = check(root, STORE)["predict"]
    assert isinstance(verdict.files[files.STORE_FACTS], Different)
    assert {each.then for each in verdict.environment} == {"unknown"}


def test_a_store_of_before_its_facts_were_written_is_missing_them(root: Path) -> None:
    """Until `dvc repro` has run it; the lock that does not list them is not called whole."""
    outs = [each for each in entry(root, STORE)["outs"] if not each["path"].endswith(files.STORE_FACTS)]
    path_of(root, STORE, files.STORE_FACTS).unlink()
    edit_lock(root, STORE, {"outs": outs})
    verdict = check(root, STORE)["predict"]
    assert verdict.outcome == "missing"
    assert verdict.reason == f"output `{files.folder(STORE)}/outputs.json` is not there"
    (edit,) = verdict.edited
    assert (edit.recorded, edit.found) == ("not listed", "an output of this stage")


@pytest.mark.parametrize("facts", ["{", "[]", '{"made_with": 3, "made_with_before": 3}'])
def test_facts_that_nobody_can_read_are_told(root: Path, facts: str) -> None:
    path_of(root, TEACHER, files.FACTS).write_text(facts)
    verdict = check(root, TEACHER)["train-0"]
    assert isinstance(verdict.files[files.FACTS], Different)
    assert {each.then for each in verdict.environment} == {"unknown"}


def test_what_is_not_there_is_missing(root: Path) -> None:
    path_of(root, TEACHER, files.HISTORY).unlink()
    path_of(root, DATA, files.DATA).unlink()
    shutil.rmtree(root / files.folder(STORE))
    found = check(root)
    assert "predict" not in found
    assert found["train-0"].outcome == found["data"].outcome == found["train-1000"].outcome == "missing"
    assert found["train-0"].reason == f"output `{files.folder(TEACHER)}/history.csv` is not there"
    assert found["train-1000"].reason == f"input `{files.folder(DATA)}/data.json` and 1 more is not there"
    assert not found["data"].files
    assert found["score"].good
    # Asked for by name, it is not passed over.
    assert check(root, STORE)["predict"].outcome == "missing"


def test_unknown_stages_and_wrong_calls_are_one_message(root: Path) -> None:
    other = address(Train(MODEL, RECIPE, Labels(), 7, address(DATA)))
    for name in (other, "nowhere", "../x", ""):
        with pytest.raises(UsageError, match="no stage `"):
            next(verify(root, [address(DATA), name], None, Console(file=io.StringIO())))
    with pytest.raises(UsageError, match="`--sample`"):
        next(verify(root, [address(DATA)], 1, Console(file=io.StringIO())))
    shutil.rmtree(root / "runs")
    shutil.rmtree(root / "results")
    with pytest.raises(BancError, match="no linked stage is finished"):
        check(root)
    assert not (root / ".banc/verify").exists()


def test_a_wrong_device_is_a_wrong_call(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANC_DEVICE", "abacus")
    with pytest.raises(UsageError, match="BANC_DEVICE is `abacus`"):
        check(root, TEACHER)
    assert not (root / ".banc/verify").exists()


def test_a_sample_is_the_same_trainings_each_time(finished: Path) -> None:
    first = min((TEACHER, STUDENT), key=lambda it: hashlib.sha256(address(it).encode()).hexdigest())
    assert list(check(finished, sample=1)) == list(check(finished, sample=1)) == [f"train-{first.seed}"]
    assert list(check(finished, sample=9)) == ["train-0", "train-1000"]


def test_a_persons_own_files_are_within_reach(root: Path) -> None:
    """A data set in the workspace is read from there, and never written."""
    where = root / "mine"
    where.mkdir()
    for part, count in (("train", 8), ("test", 4)):
        images = np.arange(count * 16, dtype=np.uint8).reshape(count, 4, 4)
        np.save(where / f"x_{part}.npy", images)
        np.save(where / f"y_{part}.npy", np.arange(count) % 2)
    names = ("x_test.npy", "x_train.npy", "y_test.npy", "y_train.npy")
    listed = "".join(f"{hashlib.sha256((where / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    stage = Data(
        Arrays(
            path="mine",
            height=4,
            width=4,
            channels=1,
            classes=2,
            train=8,
            test=4,
            sha256=hashlib.sha256(listed.encode()).hexdigest(),
        )
    )
    (root / NETWORKS / f"{address(stage)}.json").write_text(files.stage_text(stage))
    execute(root, stage, address(stage), Console(file=io.StringIO()))
    (verdict,) = verify(root, [address(stage)], None, Console(file=io.StringIO()))
    assert verdict.outcome == "identical"
    assert sorted(path.name for path in where.iterdir()) == sorted(names)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_in_the_middle_it_leaves_no_scratch(root: Path, number: int) -> None:
    long = Train(MODEL, evolve(RECIPE, epochs=10**6), Labels(), 0, address(DATA))
    (root / NETWORKS / f"{address(long)}.json").write_text(files.stage_text(long))
    shutil.copytree(root / files.folder(TEACHER), root / files.folder(long))
    before = state(root)
    running = subprocess.Popen(
        [sys.executable, "-m", "banc", "verify", address(long)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=_listening,
    )
    draft = root / f".banc/verify/{running.pid}/.banc/tmp/{address(long)}"
    end = time.monotonic() + 60
    while not draft.exists():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 128 + number, err
    assert out == ""
    assert "Traceback" not in err
    assert not (root / ".banc/verify").exists()
    assert state(root) == before


def _listening() -> None:
    """As in a terminal; a test runner in the background may have set signals aside."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
