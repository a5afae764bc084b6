"""The provenance of a table as JSON-LD, for programs: a Workflow Run RO-Crate.

In: the graph of one spec, a state, and when. Out: plain values, which belong into the workspace as
``ro-crate-metadata.json``. Each stage that DVC recorded is an action, from the files that it read to those
that it wrote, with their sizes and MD5s. Pure. https://w3id.org/ro/wfrun/workflow/0.5 describes the profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from banc.digest import Json
from banc.graph.graph import Graph
from banc.plan.asked import asked
from banc.printable import one_line, utc
from banc.stage.called import spoken
from banc.stage.kinds import Address, Table
from banc.stage.layout import Layout
from banc.state.state import File, State

METADATA = "ro-crate-metadata.json"
"""The name that the file has in a workspace."""

WORKFLOW = "dvc.yaml"

_CRATE = "https://w3id.org/ro/crate/1.1"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}


def sources(graph: Graph) -> tuple[str, ...]:
    """What the stages of a spec follow from: the spec, ``dvc.yaml``, and a parameter file each."""
    files = (asked(address, placed).parameter_file for address, placed in graph.stages.items())
    return (*graph.paths.values(), WORKFLOW, *sorted(files))


def crate(
    graph: Graph, layout: Layout, state: State, there: Set[str], version: str, now: float
) -> dict[str, Json]:
    """The crate of a spec's table.

    Args:
        graph: of that spec alone.
        there: which of its ``sources`` are in the workspace.
        version: of banc.
        now: seconds since 1970, UTC; the date where nobody wrote down when a stage ran.
    """
    made = _Crate(graph, layout, state, there, version, now)
    return {"@context": f"{_CRATE}/context", "@graph": list(made.entities())}


class _Crate:
    """Actions, and the files that they name."""

    def __init__(
        self, graph: Graph, layout: Layout, state: State, there: Set[str], version: str, now: float
    ) -> None:
        self._graph, self._layout, self._state, self._there = graph, layout, state, there
        self._version, self._now = version, now
        self._timings = {timing.address: timing for timing in state.timings.here}
        self._files: dict[str, dict[str, Json]] = {}
        """Entities of files, by identifier."""

    def entities(self) -> Iterable[dict[str, Json]]:
        """All, each once."""
        actions = [
            action for address in sorted(self._graph.stages) if (action := self._action(address)) is not None
        ]
        whole = self._whole()
        ((name, path),) = self._graph.paths.items()
        yield {
            "@id": METADATA,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": [{"@id": _CRATE}, {"@id": list(_PROFILES)[2]}],
        }
        times = [timing.ended for timing in self._timings.values() if timing.address in self._graph.stages]
        yield {
            "@id": "./",
            "@type": "Dataset",
            "name": one_line(self._layout.title) or name,
            "description": f"The table of {path}: its stages, what each read and wrote, and its numbers.",
            "datePublished": utc(max(times, default=self._now)),
            "license": "not said",
            "conformsTo": _ids(_PROFILES),
            "mainEntity": {"@id": WORKFLOW},
            "hasPart": _ids([WORKFLOW, *(file for file in self._files if not file.startswith("#"))]),
            "mentions": _ids([str(action["@id"]) for action in (whole, *actions)]),
        }
        for profile, (profile_name, number) in _PROFILES.items():
            yield {"@id": profile, "@type": "CreativeWork", "name": profile_name, "version": number}
        yield {
            "@id": WORKFLOW,
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": f"Stages of {name}, made by banc compile",
            "programmingLanguage": {"@id": "#dvc"},
        }
        yield {"@id": "#dvc", "@type": "ComputerLanguage", "name": "DVC", "url": {"@id": "https://dvc.org/"}}
        yield {
            "@id": "#banc",
            "@type": "SoftwareApplication",
            "name": "banc",
            "softwareVersion": self._version,
        }
        yield whole
        yield from actions
        yield from self._files.values()

    def _whole(self) -> dict[str, Json]:
        """The run of the workflow: from the spec to the table."""
        ((name, path),) = self._graph.paths.items()
        table = next(
            asked(address, placed)
            for address, placed in self._graph.stages.items()
            if isinstance(placed.stage, Table)
        )
        return {
            "@id": f"#all-of-{name}",
            "@type": "CreateAction",
            "name": f"banc compile {path}, then dvc repro",
            "instrument": {"@id": WORKFLOW},
            "object": _ids([self._file(path, None)]),
            "result": _ids(self._file(output, self._state.files.get(output)) for output in table.outputs),
        }

    def _action(self, address: Address) -> dict[str, Json] | None:
        """A stage that DVC recorded; None of any other."""
        placed = self._graph.stages[address]
        stage = asked(address, placed)
        entry = self._state.locks.get(stage.lock, {}).get(address)
        if entry is None:
            return None
        action: dict[str, Json] = {
            "@id": f"#{address}",
            "@type": "CreateAction",
            "name": one_line(spoken(placed.names)) or address,
            "description": one_line(stage.command),
            "instrument": {"@id": "#banc"},
            "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
            "object": _ids(
                [
                    self._file(stage.parameter_file, None),
                    *(self._file(path, entry.inputs.get(path)) for path in stage.inputs),
                ]
            ),
            "result": _ids(self._file(path, entry.outputs.get(path)) for path in stage.outputs),
        }
        if (timing := self._timings.get(address)) is not None:
            action["startTime"] = utc(timing.ended - timing.whole)
            action["endTime"] = utc(timing.ended)
        return action

    def _file(self, path: str, recorded: File | None) -> str:
        """The identifier of a file; of one that is not in the workspace, by its digest or name."""
        here = path in self._there or path in self._state.files
        md5 = recorded.md5 if recorded is not None else None
        identifier = path if here else f"#md5-{md5}" if md5 else f"#{path}"
        entity: dict[str, Json] = {
            "@id": identifier,
            "@type": "File" if here else "CreativeWork",
            "name": path,
        }
        if recorded is not None:
            entity["contentSize"] = str(recorded.size)
        if md5:
            entity["identifier"] = f"md5:{md5}"
        known = self._files.setdefault(identifier, entity)
        known |= entity
        return identifier


def _ids(identifiers: Iterable[str] | Mapping[str, object]) -> list[Json]:
    return [{"@id": identifier} for identifier in dict.fromkeys(identifiers)]
