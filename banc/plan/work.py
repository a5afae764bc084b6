"""What a stage that runs has to compute and to write, by arithmetic.

In: the steps of a plan, and their graph. Out: for each stage that will or may run, the images that still have
to go through which networks, and the bytes of its outputs. Nothing is known here of how long that takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from banc.config.data import DataSet, Digits
from banc.config.image import ImageShape
from banc.config.model import Model
from banc.config.multiply_adds import layers, multiply_adds
from banc.graph.graph import Graph
from banc.plan.step import Plan, Run, Step, Wait
from banc.stage.kinds import Address, Data, Import, Predict, Score, Table, Train
from banc.stage.timing import network_key

HEADER = 128
"""Bytes before an array's numbers in a ``.npy`` file."""
LAYER = 700
"""Bytes of a network's file for each layer beside its weights: names, shapes, running statistics."""
EPOCH = 40
"""Bytes of a line of ``history.csv``."""
SMALL = 1000
"""Bytes of a file of facts or metrics, about."""
WEIGHT = 4
"""Bytes of a weight."""
CHECKPOINTS = 3
"""Of a training while it runs: two are kept and one is being written, each with weights and what the
optimizer remembers of each of them."""
_REMEMBERED: Mapping[Literal["sgd", "adamw"], int] = {"sgd": 1, "adamw": 2}
"""Numbers that an optimizer keeps for each weight."""

Precision = Literal["float32", "bfloat16"]


@frozen
class Network:
    """A network, for images of one shape."""

    key: str
    slug: str
    parameters: int | None
    """None, of a network of a person's own: nobody knows without torch."""
    multiply_adds: int | None
    """Of one forward pass of one image."""
    layers: int | None
    precision: Precision


@frozen
class Work:
    """What is left to do of one stage."""

    kind: str
    network: Network | None = None
    trained: int = 0
    """Images that go forward and backward: epochs times images."""
    passed: int = 0
    """Images that only go forward, of a prediction: views times images, or epochs times images."""
    tested: int = 0
    """Test images, and those for validation, at the end of a training."""
    batch: int = 0
    live: tuple[Network, ...] = ()
    """Teachers of which each image that is trained on asks for a forward pass."""
    pixels: int = 0
    """Of an image."""
    writes: int | None = None
    """Bytes of its outputs. None: nobody knows before."""
    meanwhile: int = 0
    """Bytes of checkpoints, while it runs."""
    installed: bool = False
    """Of a data set: its files are installed with banc, so nothing is downloaded."""


def work(plan: Plan, graph: Graph) -> dict[Address, Work]:
    """Of each stage that will or may run."""
    networks = Networks(graph)
    return {
        step.address: _work(step, graph, networks)
        for step in plan.steps
        if isinstance(step.action, Run | Wait)
    }


class Networks:
    """The networks of a graph. Hundreds of stages share one, whose arithmetic is done once."""

    def __init__(self, graph: Graph) -> None:
        """Counts nothing yet."""
        self._graph = graph
        self._known: dict[tuple[int, Address, Precision], Network] = {}

    def of(self, address: Address) -> Network | None:
        """What a stage trains or takes from elsewhere; None: it is no network."""
        stage = self._graph.stages[address].stage
        match stage:
            case Train():
                precision = stage.recipe.precision
            case Import():
                precision = stage.precision
            case Data() | Predict() | Score() | Table():
                return None
        # The stages of a run share one model, so that nobody has to look into it. The graph keeps it alive.
        key = id(stage.model), stage.data, precision
        if key not in self._known:
            shape = _source(self._graph, stage.data).shape
            self._known[key] = _network(stage.model, shape, precision)
        return self._known[key]

    def of_store(self, address: Address) -> Network | None:
        """The network whose outputs a stage stores; None: it stores none."""
        stage = self._graph.stages[address].stage
        return self.of(stage.model) if isinstance(stage, Predict) else None


def _network(model: Model, image: ImageShape, precision: Precision) -> Network:
    return Network(
        network_key(model, image),
        model.slug,
        model.parameters(image),
        multiply_adds(model, image),
        layers(model),
        precision,
    )


def _work(step: Step, graph: Graph, networks: Networks) -> Work:
    stage = graph.stages[step.address].stage
    match stage:
        case Data(source=source):
            images, shape = sum(source.sizes) + source.validation, source.shape
            pixels = shape.channels * shape.height * shape.width
            size = images * (pixels + 8) + 4 * HEADER + SMALL
            return Work("data", writes=size, installed=isinstance(source, Digits))
        case Train():
            return _training(step, stage, graph, networks)
        case Import():
            source = _source(graph, stage.data)
            network = networks.of(step.address)
            assert network is not None
            return Work(
                "import",
                network,
                tested=_held_out(source),
                pixels=source.shape.height * source.shape.width,
                writes=_network_bytes(network, source, 0),
            )
        case Predict():
            source = _source(graph, stage.data)
            outputs = source.sizes[0] * stage.per_image
            done = step.checkpoint.done if step.checkpoint is not None else 0
            return Work(
                "predict",
                networks.of(stage.model),
                passed=max(0, outputs - done),
                pixels=source.shape.height * source.shape.width,
                writes=HEADER + 2 * outputs * source.shape.classes + SMALL,
            )
        case Score():
            return Work("score", writes=SMALL)
        case Table(scores=scores):
            return Work("table", writes=SMALL * max(1, len(scores)) // 4)


def _training(step: Step, stage: Train, graph: Graph, networks: Networks) -> Work:
    """What is left of a training from its checkpoint on."""
    source, recipe = _source(graph, stage.data), stage.recipe
    images = source.sizes[0]
    network = networks.of(step.address)
    assert network is not None
    through = 0
    if step.checkpoint is not None:
        of_epoch = min(images, recipe.batch * step.checkpoint.steps)
        through = images * step.checkpoint.done + of_epoch
    weights = None if network.parameters is None else WEIGHT * network.parameters
    live = (networks.of(teacher) for teacher in stage.teachers)
    return Work(
        "train",
        network,
        trained=max(0, images * recipe.epochs - through),
        tested=_held_out(source),
        batch=recipe.batch,
        live=tuple(teacher for teacher in live if teacher is not None),
        pixels=source.shape.height * source.shape.width,
        writes=_network_bytes(network, source, EPOCH * recipe.epochs),
        meanwhile=CHECKPOINTS * (1 + _REMEMBERED[recipe.optimizer]) * (weights or 0),
    )


def _network_bytes(network: Network, source: DataSet, curve: int) -> int | None:
    """Of weights, facts and outputs on images that are not trained on, and of a training's curve."""
    if network.parameters is None:
        return None
    outputs = HEADER * (2 if source.validation else 1) + 4 * _held_out(source) * source.shape.classes
    return WEIGHT * network.parameters + LAYER * (network.layers or 0) + outputs + SMALL + curve


def _held_out(source: DataSet) -> int:
    """Images that every network is asked about and none is trained on."""
    return source.sizes[1] + source.validation


def _source(graph: Graph, address: Address) -> DataSet:
    data = graph.stages[address].stage
    assert isinstance(data, Data)
    return data.source
