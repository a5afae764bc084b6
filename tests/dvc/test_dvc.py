"""The real DVC on what ``banc compile`` wrote: what runs, above all what does not, and what is shown.

One file, so that test runners which spread files over processes make the first run once.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from ruamel.yaml import YAML

# Classes of ``conftest``, which cannot be imported from here.
Workspace = Any
Ended = Any

RENAMED = """
  seeds = [ 0 ]     # reformatted
banc=1
title = "Winzig"
data.train = 20
data.set = "digits"
[recipe]
augment.flip = false
augment.pad = 0
batch = 10
epochs = 2
[table]
columns = ["zusammen", "wieder-1", "teacher"]
rows = ["netz"]
digits = 1
bold = "none"
labels.netz = "Netz: ${y}"
labels.wieder-1 = "no"
[ensembles.zusammen]
members = ["wieder-1", "teacher"]
of = ["netz"]
[lineages.wieder]
generations = 1
models = ["netz"]
[models.netz]
growth = 2
depth = 10
family = "densenet-bc"
"""

TRANSFER = """
[transfers]
moved = { teacher = "dense", students = "wide" }
BROKEN
[table]
rows = ["dense", "wide"]
columns = ["teacher", "moved" COLUMN]
"""


@pytest.fixture
def generations(first_run: tuple[Workspace, Ended]) -> str:
    """The text of the spec that has run."""
    text: str = (first_run[0].root / "spec/generations.toml").read_text()
    return text


def test_from_a_spec_to_its_table(first_run: tuple[Workspace, Ended]) -> None:
    workspace, ended = first_run
    assert sorted(ended.kinds) == ["data", "predict", "score", "score", "score", "table", "train", "train"]
    assert ended.ran[-1] == "table-generations"
    told = workspace.banc("report")
    assert told.code == 0
    assert "Tiny ${nets}: no #1 1e-5" in told.out
    assert "Dense ${x}" in told.out
    assert "…" not in told.out
    results = json.loads((workspace.root / "results/generations/results.json").read_text())
    assert len(results["scores"]) == 3
    assert not list((workspace.root / ".banc/tmp").iterdir())


def test_git_sees_text_and_dvc_the_rest(first_run: tuple[Workspace, Ended]) -> None:
    """Specs, what is made of them, locks and results are for git; networks and arrays are not."""
    workspace, _ = first_run
    seen = workspace.git("ls-files", "--others", "--cached", "--exclude-standard").split()
    assert {"dvc.lock", "results/generations/results.json", "spec/generations.toml"} <= set(seen)
    assert not [name for name in seen if name.startswith(("runs/", ".banc/"))]
    assert not [name for name in seen if name.endswith((".npy", ".safetensors"))]


def test_asked_again_nothing_runs_whatever_it_is_called(workspace: Workspace) -> None:
    before = workspace.runs()
    again = workspace.repro()
    assert again.ran == []
    assert "Data and pipelines are up to date." in again.out

    # New names and labels, another order, other white space.
    workspace.compile(generations=RENAMED)
    assert "Netz: ${y}" in (workspace.root / "params.yaml").read_text()
    assert workspace.repro().ran == []
    assert workspace.runs() == before
    told = workspace.banc("report").out
    assert "Winzig" in told and "Netz: ${y}" in told
    assert told.index("zusammen") < told.index("no") < told.index("teacher")


def test_one_more_generation_runs_that_generation_alone(workspace: Workspace, generations: str) -> None:
    before = workspace.runs()
    workspace.compile(
        generations=generations.replace("generations = 1", "generations = 2").replace(
            '"ban-1", "ens"', '"ban-1", "ban-2", "ens"'
        )
    )
    ended = workspace.repro()
    assert ended.kinds == ["predict", "train", "score", "table"]
    after = workspace.runs()
    assert all(after[name] == content for name, content in before.items() if name.startswith("runs/"))
    assert len(json.loads(after["results/generations/results.json"])["scores"]) == 4


def test_specs_share_a_teacher_survive_a_failure_and_can_be_switched(
    workspace: Workspace, generations: str
) -> None:
    head = generations.split("[lineages]")[0]
    broken = head + TRANSFER.replace(
        "BROKEN",
        'bad = { teacher = "dense", students = "wide", objective = "ban", recipe = '
        # Each step multiplies the weights by -999.
        "{ learning_rate = 1000, weight_decay = 1, epochs = 20 } }",
    ).replace("COLUMN", ', "bad"')
    before = workspace.runs()

    # The teacher and its outputs are there already: two students are trained, of which one fails.
    shared = workspace.compile(generations=generations, transfer=broken).out
    assert "4 shared between specs" in shared
    ended = workspace.dvc("repro", "--keep-going")
    assert ended.code != 0
    assert sorted(ended.kinds) == ["score", "train", "train"]
    assert "the loss is not finite" in ended.out
    assert "Traceback" not in ended.out
    (bad,) = [name for name in ended.ran if "-ban-s1000-" in name]
    (good,) = [name for name in ended.ran if name.startswith("train-") and name != bad]
    assert (workspace.root / f"runs/{good}/model.safetensors").is_file()
    assert not [name for name in workspace.runs() if bad in name]
    assert not list((workspace.root / ".banc/tmp").iterdir())
    assert not (workspace.root / "results/transfer").exists()
    told = workspace.banc("report", "spec/transfer.toml")
    assert told.code == 0
    assert "…" in told.out

    # Without the one that failed, the table is all that is missing.
    transfer = head + TRANSFER.replace("BROKEN", "").replace("COLUMN", "")
    removed = workspace.compile(transfer=transfer).out
    assert "removed pipelines/tables/table-generations.json" in removed
    assert workspace.repro().ran == ["table-transfer"]
    assert "…" not in workspace.banc("report").out

    # And back, and back again.
    workspace.compile(generations=generations)
    assert workspace.repro().ran == []
    workspace.compile(transfer=transfer)
    assert workspace.repro().ran == []
    after = workspace.runs()
    assert {name: after[name] for name in before} == before


def test_what_is_deleted_comes_back_without_being_trained(workspace: Workspace) -> None:
    """DVC's run cache: by command, parameters and dependencies. It holds every stage but the table."""
    before = workspace.runs()
    shutil.rmtree(workspace.root / "runs")
    for lock in workspace.root.rglob("dvc.lock"):
        lock.unlink()
    assert workspace.repro().ran == ["table-generations"]
    assert workspace.runs() == before


