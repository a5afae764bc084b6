"""Networks that something else trained, as stages: what they give, and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.torch import save, save_file
from torch import Tensor, nn

from banc.config.custom import FactoryNetwork
from banc.config.data import Digits
from banc.config.model import Model
from banc.config.objective import OBJECTIVES
from banc.errors import BancError, UsageError
from banc.models.build import build
from banc.runner.execute import execute
from banc.runner.files.network_file import describe
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Address, Data, Import, Predict, Score, Stage, Train, WeightsFormat

OWN = """\
from torch import nn

def small(classes, channels, height, width):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * height * width, classes))
"""
SMALL = FactoryNetwork("networks/mine.py", "small", hashlib.sha256(OWN.encode()).hexdigest())

Taken = Callable[..., Import]


def small() -> nn.Module:
    """The network of that file, written anew: nothing of banc."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


@pytest.fixture(scope="module")
def trained() -> nn.Module:
    """Trained by a plain loop, on noise: what it learned does not matter here."""
    torch.manual_seed(4)
    network = small()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.2)
    images = torch.randn(40, 1, 8, 8)
    labels = torch.arange(40) % 10
    for _ in range(5):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return network.eval()


@pytest.fixture
def taken(workspace: Any, data: Address) -> Taken:
    """A stage for such bytes, which lie in ``weights/net`` of the workspace."""
    (workspace.root / "networks").mkdir(exist_ok=True)
    (workspace.root / "networks/mine.py").write_text(OWN)
    (workspace.root / "weights").mkdir(exist_ok=True)

    def of(content: bytes, format: WeightsFormat = "safetensors", model: Model = SMALL) -> Import:
        (workspace.root / "weights/net").write_bytes(content)
        return Import(model, hashlib.sha256(content).hexdigest(), format, data)

    return of


def run(workspace: Any, stage: Stage, file: str | None = "weights/net") -> Address:
    name: Address = workspace.link(stage)
    execute(workspace.root, stage, name, Console(file=workspace.said, width=100), file=file)
    return name


def pickled(tmp_path: Path, value: object) -> bytes:
    torch.save(value, tmp_path / "net.pt")
    return (tmp_path / "net.pt").read_bytes()


def outputs_by_hand(workspace: Any, network: nn.Module, data: Address) -> Any:
    facts = json.loads(workspace.path(data, files.DATA).read_text())
    images = np.load(workspace.path(data, files.DATA_ARRAYS[2]))
    mean, std = (np.float32(facts[key])[:, None, None] for key in ("mean", "std"))
    with torch.no_grad():
        return network(torch.from_numpy((images / np.float32(255) - mean) / std)).numpy()


@pytest.mark.parametrize("format", ["safetensors", "state-dict"])
def test_outputs_are_those_of_the_plain_network(
    workspace: Any, data: Address, taken: Taken, trained: nn.Module, tmp_path: Path, format: WeightsFormat
) -> None:
    state = trained.state_dict()
    stage = taken(save(state) if format == "safetensors" else pickled(tmp_path, state), format)
    run(workspace, stage)
    outputs = np.load(workspace.path(stage, files.OUTPUTS))
    assert outputs.dtype == np.float32
    assert outputs.shape == (1797 - 40, 10)
    assert np.allclose(outputs, outputs_by_hand(workspace, trained, data), rtol=1e-5, atol=1e-5)
    facts = json.loads(workspace.path(stage, files.FACTS).read_text())
    assert facts["parameters"] == 650
    assert facts["imported"] == {"format": format, "sha256": stage.digest}
    assert (
        set(workspace.outputs(stage)) == set(files.writes(stage)) == {files.MODEL, files.FACTS, files.OUTPUTS}
    )


def test_its_file_is_a_network_s_like_any_other(
    workspace: Any, taken: Taken, trained: nn.Module, data: Address
) -> None:
    stage = taken(save(trained.state_dict()))
    first = run(workspace, stage)
    said = describe(workspace.path(stage, files.MODEL))
    assert (said.model, said.image, said.precision) == (SMALL, Digits.shape, "float32")
    metrics = json.loads(workspace.path(workspace.run(Score(data, (first,))), files.METRICS).read_text())
    labels = np.load(workspace.path(data, files.DATA_ARRAYS[3]))
    by_hand = outputs_by_hand(workspace, trained, data).argmax(1) != labels
    assert metrics["test_error"] == pytest.approx(100 * by_hand.mean())
    assert metrics["parameters"] == 650


def test_where_the_file_lies_changes_no_byte(workspace: Any, taken: Taken, trained: nn.Module) -> None:
    stage = taken(save(trained.state_dict()))
    run(workspace, stage)
    first = workspace.outputs(stage)
    os.rename(workspace.root / "weights/net", workspace.root / "elsewhere")
    run(workspace, stage, "elsewhere")
    assert workspace.outputs(stage) == first


def test_students_learn_from_it_stored_or_live_and_share_its_layers(
    workspace: Any, taken: Taken, teacher: Train
) -> None:
    torch.manual_seed(0)
    stage = taken(save(build(teacher.model, Digits.shape).state_dict()), model=teacher.model)
    name = run(workspace, stage)
    store = workspace.run(Predict(teacher.recipe.augment, teacher.data, name))
    student = attrs.evolve(
        teacher, seed=1000, objective=OBJECTIVES["ban-l"], recipe=attrs.evolve(teacher.recipe, epochs=1)
    )
    stored = attrs.evolve(student, teacher_outputs=(store,), shared_with=name, share=("stem",))
    live = attrs.evolve(stored, teacher_outputs=(), teachers=(name,))
    outputs = [np.load(workspace.path(workspace.run(stage), files.OUTPUTS)) for stage in (stored, live)]
    assert np.allclose(*outputs, atol=1e-3)


