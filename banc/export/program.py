"""A network, or an ensemble, as a ``torch.export`` program that runs without banc.

In: trained networks with what they must know of the images. Out: a ``.pt2`` file. The program reads float32
images (B, C, H, W) in [0, 1], for any B of at least 1, and normalises them itself. Of one network it gives
logits (B, classes); of several the log of the mean of their probabilities (Furlanello et al., Born Again
Neural Networks, arXiv 1805.04770, equation 4).
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from attrs import frozen
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram, export, save
from torch.fx import GraphModule

from banc.config.model import FactoryNetwork
from banc.errors import BancError
from banc.export.quiet import quiet
from banc.export.subject import Subject
from banc.models.unusable import describe_exception
from banc.runner.files.npy import damaged, read_array
from banc.runner.score import average_of
from banc.runner.trained import trained
from banc.stage.kinds import Average

CHECKED = 64
"""Number of test images on which the written program is checked."""

TOLERANCE = {"float32": 1e-3, "bfloat16": 0.1}
"""By how much an output may differ from the run's, relative to the largest of them (and to at least 1).

Where the run computed in float32, sums in another order differ by some 1e-6; a program that computes
something else is off by the size of the outputs. In bfloat16 a number has 8 bits, and the program computes in
float32."""


@frozen
class Check:
    """How the program that was written compares with the run."""

    images: int
    difference: float
    """The largest output in absolute value."""


class Program(nn.Module):
    """What is exported: networks with their normalisation, in evaluation mode."""

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        networks: Sequence[nn.Module],
        mean: Sequence[float],
        std: Sequence[float],
        average: Average = "probabilities",
    ) -> None:
        """Takes networks over, and the mean and standard deviation of each channel of their images."""
        super().__init__()
        self.average: Average = average
        self.networks = nn.ModuleList(networks)
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Images float32 (B, C, H, W) in [0, 1] to outputs float32 (B, classes)."""
        # Normalised anew for each: a person's network may write into what it reads.
        logits: list[Tensor] = [network((images - self.mean) / self.std).float() for network in self.networks]
        if len(logits) == 1:
            return logits[0]
        log_probs = torch.stack([torch.log_softmax(of_network, 1) for of_network in logits])
        if self.average == "logits":
            return torch.log_softmax(log_probs.mean(0), 1)
        return torch.logsumexp(log_probs, 0) - math.log(len(logits))


def write_program(root: Path, subject: Subject, path: Path) -> Check:
    """Writes the program to ``path``, loads the same bytes and compares it with what the run stored.

    Raises:
        Unusable: a network of a person's own cannot be built.
        BancError: a network's code cannot be made a program, or the program gives other outputs.
    """
    networks = [trained(root, network.weights) for network in subject.networks]
    program = Program(networks, subject.facts.mean, subject.facts.std, subject.average).eval()
    image = subject.image
    example = torch.zeros(2, image.channels, image.height, image.width)
    try:
        # What torch logs, page by page, of code that it cannot follow, its exception says in one line.
        with quiet():
            exported = export(
                program, (example,), dynamic_shapes={"images": {0: Dim("batch", min=1)}}, strict=False
            )
    except Exception as error:
        # Whatever torch says of code that it cannot follow, and of whatever types in which versions.
        raise _cannot(root, subject, error) from error
    _forget_places(exported)
    file = io.BytesIO()
    save(exported, file)
    # Not by torch: a full disk is then an error of the system, as everywhere.
    path.write_bytes(file.getbuffer())
    # From memory: torch may unpickle what it loads, and no file of others is ever loaded.
    file.seek(0)
    return _check(subject, torch.export.load(file))


def _forget_places(program: ExportedProgram) -> None:
    """Drops the paths of source files on this machine, which torch notes for each operation."""
    for module in program.graph_module.modules():
        if isinstance(module, GraphModule):
            for node in module.graph.nodes:
                node.meta.pop("stack_trace", None)


def _check(subject: Subject, program: ExportedProgram) -> Check:
    images, image = read_array(subject.test_images, mapped=True)[:CHECKED], subject.image
    if images.dtype != np.uint8 or images.shape[1:] != (image.channels, image.height, image.width):
        raise damaged(subject.test_images)
    expected = _stored(subject, len(images))
    with torch.inference_mode():
        ours = program.module()(torch.from_numpy(np.array(images)).float() / 255).double().numpy()
    largest = max(1.0, float(np.abs(expected).max()))
    difference = float(np.abs(ours - expected).max())
    tolerance = max(TOLERANCE[network.description.precision] for network in subject.networks)
    if not difference <= tolerance * largest:
        raise BancError(
            f"the program gives other outputs than `{subject.name}` stored: they differ by {difference:.3g}",
            hint="`banc verify` tells whether the run's files are what its stage makes. If they are, torch "
            "could not follow the network's code: `--no-program` writes everything else",
        )
    return Check(len(images), difference)


def _stored(subject: Subject, images: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """What the run gave for the first test images, float64 (images, classes)."""
    logits = []
    for network in subject.networks:
        array = read_array(network.outputs)[:images]
        if array.shape != (images, subject.image.classes) or not np.isfinite(array).all():
            raise damaged(network.outputs)
        logits.append(array.astype(np.float64))
    if not subject.ensemble:
        return logits[0]
    return average_of(
        [torch.log_softmax(torch.from_numpy(array), 1).numpy() for array in logits], subject.average
    )


def _cannot(root: Path, subject: Subject, error: Exception) -> BancError:
    """One message, with the line of the person's own file where it is one that torch cannot follow."""
    own = [
        network.stage.model for network in subject.networks if isinstance(network.stage.model, FactoryNetwork)
    ]
    file = own[0].file if own else None
    reason = describe_exception(error, file, str(root / file) if file else None)
    return BancError(
        f"`{subject.name}` cannot be made a program: {reason}",
        hint="torch.export follows a network's tensors, not Python that depends on their numbers or on how "
        "many images there are; `--no-program` writes everything else",
    )
