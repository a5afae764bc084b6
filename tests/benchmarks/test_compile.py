"""How long the compiler takes, from text to the text of every generated file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from banc.compiler import apply, compile_specs

MakeSpec = Callable[[int], Path]

SIZES = (10, 100, 1000)
SPEC = """
banc = 1
title = "{stages} stages"
data = "cifar100"
recipe = "wide-resnet"
seeds = {seeds}
[models]
{models}
[lineages]
ban = {{ models = {names}, generations = {generations} }}
[table]
rows = "ban"
columns = ["parameters", "teacher", {columns}]
"""


@pytest.fixture
def make_spec(tmp_path: Path) -> MakeSpec:
    """A spec of about so many stages, in a workspace of its own: lineages of several models and seeds."""

    def make(stages: int) -> Path:
        models, seeds, generations = {10: (1, 1, 2), 100: (4, 3, 2), 1000: (10, 6, 5)}[stages]
        names = [f"densenet-{number}" for number in range(models)]
        (tmp_path / ".dvc").mkdir()
        (tmp_path / "spec").mkdir()
        path = tmp_path / "spec/sized.toml"
        path.write_text(
            SPEC.format(
                stages=stages,
                seeds=list(range(seeds)),
                models="\n".join(
                    f'{name} = {{ family = "densenet-bc", depth = {40 + 6 * index}, growth = 12 }}'
                    for index, name in enumerate(names)
                ),
                names=str(names).replace("'", '"'),
                generations=generations,
                columns=", ".join(f'"ban-{number}"' for number in range(1, generations + 1)),
            )
        )
        return path

    return make


@pytest.mark.parametrize("stages", SIZES)
def test_compile(benchmark: BenchmarkFixture, make_spec: MakeSpec, stages: int) -> None:
    """Into an empty workspace: load, check, expand, lower, link, emit, compare. Nothing is written."""
    path = make_spec(stages)
    benchmark.extra_info.update(
        table="compile", row="compile, nothing there", column=f"about {stages} stages"
    )
    compiled = benchmark(compile_specs, path.parents[1], [path])
    assert 0.8 * stages <= len(compiled.graph.stages) <= 1.2 * stages


@pytest.mark.parametrize("stages", SIZES)
def test_compile_what_is_up_to_date(benchmark: BenchmarkFixture, make_spec: MakeSpec, stages: int) -> None:
    """The same, compared with every file that is there already."""
    path = make_spec(stages)
    apply(path.parents[1], compile_specs(path.parents[1], [path]))
    benchmark.extra_info.update(table="compile", row="compile, all there", column=f"about {stages} stages")
    compiled = benchmark(compile_specs, path.parents[1], [path])
    assert not compiled.write