def test_an_output_that_a_newer_version_adds_is_made_and_nothing_else(workspace: Workspace) -> None:
    """As `outputs.json` once was: such a change needs no `REVISION`, and moves no address."""
    expected = workspace.runs()
    (facts,) = workspace.root.glob("runs/predict-*/outputs.json")
    (path,) = [each for each in workspace.root.glob("pipelines/*/dvc.yaml") if facts.name in each.read_text()]
    name = f"{path.relative_to(workspace.root)}:{facts.parent.name}"
    newer = path.read_text()

    # What the older version left: a lock and a run cache that know of `outputs.npy` alone.
    path.write_text(re.sub(r".*/outputs\.json\n", "", newer))
    shutil.rmtree(workspace.root / ".dvc/cache/runs")
    assert workspace.repro("--force", "--single-item", name).kinds == ["predict"]
    facts.unlink()
    assert workspace.repro().ran == []
    assert not facts.exists()

    workspace.banc("compile")
    assert path.read_text() == newer
    assert workspace.repro().kinds == ["predict"]
    assert workspace.runs() == expected


def test_parameters_edited_by_hand_are_refused(workspace: Workspace) -> None:
    before = workspace.runs()
    (path,) = workspace.root.glob("pipelines/*/train-*-ban-l-*.json")
    text = path.read_text()
    path.write_text(text.replace('"epochs": 2', '"epochs": 3'))
    alone = workspace.banc("run", path.stem)
    assert alone.code == 2
    assert "was not written by this version of banc" in alone.out
    ended = workspace.dvc("repro")
    assert ended.code != 0
    assert ended.ran == [path.stem]
    assert "hint: run `banc compile` again" in ended.out
    # DVC removes what a stage wrote before it runs it, and has it in its cache.
    assert not any((workspace.root / "runs" / path.stem).iterdir())
    compiled = workspace.banc("compile")
    assert f"wrote {path.relative_to(workspace.root)}" in compiled.out
    assert workspace.repro().ran == []
    assert workspace.runs() == before


