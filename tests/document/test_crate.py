"""The crate against the rules of its profiles, by hand: their validator asks the network for what words mean.

Required by RO-Crate 1.1, Process Run Crate 0.5, Workflow Run Crate 0.5 and Workflow RO-Crate 1.0.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.cli.report_page import crate_text
from banc.compiler import compile_specs
from banc.document.crate import METADATA

SPEC = """
banc = 1
title = "A table"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 2, batch = 10, augment = { pad = 0, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "dense", generations = 1 }
[table]
rows = "dense"
columns = ["teacher", "ban-1"]
"""


@pytest.fixture(scope="module")
def root(tests_module: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which all of ``SPEC`` ran, as DVC records it."""
    root = tmp_path_factory.mktemp("crate") / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc/config").write_text("[core]\n    analytics = false\n    no_scm = true\n")
    (root / "spec").mkdir()
    (root / "spec/t.toml").write_text(SPEC)
    tests_module("plan/finished.py").finish(root, compile_specs(root, [root / "spec/t.toml"]))
    return root


@pytest.fixture(scope="module")
def entities(root: Path) -> dict[str, dict[str, Any]]:
    value = json.loads(crate_text(root, {root / "spec/t.toml": False}))
    assert value["@context"] == "https://w3id.org/ro/crate/1.1/context"
    assert len({each["@id"] for each in value["@graph"]}) == len(value["@graph"])
    return {each["@id"]: each for each in value["@graph"]}


def ids(value: Any) -> list[str]:
    return [each["@id"] for each in (value if isinstance(value, list) else [value])]


def test_the_root_says_what_it_is(entities: dict[str, dict[str, Any]]) -> None:
    metadata, whole = entities[METADATA], entities["./"]
    assert metadata["about"] == {"@id": "./"}
    assert "https://w3id.org/ro/crate/1.1" in ids(metadata["conformsTo"])
    assert whole["@type"] == "Dataset"
    assert all(whole[key] for key in ("name", "description", "datePublished", "license"))
    profiles = ids(whole["conformsTo"])
    assert {f"https://w3id.org/ro/wfrun/{name}/0.5" for name in ("process", "workflow")} < set(profiles)
    assert all(entities[profile]["@type"] == "CreativeWork" for profile in profiles)
    workflow = entities[whole["mainEntity"]["@id"]]
    assert set(workflow["@type"]) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert entities[workflow["programmingLanguage"]["@id"]]["@type"] == "ComputerLanguage"


def test_every_reference_leads_to_an_entity(entities: dict[str, dict[str, Any]]) -> None:
    for entity in entities.values():
        for key, value in entity.items():
            if key in ("about", "instrument", "object", "result", "hasPart", "mentions", "mainEntity"):
                assert set(ids(value)) <= entities.keys(), (entity["@id"], key)


def test_the_files_are_those_that_are_there(entities: dict[str, dict[str, Any]], root: Path) -> None:
    files = {name for name, entity in entities.items() if "File" in entity["@type"]}
    assert files == set(ids(entities["./"]["hasPart"]))
    assert files and all((root / name).is_file() for name in files)


def test_every_stage_is_an_action_from_its_inputs_to_its_outputs(entities: dict[str, dict[str, Any]]) -> None:
    actions = {name: entity for name, entity in entities.items() if entity["@type"] == "CreateAction"}
    # A data set, two teachers with their outputs, two students, four scores, the table, and the whole.
    assert len(actions) == 13
    assert set(ids(entities["./"]["mentions"])) == actions.keys()
    instruments = {action["instrument"]["@id"] for action in actions.values()}
    assert instruments == {"#banc", "dvc.yaml"}
    student = next(
        action for name, action in actions.items() if "-ban-l-" in name and name.startswith("#train")
    )
    read, wrote = ids(student["object"]), ids(student["result"])
    assert any(name.startswith("pipelines/") for name in read)
    assert any(name.startswith("runs/predict-") and name.endswith("/outputs.npy") for name in read)
    assert {name.rpartition("/")[2] for name in wrote} == {
        "model.safetensors",
        "model.json",
        "history.csv",
        "outputs.npy",
    }
    assert all(entities[name]["identifier"].startswith("md5:") for name in wrote)


def test_what_is_gone_is_no_file_of_the_crate(root: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "workspace"
    shutil.copytree(root, copy)
    shutil.rmtree(copy / "runs")
    value = json.loads(crate_text(copy, {copy / "spec/t.toml": False}))
    files = [each["@id"] for each in value["@graph"] if "File" in each["@type"]]
    assert not [name for name in files if name.startswith("runs/")]
    assert [each for each in value["@graph"] if each["@id"].startswith("#md5-")]
