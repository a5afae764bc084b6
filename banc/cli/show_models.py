"""What networks cost, as a table for people or as JSON.

In: measured networks. Out: text that ends with a newline.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Literal

from attrs import asdict, frozen

from banc.config.image import ImageShape
from banc.models.measure import NetworkCost, Output
from banc.printable import many, one_line, printable_json
from banc.report.cells import Counted
from banc.report.wording import DIFFERS, NETWORK, wording

Format = Literal["table", "json"]

GAP = "  "
NARROWEST = 30
"""Characters that shapes need beside the numbers; with fewer they go below."""

HEAD = (NETWORK, "Parameters", "", "Multiply-adds", "Activations")
SHAPES = "Shapes"

NOTES = (
    "Multiply-adds: of one forward pass. Activations: what a training step in float32 keeps of one image.",
    "Shapes: the first layer, the last at each resolution, the logits.",
)


@frozen
class Cost:
    """A network of a spec."""

    name: str
    family: str
    measured: NetworkCost
    published: float | None
    """The number of parameters that a paper prints, in millions."""

    @property
    def counted(self) -> Counted:
        return Counted(self.measured.parameters, self.published)


@frozen
class Costs:
    """The networks of one spec."""

    spec: str
    """The file, as the user named it."""
    title: str
    image: ImageShape
    models: tuple[Cost, ...]


def show_models(specs: Sequence[Costs], format: Format, width: int) -> str:
    """All networks in one format; ``width`` in characters."""
    match format:
        case "table":
            return "\n".join("\n".join(_table(spec, width)) + "\n" for spec in specs)
        case "json":
            text = json.dumps([_plain(spec) for spec in specs], indent=1, ensure_ascii=False)
            return printable_json(text) + "\n"


def _table(spec: Costs, width: int) -> Iterator[str]:
    image = spec.image
    about = f"{image.channels}x{image.height}x{image.width} images, {image.classes} classes"
    yield from textwrap.wrap(f"{one_line(spec.title)} ({about})", width)
    yield ""
    rows = [HEAD, *(_numbers(cost) for cost in spec.models)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    narrow = sum(room + len(GAP) for room in widths if room) - len(GAP) > width
    yield from _below_names(spec, width) if narrow else _beside_names(spec, rows, widths, width)
    yield ""
    if any(cost.published is not None for cost in spec.models):
        yield "In parentheses: the published number."
    if any(cost.counted.differs for cost in spec.models):
        yield from textwrap.wrap(
            f"{DIFFERS}: more than 1 % away from the published number of parameters.", width
        )
    for note in NOTES:
        yield from textwrap.wrap(note, width)


def _below_names(spec: Costs, width: int) -> Iterator[str]:
    """Each network's numbers below its name: for a terminal that is too narrow for columns of them."""
    for cost in spec.models:
        name, *numbers = (text.strip() for text in _numbers(cost))
        parameters, published, *more = numbers
        said = [f"{parameters} {published}".strip(), *more, _path(cost)]
        words = [HEAD[1], *HEAD[3:], SHAPES]
        yield name
        for word, number in zip(words, said, strict=True):
            yield from textwrap.wrap(
                f"{word.lower()}: {number}", width, initial_indent="  ", subsequent_indent="    "
            )


def _beside_names(
    spec: Costs, rows: Sequence[tuple[str, ...]], widths: Sequence[int], width: int
) -> Iterator[str]:
    shapes = [SHAPES, *map(_path, spec.models)]
    for row, path in zip(rows, shapes, strict=True):
        numbers = [
            text.rjust(room) if at else text.ljust(room)
            for at, (text, room) in enumerate(zip(row, widths, strict=True))
        ]
        line = GAP.join(number for number, room in zip(numbers, widths, strict=True) if room)
        room = width - len(line) - len(GAP)
        beside = room >= NARROWEST
        yield from _joined(line, textwrap.wrap(path, room if beside else max(width - 4, 20)), beside=beside)
        if row is rows[0]:
            yield "─" * min(width, len(line) + (len(GAP) + max(map(len, shapes)) if beside else 0))


def _path(cost: Cost) -> str:
    return " → ".join(_spell(shape) for shape in resolutions(cost.measured))


def _joined(line: str, path: list[str], *, beside: bool) -> Iterator[str]:
    if not beside:
        yield line
        yield from (f"    {part}" for part in path)
        return
    for at, part in enumerate(path):
        yield (line if at == 0 else " " * len(line)) + GAP + part


def _numbers(cost: Cost) -> tuple[str, ...]:
    pieces = wording(cost.counted, "parameters", 2).pieces
    measured = cost.measured
    return (
        one_line(cost.name),
        pieces["value"] + ("" if cost.counted.differs else " "),
        pieces.get("published", ""),
        many(measured.multiply_adds),
        _memory(measured.activation_bytes),
    )


def _memory(size: int) -> str:
    """``134.9 MiB``, ``94.6 KiB``."""
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{size / 2**10:.1f} KiB"


def resolutions(measured: NetworkCost) -> tuple[tuple[int, ...], ...]:
    """The shapes that tell a network: its first, the last of each resolution, its logits."""
    first, *rest = (output.shape for output in measured.outputs)
    last = [list(shapes)[-1] for _, shapes in groupby((first, *rest), key=lambda shape: shape[1:])]
    return tuple(dict.fromkeys((first, *last)))


def _spell(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _plain(spec: Costs) -> dict[str, Any]:
    return {
        "spec": spec.spec,
        "title": spec.title,
        "image": asdict(spec.image),
        "models": [
            {
                "name": cost.name,
                "family": cost.family,
                "parameters": cost.measured.parameters,
                "published_parameters": None if cost.published is None else round(cost.published * 1e6),
                "differs": cost.counted.differs,
                "multiply_adds": cost.measured.multiply_adds,
                "activation_bytes": cost.measured.activation_bytes,
                "outputs": [_output(output) for output in cost.measured.outputs],
            }
            for cost in spec.models
        ],
    }


def _output(output: Output) -> dict[str, Any]:
    return {"module": output.module, "shape": list(output.shape)}
