from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.cli.show_traced import file_lines
from banc.plan.step import Keep, Step
from banc.provenance.node import Output, Traced
from banc.stage.kinds import Address
from banc.state.state import File

Banc = Callable[..., Any]


@pytest.fixture
def addresses(banc: Banc, workspace: Path) -> dict[str, str]:
    """One linked stage of each kind, by kind."""
    banc("compile")
    return {path.stem.partition("-")[0]: path.stem for path in sorted(workspace.glob("pipelines/*/*-*.json"))}


def metrics(error: float) -> dict[str, Any]:
    return {"test_error": error, "test_loss": 0.25, "images": 1777, "members": 1, "parameters": 314}


def finish(workspace: Path, address: str, error: float) -> None:
    folder = workspace / "runs" / address
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(metrics(error)))


def score_of(workspace: Path, objective: str) -> str:
    (path,) = workspace.glob(f"pipelines/*/score-*-{objective}-*.json")
    return path.stem


def test_an_unfinished_cell_says_so(banc: Banc, workspace: Path) -> None:
    done = banc("explain", "a/ban-1")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "the generated files are not what the specs say: `banc compile` comes first"
    assert lines[2] == "…   a/ban-1 of a-table"
    assert "│ error      not finished: 0 of 1 seed" in lines
    assert "will run: never run" in done.out
    assert not (workspace / "dvc.yaml").exists()
    banc("compile")
    assert banc("explain", "a/ban-1").out.splitlines() == lines[2:]


def test_a_number_and_its_chain(banc: Banc, workspace: Path) -> None:
    banc("compile")
    score = score_of(workspace, "ban-l")
    finish(workspace, score, 17.42)
    lines = banc("explain", "a/ban-1").out.splitlines()
    assert lines[0] == "17.42   a/ban-1 of a-table"
    assert any(line.startswith(f"│ seed 0     17.42  runs/{score}/metrics.json  ") for line in lines)
    assert "└─ a ban-1, seed 0, student of a teacher  spec/a-table.toml:10" in lines
    assert "   ├─ teacher: a teacher, seed 0  spec/a-table.toml:10" in lines
    assert "   └─ data: digits-20, 20 + 1,777 images  spec/a-table.toml:4" in lines
    assert lines[-1] == "if a ban-1 seed 0 changed, these would run again, too: 1 score, 1 table (a-table)"


def test_a_cell_reads_as_its_table_prints_it(banc: Banc, workspace: Path) -> None:
    spec = workspace / "spec/a-table.toml"
    text = spec.read_text().replace("seeds = [0]", "seeds = [0, 1]")
    spec.write_text(f'{text}show = "accuracy"\nspread = "interval"\n')
    banc("compile")
    for path, error in zip(sorted(workspace.glob("pipelines/*/score-*-ban-l-*.json")), (20, 22), strict=True):
        finish(workspace, path.stem, error)
    lines = banc("explain", "a/ban-1").out.splitlines()
    assert lines[0] == "79.00 ± 12.71   a/ban-1 of a-table"
    assert "79.00 ± 12.71" in banc("report").out
    assert "mean ± 95 % interval of the mean (Student's t) over 2 seeds" in lines[1]
    assert any(line.startswith("│ seed 0     error 20.00  ") for line in lines)


def test_a_number_out_of_committed_results(banc: Banc, workspace: Path) -> None:
    """As on a fresh clone."""
    banc("compile")
    score = score_of(workspace, "ban-l")
    path = workspace / "results/a-table/results.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"scores": {score: metrics(17.42)}}))
    assert "│ seed 0     17.42  results/a-table/results.json  will run: " in banc("explain", "a/ban-1").out
    value = json.loads(banc("explain", score, "--format", "json").out)
    (result,) = value["tree"]["results"]
    assert (result["metrics"], result["file"]) == (metrics(17.42), "results/a-table/results.json")


