"""A ``train`` stage: one network, one seed, one loop.

In: a data stage, and where the objective has teachers their finished outputs. Out: weights, training
curve, and logits over the test set. Whether this network is a teacher, a student or a baseline is not
known here: the objective says what to minimise.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from banc.errors import BancError
from banc.models.build import build, count_parameters
from banc.runner.arrays import write_array
from banc.runner.batches import TrainingSet
from banc.runner.device import autocast, layout, prepare, reseed, set_threads
from banc.runner.image_set import load_images
from banc.runner.infer import infer
from banc.runner.objectives import loss
from banc.runner.progress import Progress
from banc.runner.provenance import made_with
from banc.runner.randomness import stream
from banc.runner.sgd import Sgd, learning_rate
from banc.runner.share import share
from banc.runner.weights import save_weights
from banc.stage import files
from banc.stage.kinds import Train


def train(root: Path, stage: Train, folder: Path, progress: Progress) -> None:
    """Trains and writes ``model.safetensors``, ``model.json``, ``history.csv`` and ``outputs.npy``.

    Raises:
        BancError: an input is damaged, a shared layer does not fit, or the loss is not finite.
    """
    recipe, seed = stage.recipe, stage.seed
    device = prepare(deterministic=recipe.deterministic)
    data = TrainingSet(root, stage, device)
    torch.manual_seed(stream(seed, "init"))
    network = build(stage.model, data.shape, root)
    share(root, stage, network)
    network = network.to(device).to(memory_format=layout(stage.model)).train()
    set_threads(network, recipe.batch * data.shape.height * data.shape.width)
    optimizer = Sgd(network.parameters(), recipe)
    history = []
    step = 0

    with progress.watch(len(data) * recipe.epochs, f"{recipe.epochs} epochs of training"):
        for epoch in range(recipe.epochs):
            progress.enter(f"epoch {epoch + 1} of {recipe.epochs}")
            rate = learning_rate(recipe, epoch)
            sums = torch.zeros(2, device=device)
            for images, labels, teachers in data.epoch(epoch):
                reseed(device, stream(seed, "dropout", step))
                with autocast(device, recipe.precision):
                    logits = network(images)
                value = loss(stage.objective, logits, labels, teachers)
                optimizer.forget()
                torch.autograd.backward(value)
                optimizer.step(rate)
                sums += _sums(value, logits, labels)
                step += 1
                progress.advance(len(labels))
            # The one moment of an epoch at which the host waits for the device.
            mean, error = (sums / len(data)).tolist()
            _check_finite(sums)
            history.append((epoch + 1, rate, mean, 100 * error))
            progress.report(mean, 100 * error)

    test = load_images(root, stage.data, files.ARRAYS[2], device, layout(stage.model))
    outputs = infer(network, test.images, test, recipe.precision)
    _check_finite(outputs)
    save_weights(network, folder / files.MODEL)
    write_array(folder / files.OUTPUTS, outputs.cpu().numpy())
    (folder / files.HISTORY).write_text(_history(history))
    facts = {"parameters": count_parameters(network), "made_with": made_with(device)}
    (folder / files.FACTS).write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")


@torch.no_grad()
def _sums(value: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
    """Loss and errors of a batch, summed over its images: (2,) on the device."""
    wrong = (logits.argmax(1) != labels).sum()
    return torch.stack((value.detach() * len(labels), wrong.float()))


def _check_finite(numbers: Tensor) -> None:
    if not torch.isfinite(numbers).all():
        raise BancError(
            "the loss is not finite", hint="a lower `learning_rate` in the recipe usually cures it"
        )


def _history(lines: list[tuple[int, float, float, float]]) -> str:
    header = "epoch,learning_rate,loss,error\n"
    return header + "".join(f"{e},{rate:.6g},{value:.6f},{error:.4f}\n" for e, rate, value, error in lines)
