"""The model card and ``config.json``: every number in them against the files of the run."""

from __future__ import annotations

import hashlib
import json
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from ruamel.yaml import YAML

from banc.errors import BancError
from banc.export.card import card
from banc.export.gather import gather
from banc.export.program import Check
from banc.stage.files import load_stage
from banc.stage.index import read_index
from banc.stage.names import OfRun, find_stage


def parts(folder: Path) -> tuple[dict[str, Any], str]:
    """The head, parsed, and the body."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    begin, head, body = re.split(r"^---\n", text, maxsplit=2, flags=re.MULTILINE)
    assert begin == ""
    return YAML(typ="safe", pure=True).load(head), body


def rows(body: str, title: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    section = body.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def metrics(root: Path, run: str, seed: int) -> dict[str, Any]:
    address = find_stage(read_index(root), run, seed=seed, kind="score")
    found: dict[str, Any] = json.loads((root / "runs" / address / "metrics.json").read_text())
    return found


def test_the_head_says_what_was_measured(ran: Path, network: Path) -> None:
    head, _ = parts(network)
    measured = metrics(ran, "dense/ban-2", 0)
    assert head["license"] == "mit"
    assert (head["library_name"], head["pipeline_tag"]) == ("pytorch", "image-classification")
    assert {"densenet-bc", "born-again-networks", "knowledge-distillation"} <= set(head["tags"])
    assert head["datasets"] == ["digits"]
    (model,) = head["model-index"]
    (result,) = model["results"]
    assert model["name"] == "dense ban-2 seed 0"
    assert result["dataset"] == {"type": "digits", "name": "the digits of scikit-learn", "split": "test"}
    values = {metric["type"]: metric["value"] for metric in result["metrics"]}
    assert values["error"] == measured["test_error"]
    assert values["cross_entropy"] == measured["test_loss"]
    run = ran / "runs" / find_stage(read_index(ran), "dense/ban-2", seed=0)
    data = ran / "runs" / find_stage(read_index(ran), "dense/ban-2", seed=0, kind="data")
    right = np.load(run / "outputs.npy").argmax(1) == np.load(data / "test_labels.npy")
    assert values["accuracy"] == pytest.approx(right.mean(), abs=1e-8)


def test_errors_teachers_and_seeds_are_those_of_the_files(ran: Path, network: Path) -> None:
    _, body = parts(network)
    measured = metrics(ran, "dense/ban-2", 0)
    assert f"**{measured['test_error']:.2f} %** of {measured['images']:,} test images" in body
    errors = [metrics(ran, "dense/ban-2", seed)["test_error"] for seed in (0, 1)]
    spread = f"{statistics.mean(errors):.2f} ± {statistics.stdev(errors):.2f} %, n = 2 of 2 seeds"
    assert f"mean and sample standard deviation: {spread}" in body
    assert rows(body, "Teachers") == [
        [str(place), f"dense {column} seed 0", str(seed), f"{error:.2f} %", learned]
        for place, column, seed, learned in (
            (1, "ban-2", 2000, "number 2 (`ban-l`)"),
            (2, "ban-1", 1000, "number 3 (`ban-l`)"),
            (3, "teacher", 0, "the labels"),
        )
        for error in [metrics(ran, f"dense/{column}", 0)["test_error"]]
    ]


def test_the_recipe_is_that_of_the_stage(ran: Path, network: Path) -> None:
    _, body = parts(network)
    stage: Any = load_stage(ran, find_stage(read_index(ran), "dense/ban-2", seed=0))
    shown = dict(rows(body, "Training"))  # type: ignore[arg-type]
    assert shown["seed"] == str(stage.seed)
    assert shown["objective"] == "cross-entropy with the labels and with the teacher's outputs"
    recipe = {key.removeprefix("recipe."): text for key, text in shown.items() if key.startswith("recipe.")}
    fields = attrs.asdict(stage.recipe, recurse=False)
    augment = attrs.asdict(fields.pop("augment"))
    fields |= {f"augment.{key}": value for key, value in augment.items()}
    assert {key: json.loads(text) for key, text in recipe.items()} == {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in fields.items()
        if value is not None
    }
    assert (shown["network.depth"], shown["network.growth"]) == ("10", "2")


def test_versions_digests_and_addresses_are_those_of_the_files(ran: Path, network: Path) -> None:
    _, body = parts(network)
    index = read_index(ran)
    run = ran / "runs" / find_stage(index, "dense/ban-2", seed=0)
    made_with = json.loads((run / "model.json").read_text())["made_with"]
    assert {key: text.strip("`") for key, text in rows(body, "Made with")} == made_with
    files = {cells[0].strip("`"): cells for cells in rows(body, "Files") if len(cells) == 3}
    assert files.keys() == {path.name for path in network.iterdir()} - {"README.md"}
    for name, cells in files.items():
        assert cells[2].strip("`") == hashlib.sha256((network / name).read_bytes()).hexdigest()
    assert run.name in files["model.safetensors"][1]
    outputs = hashlib.sha256((run / "outputs.npy").read_bytes()).hexdigest()
    assert f"| dense ban-2 seed 0 | `{outputs}` |" in body
    for address in re.findall(r"`((?:train|score|data)-[a-z0-9-]+)`", body):
        assert address in index.stages


def test_the_configuration_is_for_programs(ran: Path, network: Path, ensemble: Path) -> None:
    found = json.loads((network / "config.json").read_text())
    data = ran / "runs" / find_stage(read_index(ran), "dense/ban-2", seed=0, kind="data")
    facts = json.loads((data / "data.json").read_text())
    assert found["classes"] == facts["classes"]
    assert found["input"] == {
        "dtype": "float32",
        "shape": ["batch", 1, 8, 8],
        "range": [0, 1],
        "mean": facts["mean"],
        "std": facts["std"],
        "normalised_by_the_program": True,
    }
    measured = metrics(ran, "dense/ban-2", 0)
    assert {key: found[key] for key in ("parameters", "test_error", "test_loss")} == {
        key: measured[key] for key in ("parameters", "test_error", "test_loss")
    }
    assert found["output"]["values"] == "logits"
    assert found["networks"][0]["family"] == "densenet-bc"
    several = json.loads((ensemble / "config.json").read_text())
    assert several["output"]["values"] == "log_probabilities"
    assert [member["weights"] for member in several["networks"]] == [
        "model-1.safetensors",
        "model-2.safetensors",
    ]
    for member in several["networks"]:
        stored = ran / "runs" / member["address"] / "model.safetensors"
        assert (ensemble / member["weights"]).read_bytes() == stored.read_bytes()


def test_an_ensemble_lists_its_members_and_asks_for_a_licence(ran: Path, ensemble: Path) -> None:
    head, body = parts(ensemble)
    assert "license" not in head
    assert "add `license:` to the head of this page" in body
    assert "ensemble" in head["tags"]
    assert [row[1] for row in rows(body, "Teachers")] == ["dense ban-1 seed 1", "dense teacher seed 1"]
    assert "Member dense ban-1 seed 1:" in body


def test_a_student_of_an_ensemble_names_all_its_teachers(ran: Path) -> None:
    subject = gather(ran, read_index(ran), "half/coarse", 0)
    first, *others = subject.ancestors
    assert {subject.ancestors[place].name for place in first.teachers} == {
        "dense teacher seed 0",
        "dense ban-1 seed 0",
    }
    assert len(others) == 2


def test_a_run_is_named_by_the_address_of_its_training_or_score_too(ran: Path) -> None:
    index = read_index(ran)
    subject = gather(ran, index, "dense/ban-2", 0)
    assert gather(ran, index, subject.networks[0].address, None) == subject
    assert gather(ran, index, subject.score, None) == subject
    assert gather(ran, index, "t:dense/ban-2", 0) == subject
    with pytest.raises(BancError, match="is no network and no ensemble"):
        gather(ran, index, "table-t", None)


def test_other_peoples_words_are_text_and_no_markup(ran: Path) -> None:
    subject = gather(ran, read_index(ran), "dense/ban-2", 0)
    network = attrs.evolve(
        subject.networks[0],
        made_with={"device": "a | <b> @someone \x1b[31m"},
        made_with_before=({"device": "cpu"},),
    )
    odd = attrs.evolve(subject, name="a *b* @c", networks=(network,))
    files = dict.fromkeys(("model.safetensors", "config.json", "model.pt2"), "0" * 64)
    text = card(odd, Check(64, 1.5e-6), files, None)
    assert "# a \\*b\\* @&#8203;c\n" in text
    assert "\\| \\<b\\> @&#8203;someone" in text
    assert "\x1b" not in text
    assert "It went on from a checkpoint with other versions or on another device." in text
    assert "differed from those that the run stored by at most 1.5e-06" in text


def test_a_teacher_that_no_stage_trained_is_shown_as_one(ran: Path) -> None:
    subject = gather(ran, read_index(ran), "dense/ban-1", 0)
    student, teacher = subject.ancestors
    stranger = attrs.evolve(teacher, seed=None, objective=None, error=None)
    text = card(
        attrs.evolve(subject, ancestors=(student, stranger)),
        None,
        dict.fromkeys(("model.safetensors", "config.json"), "0" * 64),
        None,
    )
    assert (
        "| 2 | dense teacher seed 0 | not known here | not known here | not known here: no stage trained it |"
        in text
    )


def test_every_example_in_a_card_runs(
    network: Path, ensemble: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (network, ensemble):
        monkeypatch.chdir(folder)
        examples = re.findall(r"```python\n(.*?)```", parts(folder)[1], flags=re.DOTALL)
        assert len(examples) == 2
        for example in examples:
            exec(compile(example, "README.md", "exec", dont_inherit=True), {})
        classes = json.loads((folder / "config.json").read_text())["classes"]
        printed = re.findall(r"'(.*?)'", capsys.readouterr().out)
        assert len(printed) == 5
        assert set(printed) <= set(classes)


def test_a_run_that_is_not_finished_is_told(export: Callable[..., Any], ran: Path, tmp_path: Path) -> None:
    index = read_index(ran)
    # Committed results have the score too.
    results = (ran / "results/t/results.json").rename(ran / "results/t/results.away")
    kinds: dict[OfRun, str] = {
        "score": "metrics.json",
        "train": "model.safetensors",
        "data": "data.json",
    }
    for kind, name in kinds.items():
        path = ran / "runs" / find_stage(index, "dense/ban-1", seed=1, kind=kind) / name
        away = path.rename(path.with_suffix(".away"))
        try:
            done = export("dense/ban-1", "--seed", "1", tmp_path / "out")
        finally:
            away.rename(path)
        assert done.code == 1
        assert (
            f"error: `dense ban-1 seed 1` is not finished: there is no `{path.relative_to(ran)}`" in done.err
        )
        assert "`dvc pull`" in done.err
        assert list(tmp_path.iterdir()) == []
    results.rename(results.with_suffix(".json"))


@pytest.mark.parametrize(
    "damage", ["", "[]", '{"parameters": "1", "made_with": {}}', '{"parameters": 1, "made_with": {"a": 1}}']
)
def test_damaged_facts_are_one_message(
    export: Callable[..., Any], ran: Path, tmp_path: Path, damage: str
) -> None:
    path = ran / "runs" / find_stage(read_index(ran), "dense/ban-2", seed=1) / "model.json"
    before = path.read_text()
    path.write_text(damage)
    try:
        done = export("dense/ban-2", "--seed", "1", tmp_path / "out")
    finally:
        path.write_text(before)
    assert done.code == 1
    assert "model.json` is damaged" in done.err
    assert list(tmp_path.iterdir()) == []
