"""Graph, Plan -> Work: what is to be done, and what has to have run before it.

In: a graph and its plan. Out: values. A pure function. What DVC restores comes first and what it runs in no
time, the tables, last: DVC does both itself. Between them stand the jobs: stages that run, or of which it is
known only then whether they do.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from banc.config.size import SMALL_STEP
from banc.engine.places import Need, needs
from banc.graph.graph import Graph
from banc.plan.asked import Asked, asked
from banc.plan.step import Keep, Plan, Restore
from banc.plan.work import work as computed
from banc.stage.files import parents
from banc.stage.kinds import Address, Data, Import, Predict, Score, Stage, Table, Train
from banc.stage.timing import Timing

PREDICT_BATCH = 256
"""Images that go through a network at once in a prediction: ``runner.training.infer.BATCH``."""


@frozen
class Job:
    """A stage that runs, or may have to."""

    stage: Asked
    after: tuple[Address, ...]
    """The jobs whose outputs it reads."""
    network: bool
    """Whether it asks or trains a network, and so wants a GPU where there is one."""
    small: bool
    """Whether one core is enough for it. See ``runner.training.device.set_threads``."""
    memory: Need = None
    """Bytes of a GPU's memory that one like it took before."""


@frozen
class Work:
    """Everything that a plan has to be done."""

    restore: tuple[Asked, ...]
    jobs: tuple[Job, ...]
    """Inputs before what reads them."""
    tables: tuple[tuple[Asked, tuple[Address, ...]], ...]
    """Each with the jobs whose outputs it reads."""


def work(graph: Graph, plan: Plan, timings: Iterable[Timing] = ()) -> Work:
    """What ``plan`` leaves to do. From ``timings`` of earlier runs it is known what memory stages need."""
    memory = needs(computed(plan, graph), timings)
    restore: list[Asked] = []
    jobs: dict[Address, Job] = {}
    tables: list[tuple[Asked, tuple[Address, ...]]] = []
    for step in plan.steps:
        linked = graph.stages[step.address]
        stage = linked.stage
        made = asked(step.address, linked)
        after = tuple(address for address in parents(stage) if address in jobs)
        match step.action:
            case Keep():
                continue
            case Restore():
                restore.append(made)
            case _ if isinstance(stage, Table):
                tables.append((made, after))
            case _:
                network = isinstance(stage, Train | Import | Predict)
                small = not network or _is_small(graph, stage)
                jobs[step.address] = Job(made, after, network, small, memory.get(step.address))
    return Work(tuple(restore), tuple(jobs.values()), tuple(tables))


def _is_small(graph: Graph, stage: Stage) -> bool:
    """Whether the runner gives it one thread, as far as one can tell without building networks."""
    match stage:
        case Train():
            networks, batch = (
                [stage, *(graph.stages[teacher].stage for teacher in stage.teachers)],
                stage.recipe.batch,
            )
        case Predict():
            networks, batch = [graph.stages[stage.model].stage], PREDICT_BATCH
        case Import():
            networks, batch = [stage], PREDICT_BATCH
        case Data() | Score() | Table():
            return True
    data = graph.stages[stage.data].stage
    assert isinstance(data, Data)
    shape = data.source.shape
    weights = 0
    for one in networks:
        count = one.model.parameters(shape) if isinstance(one, Train | Import) else None
        if count is None:
            return False
        weights += count
    return weights * batch * shape.height * shape.width < SMALL_STEP
