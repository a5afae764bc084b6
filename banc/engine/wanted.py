"""Which stages a person means: a spec's, or a run's and its score, with all that they need.

In: what is linked, and names. Out: a graph of linked stages, as their parameter files have them. Like
``dvc repro``, this knows what was linked and not what specs say by now.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from banc.errors import UsageError
from banc.graph.graph import Graph, PlacedStage
from banc.stage.files import read_stage
from banc.stage.index import Index
from banc.stage.kinds import Address
from banc.stage.names import find_stages


def wanted(root: Path, index: Index, names: Sequence[str]) -> Graph:
    """The stages that ``names`` mean, and those above them; without names all that is linked.

    Raises:
        UsageError: a name means nothing that is linked, or a parameter file is not what banc wrote.
    """
    meant = [address for name in names for address in stages_meant(root, index, name)]
    meant = meant if names else [*index.stages]
    wanted: dict[Address, PlacedStage] = {}
    while meant:
        address = meant.pop()
        if address not in wanted:
            linked = index.stages[address]
            files = frozenset({linked.file} if linked.file else ())
            wanted[address] = PlacedStage(
                read_stage(root, index.parameter_file(address), address),
                linked.group,
                linked.called,
                frozenset(linked.uses),
                files,
            )
            meant += [Address(parent) for several in linked.inputs.values() for parent in several]
    return Graph(wanted, {}, {})


def stages_meant(root: Path, index: Index, name: str) -> tuple[Address, ...]:
    """The stages that a name means, without those above them: a spec's, or a run's and its score.

    A spec is named by its file or by what its table is called.

    Raises:
        UsageError: it means nothing that is linked.
    """
    if not name.endswith(".toml") and name not in index.specs:
        stages = find_stages(index, name)
        with suppress(UsageError):  # an address, or a run that nobody scores
            stages += find_stages(index, name, kind="score")
        return stages
    path = Path(name).resolve()
    specs = {
        spec for spec, linked in index.specs.items() if spec == name or (root / linked.path).resolve() == path
    }
    if not specs:
        raise UsageError(
            f"`{name}` is not linked", hint=f"`banc compile {name}` links it; or name several specs there"
        )
    return tuple(
        address for address, stage in index.stages.items() if any(use.spec in specs for use in stage.uses)
    )
