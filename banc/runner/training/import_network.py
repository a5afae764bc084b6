"""An ``import`` stage: a network that was trained elsewhere, as one of banc's own.

In: a file of weights, and a data stage. Out: the weights in banc's own file, what is known of them, and
logits over the test set: what a ``train`` stage writes but for its curve. Nothing is trained. The network
reads images as the data stage normalises them; one that was trained on others shows it in its error.
"""

from __future__ import annotations

from pathlib import Path

import torch

from banc.errors import BancError
from banc.models.build import build, tensors_of
from banc.models.fit import misfit
from banc.runner.files.foreign_weights import HINT, kinds_of, read_foreign
from banc.runner.files.network_file import Description
from banc.runner.process.progress import Progress
from banc.runner.training.device import gpu_counters, layout, prepare, set_threads
from banc.runner.training.image_set import ImageSet, load_images
from banc.runner.training.infer import BATCH, infer
from banc.runner.training.provenance import made_with
from banc.runner.training.write_network import write_network
from banc.stage import files
from banc.stage.kinds import Import, Part


def import_network(root: Path, stage: Import, file: str, folder: Path, progress: Progress) -> None:
    """Writes ``model.safetensors``, ``model.json`` and ``outputs.npy``.

    Args:
        file: where the weights lie, relative to the workspace.

    Raises:
        BancError: the file has another digest, holds more than tensors, or not this network's; the data are
            damaged; the network gives numbers that are not finite.
        Unusable: a network of a person's own cannot be built.
    """
    tensors = read_foreign(root, file, stage.digest, stage.format)
    device = prepare(deterministic=stage.deterministic)
    progress.meter.watch(gpu_counters(device))
    test = load_images(root, stage.data, files.DATA_ARRAYS[2], device, layout(stage.model))
    network = build(stage.model, test.shape, root)
    if why := misfit(tensors_of(network), kinds_of(tensors), test.shape.classes):
        raise BancError(f"`{file}` does not fit `{stage.model.slug}`: {why}", hint=HINT)
    first = network.state_dict()
    for name, tensor in tensors.items():
        # A mask of a person's own may hold what is not finite, and does so from the start.
        if not torch.isfinite(tensor).all() and torch.isfinite(first[name]).all():
            raise BancError(f"`{file}`: `{name}` has a number that is not finite", hint=HINT)
    network.load_state_dict(tensors)
    network.requires_grad_(False).to(device).to(memory_format=layout(stage.model))
    set_threads(network, BATCH * test.shape.height * test.shape.width)
    sets: dict[Part, ImageSet] = {"test": test}
    if stage.validation:
        name = files.VALIDATION_ARRAYS[0]
        sets["validation"] = load_images(root, stage.data, name, device, layout(stage.model))
    with progress.testing(sum(len(images.images) for images in sets.values())):
        outputs = {
            part: infer(network, images.images, images, stage.precision) for part, images in sets.items()
        }
    for part, logits in outputs.items():
        if not torch.isfinite(logits).all():
            raise BancError(
                f"the network of `{file}` gives numbers that are not finite for some {part} images",
                hint="its weights are of another recipe's precision, or they are damaged",
            )
    description = Description(stage.model, test.shape, stage.precision, stage.deterministic)
    facts = {
        "imported": {"format": stage.format, "sha256": stage.digest},
        "made_with": made_with(device, stage.model),
    }
    write_network(folder, network, description, outputs, facts)
