"""``banc export`` to trackers, as a person calls it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.cli import main
from banc.cli.show_export import left_out
from banc.export.trackers.gather import Gathered
from banc.stage.index import Use
from banc.stage.kinds import Train


@pytest.fixture
def export(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Calls it in a workspace; gives its exit code and what it printed on either stream."""

    def call(root: Path, *arguments: str | Path) -> tuple[int, str]:
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["banc", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out + said.err

    return call


def test_what_is_half_finished_is_exported_so_far(
    new_workspace: Callable[..., Any],
    finishes: Callable[..., None],
    export: Callable[..., Any],
    tmp_path: Path,
) -> None:
    workspace = new_workspace()
    assert export(workspace.root, "--tensorboard", tmp_path / "logs") == (
        1,
        "error: nothing to export: none of 21 runs is finished\n"
        "hint: `dvc repro` makes what is missing; `dvc pull` fetches it where it was made elsewhere\n",
    )

    def wanted(address: Any) -> bool:
        stage = workspace.stages[address]
        return isinstance(stage, Train) and stage.seed == 2

    finishes(workspace.root, workspace.stages, wanted)
    code, said = export(workspace.root, "--tensorboard", tmp_path / "logs")
    first, unfinished, unscored = said.splitlines()
    assert code == 0
    assert first == f"wrote 2 runs to {tmp_path}/logs: `tensorboard --logdir {tmp_path}/logs` shows them"
    assert unfinished == (
        "not exported, since not finished: dense ban-1 seeds 0, 1, 2; dense ban-2 seeds 0, 1, 2; "
        "dense cwtm-1 seeds 0, 1, 2; dense ens seeds 0, 1, 2; dense teacher seeds 0, 1; "
        "wide teacher seeds 0, 1; wide transfer seeds 0, 1, 2"
    )
    assert unscored == (
        "exported without scores, which are not there yet: dense teacher seed 2; wide teacher seed 2"
    )


def test_runs_of_several_specs_say_whose_they_are() -> None:
    uses = (Use("a", "dense", "ban-1", 0), Use("b", "dense", "ban-1", 0), Use("b", "dense", "all", None))
    (line,) = left_out(Gathered((), uses, (), ()))
    assert line == (
        "not exported, since not finished: dense ban-1 of a seed 0; dense ban-1 of b seed 0; dense all of b\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "an export needs a run and a folder, and here 0 names are given"),
        (("dense/ban-1",), "an export needs a run and a folder, and here one name is given"),
        (("a", "b", "c"), "an export needs a run and a folder, and here 3 names are given"),
        (("--tensorboard", "logs", "--force"), "are for the export of a network"),
        (("--tensorboard", "logs", "--license", "mit"), "are for the export of a network"),
        (("--tensorboard", "runs"), "`runs` is in `runs/`, which banc and DVC keep for themselves"),
        (("--mlflow", "results/t0"), "`results/t0` is in `results/`"),
        (("--wandb", ".banc"), "`.banc` is in `.banc/`"),
        (("--tensorboard", "logs", "spec/none.toml"), "`spec/none.toml` is not linked"),
    ],
)
def test_a_wrong_call_is_told(
    made: Any, export: Callable[..., Any], arguments: tuple[str, ...], said: str
) -> None:
    code, printed = export(made.root, *arguments)
    assert code == 2
    assert said in printed
    assert not (made.root / "logs").exists()


def test_trackers_get_runs_and_nobody_hears_of_it(
    made: Any, alone: Callable[..., Any], tmp_path: Path
) -> None:
    """No word but ours, no file but where it was asked for, and no network; with the real libraries."""
    logs, store, offline = tmp_path / "logs", tmp_path / "store", tmp_path / "offline"
    trackers = ("--tensorboard", logs, "--mlflow", store, "--wandb", offline)
    # What a person has set for runs of theirs.
    theirs = {"WANDB_MODE": "online", "WANDB_PROJECT": "theirs", "WANDB_DIR": str(made.root)}
    done = alone(made.root, "export", *trackers, "t0", "--seed", "0", **theirs)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"wrote 7 runs to {logs}: `tensorboard --logdir {logs}` shows them",
        f"wrote 7 runs to {store}: `mlflow ui --backend-store-uri sqlite:///{store}/mlflow.db` shows them",
        f"wrote 7 runs to {offline}: `wandb sync {offline}` uploads them",
    ]
    assert (done.asked, done.strays) == ([], [])
    assert [path.name for path in store.iterdir()] == ["mlflow.db"]
    assert len(list(offline.iterdir())) == 7
    files = {path.suffix or path.name for path in offline.glob("*/*")}
    assert files == {".wandb", ".json", "files"}
