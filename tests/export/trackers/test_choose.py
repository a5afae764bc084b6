"""Which runs a person means by specs, names and addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.errors import UsageError
from banc.export.trackers.choose import Chosen, choose
from banc.stage.index import Index, read_index

OTHER = """
banc = 1
title = "Another table of a network that the first has, too"
data = { set = "digits", train = 200 }
seeds = [0]
recipe = { epochs = 40, batch = 50, augment = { pad = 1, flip = false } }
[models]
mine = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "mine", generations = 1 }
[table]
rows = "mine"
columns = ["teacher", "ban-1"]
"""


@pytest.fixture(scope="module")
def index(made: Any) -> Index:
    return read_index(made.root)


def names(chosen: tuple[Chosen, ...]) -> list[str]:
    return sorted(f"{run.use.spec}: {run.use}" for run in chosen)


def test_without_names_every_training_and_every_ensemble_is_there_once(made: Any, index: Index) -> None:
    chosen = choose(made.root, index, [], None)
    wanted = {address for address, stage in index.stages.items() if stage.kind == "train"}
    wanted |= {address for address, stage in index.stages.items() if len(stage.inputs.get("members", ())) > 1}
    assert sorted(run.address for run in chosen) == sorted(wanted)
    for run in chosen:
        assert all(index.stages[score].kind == "score" for score in run.scores)
        assert len(run.scores) == 1
        if run.network:
            assert index.stages[run.scores[0]].inputs["members"] == (run.network,)


@pytest.mark.parametrize("name", ["t0", "spec/t0.toml"])
def test_a_spec_is_known_by_name_and_path(
    made: Any, index: Index, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made.root)
    assert choose(made.root, index, [name], None) == choose(made.root, index, [], None)


def test_a_run_is_known_by_its_name_its_address_and_its_scores(made: Any, index: Index) -> None:
    by_name = choose(made.root, index, ["dense/ban-2"], None)
    assert names(by_name) == [f"t0: dense ban-2 seed {seed}" for seed in range(3)]
    (one,) = choose(made.root, index, ["t0:dense/ban-2"], 1)
    assert one == by_name[1]
    assert choose(made.root, index, [one.address], None) == (one,)
    assert choose(made.root, index, [one.scores[0]], None) == (one,)
    (ensemble,) = choose(made.root, index, ["dense/ens"], 2)
    assert (ensemble.network, ensemble.scores) == (None, (ensemble.address,))


def test_a_seed_chooses_among_all_runs(made: Any, index: Index) -> None:
    assert {run.use.seed for run in choose(made.root, index, [], 1)} == {1}
    with pytest.raises(UsageError, match="no run has the seed 9"):
        choose(made.root, index, [], 9)
    with pytest.raises(UsageError, match="`dense/ban-2` has no seed 9"):
        choose(made.root, index, ["dense/ban-2"], 9)


def test_a_run_of_two_specs_is_there_once_for_each(new_workspace: Callable[..., Any], made: Any) -> None:
    text = (made.root / "spec/t0.toml").read_text()
    workspace = new_workspace(text, OTHER)
    index = read_index(workspace.root)
    chosen = choose(workspace.root, index, ["dense/ban-1"], 0)
    assert names(chosen) == ["t0: dense ban-1 seed 0", "t1: mine ban-1 seed 0"]
    assert len({run.address for run in chosen}) == 1
    assert names(choose(workspace.root, index, ["t1:mine/ban-1"], 0)) == ["t1: mine ban-1 seed 0"]
    assert len(choose(workspace.root, index, ["t1"], None)) == 2


def test_two_names_of_a_run_within_a_spec_are_one(new_workspace: Callable[..., Any], made: Any) -> None:
    text = (made.root / "spec/t0.toml").read_text()
    again = 'again = { of = "dense", members = ["teacher", "ban-1"] }'
    workspace = new_workspace(text.replace("[ensembles]", f"[ensembles]\n{again}").replace('"ens", ', ""))
    index = read_index(workspace.root)
    (run,) = choose(workspace.root, index, ["dense/ens"], 0)
    assert (str(run.use), run.also) == ("dense again seed 0", ("dense ens seed 0",))
    assert choose(workspace.root, index, ["dense/again"], 0) == (run,)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("spec/t9.toml", "`spec/t9.toml` is not linked"),
        ("dense/ban-9", "no stage `dense/ban-9` is linked"),
        ("data", "is no network and no ensemble"),
        ("predict", "is no network and no ensemble"),
        ("table", "is no network and no ensemble"),
    ],
)
def test_what_is_no_run_is_refused(made: Any, index: Index, name: str, message: str) -> None:
    address = next((address for address, stage in index.stages.items() if stage.kind == name), Path(name))
    with pytest.raises(UsageError, match=message):
        choose(made.root, index, [str(address)], None)