def test_metrics_are_shown(first_run: tuple[Workspace, Ended]) -> None:
    workspace, _ = first_run
    said = workspace.dvc("metrics", "show", "--json")
    # DVC takes a metric called `error` for a failure of its own.
    assert "failed" not in said.out
    shown = json.loads(said.stdout)
    files = shown[""]["data"]
    assert len(files) == 3
    for name, metrics in files.items():
        assert name.startswith("runs/score-")
        assert 0 <= metrics["data"]["test_error"] <= 100
        assert metrics["data"]["images"] == 1777


def test_curves_are_plotted_by_the_names_of_the_spec(workspace: Workspace) -> None:
    shown = workspace.dvc("plots", "show", "--out", "plots")
    assert shown.code == 0, shown.out
    page = (workspace.root / "plots/index.html").read_text()
    assert page.count("dense: training and test error") == page.count("vegaEmbed(") == 1
    specification = workspace.dvc("plots", "show", "--show-vega", "digits-20-densenet-bc-10-2")
    plot = json.loads(specification.stdout)
    values = plot["data"]["values"]
    # Two networks, two epochs.
    assert len(values) == 4
    assert {value["epoch"] for value in values} == {"1", "2"}
    assert {bool(value["test_error"]) for value in values if value["epoch"] == "2"} == {True}
    # The template looks each curve up by its folder, as DVC spells the path.
    (named,) = [step["from"]["data"]["values"] for step in plot["transform"] if "lookup" in step]
    called = {row["stage"]: row["run"] for row in named}
    assert {called[value["filename"].split("/")[-2]] for value in values} == {"teacher", "ban-1"}


def test_a_curve_of_one_training_alone_has_its_name(workspace: Workspace) -> None:
    """Of a single file DVC keeps the whole path, of several what differs."""
    text = (workspace.root / "spec/generations.toml").read_text()
    text = re.sub(r"\[lineages\].*\[table\]", "[table]", text, flags=re.DOTALL)
    workspace.compile(generations='baselines = ["dense"]' + text.replace(', "ban-1", "ens"', ""))
    plot = json.loads(workspace.dvc("plots", "show", "--show-vega", "digits").stdout)
    (stage,) = {value["filename"].split("/")[-2] for value in plot["data"]["values"]}
    assert (workspace.root / "runs" / stage).is_dir()


def test_a_file_that_is_a_plot_of_its_stage_or_not_is_one_output_to_dvc(workspace: Workspace) -> None:
    """Earlier versions had each `history.csv` as a plot: what ran then is done."""
    (group,) = workspace.root.glob("pipelines/*densenet*/dvc.yaml")
    output = re.compile(r"    outs:\n      - (runs/train-.*/history.csv)\n")
    text, count = output.subn(r"    plots:\n      - \1:\n          x: epoch\n    outs:\n", group.read_text())
    assert count == 2
    group.write_text(text)
    assert workspace.repro().ran == []
    workspace.banc("compile")
    assert workspace.repro().ran == []


