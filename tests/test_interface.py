"""``import banc`` as a program uses it; ``tests/docs/test_python.py`` runs the page's examples."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import banc

SPEC = """
banc = 1
title = "A table"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 1, augment = { pad = 0, flip = false } }
[models]
net = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "net", generations = 1 }
[ensembles]
both = { of = "net", members = ["teacher", "ban-1"], across_seeds = true }
[table]
rows = "net"
columns = ["teacher", "both"]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / "spec").mkdir()
    (root / "spec/tiny.toml").write_text(SPEC)
    return root


def test_what_is_public_is_said_once_for_people_and_once_for_type_checkers(checkout: Path) -> None:
    stub = ast.parse((checkout / "banc/__init__.pyi").read_text())
    names = {alias.name for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert names | {"__version__"} == set(banc.__all__)
    assert all(getattr(banc, name) for name in banc.__all__)
    assert set(banc.__all__) <= set(dir(banc))
    with pytest.raises(AttributeError, match="no attribute `lod`"):
        banc.lod  # type: ignore[attr-defined]  # noqa: B018


def test_importing_banc_imports_nothing_of_it() -> None:
    program = "import sys, banc; print([n for n in sys.modules if n.startswith('banc.') or n == 'attrs'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_module_that_compiles_does_not_hide_the_function() -> None:
    import banc.compiler

    assert callable(banc.compile)


def test_compile_writes_checks_and_names_what_is_stale(root: Path) -> None:
    with pytest.raises(banc.UsageError, match=r"`dvc.yaml` and \d+ more is not up to date"):
        banc.compile(root=root, check=True)
    written = banc.compile(root=root).write
    assert "pipelines/index.json" in written
    assert banc.compile(root / "spec/tiny.toml", root=root / "spec", check=True).write == ()
    assert banc.compile(root=root, smoke=True).graph.layouts.keys() == {"tiny-smoke"}


def test_results_before_anything_ran_are_records_without_numbers(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = banc.results("tiny", root=root)
    assert repr(results) == "<5 runs, 0 of them finished>"
    assert [(run.column, run.seed) for run in results] == [
        ("teacher", 0),
        ("teacher", 1),
        ("ban-1", 0),
        ("ban-1", 1),
        ("both", None),
    ]
    assert {run.test_error for run in results} == {None}
    assert len(results[:2]) == 2
    assert list(banc.results(root / "spec/tiny.toml", root=root)) == list(results)
    assert {run.spec for run in banc.results("tiny", root=root, smoke=True)} == {"tiny-smoke"}
    with pytest.raises(banc.UsageError, match="no spec `small`") as caught:
        banc.results("small", root=root)
    assert caught.value.hint == "expected one of tiny, or a path to a spec"
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(banc.BancError, match="`to_frame` needs pandas"):
        results.to_frame()


@pytest.mark.parametrize(
    ("run", "seed", "message"),
    [
        ("net/ban-1", None, "has the seeds 0 and 1"),
        ("net/ban-1", 0, "`net/ban-1` is not trained"),
        ("net/ban-7", 0, "no stage `net/ban-7` is linked"),
        ("net/both", None, "`net/both` is no network"),
        ("table-tiny", None, "`table-tiny` is no network"),
    ],
)
def test_a_network_that_is_not_there_is_one_message(
    root: Path, run: str, seed: int | None, message: str
) -> None:
    banc.compile(root=root)
    with pytest.raises(banc.BancError, match=message):
        banc.load_model(root, run, seed=seed)


def test_outside_of_a_workspace_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(banc.UsageError, match="is not in a banc workspace"):
        banc.compile(root=tmp_path)
