"""A ``train`` stage: one network, one seed, one loop.

In: a data stage, and where the objective has teachers their finished outputs or their networks. Out:
weights, training curve, and logits over the test set. Whether this network is a teacher, a student or a
baseline is not known here: the objective says what to minimise.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from banc.config.objective import OwnObjective
from banc.digest import Json
from banc.errors import BancError
from banc.models.build import build
from banc.models.own_objective import own_objective
from banc.runner.files.network_file import Description
from banc.runner.process.checkpoints import Checkpoints
from banc.runner.process.guard import Stopped, defer_signals
from banc.runner.process.progress import Progress
from banc.runner.training.batches import TrainingSet
from banc.runner.training.cuda_graph import CudaGraphs, why_not_recorded
from banc.runner.training.curve import HeldOut, measured_epochs
from banc.runner.training.device import device_name, gpu_counters, layout, prepare, set_threads
from banc.runner.training.dropout import counted_dropout
from banc.runner.training.group import Group
from banc.runner.training.objectives import ramp
from banc.runner.training.optimizer import new_optimizer
from banc.runner.training.provenance import made_with
from banc.runner.training.randomness import stream
from banc.runner.training.schedule import learning_rate
from banc.runner.training.share import share
from banc.runner.training.single_image import check_single_image
from banc.runner.training.state import Line, State
from banc.runner.training.step import TrainingStep
from banc.runner.training.whole_batch import synchronise_layers
from banc.runner.training.write_network import write_network
from banc.stage import files
from banc.stage.kinds import Part, Train


def train(
    root: Path, stage: Train, folder: Path, progress: Progress, checkpoints: Checkpoints, group: Group
) -> None:
    """Trains and writes ``model.safetensors``, ``model.json``, ``history.csv`` and ``outputs.npy``.

    Of several processes the first one writes.

    Raises:
        BancError: an input is damaged or was changed meanwhile, a shared layer does not fit, or the loss is
            not finite.
        Stopped: someone asked for it; a checkpoint is written.
    """
    recipe, seed = stage.recipe, stage.seed
    device = prepare(deterministic=recipe.deterministic)
    progress.meter.watch(gpu_counters(device))
    why_not = why_not_recorded(stage.model, device, group.size, stage.objective)
    own = own_objective(stage.objective, root) if isinstance(stage.objective, OwnObjective) else None
    graphs = None if why_not else CudaGraphs(progress.log)
    data = TrainingSet(root, stage, device, group, graphs)
    if data.smallest == 1:
        check_single_image(build(stage.model, data.shape, root), data.shape, len(data), recipe)
    torch.manual_seed(stream(seed, "init"))
    network = build(stage.model, data.shape, root)
    share(root, stage, network)
    network = synchronise_layers(network.to(device).to(memory_format=layout(stage.model)).train(), group)
    everything = nn.ModuleList([network, *data.live_teachers])
    masks = counted_dropout(network, seed)
    set_threads(everything, recipe.batch * data.shape.height * data.shape.width // group.size)
    model = group.wrap(network)
    optimizer = new_optimizer(network.parameters(), recipe)
    state = State(network, optimizer, made_with(device, stage.model, recorded=not why_not))
    _go_on(state, checkpoints, progress, group, recipe.epochs, data.steps)
    take_step = TrainingStep(stage, model, optimizer, masks, state.sums, group, graphs, own)
    if why_not and device.type == "cuda":
        progress.log(f"no CUDA graphs: {why_not}")
    parts: tuple[Part, ...] = ("validation", "test") if stage.validation else ("test",)
    held_out = {part: HeldOut(root, stage, device, part) for part in parts if group.first}
    # Where there are validation images, the test images are for the last network alone.
    watched = held_out.get(parts[0])
    measured = (
        measured_epochs(recipe.epochs, len(data), len(watched)) - {recipe.epochs}
        if watched is not None
        else ()
    )

    total = len(data) * recipe.epochs
    begun = len(data) * state.epoch + min(len(data), recipe.batch * state.step)
    for line in state.history:
        progress.set_metrics(line.loss, line.error)
    with (
        progress.watch(total, f"{recipe.epochs} epochs of training", begun, device_name(device)),
        defer_signals(group.stop) as stop,
    ):
        for epoch in range(state.epoch, recipe.epochs):
            progress.start_phase("epoch", epoch + 1, recipe.epochs)
            grown = ramp(stage.objective, epoch)
            for step in data.epoch(epoch, state.step):
                number = epoch * data.steps + state.step
                rate = learning_rate(recipe, epoch, state.step, data.steps)
                take_step.place(number, rate, grown)
                take_step(step)
                state.step += 1
                progress.advance(step.size)
                # Not what came since they agreed: who left alone would break the others' step.
                asked, due = group.all_reduce_max(stop.number, group.first and checkpoints.due())
                if asked or due:
                    _check_finite(state.sums)
                    group.first_alone(partial(checkpoints.save, number + 1, state.pack))
                    if asked:
                        raise Stopped(asked)
            # Where no checkpoint is due, the one moment of an epoch at which the host waits for the device.
            means = (state.sums / len(data)).cpu()
            _check_finite(means)
            mean, error = means.tolist()
            held_out_error = None
            if watched is not None and epoch + 1 in measured:
                held_out_error = watched.error(watched.outputs(network))
                network.train()
            first = learning_rate(recipe, epoch, 0, data.steps)
            state.end_epoch(Line(epoch + 1, first, mean, 100 * error, held_out_error))
            progress.set_metrics(mean, 100 * error)

    if watched is None:
        return
    checkpoints.save(recipe.epochs * data.steps + 1, state.pack)
    stop.raise_if_set()
    with progress.testing(sum(map(len, held_out.values()))):
        outputs = {part: images.outputs(network) for part, images in held_out.items()}
    for logits in outputs.values():
        _check_finite(logits)
    if graphs and not graphs.complete:
        state.made_with[-1]["cuda_graphs"] = "no"
    description = Description(stage.model, data.shape, recipe.precision, recipe.deterministic)
    write_network(folder, network, description, outputs, _environments(state))
    last = watched.error(outputs[parts[0]])
    (folder / files.HISTORY).write_text(_history(state.history, parts[0], last))


def _environments(state: State) -> dict[str, Json]:
    """With what the network was trained, and with what before, where a checkpoint went on elsewhere."""
    *before, now = state.made_with
    return {"made_with": now, **({"made_with_before": before} if before else {})}


def _go_on(
    state: State, checkpoints: Checkpoints, progress: Progress, group: Group, epochs: int, steps: int
) -> None:
    """Takes up what an earlier run of the stage left, and says so."""
    loaded = group.first_alone(lambda: checkpoints.load(state.unpack))
    if group.size > 1:
        state.unpack(group.broadcast(state.pack()))
    if not loaded:
        return
    epoch, step = divmod(state.epoch * steps + state.step, steps)
    where = f"at epoch {epoch + 1} of {epochs}, step {step + 1} of {steps}"
    progress.log(f"goes on {where if epoch < epochs else 'after the last step'}")
    *before, now = state.made_with
    for other in before:
        pairs = [(key, other.get(key, "none"), now.get(key, "none")) for key in sorted({*other, *now})]
        changed = ", ".join(
            f"{key} {old[:20]} instead of {new[:20]}" for key, old, new in pairs if old != new
        )
        progress.log(f"warning: begun with {changed}: the bytes may differ from those of one run")


def _check_finite(numbers: Tensor) -> None:
    if not torch.isfinite(numbers).all():
        raise BancError("the loss is not finite", hint="lower `learning_rate` in the recipe")


def _history(lines: list[Line], part: Part, last: float) -> str:
    """The curve. ``last``: the error on ``part`` of the network that is written."""
    rows = [f"epoch,learning_rate,loss,error,{files.ERROR_ON[part]}\n"]
    tested = [*(line.held_out for line in lines[:-1]), last]
    for line, error in zip(lines, tested, strict=True):
        held_out = "" if error is None else f"{error:.4f}"
        rows.append(f"{line.epoch},{line.rate:.6g},{line.loss:.6f},{line.error:.4f},{held_out}\n")
    return "".join(rows)
