"""Tables like the papers', and one like the quickstart's, with made-up metrics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import pytest

from banc.report.collect import Results
from banc.stage.kinds import Address
from banc.stage.layout import Column, Layout, Row
from banc.stage.metrics import Metrics, metrics_record

Filled = tuple[Layout, Results]

# 2017, Table 1: parameters in millions, then errors; None where the paper prints "/".
TABLE1 = {
    "DenseNetBC-112-33": (6.3, 18.25, 17.61, 17.22, 16.59, 15.77, 15.68),
    "DenseNetBC-90-60": (16.1, 17.69, 16.62, 16.44, 16.72, 15.39, 15.74),
    "DenseNetBC-80-80": (22.4, 17.3, 16.26, 16.30, 15.5, 15.46, 15.14),
    "DenseNetBC-80-120": (50.4, 16.87, 16.13, 16.13, None, 15.13, 14.9),
}
# 2017, Table 2.
TABLE2 = {
    "Pre-activation ResNet-1001": (10.2, 22.71, None),
    "Match-Pre-ResNet-14-0.5": (7.3, 20.28, 18.8),
    "Match-Pre-ResNet-14-1": (17.7, 18.84, 17.39),
    "Wide-ResNet-28-10": (36.0, 18.63, None),
    "Wide-ResNet-28-20": (146.0, 17.64, None),
    "Match-Wide-ResNet-1-1": (20.9, 20.4, 19.12),
    "Match-Wide-ResNet-2-1": (43.1, 18.83, 17.42),
    "Match-Wide-ResNet-4-0.5": (24.3, 19.63, 17.13),
    "Match-Wide-ResNet-4-1": (87.3, 18.77, 17.18),
    "Match-DenseNet-7-1-2": (21.2, None, 16.95),
    "Match-DenseNet-14-0.5-1": (5.1, None, 19.83),
    "Match-DenseNet-14-0.75-1.5": (10.1, None, 17.3),
    "Match-DenseNet-14-1-3": (80.5, None, 18.89),
    "Match-DenseNet-28-1-2": (13.7, None, 16.43),
    "Match-DenseNet-42-1-2": (12.9, None, 16.64),
    "Match-DenseNet-56-1-2": (12.6, None, 16.64),
}
# 2018, Table 3: no parameters are printed; the last column is a DenseNet-90-60 in every row.
TABLE3 = {
    "Wide-ResNet-28-1": (None, 30.05, 29.43, 24.93),
    "Wide-ResNet-28-2": (None, 25.32, 24.38, 18.49),
    "Wide-ResNet-28-5": (None, 20.88, 20.93, 17.52),
    "Wide-ResNet-28-10": (None, 19.08, 18.25, 16.79),
}
OURS = {
    "DenseNetBC-112-33": 7_490_000, "DenseNetBC-90-60": 16_240_000, "DenseNetBC-80-80": 22_500_000,
    "DenseNetBC-80-120": 50_480_000, "Wide-ResNet-28-1": 375_000, "Wide-ResNet-28-2": 1_479_000,
    "Wide-ResNet-28-5": 9_162_000, "Wide-ResNet-28-10": 36_540_000, "Wide-ResNet-28-20": 145_900_000,
    "Match-DenseNet-14-1-3": 30_900_000,
}  # fmt: skip


def _noise(*key: object) -> float:
    """Between -0.3 and 0.3, the same everywhere."""
    return int(hashlib.sha256(repr(key).encode()).hexdigest(), 16) % 601 / 1000 - 0.3


def _fill(layout: Layout, errors: Mapping[tuple[str, str], float], parameters: Mapping[str, int]) -> Filled:
    """Scores and metrics for every error; the first column of a row tells its parameters."""
    scores: dict[tuple[str, str], tuple[Address, ...]] = {}
    metrics: dict[Address, Metrics] = {}
    seeds: dict[Address, int] = {}
    for (row, column), error in errors.items():
        name = f"{row.lower().replace(' ', '-').replace('.', '')}-{column}"
        addresses = tuple(Address(f"score-{name}-s{seed}-0123456789ab") for seed in range(layout.seeds))
        scores[row, column] = addresses
        scores.setdefault((row, "parameters"), addresses)
        for seed, address in enumerate(addresses):
            seeds[address] = seed
            found = round(error + _noise(address), 3)
            metrics[address] = Metrics(found, 0.7, 10_000, 1, parameters[row])
    return attrs.evolve(layout, scores=scores, seed_of=seeds), metrics


def _columns(**labels: str) -> tuple[Column, ...]:
    return tuple(
        Column(name.replace("_", "-"), label, "parameters" if name == "parameters" else "error")
        for name, label in labels.items()
    )


def _paper(
    spec: str,
    title: str,
    columns: tuple[Column, ...],
    printed: Mapping[str, tuple[float | None, ...]],
    seeds: int = 3,
) -> Filled:
    published = {
        (row, column.name): number
        for row, numbers in printed.items()
        for column, number in zip(columns, numbers, strict=True)
        if number is not None
    }
    errors = {
        (row, column): number
        for (row, column), number in published.items()
        if column != "parameters" and row != "Pre-activation ResNet-1001"
    }
    parameters = {row: OURS.get(row, int((numbers[0] or 0) * 1e6)) for row, numbers in printed.items()}
    rows = tuple(Row(name, name) for name in printed)
    return _fill(Layout(spec, title, rows, columns, {}, published, seeds=seeds), errors, parameters)


@pytest.fixture(scope="session")
def table1() -> Filled:
    """The paper's Table 1 over three seeds: wide, everything published."""
    columns = _columns(
        parameters="Parameters", baseline="Baseline",
        ban_1="BAN-1", ban_2="BAN-2", ban_3="BAN-3", ens_2="Ens*2", ens_3="Ens*3",
    )  # fmt: skip
    return _paper("table1", "Born Again DenseNet: test error on CIFAR-100", columns, TABLE1)


