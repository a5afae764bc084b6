"""Reads all that is known of a finished run, from the files of its stages.

In: a workspace, what is linked in it, and a run's name or a stage's address. Out: a ``Subject``, or an error
that says which file is missing. No weights are read, and no network is built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from banc.errors import BancError, UsageError
from banc.export.ancestry import ancestry
from banc.export.subject import Ancestor, Network, Subject
from banc.printable import one_line
from banc.report.cells import MeasuredCell
from banc.report.collect import collect_scores
from banc.runner.files.network_file import describe
from banc.runner.files.npy import damaged
from banc.runner.training.image_set import read_facts
from banc.stage import files
from banc.stage.address import slug_of
from banc.stage.files import load_stage
from banc.stage.index import Index, Use
from banc.stage.kinds import NETWORKS, Address, Data, Score, Train
from banc.stage.names import find_stage, is_name, label, spec_and_run


def gather(root: Path, index: Index, run: str, seed: int | None) -> Subject:
    """What is known of ``run``, a name or the address of a ``train`` or ``score`` stage.

    Raises:
        UsageError: nothing linked has that name or seed, several have, or it is no network and no ensemble.
        BancError: it is not finished, or one of its files is damaged.
    """
    address = find_stage(index, run, seed=seed)
    kind = index.stages[address].kind
    score: Address | None
    members: tuple[Address, ...]
    if kind == "score":
        score, members = address, tuple(map(Address, index.stages[address].inputs["members"]))
    elif kind in NETWORKS:
        score, members = _score_of(index, address), (address,)
    else:
        score, members = None, ()
    if score is None:
        raise UsageError(
            f"`{run}` is no network and no ensemble", hint="expected a run, such as `densenet/ban-1`"
        )
    use = _use(index, score, run)
    networks = tuple(_network(root, index, member) for member in members)
    metrics = collect_scores(root, {score}, use.spec).get(score)
    if metrics is None:
        raise _unfinished(root, root / files.folder(score) / files.METRICS, str(use))
    scored = load_stage(root, score)
    assert isinstance(scored, Score)
    stage = networks[0].stage
    data = load_stage(root, stage.data)
    assert isinstance(data, Data)
    folder = root / files.folder(stage.data)
    for name in (*files.DATA_ARRAYS, files.DATA):
        _check_there(root, folder / name, str(use))
    image = networks[0].description.image
    facts = read_facts(folder / files.DATA, image.channels)
    if len(facts.classes) != image.classes:
        raise damaged(
            folder / files.DATA, f"{len(facts.classes)} classes, and the network knows {image.classes}"
        )
    return Subject(
        name=one_line(str(use)),
        run=use.run or "",
        spec=use.spec,
        networks=networks,
        score=score,
        average=scored.average,
        metrics=metrics,
        column=_column(root, index, use),
        ancestors=_ancestors(root, index, members, use.spec),
        data=stage.data,
        source=data.source,
        image=image,
        facts=facts,
        test_images=folder / files.DATA_ARRAYS[2],
        training_images=data.source.sizes[0],
    )


def _score_of(index: Index, network: Address) -> Address | None:
    """The score of a network alone, which every run that a spec declares has."""
    alone = (
        address
        for address, stage in index.stages.items()
        if stage.kind == "score" and stage.inputs["members"] == (network,)
    )
    return next(alone, None)


def _use(index: Index, score: Address, run: str) -> Use:
    """Which of the names that specs have for the score's run is meant by ``run``."""
    uses = index.stages[score].uses
    if not is_name(run):
        return uses[0]
    spec, wanted = spec_and_run(index, run)
    return next(use for use in uses if use.run == wanted and spec in ("", use.spec))


def _network(root: Path, index: Index, address: Address) -> Network:
    stage = load_stage(root, address)
    name = label(index, address)
    if not isinstance(stage, Train):
        raise UsageError(
            f"`{name}` was trained elsewhere, and banc cannot say how",
            hint=f"give away its file, `{index.stages[address].file}`; networks trained here can be exported",
        )
    folder = root / files.folder(address)
    for file in files.writes(stage):
        _check_there(root, folder / file, name)
    facts = _read_facts(folder / files.FACTS)
    return Network(
        name=name,
        address=address,
        stage=stage,
        description=describe(folder / files.MODEL),
        weights=folder / files.MODEL,
        outputs=folder / files.OUTPUTS,
        outputs_digest=digest_of(folder / files.OUTPUTS),
        made_with=facts["made_with"],
        made_with_before=tuple(facts.get("made_with_before", ())),
    )


def _read_facts(path: Path) -> dict[str, Any]:
    """``model.json``, whole."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        tables = [facts["made_with"], *facts.get("made_with_before", ())]
        whole = type(facts["parameters"]) is int and all(
            type(table) is dict and all(type(value) is str for value in table.values()) for table in tables
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(path) from error
    if not whole:
        raise damaged(path)
    return dict(facts)


def _column(root: Path, index: Index, use: Use) -> MeasuredCell:
    """The errors of the run over the seeds that its spec declares."""
    scores = {
        other.seed or 0: address
        for address, stage in index.stages.items()
        if stage.kind == "score"
        for other in stage.uses
        if (other.spec, other.run) == (use.spec, use.run)
    }
    measured = collect_scores(root, set(scores.values()), use.spec)
    errors = [measured.get(scores[seed]) for seed in sorted(scores)]
    return MeasuredCell(tuple(None if metrics is None else metrics.error for metrics in errors))


def _ancestors(root: Path, index: Index, networks: Sequence[Address], spec: str) -> tuple[Ancestor, ...]:
    chain = ancestry(index, networks)
    places = {address: place for place, address in enumerate(chain)}
    scores = {address: score for address in chain if (score := _score_of(index, address))}
    measured = collect_scores(root, set(scores.values()), spec)
    ancestors = []
    for address, teachers in chain.items():
        stage = load_stage(root, address)
        trained = stage if isinstance(stage, Train) else None
        metrics = measured.get(scores[address]) if address in scores else None
        ancestors.append(
            Ancestor(
                name=label(index, address) or slug_of(address),
                address=address,
                seed=trained.seed if trained else None,
                objective=trained.objective.slug if trained else None,
                error=None if metrics is None else metrics.error,
                teachers=tuple(places[teacher] for teacher in teachers),
                shares=trained.share if trained else (),
            )
        )
    return tuple(ancestors)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_there(root: Path, path: Path, name: str) -> None:
    if not path.is_file():
        raise _unfinished(root, path, name)


def _unfinished(root: Path, path: Path, name: str) -> BancError:
    return BancError(
        f"`{name}` is not finished: there is no `{path.relative_to(root)}`",
        hint="`dvc repro` makes what is missing; `dvc pull` fetches it where it was made elsewhere",
    )
