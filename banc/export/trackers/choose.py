"""Which runs a person means by specs and names: every training once, and every ensemble.

In: the index of what is linked, and names. Out: runs with the addresses of their networks and scores. Reads
no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from banc.errors import UsageError
from banc.stage.index import Index, Use, by_name
from banc.stage.kinds import NETWORKS, Address
from banc.stage.names import find_stages, is_name, spec_and_run


@frozen
class Chosen:
    """A run of a spec."""

    use: Use
    also: tuple[str, ...]
    """What else the spec calls it."""
    network: Address | None
    """None of an ensemble."""
    scores: tuple[Address, ...]

    @property
    def address(self) -> Address:
        """Of its network; of an ensemble, its score's."""
        return self.network or self.scores[0]


def choose(root: Path, index: Index, names: Sequence[str], seed: int | None) -> tuple[Chosen, ...]:
    """The runs that ``names`` mean, sorted by name; without names, those of all linked specs.

    A run that two specs share is there once for each. Two names of one run within a spec mean the same.

    Args:
        names: paths or names of specs, names of runs such as ``densenet/ban-2``, or addresses.
        seed: only runs of this seed.

    Raises:
        UsageError: a name means nothing that is linked, or no network and no ensemble; or no run has the
            seed.
    """
    wanted: dict[tuple[str, Address], None] = {}
    for name in names or index.specs:
        wanted |= dict.fromkeys(_meant(root, index, name, seed))
    scores = _scores(index)
    chosen = [_chosen(index, spec, address, scores.get(address, ())) for spec, address in wanted]
    chosen = [run for run in chosen if seed is None or run.use.seed == seed]
    if not chosen:
        raise UsageError(
            "no run is linked" if seed is None else f"no run has the seed {seed}",
            hint="`banc compile` links the runs of specs",
        )
    return tuple(sorted(chosen, key=lambda run: by_name(run.use)))


def _meant(root: Path, index: Index, name: str, seed: int | None) -> Iterator[tuple[str, Address]]:
    """The networks and ensembles that a name means, each beside a spec that has it."""
    if specs := _specs(root, index, name):
        for address in index.stages:
            if _is_run(index, address):
                yield from ((spec, address) for spec in _specs_of(index, address) if spec in specs)
        return
    # Refuses a spec's name that is not linked, and a run that has no such seed.
    of_run = find_stages(index, name, seed=seed if is_name(name) else None)
    only = spec_and_run(index, name)[0] if is_name(name) else ""
    for address in of_run:
        network = _network_of(index, address)
        if not _is_run(index, network):
            raise UsageError(
                f"`{name}` is no network and no ensemble", hint="expected a run, such as `densenet/ban-1`"
            )
        yield from ((spec, network) for spec in _specs_of(index, network) if only in ("", spec))


def _specs(root: Path, index: Index, name: str) -> set[str]:
    """The linked specs that are called so, by their name or their path."""
    if not name.endswith(".toml"):
        return {name} & index.specs.keys()
    path = Path(name).resolve()
    specs = {spec for spec, linked in index.specs.items() if (root / linked.path).resolve() == path}
    if not specs:
        raise UsageError(f"`{name}` is not linked", hint=f"`banc compile {name}` links it")
    return specs


def _is_run(index: Index, address: Address) -> bool:
    stage = index.stages[address]
    return stage.kind in NETWORKS or (stage.kind == "score" and len(stage.inputs["members"]) > 1)


def _network_of(index: Index, address: Address) -> Address:
    """The one network of a score, or the stage itself."""
    stage = index.stages[address]
    members = stage.inputs["members"] if stage.kind == "score" else ()
    return Address(members[0]) if len(members) == 1 else address


def _uses(index: Index, spec: str, address: Address) -> list[Use]:
    return sorted((use for use in index.stages[address].uses if use.spec == spec and use.run), key=by_name)


def _specs_of(index: Index, address: Address) -> list[str]:
    return sorted({use.spec for use in index.stages[address].uses if use.run})


def _scores(index: Index) -> dict[Address, list[Address]]:
    """The scores of each network alone."""
    scores: dict[Address, list[Address]] = {}
    for address, stage in index.stages.items():
        if stage.kind == "score" and (network := _network_of(index, address)) != address:
            scores.setdefault(network, []).append(address)
    return scores


def _chosen(index: Index, spec: str, address: Address, scores: Sequence[Address]) -> Chosen:
    first, *others = _uses(index, spec, address)
    also = tuple(str(use) for use in others)
    if index.stages[address].kind == "score":
        return Chosen(first, also, None, (address,))
    return Chosen(first, also, address, tuple(score for score in scores if _uses(index, spec, score)))
