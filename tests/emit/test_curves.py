from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from banc.compiler import graph_of
from banc.emit.emit import emit
from banc.graph.link import link
from banc.language.load import load

HEAD = """
banc = 1
title = "T"
data = { set = "digits", train = 20 }
seeds = [0, 1]
recipe = { epochs = 2, augment = { pad = 0, flip = false } }
"""
NETWORK = '{ family = "wide-resnet", depth = 10, widening = 1 }'
GENERATIONS = (
    HEAD
    + f"""
[models]
wide = {NETWORK}
[lineages]
ban = {{ models = "wide", generations = 10 }}
[table]
rows = "wide"
columns = ["teacher", "ban-1", "ban-10"]
"""
)


def plots(folder: Path, **specs: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The plots by id, and the templates by path, of these specs linked."""
    for name, text in specs.items():
        (folder / f"{name}.toml").write_text(text)
    files = emit(link([graph_of(folder.resolve(), load(folder / f"{name}.toml")) for name in specs]))
    entries = YAML(typ="safe").load(files["dvc.yaml"]).get("plots", [])
    assert not any("plots" in stage for stage in YAML(typ="safe").load(files["dvc.yaml"])["stages"].values())
    return (
        {key: value for entry in entries for key, value in entry.items()},
        {path: json.loads(text) for path, text in files.items() if path.endswith("/curves.json")},
    )


def names(template: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """What each stage is called."""
    (lookup,) = [step["from"] for step in template["transform"] if "lookup" in step]
    return {row["stage"]: (row["run"], row["seed"]) for row in lookup["data"]["values"]}


def told_apart(template: dict[str, Any]) -> list[tuple[str, str, list[int]]]:
    """Each run with its colour and its dashes."""
    colour = template["encoding"]["color"]["scale"]
    (dash,) = [
        layer["encoding"]["strokeDash"]["scale"]
        for layer in template["layer"]
        if "strokeDash" in layer["encoding"]
    ]
    assert colour["domain"] == dash["domain"]
    return list(zip(colour["domain"], colour["range"], dash["range"], strict=True))


def test_a_network_is_a_plot_and_each_run_a_line_of_its_own(tmp_path: Path) -> None:
    entries, templates = plots(tmp_path, t=GENERATIONS)
    group = "digits-20-wide-resnet-10-1"
    assert entries.keys() == {group}
    assert entries[group]["title"] == "wide: training and test error"
    (path,) = templates
    assert entries[group]["template"] == path == f"pipelines/{group}/curves.json"
    # The names are those of exactly the files that are drawn.
    called = names(templates[path])
    assert [f"runs/{stage}/history.csv" for stage in sorted(called)] == list(entries[group]["y"])
    runs = ["teacher", *(f"ban-{generation}" for generation in range(1, 11))]
    assert sorted(called.values()) == sorted((run, seed) for run in runs for seed in "01")
    # By generation, so that ban-10 comes last; and no two look the same, though there are eight colours.
    apart = told_apart(templates[path])
    assert [run for run, _, _ in apart] == runs
    assert len({(colour, *dash) for _, colour, dash in apart}) == len(runs)


def test_names_tell_models_and_specs_apart_where_one_network_has_several(tmp_path: Path) -> None:
    one = (
        f'baselines = ["a", "b"]{HEAD}[models]\na = {NETWORK}\nb = {NETWORK}\n'
        '[table]\nrows = ["a", "b"]\ncolumns = ["teacher"]\n'
    )
    _, templates = plots(tmp_path, one=one)
    (template,) = templates.values()
    assert set(names(template).values()) == {("a teacher = b teacher", "0"), ("a teacher = b teacher", "1")}
    longer = one.replace("epochs = 2", "epochs = 3").replace("b =", "a-b =").replace('"b"', '"a-b"')
    entries, templates = plots(tmp_path, one=one, two=longer)
    (template,) = templates.values()
    assert {run for run, _ in names(template).values()} == {
        "a teacher = b teacher (one)",
        "a teacher = a-b teacher (two)",
    }
    (entry,) = entries.values()
    assert entry["title"] == "a, a-b and 1 more: training and test error"


@pytest.mark.parametrize(("data", "part"), [("", "test"), (", validation = 10", "validation")])
def test_dots_are_of_the_images_that_were_held_out(data: str, part: str, tmp_path: Path) -> None:
    text = GENERATIONS.replace("train = 20", f"train = 20{data}")
    entries, templates = plots(tmp_path, t=text)
    (entry,), (template,) = entries.values(), templates.values()
    assert entry["title"] == f"wide: training and {part} error"
    assert f"datum.{part}_error" in json.dumps(template)


def test_nothing_trained_is_nothing_drawn(tmp_path: Path) -> None:
    """A folder whose networks come from elsewhere has no plots."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "w.safetensors").write_bytes(b"")
    digest = hashlib.sha256(b"").hexdigest()
    given = f'[pretrained]\ngiven = {{ model = "a", file = "w.safetensors", sha256 = "{digest}" }}\n'
    table = '[table]\nrows = ["a"]\ncolumns = ["given"]\n'
    text = f"{HEAD}[models]\na = {NETWORK}\n{given}{table}"
    assert plots(tmp_path, t=text) == ({}, {})


def test_names_of_any_letters_are_kept(tmp_path: Path) -> None:
    text = GENERATIONS.replace('models = "wide"', 'models = "ä ${b} \\"0\\""').replace(
        "wide = {", '"ä ${b} \\"0\\"" = {'
    )
    text = text.replace('rows = "wide"', 'rows = ["ä ${b} \\"0\\""]')
    entries, _ = plots(tmp_path, t=text)
    (entry,) = entries.values()
    # As DVC reads it, which would interpolate.
    assert entry["title"].replace("\\${", "${") == 'ä ${b} "0": training and test error'
