"""What a spec took, from the times that this workspace wrote down.

In: a graph, runs, and timings. Out: seconds and joules by run and in all, and what stored outputs saved.
Pure. A stage whose time nobody wrote down is counted and not guessed; so is one whose energy no counter told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from banc.document.document import Cost, EnergySum, Run, RunCost, Saved
from banc.graph.graph import Graph
from banc.stage.energy import Energy, energies
from banc.stage.kinds import Address, Data, Predict, Train
from banc.stage.timing import Timing
from banc.state.state import Timings

_COMPUTING = ("train", "import", "predict")


def cost_of(graph: Graph, spec: str, runs: Sequence[Run], timings: Timings) -> Cost:
    """Of the stages of ``spec``."""
    took = {Address(timing.address): timing for timing in timings.here}
    stages = {
        address: placed.stage
        for address, placed in graph.stages.items()
        if any(use.spec == spec for use in placed.uses)
    }
    stores: dict[Address, list[Address]] = {}
    for address, stage in stages.items():
        if isinstance(stage, Predict):
            stores.setdefault(stage.model, []).append(address)
    timed = [took[address] for address in stages if address in took]
    drew = energies(timings.here)
    return Cost(
        runs=tuple(_run_cost(run, stores, took, drew) for run in runs if run.networks),
        seconds=sum(timing.whole for timing in timed),
        timed=len(timed),
        stages=len(stages),
        devices=tuple(dict.fromkeys(str(timing.device) for timing in timed if timing.kind in _COMPUTING)),
        saved=_saved(graph, spec, took),
        energy=energy_sum(drew.get(timing.address) for timing in timed),
    )


def energy_sum(several: Iterable[Energy | None]) -> EnergySum | None:
    """Of several stages, None for one of which nothing is known; None where nothing is known at all."""
    stages = list(several)
    gpus = [stage.gpus for stage in stages if stage is not None and stage.gpus is not None]
    cpus = [stage.cpus for stage in stages if stage is not None and stage.cpus is not None]
    if not gpus and not cpus:
        return None
    return EnergySum(sum(gpus), len(gpus), sum(cpus), len(cpus), stages.count(None))


def _run_cost(
    run: Run,
    stores: Mapping[Address, list[Address]],
    took: Mapping[Address, Timing],
    drew: Mapping[str, Energy],
) -> RunCost:
    networks = list(run.networks.values())
    stored = [store for network in networks for store in stores.get(network, ())]
    timed = [address for address in (*networks, *stored) if address in took]
    known = [drew[address].whole for address in timed if address in drew]
    return RunCost(
        run.network,
        run.label,
        training=sum(took[address].whole for address in networks if address in took),
        storing=sum(took[address].whole for address in stored if address in took),
        timed=len(timed),
        of=len(networks) + len(stored),
        joules=sum(known) if known and len(known) == len(timed) else None,
    )


def _saved(graph: Graph, spec: str, took: Mapping[Address, Timing]) -> Saved | None:
    passes = 0
    stores: dict[Address, int] = {}
    for placed in graph.stages.values():
        stage = placed.stage
        if not isinstance(stage, Train) or all(use.spec != spec for use in placed.uses):
            continue
        images = _train_images(graph, stage.data)
        for store in stage.teacher_outputs:
            passes += stage.recipe.epochs * images
            predict = graph.stages[store].stage
            assert isinstance(predict, Predict)
            stores[store] = predict.per_image * images
    if not stores:
        return None
    known = [took[store] for store in stores if store in took and took[store].images]
    seconds = None
    if known:
        each = sum(timing.seconds for timing in known) / sum(timing.images for timing in known)
        seconds = each * (passes - sum(stores.values()))
    return Saved(passes, sum(stores.values()), seconds)


def _train_images(graph: Graph, data: Address) -> int:
    stage = graph.stages[data].stage
    assert isinstance(stage, Data)
    return stage.source.sizes[0]
