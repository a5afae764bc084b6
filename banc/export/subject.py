"""What is exported: a trained network, or an ensemble of several, with all that its files say of it.

Made by ``gather``, read by the card, the configuration and the program. Knows no text and no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from banc.config.data import DataSet
from banc.config.image import ImageShape
from banc.report.cells import MeasuredCell
from banc.runner.files.network_file import Description
from banc.runner.training.image_set import DataFacts
from banc.stage.kinds import Address, Average, Train
from banc.stage.metrics import Metrics


@frozen
class Network:
    """One trained network."""

    name: str
    """``densenet ban-2 seed 0``."""
    address: Address
    stage: Train
    description: Description
    weights: Path
    """The run's file of weights, below the workspace."""
    outputs: Path
    """The run's logits over the test set."""
    outputs_digest: str
    """Their SHA-256."""
    made_with: Mapping[str, str]
    made_with_before: tuple[Mapping[str, str], ...]
    """Where the training began on another machine or with other versions."""


@frozen
class Ancestor:
    """A network of a chain of teachers; the first is the exported one itself."""

    name: str
    address: Address
    seed: int | None
    """That it trained with: a student of generation k of the spec's seed s trains with s + 1000 k. None of a
    network that no stage trained."""
    objective: str | None
    """None for a network that no stage trained."""
    error: float | None
    """In percent of the test set; None where its score is not here."""
    teachers: tuple[int, ...]
    """Positions in the list of ancestors."""
    shares: tuple[str, ...]
    """The layers that it took from its teacher: ``stem``, ``classifier``."""


@frozen
class Subject:
    """A finished run."""

    name: str
    """``densenet ban-2 seed 0``."""
    run: str
    """``densenet/ban-2``."""
    spec: str
    """The table that calls it so."""
    networks: tuple[Network, ...]
    """The network, or the members of an ensemble."""
    score: Address
    average: Average
    """What the ensemble averages."""
    metrics: Metrics
    column: MeasuredCell
    """The errors of this run over the spec's seeds."""
    ancestors: tuple[Ancestor, ...]
    """The networks, their teachers, the teachers' teachers: nearest first."""
    data: Address
    source: DataSet
    image: ImageShape
    facts: DataFacts
    test_images: Path
    training_images: int

    @property
    def ensemble(self) -> bool:
        """Whether the outputs of several networks are averaged."""
        return len(self.networks) > 1

    def weight_files(self) -> tuple[str, ...]:
        """What the files of weights are called in the export, one a network."""
        if not self.ensemble:
            return ("model.safetensors",)
        return tuple(f"model-{number}.safetensors" for number in range(1, len(self.networks) + 1))
