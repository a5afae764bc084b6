"""Reads what is finished of some runs, from the files of their stages.

In: a workspace, the index, runs, and how long stages took. Out: a ``Record`` of each run of which there is a
curve or a score, and what is not finished. Scores that are not here are read from the committed results.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from banc import paths
from banc.errors import BancError
from banc.export.ancestry import ancestry
from banc.export.trackers.choose import Chosen
from banc.export.trackers.history import read_curve
from banc.export.trackers.parameters import parameters
from banc.export.trackers.record import Record, RecordKind, Row
from banc.printable import one_line
from banc.report.collect import AllDetails, Results, collect_details, collect_scores
from banc.stage import files
from banc.stage.files import read_stage
from banc.stage.index import Index, Use, by_name
from banc.stage.kinds import Address, Data, Import, Score, Train
from banc.stage.metrics import Metrics, Quality
from banc.stage.names import label
from banc.stage.timing import Timing


@frozen
class Gathered:
    records: tuple[Record, ...]
    unfinished: tuple[Use, ...]
    """Runs of which there is no curve and no score."""
    without_score: tuple[Use, ...]
    """Those that have a curve alone."""
    without_curve: tuple[Use, ...]
    """Trainings that have a score alone: they ran elsewhere."""


def gather(root: Path, index: Index, runs: Sequence[Chosen], timings: Mapping[Address, Timing]) -> Gathered:
    """What is known of ``runs``.

    Raises:
        UsageError: a parameter file is not what ``banc compile`` wrote.
        BancError: a file is damaged, or cannot be read.
    """
    scores: Results = {}
    details: AllDetails = {}
    for spec in sorted({run.use.spec for run in runs}):
        of_spec = {score for run in runs if run.use.spec == spec for score in run.scores}
        scores = {**scores, **collect_scores(root, of_spec, spec)}
        details = {**details, **collect_details(root, of_spec, spec)}
    records = []
    unfinished, without_score, without_curve = [], [], []
    for run in runs:
        curve = None if run.network is None else read_curve(root, run.network)
        scored = [address for address in run.scores if address in scores]
        if curve is None and not scored:
            unfinished.append(run.use)
            continue
        if not scored:
            without_score.append(run.use)
        elif curve is None and index.stages[run.address].kind == "train":
            without_curve.append(run.use)
        values: dict[str, float] = {}
        for address in scored:
            quality = details[address].quality if address in details else None
            values |= dict(_score(scores[address], quality))
        record = _record(root, index, run, timings)
        told = dict(record.parameters)
        if scored:
            told["parameters"] = scores[scored[0]].parameters
        records.append(evolve(record, rows=_rows(curve, values), parameters=told))
    return Gathered(tuple(records), tuple(unfinished), tuple(without_score), tuple(without_curve))


def _record(root: Path, index: Index, run: Chosen, timings: Mapping[Address, Timing]) -> Record:
    """All but the rows."""
    use, address = run.use, run.address
    stage = read_stage(root, index.parameter_file(address), address)
    assert isinstance(stage, Train | Import | Score)
    data = read_stage(root, index.parameter_file(stage.data), stage.data)
    assert isinstance(data, Data)
    members = stage.members if isinstance(stage, Score) else ancestry(index, [address])[address]
    above = [_called(index, use.spec, member) for member in members]
    kinds: dict[type[Train | Import | Score], RecordKind] = {
        Train: "training",
        Import: "import",
        Score: "ensemble",
    }
    facts: dict[str, str] = {"address": address, "data_address": stage.data}
    if run.network is not None and run.scores:
        facts["score_address"] = ", ".join(run.scores)
    if run.also:
        facts["also_named"] = ", ".join(map(one_line, run.also))
    if run.network is not None:
        facts |= dict(_made_with(root, run.network))
    timing = timings.get(address) if run.network is not None else None
    if timing is not None:
        facts["trained_on"] = one_line(str(timing.device))
    return Record(
        spec=use.spec,
        model=one_line(use.model or ""),
        column=one_line(use.column or ""),
        seed=use.seed,
        kind=kinds[type(stage)],
        address=address,
        parameters=parameters(stage, use, data.source, above),
        facts=facts,
        rows=(),
        ended=_newest(root, run) if timing is None else float(timing.ended),
        seconds=None if timing is None else timing.whole,
    )


def _called(index: Index, spec: str, address: Address) -> str:
    """What ``spec`` calls a network."""
    uses = sorted((use for use in index.stages[address].uses if use.spec == spec and use.run), key=by_name)
    return one_line(str(uses[0])) if uses else label(index, address)


def _made_with(root: Path, network: Address) -> Iterator[tuple[str, str]]:
    """Versions and device of the machine where it ended, where its facts are here."""
    where = f"{files.folder(network)}/{files.FACTS}"
    if not (root / where).is_file():
        return
    try:
        made_with = json.loads((root / where).read_text(encoding="utf-8"))["made_with"]
        facts = [(f"made_with.{key}", one_line(str(value))) for key, value in made_with.items()]
    except OSError as error:
        raise BancError(f"cannot read `{where}`: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BancError(
            f"`{where}` is damaged: it does not say what the network was made with",
            hint="delete it and run `dvc repro`, which brings it back from the cache or computes it again",
        ) from error
    yield from facts


def _newest(root: Path, run: Chosen) -> float:
    """When the newest file of a run was written here; without any, when the committed results were."""
    paths_of_run = [root / files.folder(score) / files.METRICS for score in run.scores]
    if run.network is not None:
        paths_of_run.append(root / files.folder(run.network) / files.HISTORY)
    committed = root / paths.RESULTS / run.use.spec / files.RESULTS
    here = [path for path in paths_of_run if path.is_file()] or [committed]
    times = [path.stat().st_mtime for path in here if path.is_file()]
    return max(times, default=0.0)


def _score(metrics: Metrics, quality: Quality | None) -> Iterator[tuple[str, float]]:
    """The numbers of a score; errors in percent, the loss in nats."""
    on = metrics.on
    yield f"{on}/error", metrics.error
    yield f"{on}/loss", metrics.loss
    if quality is not None:
        yield f"{on}/top5_error", quality.top5_error
        yield f"{on}/brier", quality.brier
        yield f"{on}/calibration_error", quality.calibration_error
        if quality.diversity is not None:
            yield f"{on}/diversity", quality.diversity
        if quality.gain is not None:
            yield f"{on}/gain", quality.gain


def _rows(curve: tuple[Row, ...] | None, scores: Mapping[str, float]) -> tuple[Row, ...]:
    """The curve, with the scores in its last row: they are of the network after the last epoch."""
    if not curve:
        return (Row(0, scores),)
    *before, last = curve
    return (*before, Row(last.epoch, {**last.values, **scores}))
