"""What networks cost, as the command tells it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from attrs import evolve

from banc.cli.models import costs
from banc.cli.show_models import Cost, Costs, Format, resolutions, show_models
from banc.config.image import ImageShape
from banc.language.load import load_all
from banc.models.measure import NetworkCost, Output

Banc = Callable[..., Any]
IMAGE = ImageShape(channels=3, height=32, width=32, classes=100)


def measured(parameters: int = 36_540_000, **changes: int) -> NetworkCost:
    shapes = ((16, 32, 32), (160, 32, 32), (160, 32, 32), (320, 16, 16), (320, 16, 16), (640, 8, 8), (100,))
    outputs = tuple(Output(f"part.{at}", shape) for at, shape in enumerate(shapes))
    numbers = {"multiply_adds": 5_240_000_000, "activation_bytes": 3 * 2**20, **changes}
    return NetworkCost(parameters, outputs=outputs, **numbers)


TABLE = Costs(
    "spec/x.toml",
    "Two networks",
    IMAGE,
    (
        Cost("Wide-ResNet", "wide-resnet", measured(), 36.0),
        Cost(
            "a", "factory", measured(parameters=900, multiply_adds=1_500, activation_bytes=100 * 2**10), None
        ),
    ),
)

SHOWN = """\
Two networks (3x32x32 images, 100 classes)

Network      Parameters          Multiply-adds  Activations  Shapes
─────────────────────────────────────────────────────────────────────────────────────────────────────────────
Wide-ResNet    36.54 M*  (36 M)         5.24 G      3.0 MiB  16x32x32 → 160x32x32 → 320x16x16 → 640x8x8 → 100
a                  900                   1.5 k    100.0 KiB  16x32x32 → 160x32x32 → 320x16x16 → 640x8x8 → 100

In parentheses: the published number.
*: more than 1 % away from the published number of parameters.
Multiply-adds: of one forward pass. Activations: what a training step in float32 keeps of one image.
Shapes: the first layer, the last at each resolution, the logits.
"""


def test_the_table() -> None:
    assert show_models([TABLE], "table", 120) == SHOWN


@pytest.mark.parametrize("width", [40, 80, 100])
def test_shapes_go_below_where_there_is_no_room(width: int) -> None:
    lines = show_models([TABLE], "table", width).splitlines()
    shapes = [line for line in lines if "→" in line]
    assert len(shapes) >= 2
    assert all(len(line) <= width for line in shapes)
    if width == 80:
        assert "    16x32x32 → 160x32x32 → 320x16x16 → 640x8x8 → 100" in lines


NARROW = """\
Wide-ResNet
  parameters: 36.54 M* (36 M)
  multiply-adds: 5.24 G
  activations: 3.0 MiB
  shapes: 16x32x32 → 160x32x32 →
    320x16x16 → 640x8x8 → 100
a
  parameters: 900
  multiply-adds: 1.5 k
  activations: 100.0 KiB
  shapes: 16x32x32 → 160x32x32 →
    320x16x16 → 640x8x8 → 100

In parentheses: the published number.
"""


def test_numbers_go_below_names_where_there_is_no_room() -> None:
    made = show_models([TABLE], "table", 40)
    assert NARROW in made
    assert max(map(len, made.splitlines())) <= 40
    assert max(map(len, show_models([TABLE], "table", 62).splitlines())) <= 62


def test_a_networks_shapes_are_those_that_tell_it() -> None:
    assert resolutions(measured()) == ((16, 32, 32), (160, 32, 32), (320, 16, 16), (640, 8, 8), (100,))


def test_programs_get_every_number() -> None:
    (spec,) = json.loads(show_models([TABLE], "json", 100))
    assert spec["spec"] == "spec/x.toml"
    assert spec["image"] == {"channels": 3, "height": 32, "width": 32, "classes": 100}
    wide, own = spec["models"]
    assert wide.pop("outputs")[:2] == [
        {"module": "part.0", "shape": [16, 32, 32]},
        {"module": "part.1", "shape": [160, 32, 32]},
    ]
    assert wide == {
        "name": "Wide-ResNet",
        "family": "wide-resnet",
        "parameters": 36_540_000,
        "published_parameters": 36_000_000,
        "differs": True,
        "multiply_adds": 5_240_000_000,
        "activation_bytes": 3 * 2**20,
    }
    assert (own["published_parameters"], own["differs"]) == (None, False)


@pytest.mark.parametrize("format", get_args(Format))
def test_a_spec_cannot_paint_the_terminal(format: Format) -> None:
    hostile = "t\x1b[31m\x9b\u202eé"
    text = show_models(
        [evolve(TABLE, title=hostile, models=(Cost(hostile, "f", measured(), None),))], format, 90
    )
    assert {char for char in text if not char.isprintable()} == {"\n"}
    assert format == "table" or json.loads(text)[0]["title"] == hostile


def test_every_key_is_in_the_manual(checkout: Path) -> None:
    manual = (checkout / "docs/models.md").read_text()

    def keys(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(keys, value))
        return (
            {*value, *(key for inner in value.values() for key in keys(inner))}
            if isinstance(value, dict)
            else set()
        )

    found = keys(json.loads(show_models([TABLE], "json", 100)))
    assert {key for key in found if f"`{key}`" not in manual} == set()
    assert found >= {"activation_bytes", "module", "classes"}


def test_the_command_measures_the_networks_of_a_spec(banc: Banc, workspace: Path) -> None:
    done = banc("models", "spec/a-table.toml")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("A table (1x8x8 images, 10 classes)\n\nNetwork  Parameters")
    row = next(line for line in done.out.splitlines() if line.startswith("a "))
    assert "4x8x8 → 6x8x8 → 5x4x4 → 4x2x2 → 10" in row


def test_without_a_spec_it_takes_all_of_them(banc: Banc, workspace: Path) -> None:
    spec = workspace / "spec/a-table.toml"
    (workspace / "spec/b-table.toml").write_text(spec.read_text().replace("A table", "Another"))
    done = banc("models", "--format", "json")
    assert done.code == 0
    first, second = json.loads(done.out)
    assert (first["title"], second["title"]) == ("A table", "Another")
    assert first["models"] == second["models"]


def test_a_bad_spec_is_told_as_always(banc: Banc, workspace: Path) -> None:
    spec = workspace / "spec/a-table.toml"
    spec.write_text(spec.read_text().replace("growth = 2", "growth = 0"))
    done = banc("models", "spec/a-table.toml")
    assert (done.code, done.out) == (2, "")
    assert "error[BANC013]" in done.err


def test_published_counts_are_those_of_the_spec(checkout: Path) -> None:
    """Every published count of table 2 stands beside its network, and it is known which differ."""
    path = checkout / "spec/table2.toml"
    (found,) = costs(load_all([path]))
    table = tomllib.loads(path.read_text())["table"]["published"]
    published = {cost.name: cost.published for cost in found.models if cost.published is not None}
    assert published == {name: numbers["parameters"] for name, numbers in table.items()}
    differing = {cost.name for cost in found.models if cost.counted.differs}
    assert differing == {
        "Pre-activation ResNet-1001",
        "Match-Pre-ResNet-14-0.5",
        "Match-Pre-ResNet-14-1",
        "Wide-ResNet-28-10",
        "Match-DenseNet-14-1-3",
    }
