from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from ruamel.yaml import YAML

from banc.compiler import graph_of
from banc.emit.emit import DVC_YAML, emit
from banc.graph.graph import Graph
from banc.language.load import load
from banc.paths import MARK, PARAMS_YAML
from banc.stage.files import load_stage, reads, stage_text, writes
from banc.stage.kinds import Table

SPEC = """
banc = 1
title = "Of ${home} \\u0085: no # 1e-5"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 1, augment = { pad = 0, flip = false } }
[models]
"a: ${b}" = { family = "densenet-bc", depth = 10, growth = 2 }
"#b" = { family = "wide-resnet", depth = 10, widening = 1 }
[lineages]
ban = { models = "a: ${b}", generations = 2 }
[transfers]
moved = { teacher = "a: ${b}", students = "#b", share = [] }
[ensembles]
ens = { of = "a: ${b}", members = ["ban-1", "ban-2"] }
[table]
rows = ["a: ${b}", "#b"]
columns = ["parameters", "teacher", "ban-1", "ban-2", "ens", "moved"]
labels = { ban-1 = "no", ban-2 = "1e-5" }
"""


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    root = tmp_path_factory.mktemp("emit").resolve()
    (root / "t.toml").write_text(SPEC)
    return graph_of(root, load(root / "t.toml"))


@pytest.fixture(scope="module")
def files(graph: Graph) -> dict[str, str]:
    return emit(graph)


def read(text: str) -> Any:
    return YAML(typ="safe").load(text)


def stages(files: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Every stage of every dvc.yaml, as DVC reads it."""
    found: dict[str, dict[str, Any]] = {}
    for name, text in files.items():
        if name.endswith(DVC_YAML):
            for address, stage in read(text)["stages"].items():
                assert address not in found
                found[address] = stage
    return found


def test_each_stage_says_what_it_reads_and_writes(graph: Graph, files: dict[str, str]) -> None:
    entries = stages(files)
    assert entries.keys() == graph.stages.keys()
    for address, linked in graph.stages.items():
        entry, stage = entries[address], linked.stage
        assert entry["cmd"] == f"banc run {address}"
        assert entry.get("deps", []) == list(reads(stage))
        outs = [*entry.get("outs", []), *entry.get("metrics", [])]
        paths = [next(iter(out)) if isinstance(out, dict) else out for out in outs]
        where = f"results/{stage.name}" if isinstance(stage, Table) else f"runs/{address}"
        assert sorted(paths) == [f"{where}/{name}" for name in writes(stage)]
        ((parameters, keys),) = [item for (one,) in [entry["params"]] for item in one.items()]
        assert keys is None
        assert files[parameters] == stage_text(stage)


def test_tables_stand_at_the_root_and_all_else_in_groups(graph: Graph, files: dict[str, str]) -> None:
    assert list(read(files[DVC_YAML])["stages"]) == ["table-t"]
    for name in files:
        if name.endswith(f"/{DVC_YAML}"):
            group = read(files[name])["stages"]
            assert all(stage["wdir"] == "../.." for stage in group.values())
            assert {graph.stages[address].group for address in group} == {name.split("/")[1]}


def test_outputs_that_cost_are_cached_by_dvc_and_the_table_is_committed(files: dict[str, str]) -> None:
    """DVC's run cache skips a stage with an output that is not cached, or that persists."""
    for address, stage in stages(files).items():
        settings = [out for out in stage.get("outs", []) if isinstance(out, dict)]
        committed = [{f"results/t/{name}.json": {"cache": False}} for name in ("details", "results")]
        assert settings == (committed if address == "table-t" else [])
        assert stage.get("deps") or stage["params"]


def test_every_score_has_metrics(files: dict[str, str]) -> None:
    assert sum("metrics" in stage for stage in stages(files).values()) == 10


def test_names_survive_yaml_and_dvcs_interpolation(files: dict[str, str]) -> None:
    described = {stage["desc"].replace("\\${", "${") for stage in stages(files).values()}
    assert "table of t" in described
    assert "a: ${b} ban-2 seed 1" in described
    assert "#b moved seed 0" in described
    # Where DVC would interpolate, nothing is left to.
    text = "".join(text for name, text in files.items() if name.endswith(DVC_YAML))
    assert text.count("${") == text.count("\\\\${") > 0
    about = read(files[PARAMS_YAML])["specs"]["t"]
    assert about["title"] == "Of ${home} \x85: no # 1e-5"
    assert about["columns"] == ["parameters", "teacher", "no", "1e-5", "ens", "moved"]
    assert about["seeds"] == 2


def test_parameter_files_are_what_the_runner_reads(
    graph: Graph, files: dict[str, str], tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for address, linked in graph.stages.items():
        assert load_stage(tmp_path, address) == linked.stage


def test_files_are_sorted_and_say_who_wrote_them(files: dict[str, str]) -> None:
    assert list(files) == sorted(files)
    for name, text in files.items():
        assert text.endswith("\n") and not text.endswith("\n\n")
        assert json.loads(text) if name.endswith(".json") else text.startswith(MARK)


def test_a_folders_name_does_not_end_the_header(graph: Graph) -> None:
    odd = emit(evolve(graph, paths={"t": "spec/a\nstages: {}\x07/t.toml"}))
    for name in (DVC_YAML, PARAMS_YAML):
        assert read(odd[name]).keys() == read(emit(graph)[name]).keys()
    assert read(odd[PARAMS_YAML])["specs"]["t"]["path"] == "spec/a\nstages: {}\x07/t.toml"


def test_emitting_twice_gives_the_same(graph: Graph, files: dict[str, str]) -> None:
    backwards = evolve(graph, stages=dict(reversed(graph.stages.items())))
    assert list(emit(backwards).items()) == list(files.items())
