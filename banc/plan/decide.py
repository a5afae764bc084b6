"""What DVC decides about one stage, rule by rule as DVC 3.67.1 does.

In: the stage, what is recorded of it, and the bytes that its inputs will have. Out: whether DVC keeps it,
restores it or runs its command. ``tests/plan/test_truth.py`` compares with what the real DVC does.

DVC's order: (1) unchanged, if command, parameters, inputs and outputs are as its lock says and the cache has
the outputs; (2) else, where all but the outputs are as the lock says, the lock's outputs are taken from the
cache, or the stage runs; (3) else, the run cache's newest entry for (command, parameters, inputs, names of
the outputs) is taken, if the cache has its outputs; (4) else the stage runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from banc.plan.asked import Asked
from banc.state.state import Entry, File

Inputs = Mapping[str, File | None]
"""By path: what an input will be. None: a stage has to run first, and nobody knows."""

_LEFT_OUT = ("size", "nfiles")
"""Keys that DVC leaves out of a run's key, wherever they stand."""


@frozen
class Kept:
    """Everything is as recorded."""


@frozen
class Restored:
    """The outputs are taken from the cache, as this entry has them."""

    entry: Entry


@frozen
class Changed:
    """The command runs."""


@frozen
class Unknown:
    """Kept or restored if the unknown inputs come out as recorded; otherwise it runs."""


Decision = Kept | Restored | Changed | Unknown


@frozen
class Known:
    """What is known about one stage."""

    entry: Entry | None
    """Its entry in ``dvc.lock``; None where there is none."""
    runs: Mapping[str, Entry]
    """Its entries in the run cache, by key."""
    outputs: Mapping[str, File]
    """The files that exist."""
    cached: Callable[[str], bool]
    """Whether the cache has the bytes with this MD5."""


def decide(stage: Asked, known: Known, inputs: Inputs) -> Decision:
    """What DVC does about ``stage``."""
    unknown = any(file is None for file in inputs.values())
    entry = known.entry
    if entry is not None and fits(stage, entry, inputs):
        if _outputs_stand(stage, known, entry):
            return Unknown() if unknown else Kept()
        if all(_recorded(entry, path) for path in stage.outputs):
            # Here DVC does not look into its run cache any more, unless the unknown turns out otherwise.
            if _all_cached(stage.outputs, known, entry):
                return Unknown() if unknown else Restored(entry)
            if not unknown:
                return Changed()
    for key, run in known.runs.items():
        if _all_cached(run.outputs, known, run) and key == run_key(stage, _filled(inputs, run)):
            return Unknown() if unknown else Restored(run)
    return Changed()


def fits(stage: Asked, entry: Entry, inputs: Inputs) -> bool:
    """Whether command, parameters and inputs are as recorded, as far as they are known."""
    return (
        entry.command == stage.command
        and entry.parameters.get(stage.parameter_file) == stage.parameters
        and all(
            (recorded := entry.inputs.get(path)) is not None
            and recorded.md5 is not None
            and (file is None or file.md5 == recorded.md5)
            for path, file in inputs.items()
        )
    )


def run_key(stage: Asked, inputs: Mapping[str, File]) -> str:
    """The name under which DVC's run cache holds what ``stage`` makes of ``inputs``."""
    dependencies = []
    for path, file in sorted(inputs.items()):
        dependency: dict[str, Any] = {"path": path, "hash": "md5", "md5": file.md5}
        if file.executable:
            dependency["isexec"] = True
        dependencies.append(dependency)
    value: dict[str, Any] = {"cmd": stage.command}
    if dependencies:
        value["deps"] = dependencies
    value["params"] = {stage.parameter_file: stage.parameters}
    value["outs"] = list(stage.outputs)
    return hashlib.sha256(json.dumps(_filtered(value), sort_keys=True).encode()).hexdigest()


def _filtered(value: Any) -> Any:
    if isinstance(value, list):
        return [_filtered(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _filtered(item) for key, item in value.items() if key not in _LEFT_OUT}
    return value


def _filled(inputs: Inputs, run: Entry) -> dict[str, File]:
    """``inputs``, and in place of what is unknown what that run had."""
    return {path: run.inputs.get(path, File(None)) if file is None else file for path, file in inputs.items()}


def _outputs_stand(stage: Asked, known: Known, entry: Entry) -> bool:
    return all(
        (md5 := _recorded(entry, path)) is not None
        and (not stage.cached or known.cached(md5))
        and path in known.outputs
        and known.outputs[path].md5 == md5
        for path in stage.outputs
    )


def _recorded(entry: Entry, path: str) -> str | None:
    file = entry.outputs.get(path)
    return None if file is None else file.md5


def _all_cached(paths: Any, known: Known, entry: Entry) -> bool:
    return all((md5 := _recorded(entry, path)) is not None and known.cached(md5) for path in paths)