@pytest.mark.parametrize(
    "words",
    [
        ("a-table", "a/ban-1"),
        ("spec/a-table.toml", "a/ban-1"),
        ("a-table:a/ban-1",),
        ("a/ban-1", "--seed", "0"),
    ],
)
def test_the_ways_to_name_a_cell(banc: Banc, workspace: Path, words: tuple[str, ...]) -> None:
    banc("compile")
    assert banc("explain", *words).out == banc("explain", "a/ban-1").out


def test_a_smoke_run_goes_by_its_specs_name(banc: Banc, workspace: Path) -> None:
    banc("compile", "--smoke", "spec/a-table.toml")
    for name in ("a-table", "a-table-smoke", "spec/a-table.toml"):
        out = banc("explain", name, "a/ban-1").out
        assert out.splitlines()[0] == "…   a/ban-1 of a-table-smoke"
        assert "spec/a-table.toml:10" in out


def test_a_spec_that_is_not_linked(banc: Banc, workspace: Path) -> None:
    banc("compile")
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/b.toml").write_text(text.replace("epochs = 1", "epochs = 2"))
    assert banc("explain", "a/ban-1").out.splitlines()[0] == "…   a/ban-1 of a-table"
    out = banc("explain", "b", "a/ban-1").out
    assert out.splitlines()[2] == "…   a/ban-1 of b"
    assert "recipe     2 epochs" in out
    assert banc("explain", "b").out.splitlines()[2] == "table b  spec/b.toml:11"


def test_stages_of_every_kind(banc: Banc, addresses: dict[str, str]) -> None:
    heads = {kind: banc("explain", address).out.splitlines()[0] for kind, address in addresses.items()}
    assert heads["data"] == "data: digits-20, 20 + 1,777 images  spec/a-table.toml:4"
    assert heads["predict"] == "teacher: a teacher, seed 0  spec/a-table.toml:10"
    assert heads["table"] == "table a-table  spec/a-table.toml:11"
    assert heads["score"].startswith("score of a ") and heads["train"].startswith("a ")


