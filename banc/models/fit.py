"""Whether weights are those of a network, told by names, shapes and number types alone.

In: the tensors that a network has, and those that a file has, as words and numbers. Out: nothing, or what is
wrong in one sentence. Knows no torch and no file, so that a spec's check and a stage say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

SHOWN = 3
"""Largest number of tensor names in one message."""


class TensorKind(NamedTuple):
    """A tensor without its numbers."""

    dtype: str
    """As torch calls it: ``float32``."""
    shape: tuple[int, ...]

    def __str__(self) -> str:
        """``float32 (10x342)``."""
        return f"{self.dtype} ({'x'.join(map(str, self.shape)) or 'one number'})"


Tensors = Mapping[str, TensorKind]
"""By name, as in a state dict."""


def misfit(network: Tensors, file: Tensors, classes: int) -> str | None:
    """Why the tensors of a file are not those of a network for so many classes; None where they are."""
    lacking = [name for name in network if name not in file]
    others = [name for name in file if name not in network]
    if lacking or others:
        return _other_names(list(network), list(file), lacking, others)
    differ = {name: (file[name], kind) for name, kind in network.items() if file[name] != kind}
    if not differ:
        return None
    name, (in_file, expected) = next(iter(differ.items()))
    more = f", and {len(differ) - 1} more differ" if differ.keys() - {name} else ""
    sentence = f"`{name}` is {in_file}, expected {expected}{more}"
    heads = {(in_file.shape[:1], in_file.shape[1:] == kind.shape[1:]) for in_file, kind in differ.values()}
    counts = {kind.shape[:1] for _, kind in differ.values()}
    if len(heads) == 1 and counts == {(classes,)}:
        ((first, alike),) = heads
        if alike and first:
            sentence += f": it tells {first[0]} classes apart, and the data set has {classes}"
    return sentence


def _other_names(
    network: Sequence[str], file: Sequence[str], lacking: Sequence[str], others: Sequence[str]
) -> str:
    for one, two, whose in ((file, network, "its names begin"), (network, file, "the network's names begin")):
        if prefix := _prefix(one, two):
            other = "the network's" if one is file else "those in the file"
            return f"{whose} with `{prefix}`, and {other} do not"
    parts = []
    if lacking:
        parts.append(f"it lacks {_named(lacking)}")
    if others:
        parts.append(f"it has {_named(others)}, which the network does not have")
    return ", and ".join(parts)


def _prefix(longer: Sequence[str], shorter: Sequence[str]) -> str:
    """The prefix that each name of ``longer`` has before a name of ``shorter``; empty if there is no such
    prefix.
    """
    if not longer or len(longer) != len(shorter):
        return ""
    first = next((name for name in shorter if longer[0].endswith(f".{name}")), None)
    prefix = longer[0].removesuffix(first) if first else ""
    return prefix if prefix and {f"{prefix}{name}" for name in shorter} == {*longer} else ""


def _named(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:SHOWN]]
    more = len(names) - SHOWN
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)