@pytest.fixture(scope="session")
def halfway(table1: Filled) -> Filled:
    """Table 1 in the middle of a run: some cells finished, some partly, some not at all."""
    layout, results = table1
    waiting = {*layout.scores["DenseNetBC-80-80", "ens-3"], *layout.scores["DenseNetBC-80-120", "ens-3"]}
    rest = sorted(results.keys() - waiting)
    return layout, {address: results[address] for at, address in enumerate(rest) if at % 4}


@pytest.fixture(scope="session")
def table2() -> Filled:
    """The paper's Table 2 over three seeds: long, one row not run at all."""
    columns = _columns(parameters="Parameters", baseline="Baseline", ban="BAN")
    return _paper("table2", "BAN-ResNets and modified BAN-DenseNets", columns, TABLE2)


@pytest.fixture(scope="session")
def table3() -> Filled:
    """Table 3 of 2018 over eight seeds: its last column shows runs of a network that is no row."""
    columns = _columns(parameters="Parameters", teacher="Teacher", ban_1="BAN", dense="Dense-90-60")
    layout, results = _paper("table3", "Born-again Wide-ResNets", columns, TABLE3, seeds=8)
    runs = {(row, "dense"): ("DenseNet-90-60", f"from-{row.lower()}") for row in TABLE3}
    return attrs.evolve(layout, other_runs=runs), results


@pytest.fixture(scope="session")
def quickstart() -> Filled:
    """Small networks, two seeds, long headings, nothing published."""
    columns = _columns(
        parameters="parameters", teacher="Labels alone", ban_1="ban-1", ban_2="ban-2",
        ens_2="ens-2", ens_3="ens-3", transfer="From the DenseNet",
    )  # fmt: skip
    rows = (Row("densenet", "DenseNet-BC-16-8"), Row("wide-resnet", "Wide-ResNet-10-1"))
    title = "Born-again networks on handwritten digits"
    errors = {
        ("densenet", "teacher"): 8.1, ("densenet", "ban-1"): 7.2, ("densenet", "ban-2"): 6.9,
        ("densenet", "ens-2"): 6.4, ("densenet", "ens-3"): 6.2,
        ("wide-resnet", "teacher"): 9.3, ("wide-resnet", "transfer"): 8.2,
    }  # fmt: skip
    parameters = {"densenet": 27_402, "wide-resnet": 78_130}
    return _fill(Layout("quickstart", title, rows, columns, {}, {}, seeds=2), errors, parameters)


@pytest.fixture
def finish(tmp_path: Path) -> Callable[[Results], Path]:
    """Writes metrics where ``score`` stages do, and tells in which workspace."""

    def write(metrics: Results) -> Path:
        for address, found in metrics.items():
            path = tmp_path / "runs" / address / "metrics.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(metrics_record(found)))
        return tmp_path

    return write
