"""What jobs ask of a cluster: ``[resources]`` of ``banc.toml`` in the workspace, and what flags say over it.

In: a file, and flags. Out: a value. None of it is identity: it moves no address and re-runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, field, fields, frozen

from banc.errors import UsageError
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.source import Source, SpecError, read_source

FILE = "banc.toml"
TABLE = "resources"
CPU = "cpu"
"""The table inside it, for jobs that use no GPU."""

LEAST = 300
"""Seconds of a job's time limit, at least: two minutes of it are for its checkpoint."""

_TIME = re.compile(r"(\d{1,5})\s*(s|min|m|h|d)")
_UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
_GPUS = re.compile(r"(?:[A-Za-z0-9_.-]+:)?(\d{1,3})")
_MEMORY = re.compile(r"\d{1,9}[KMGT]?")
_WORD = re.compile(r"[A-Za-z0-9_.,@+-]+")


@frozen
class Resources:
    """What one job asks for. None, or nothing: what the cluster gives by itself."""

    partition: str | None = None
    account: str | None = None
    gpus: str = ""
    """Of a training or prediction: a number, or a kind and a number, ``a100:1``; empty: none."""
    cpus: int | None = None
    """Cores."""
    memory: str | None = None
    """As Slurm spells it: ``16G``."""
    time: int | None = None
    """Seconds at a stretch, at most: what takes longer goes on from its checkpoint."""
    device: str | None = None
    """The device that estimates are for, as ``banc plan --device`` takes it."""
    together: int = 600
    """Stages one after another share a job as long as they take no more seconds than this."""
    sbatch: tuple[str, ...] = ()
    """More options of ``sbatch``, one a line: ``--constraint=a100``."""
    setup: tuple[str, ...] = ()
    """Lines of shell before the job's own: ``module load cuda``."""

    @property
    def processes(self) -> int:
        """How many share a training: one a GPU."""
        match = _GPUS.fullmatch(self.gpus)
        return int(match[1]) if match else 0


@frozen
class Cluster:
    """What jobs ask for."""

    network: Resources = field(factory=Resources)
    """Those that train or ask a network."""
    cpu: Resources = field(factory=Resources)
    """All others: data sets, scores, records. They never ask for a GPU."""


def read_resources(root: Path) -> Cluster:
    """What ``banc.toml`` says; without such a file, nothing.

    Raises:
        SpecError: it is not TOML, or a key or a value is wrong; all of them.
    """
    path = root / FILE
    if not path.is_file():
        return Cluster()
    here = Path.cwd()
    source = read_source(path.relative_to(here) if path.is_relative_to(here) else path)
    faults = [
        source.fault(
            Code.UNKNOWN_KEY, (key,), f"unknown table `{key}`", legal=(TABLE,), word=key, at_key=True
        )
        for key in source.values
        if key != TABLE
    ]
    table = source.values.get(TABLE, {})
    if not isinstance(table, dict):
        raise SpecError([source.fault(Code.WRONG_TYPE, (TABLE,), "expected a table")])
    network = _resources(source, table, (TABLE,), faults)
    inside = table.get(CPU, {})
    if not isinstance(inside, dict):
        faults.append(source.fault(Code.WRONG_TYPE, (TABLE, CPU), "expected a table"))
        inside = {}
    # What is said of all holds here too, but what a GPU needs.
    common = evolve(network, gpus="", device=None, time=None)
    cpu = _resources(source, inside, (TABLE, CPU), faults, common)
    if faults:
        raise SpecError(sorted(faults, key=lambda fault: (fault.span.line, fault.span.column)))
    return Cluster(network, cpu)


def with_flags(cluster: Cluster, flags: Mapping[str, Any]) -> Cluster:
    """``cluster`` with what was said on the command line, by name of the field; None: nothing was.

    Options of ``sbatch`` are added to those of the file; everything else replaces what it says.

    Raises:
        UsageError: a flag's value cannot be.
    """
    values: dict[str, Any] = {}
    for name, said in flags.items():
        if said is None or said == []:
            continue
        try:
            values[name] = _value(name, list(said) if isinstance(said, tuple) else said)
        except ValueError as error:
            raise UsageError(f"`--{name} {said}`: {error}") from None
    more = values.pop("sbatch", ())
    network, cpu = cluster.network, cluster.cpu
    # Where other jobs were given a partition of their own, they keep it.
    common = {
        name: values[name]
        for name in ("partition", "account")
        if name in values and getattr(cpu, name) == getattr(network, name)
    }
    return Cluster(
        evolve(network, **values, sbatch=(*network.sbatch, *more)),
        evolve(cpu, **common, sbatch=(*cpu.sbatch, *more)),
    )


def _resources(
    source: Source,
    table: Mapping[str, Any],
    path: tuple[str, ...],
    faults: list[Fault],
    base: Resources | None = None,
) -> Resources:
    gpu_only = ("gpus", "device", "together") if path[-1] == CPU else ()
    legal = tuple(attribute.name for attribute in fields(Resources) if attribute.name not in gpu_only)
    inner = () if path[-1] == CPU else (CPU,)
    values = {}
    for key, said in table.items():
        if key in inner:
            continue
        if key not in legal:
            message = f"unknown key `{key}` in `[{'.'.join(path)}]`"
            faults.append(
                source.fault(
                    Code.UNKNOWN_KEY, (*path, key), message, legal=(*legal, *inner), word=key, at_key=True
                )
            )
            continue
        try:
            values[key] = _value(key, said)
        except ValueError as error:
            faults.append(source.fault(Code.WRONG_TYPE, (*path, key), f"`{'.'.join((*path, key))}`: {error}"))
    return evolve(base or Resources(), **values)


def _value(name: str, said: Any) -> Any:
    """A field's value from what a person wrote.

    Raises:
        ValueError: it cannot be. The message says what was expected.
    """
    match name, said:
        case (("time" | "together"), str()) if match := _TIME.fullmatch(said.strip()):
            seconds = int(match[1]) * _UNITS[match[2]]
            if name == "time" and seconds < LEAST:
                raise ValueError(f"expected at least {LEAST // 60} min, found `{said}`")
            return seconds
        case (("time" | "together"), _):
            raise ValueError(f"expected a time such as `30 min`, `4 h` or `2 d` as text, found {said!r}")
        case "gpus", int() | str() if said is not True and said is not False and _GPUS.fullmatch(str(said)):
            return "" if str(said) == "0" else str(said)
        case "gpus", _:
            raise ValueError(
                f'expected a number such as 1, or a kind and a number such as "a100:1", found {said!r}'
            )
        case "cpus", int() if said is not True and 0 < said < 10_000:
            return said
        case "cpus", _:
            raise ValueError(f"expected a whole number from 1, found {said!r}")
        case "memory", str() if _MEMORY.fullmatch(said):
            return said
        case "memory", _:
            raise ValueError(f'expected a size such as "16G", found {said!r}')
        case (("partition" | "account"), str()) if _WORD.fullmatch(said):
            return said
        case "device", str() if said.strip():
            return said
        case "sbatch", list() if all(
            isinstance(word, str) and word.startswith("-") and _line(word) for word in said
        ):
            return tuple(said)
        case "sbatch", _:
            raise ValueError(f'expected a list of options such as ["--constraint=a100"], found {said!r}')
        case "setup", list() if all(isinstance(word, str) and _line(word) for word in said):
            return tuple(said)
        case "setup", _:
            raise ValueError(f'expected a list of lines such as ["module load cuda"], found {said!r}')
        case _:
            raise ValueError(f"expected a name, found {said!r}")


def _line(text: str) -> bool:
    return "\n" not in text and "\r" not in text
