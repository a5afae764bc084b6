"""The papers' numbers in the papers' specs, against the printed ones where those are at hand."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from banc.spec.load import load

TABLES = {
    "table1": ("2017", "table1", {"baseline": "teacher"}),
    "table2": ("2017", "table2", {}),
    "cifar10": ("2018", "cifar10", {"ban": "ban-1"}),
    "treatments": (
        "2018",
        "cifar100",
        {"ban": "plain-1", "ban-l": "ban-l-1", "cwtm": "cwtm-1", "dkpp": "dkpp-1"},
    ),
    "wide-resnet": ("2018", "wide-resnet", {"ban": "ban-1"}),
}
"""Each spec: the paper, its table, and columns that are called otherwise there."""


@pytest.mark.parametrize("name", TABLES)
def test_every_printed_number_stands_in_the_spec(checkout: Path, name: str) -> None:
    printed = checkout.parent / "shared/paper/published.toml"
    if not printed.is_file():
        pytest.skip(f"the papers' numbers are not here: {printed.name}")
    paper, table, columns = TABLES[name]
    expected = {
        row: {columns.get(column, column): number for column, number in numbers.items()}
        for row, numbers in tomllib.loads(printed.read_text())[paper][table].items()
    }
    spec = load(checkout / "spec" / f"{name}.toml").spec
    assert {row: dict(numbers) for row, numbers in spec.table.published.items()} == expected


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_paper_is_said_in_at_most_seventy_lines(checkout: Path, name: str) -> None:
    loaded = load(checkout / "spec" / f"{name}.toml")
    assert len(loaded.source.text.splitlines()) <= 70
    assert not loaded.warnings