def but(trained: nn.Module, **changes: Tensor) -> bytes:
    state = {name.replace(".", "_"): tensor for name, tensor in trained.state_dict().items()} | changes
    return save({name.replace("_", ".", 1): tensor for name, tensor in state.items()})


def test_weights_of_another_network_are_told_by_name(
    workspace: Any, taken: Taken, trained: nn.Module, tmp_path: Path
) -> None:
    for content, kind, said in [
        (
            save({f"module.{k}": v for k, v in trained.state_dict().items()}),
            "safetensors",
            "begin with `module.`",
        ),
        (pickled(tmp_path, {"1.weight": torch.zeros(10, 64)}), "state-dict", "it lacks `1.bias`"),
        (
            but(trained, **{"1_weight": torch.zeros(100, 64), "1_bias": torch.zeros(100)}),
            "safetensors",
            "100 classes apart, and the data set has 10",
        ),
        (but(trained, **{"1_weight": torch.zeros(10, 192)}), "safetensors", r"float32 \(10x192\), expected"),
        (but(trained, **{"1_bias": torch.zeros(10).half()}), "safetensors", r"`1.bias` is float16 \(10\)"),
        (
            pickled(tmp_path, {**trained.state_dict(), "1.bias": torch.zeros(10).to_sparse()}),
            "state-dict",
            "`1.bias` is sparse_coo float32",
        ),
    ]:
        stage = taken(content, kind)
        with pytest.raises(
            BancError, match=f"`weights/net` does not fit `factory-mine-small`: .*{said}"
        ) as error:
            run(workspace, stage)
        assert "how-to/pretrained" in str(error.value.hint)
        assert not (workspace.root / files.folder(stage)).exists()


def test_a_number_that_is_not_finite_is_refused(workspace: Any, taken: Taken, trained: nn.Module) -> None:
    with pytest.raises(BancError, match=r"`1.bias` has a number that is not finite"):
        run(workspace, taken(but(trained, **{"1_bias": torch.full((10,), torch.nan)})))


class Evil:
    """Writes a file when it is unpickled by anything that runs what it says."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("plain", [True, False])
def test_a_pickle_with_code_does_not_run(workspace: Any, taken: Taken, tmp_path: Path, plain: bool) -> None:
    value = {"code": Evil(str(tmp_path / "ran"))}
    content = pickle.dumps(value, protocol=2) if plain else pickled(tmp_path, {**value, "w": torch.zeros(2)})
    with pytest.raises(BancError, match=r"holds more than tensors: it asks for `posix.mkdir`, which is code"):
        run(workspace, taken(content, "state-dict"))
    assert not (tmp_path / "ran").exists()
    pickle.loads(pickle.dumps(value))  # the test of the test
    assert (tmp_path / "ran").exists()


def test_what_is_no_such_file_is_one_message(
    workspace: Any, taken: Taken, trained: nn.Module, tmp_path: Path
) -> None:
    whole = save(trained.state_dict())
    wrapped = pickled(tmp_path, {"epoch": 3, "state_dict": trained.state_dict()})
    for content, kind, said in [
        (whole[:-1], "safetensors", "is no safetensors file"),
        (b"", "safetensors", "is no safetensors file"),
        (b"", "state-dict", "is no state dict that torch can read"),
        (wrapped[: len(wrapped) // 2], "state-dict", "is no state dict that torch can read"),
        (whole, "state-dict", "is no state dict that torch can read"),
        (wrapped, "state-dict", "it holds a table with `epoch`, `state_dict`, expected tensors by name"),
        (pickled(tmp_path, torch.zeros(3)), "state-dict", "it holds a Tensor, expected tensors by name"),
    ]:
        with pytest.raises(BancError, match=f"`weights/net`.* {said}") as error:
            run(workspace, taken(content, kind))
        assert "how-to/pretrained" in str(error.value.hint)


def test_a_file_that_was_replaced_is_refused(workspace: Any, taken: Taken, trained: nn.Module) -> None:
    stage = taken(save(trained.state_dict()))
    save_file(
        {name: tensor + 1 for name, tensor in trained.state_dict().items()}, workspace.root / "weights/net"
    )
    with pytest.raises(BancError, match=f"`weights/net` has the digest `[0-9a-f]+`, .*`{stage.digest}`"):
        run(workspace, stage)


def test_a_file_that_is_not_there_or_not_said_is_told(
    workspace: Any, taken: Taken, trained: nn.Module, data: Address
) -> None:
    stage = taken(save(trained.state_dict()))
    with pytest.raises(BancError, match="the file of weights `weights/no` is missing"):
        run(workspace, stage, "weights/no")
    with pytest.raises(UsageError, match="which file the weights are in is not said"):
        run(workspace, stage, None)
    with pytest.raises(UsageError, match="only an import reads a file"):
        run(workspace, Score(data, (address(stage),)))


def test_it_is_asked_about_validation_images_too(workspace: Any, taken: Taken, trained: nn.Module) -> None:
    split = workspace.run(Data(Digits(train=60, validation=20)))
    stage = attrs.evolve(taken(save(trained.state_dict())), data=split, validation=True)
    run(workspace, stage)
    assert set(workspace.outputs(stage)) == set(files.writes(stage))
    assert np.load(workspace.path(stage, files.VALIDATION_OUTPUTS)).shape == (20, 10)