def test_what_hangs_on_it(banc: Banc, addresses: dict[str, str]) -> None:
    assert banc("explain", "a/teacher", "--if-changed").out == (
        "if a teacher seed 0 changed, these would run again, too: 1 training, 1 set of teacher outputs, "
        "2 scores, 1 table (a-table)\n"
        "  a teacher seed 0: 1 score\n"
        "  a ban-1 seed 0\n"
    )
    assert banc("explain", addresses["table"], "--if-changed").out == "nothing depends on table of a-table\n"


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (
            ("recipe.drop_at",),
            "`recipe.drop_at` is a key of specs",
            "`banc manual recipe.drop_at` explains it",
        ),
        (("banc012",), "`banc012` is the code of a fault", "`banc explain-error BANC012` explains it"),
        (("a/ban-11",), "no cell and no run is called `a/ban-11`", "did you mean `a/ban-1`? "),
        (("a-tabel", "a/ban-1"), "no spec `a-tabel` is linked or in `spec/`", "did you mean `a-table`? "),
        (("spec/b.toml", "a/ban-1"), "there is no spec `spec/b.toml`", "name a file"),
        (("a", "b", "c"), "`banc explain` takes one stage", "quote a name that has spaces"),
        (("a/ban-1", "--seed", "3"), "`a/ban-1` has no seed 3", "expected 0"),
        (("a-table", "--seed", "0"), "`a-table` has no seeds to choose from", "name a run"),
        (("teacher",), "no stage `teacher` is linked", ""),
    ],
)
def test_what_is_no_stage(banc: Banc, workspace: Path, words: tuple[str, ...], error: str, hint: str) -> None:
    done = banc("explain", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {error}")
    assert f"hint: {hint}" in done.err


def test_names_obey_no_terminal(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    evil = "b\\u001b[31m\\u202e"
    path.write_text(
        path.read_text().replace("[models]\na =", f'[models]\n"{evil}" =').replace('"a"', f'"{evil}"')
    )
    name = "b\x1b[31m\u202e/ban-1"
    for arguments in ((), ("--if-changed",), ("--format", "json")):
        done = banc("explain", name, *arguments)
        if done.code == 0:
            assert "ban-1" in done.out
        assert not {"\x1b", "\u202e"} & set(done.out + done.err)


def test_the_helps_send_one_to_each_other(banc: Banc) -> None:
    text = " ".join(banc("explain", "--help").out.split())
    assert "`banc manual`" in text or "banc manual" in text
    assert "banc explain-error" in text
    assert "code" in banc("explain-error", "--help").out.lower()


def test_it_needs_neither_torch_nor_dvc(workspace: Path) -> None:
    code = (
        "import sys; sys.argv = ['banc', 'explain', 'a/ban-1']; from banc.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'torch', 'dvc', 'numpy', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=workspace, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("\n[]\n"), done.stdout + done.stderr


@pytest.mark.parametrize("number", ["17.42", "17.4", "17.42 %", "17.42 ± 0.21", "17.42†"])
def test_a_number_finds_its_cell(banc: Banc, workspace: Path, number: str) -> None:
    banc("compile")
    finish(workspace, score_of(workspace, "ban-l"), 17.42)
    finish(workspace, score_of(workspace, "labels"), 18.0)
    assert banc("explain", number).out == banc("explain", "a/ban-1").out
    assert banc("explain", "a-table", number).out == banc("explain", "a/ban-1").out


def test_a_number_of_one_seed_and_its_mean(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    path.write_text(path.read_text().replace("seeds = [0]", "seeds = [0, 1]"))
    banc("compile")
    names = workspace.glob("pipelines/*/score-*-ban-l-*.json")
    for error, score in zip((17.0, 18.0), sorted(path.stem for path in names), strict=True):
        finish(workspace, score, error)
    assert banc("explain", "17.50").out == banc("explain", "a/ban-1").out
    assert banc("explain", "18.00").out == banc("explain", "a/ban-1", "--seed", "1").out


def test_a_number_that_several_cells_show_or_none(banc: Banc, workspace: Path) -> None:
    banc("compile")
    finish(workspace, score_of(workspace, "ban-l"), 17.42)
    finish(workspace, score_of(workspace, "labels"), 17.42)
    done = banc("explain", "17.42")
    assert (done.code, done.out) == (2, "")
    assert "`17.42` stands in 2 cells" in done.err
    assert "`banc explain a/teacher`" in done.err and "`banc explain a/ban-1`" in done.err
    done = banc("explain", "a-table", "16.42")
    assert (done.code, done.out) == (2, "")
    assert "no finished cell of the table of `a-table` shows `16.42`" in done.err
    assert banc("explain", "b-table:16.42").code == 2


def test_a_number_that_two_tables_show(banc: Banc, workspace: Path) -> None:
    """One run in both is one answer; two runs are named with their tables."""
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/b.toml").write_text(text)
    banc("compile")
    finish(workspace, score_of(workspace, "ban-l"), 17.42)
    assert banc("explain", "17.42").out == banc("explain", "a-table", "a/ban-1").out
    (workspace / "spec/b.toml").write_text(text.replace("epochs = 1", "epochs = 2"))
    banc("compile")
    for path in workspace.glob("pipelines/*/score-*-ban-l-*.json"):
        if not (workspace / "runs" / path.stem).exists():
            finish(workspace, path.stem, 17.42)
    told = banc("explain", "17.42").err
    assert "`banc explain a-table a/ban-1`" in told and "`banc explain b a/ban-1`" in told
    assert banc("explain", "b:17.42").out.startswith("17.42   a/ban-1 of b\n")


@pytest.mark.parametrize("longest", ["history.csv", "validation_outputs.npy"])
def test_digests_of_files_stand_below_each_other(longest: str) -> None:
    address = Address("train-a-0123456789ab")
    file = File("0123456789abcdef0123456789abcdef")
    outputs = tuple(Output(f"runs/{address}/{name}", file, file) for name in ("model.safetensors", longest))
    step = Step(address, "train", (), Keep())
    traced = Traced(address, 0, f"pipelines/a/{address}.json", "pipelines/a/dvc.lock", outputs, step)
    lines = list(file_lines(traced))
    assert len(lines) == 4
    starts = {line.index(said) for line in lines for said in ("pipelines/", "md5 ") if said in line}
    assert len(starts) == 1
