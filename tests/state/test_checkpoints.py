from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from banc.config.recipe import Augmentation, Recipe
from banc.runner.process.checkpoints import Checkpoints
from banc.runner.process.inputs import Inputs
from banc.runner.process.resumable_file import resumable_file
from banc.runner.training.sgd import Sgd
from banc.runner.training.state import State
from banc.stage.kinds import Address
from banc.state.checkpoints import FOLDER, checkpoints
from banc.state.state import Checkpoint

Write = Callable[..., Path]
ADDRESS = Address("train-a-0123456789ab")
RECIPE = Recipe(
    epochs=9,
    batch=10,
    learning_rate=0.1,
    drop_at=(),
    drop_factor=0.1,
    momentum=0.9,
    nesterov=True,
    weight_decay=0.0,
    augment=Augmentation(pad=0, flip=False),
)


def said(text: str) -> None:
    raise AssertionError(text)


def state(epoch: int, step: int) -> State:
    network = nn.Linear(3, 2)
    made = State(network, Sgd(network.parameters(), RECIPE), {"device": "cpu"})
    made.epoch, made.step = epoch, step
    made.history = [(n, 0.1, 1.0, 50.0) for n in range(epoch)]
    return made


def test_of_a_training_the_epoch_and_the_step(tmp_path: Path) -> None:
    """As the runner itself writes it."""
    kept = Checkpoints(tmp_path, ADDRESS, Inputs(tmp_path), said)
    for number, (epoch, step) in enumerate([(0, 5), (3, 0), (3, 7)]):
        kept.save(number, state(epoch, step).pack)
    assert checkpoints(tmp_path, [ADDRESS, Address("train-b-0123456789ab")]) == {
        ADDRESS: Checkpoint(3, 7, {})
    }
    assert checkpoints(tmp_path, []) == {}


def test_of_a_prediction_the_outputs(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    kept = Checkpoints(tmp_path, ADDRESS, Inputs(tmp_path), said)
    with resumable_file(tmp_path / "out/outputs.npy", kept, {"device": "cpu"}) as store:
        store.append(b"1234", items=4)
        kept.save(4, store.pack)
    assert checkpoints(tmp_path, [ADDRESS]) == {ADDRESS: Checkpoint(4, inputs={})}


def test_of_which_inputs_it_is(tmp_path: Path, write: Write) -> None:
    write("runs/a", "input")
    kept = Checkpoints(tmp_path, ADDRESS, Inputs(tmp_path, ["runs/a"]), said)
    kept.save(1, state(0, 5).pack)
    md5 = hashlib.md5(b"input").hexdigest()
    assert checkpoints(tmp_path, [ADDRESS]) == {ADDRESS: Checkpoint(0, 5, {"runs/a": md5})}


def test_no_tensor_is_read(tmp_path: Path) -> None:
    """The tensors may be gigabytes: what stands there instead of them changes nothing."""
    made = state(2, 1)
    made.sums = torch.full((2,), 77.0)
    content = made.pack()
    header = int.from_bytes(content[:8], "little")
    facts = content.index(b'{"epoch": 2', 8 + header)
    end = content.index(b"}]}", facts) + 3
    torn = bytearray(b"\xff" * len(content))
    torn[: 8 + header], torn[facts:end] = content[: 8 + header], content[facts:end]
    folder = tmp_path / FOLDER / ADDRESS
    folder.mkdir(parents=True)
    (folder / f"{1:012}-{hashlib.sha256(torn).hexdigest()}").write_bytes(torn)
    assert checkpoints(tmp_path, [ADDRESS]) == {ADDRESS: Checkpoint(2, 1)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 8,
        b"\xff" * 64,
        b"{}",
        b"{" * 100_000,
        b'{"items": "many"}',
        (12).to_bytes(8, "little") + b'{"facts": 3}',
        (16).to_bytes(8, "little") + b'{"facts": {}}   ',
    ],
)
def test_a_damaged_one_counts_as_none_and_the_one_before_is_told(
    tmp_path: Path, write: Write, content: bytes
) -> None:
    folder = f"{FOLDER}/{ADDRESS}"
    write(f"{folder}/{9:012}-{'0' * 64}", content)
    write(f"{folder}/pending", b"half")
    assert checkpoints(tmp_path, [ADDRESS]) == {}
    Checkpoints(tmp_path, ADDRESS, Inputs(tmp_path), said).save(8, state(1, 0).pack)
    assert checkpoints(tmp_path, [ADDRESS]) == {ADDRESS: Checkpoint(1, 0, {})}
