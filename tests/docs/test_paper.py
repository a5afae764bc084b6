"""docs/paper.md: its tables are what banc builds, its prose explains each difference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from torch import nn

from banc.config.model import DenseNetBC, PreResNet, WideResNet
from banc.language.load import Loaded, load
from banc.models.build import build_meta, count_parameters
from banc.report.cells import Counted

SPECS = ("table1", "table2", "cifar10", "wide-resnet")
TABLES = re.compile(r"(?<=<!-- networks -->\n).*?(?=<!-- end -->)", re.DOTALL)


def millions(loaded: Loaded, model: Any) -> float:
    return count_parameters(build_meta(model, loaded.spec.data.shape)) / 1e6


def rows(loaded: Loaded) -> Iterator[tuple[str, float, float | None, float | None]]:
    """Name, ours, textbook and printed, in the order of the spec."""
    for name, model in loaded.spec.models.items():
        textbook = None
        if isinstance(model, DenseNetBC) and model.third_transition:
            textbook = millions(loaded, attrs.evolve(model, third_transition=False))
        printed = loaded.spec.table.published.get(name, {}).get("parameters")
        yield name, millions(loaded, model), textbook, printed


def table(loaded: Loaded) -> Iterator[str]:
    yield f"### {loaded.spec.title}"
    yield ""
    yield "| network | ours | textbook | paper | difference |"
    yield "|---|--:|--:|--:|--:|"
    for name, ours, textbook, printed in rows(loaded):
        counted = Counted(round(ours * 1e6), printed)
        difference = (
            ""
            if printed is None
            else f"{round(100 * (ours / printed - 1), 1) + 0.0:+.1f} %" + "*" * counted.differs
        )
        yield f"| {name} | {ours:.2f} | {textbook or 0:.2f} | {printed or 0:g} | {difference} |".replace(
            "| 0.00 |", "| |"
        ).replace("| 0 |", "| |")


@pytest.fixture(scope="module")
def loaded(checkout: Path) -> list[Loaded]:
    return [load(checkout / f"spec/{name}.toml") for name in SPECS]


def test_the_tables_are_what_banc_builds(checkout: Path, loaded: list[Loaded], update_golden: bool) -> None:
    path = checkout / "docs/paper.md"
    made = "\n" + "\n".join("\n".join(table(spec)) + "\n" for spec in loaded) + "\n"
    if update_golden:
        path.write_text(TABLES.sub(lambda _: made, path.read_text()))
    (written,) = TABLES.findall(path.read_text())
    assert written == made


def test_every_difference_is_explained(checkout: Path, loaded: list[Loaded]) -> None:
    _, _, known = (checkout / "docs/paper.md").read_text().partition("## Where ours differs")
    differing = {
        name
        for spec in loaded
        for name, ours, _, printed in rows(spec)
        if Counted(round(ours * 1e6), printed).differs
    }
    assert differing == {
        "DenseNetBC-112-33",
        "DenseNet-112-33",  # the same, as the longer version spells it
        "Pre-activation ResNet-1001",
        "Match-Pre-ResNet-14-0.5",
        "Match-Pre-ResNet-14-1",
        "Match-DenseNet-14-1-3",
        "Wide-ResNet-28-10",
        "Wide-ResNet-28-1",
    }
    for word in (
        "DenseNetBC-112-33",
        "Pre-activation ResNet-1001",
        "Match-DenseNet-14-1-3",
        "28-10",
        "28-1,",
    ):
        assert word in known
    assert "Match-Pre-ResNet-14-0.5 and 14-1" in known


def test_the_numbers_of_the_prose_are_true(checkout: Path, loaded: list[Loaded]) -> None:
    text = (checkout / "docs/paper.md").read_text()
    hundred, ten = loaded[0], loaded[2]

    def said(number: str, where: Loaded, model: Any) -> None:
        assert number in text
        digits = len(number.partition(".")[2])
        assert round(millions(where, model), digits) == float(number)

    said("7.49", hundred, DenseNetBC(112, 33, third_transition=True))
    said("6.99", hundred, DenseNetBC(112, 33))
    said("6.36", hundred, DenseNetBC(106, 33))
    for where, number in ((ten, "10.18"), (hundred, "10.20")):
        assert f"{number} M" in text
        layers = build_meta(PreResNet(1001), where.spec.data.shape).modules()
        weights = sum(count_parameters(layer) for layer in layers if isinstance(layer, nn.Conv2d | nn.Linear))
        assert f"{weights / 1e6:.2f}" == number
    said("36.48", ten, WideResNet(28, 10))
    said("36.54", hundred, WideResNet(28, 10))
    for number, widening in (("0.375", 1), ("1.479", 2), ("9.162", 5)):
        said(number, hundred, WideResNet(28, widening))
    for name in ("DenseNetBC-90-60", "DenseNetBC-80-80", "DenseNetBC-80-120"):
        model = hundred.spec.models[name]
        printed = hundred.spec.table.published[name]["parameters"]
        without = millions(hundred, attrs.evolve(model, third_transition=False)) / printed
        assert 0.93 < without < 0.945, "6 % too small"