def test_a_change_of_the_spec_is_a_difference_of_parameters(
    workspace: Workspace, first_run: tuple[Workspace, Ended]
) -> None:
    workspace.git("add", "--all")
    workspace.git("commit", "--quiet", "--message", "before")
    text = (workspace.root / "spec/generations.toml").read_text()
    workspace.compile(generations=text.replace("Dense ${x}", "Dense"))
    changed = json.loads(workspace.dvc("params", "diff", "--json").stdout)
    assert changed == {
        "params.yaml": {"specs.generations.rows": {"old": "['Dense ${x}']", "new": "['Dense']"}}
    }
    workspace.compile(generations=text.replace("epochs = 2", "epochs = 3"))
    changed = json.loads(workspace.dvc("params", "diff", "--json").stdout)
    recipes = [name for name in changed if Path(name).name.startswith("train-")]
    assert len(recipes) == 4  # two networks, before and after
    assert {changed[name]["recipe.epochs"]["new"] for name in recipes} == {None, 3}


def test_stages_are_told_by_the_names_of_the_spec(first_run: tuple[Workspace, Ended]) -> None:
    workspace, _ = first_run
    listed = workspace.dvc("stage", "list", "--all").out
    assert "dense ban-1 seed 0" in listed
    assert "table of generations" in listed
    assert len(listed.splitlines()) == 8


def test_of_this_repository_dvc_sees_the_linked_stages_alone(
    checkout: Path, first_run: tuple[Workspace, Ended]
) -> None:
    """And no golden folder."""
    here = evolve(first_run[0], root=checkout)
    listed = here.dvc("stage", "list", "--all", "--name-only").out.split()
    linked = json.loads((checkout / "pipelines/index.json").read_text())["stages"]
    assert sorted(name.rpartition(":")[2] for name in listed) == sorted(linked)


def test_a_lock_that_is_gone_is_remembered_by_dvc_and_by_git(workspace: Workspace) -> None:
    table, score = "table-generations", min(workspace.root.glob("runs/score-*")).name
    for lock in workspace.root.rglob("dvc.lock"):
        lock.unlink()
    done = workspace.banc("verify", score, table)
    assert done.code == 1
    assert "has no entry of this stage; recorded: DVC's run cache has one" in done.out
    # DVC keeps no stage there whose outputs are git's: the table could have been run by hand.
    assert "2 stages: 2 identical; 1 edited; 1 not in a dvc.lock, so edits cannot be found" in done.out
    assert workspace.repro("--single-item", table).ran == [table]
    workspace.git("add", "dvc.lock")
    workspace.git("commit", "--quiet", "--message", "run")
    (workspace.root / "dvc.lock").unlink()
    done = workspace.banc("verify", table)
    assert done.code == 1
    assert "recorded: the committed `dvc.lock` has one" in done.out


def test_banc_repro_leaves_what_dvc_repro_leaves(
    first_run: tuple[Workspace, Ended], generations: str, tmp_path: Path, new_workspace: Any
) -> None:
    """The networks are trained at the same time; every byte is that of one after the other."""
    by_dvc, by_banc = first_run[0], new_workspace(tmp_path / "workspace")
    by_banc.compile(generations=generations)
    done = by_banc.banc("repro", "-j", "2")
    assert done.code == 0, done.out
    assert by_banc.runs() == by_dvc.runs()
    assert _recorded(by_banc) == _recorded(by_dvc)
    assert not by_banc.repro().ran


def _recorded(workspace: Workspace) -> dict[str, Any]:
    """Locks, stage by stage; cache and run cache, by name: they are named by their content."""
    locks = {
        path.relative_to(workspace.root).as_posix(): YAML(typ="safe").load(path.read_text())
        for path in [workspace.root / "dvc.lock", *workspace.root.glob("pipelines/*/dvc.lock")]
    }
    cache = sorted(
        path.relative_to(workspace.root).as_posix()
        for path in workspace.root.glob(".dvc/cache/**/*")
        if path.is_file()
    )
    return {"cache": cache, **locks}
