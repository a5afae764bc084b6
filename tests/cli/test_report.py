"""What is printed where; ``tests/report`` has the tables themselves."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from banc.machine import Device
from banc.stage.timing import Drawn, Timing, timing_line

Banc = Callable[..., Any]


def test_a_table_is_shown_before_anything_ran(banc: Banc, workspace: Path) -> None:
    done = banc("report", "spec/a-table.toml")
    assert (done.code, done.err) == (0, "")
    assert "A table" in done.out
    assert "…" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("format", ["terminal", "markdown", "latex", "typst", "csv", "json"])
def test_a_file_gets_what_the_terminal_would(banc: Banc, workspace: Path, format: str) -> None:
    printed = banc("report", "spec/a-table.toml", "--format", format)
    written = banc("report", "spec/a-table.toml", "--format", format, "-o", "paper/table")
    assert written.out == "wrote paper/table\n"
    assert (workspace / "paper/table").read_text() == printed.out
    if format == "json":
        json.loads(printed.out)


def test_without_a_spec_it_reports_what_is_linked(banc: Banc, workspace: Path, monkeypatch: Any) -> None:
    nothing = banc("report")
    assert nothing.code == 2
    assert "nothing is linked here: there is no `pipelines/index.json`" in nothing.err
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/b.toml").write_text(text.replace("A table", "Another"))
    banc("compile", "spec/b.toml")
    assert banc("report").out == banc("report", "spec/b.toml").out
    banc("compile")
    monkeypatch.chdir(workspace / "spec")
    both = banc("report")
    assert "A table" in both.out and "Another" in both.out


def test_a_link_is_written_through(banc: Banc, workspace: Path) -> None:
    (workspace / "real.md").write_text("old")
    (workspace / "link.md").symlink_to("real.md")
    banc("report", "spec/a-table.toml", "--format", "markdown", "-o", "link.md")
    assert (workspace / "link.md").is_symlink()
    assert "A table" in (workspace / "real.md").read_text()


def test_what_is_no_file_is_not_replaced(banc: Banc, workspace: Path) -> None:
    os.mkfifo(workspace / "pipe")
    done = banc("report", "spec/a-table.toml", "-o", "pipe")
    assert done.code == 2
    assert "is no file" in done.err
    assert (workspace / "pipe").is_fifo()


@pytest.fixture
def two_specs(workspace: Path) -> tuple[str, str]:
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/b.toml").write_text(text.replace("seeds = [0]", "seeds = [0, 7]"))
    return "spec/a-table.toml", "spec/b.toml"


def test_several_specs_are_one_document(banc: Banc, two_specs: tuple[str, str]) -> None:
    both = json.loads(banc("report", *two_specs, "--format", "json").out)
    assert [table["spec"] for table in both] == ["a-table", "b"]
    banc("report", *two_specs, "--format", "json", "-o", "both.json")
    assert json.loads(Path("both.json").read_text()) == both
    lines = list(csv.DictReader(io.StringIO(banc("report", *two_specs, "--format", "csv").out)))
    assert [line["spec"] for line in lines] == ["a-table"] * 2 + ["b"] * 2


def test_a_line_a_cell_and_seed(banc: Banc, two_specs: tuple[str, str]) -> None:
    done = banc("report", *two_specs, "--format", "csv", "--per-seed")
    lines = list(csv.DictReader(io.StringIO(done.out)))
    told = [(line["spec"], line["column"], line["seed"]) for line in lines]
    assert told == [
        ("a-table", "teacher", "0"),
        ("a-table", "ban-1", "0"),
        ("b", "teacher", "0"),
        ("b", "teacher", "7"),
        ("b", "ban-1", "0"),
        ("b", "ban-1", "7"),
    ]
    assert all(line["address"].startswith("score-") for line in lines)
    refused = banc("report", "--per-seed", "--format", "json")
    assert refused.code == 2
    assert "`--per-seed` needs `--format csv`" in refused.err


def test_parameters_stand_in_the_table_before_anything_ran(banc: Banc, workspace: Path) -> None:
    spec = workspace / "spec/a-table.toml"
    spec.write_text(spec.read_text().replace('["teacher"', '["parameters", "teacher"'))
    text = banc("report", "spec/a-table.toml", "--format", "latex").out
    assert r"a & 714 & \ldots{} & \ldots{}" in text
    assert "not finished, 2 of 2 cells." in text
    shown = banc("report", "spec/a-table.toml").out
    assert shown.endswith(
        "`banc repro` trains what is missing; `banc compile` first, if the spec is not linked.\n"
    )


def test_the_report_does_not_import_torch(workspace: Path) -> None:
    code = (
        "import sys; from banc.cli.main import main; sys.argv[1:] = ['report', 'spec/a-table.toml']\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_differences_to_a_column(banc: Banc, workspace: Path) -> None:
    done = banc("report", "spec/a-table.toml", "--compare", "teacher")
    assert (done.code, done.err) == (0, "")
    assert "differences to `" in done.out
    wrong = banc("report", "spec/a-table.toml", "--compare", "techer")
    assert (wrong.code, wrong.out) == (2, "")
    assert "error: `techer` is no column of `a-table`" in wrong.err
    latex = banc("report", "spec/a-table.toml", "--compare", "teacher", "--format", "latex")
    assert (latex.code, latex.out) == (2, "")
    assert "differences are not written as `--format latex`" in latex.err


def test_the_spread_is_chosen(banc: Banc, workspace: Path) -> None:
    spec = workspace / "spec/a-table.toml"
    spec.write_text(spec.read_text().replace("seeds = [0]", "seeds = [0, 1]"))
    assert "mean ± sample standard deviation over 2 seeds" in banc("report", str(spec)).out
    done = banc("report", str(spec), "--spread", "standard-error")
    assert "mean ± standard error of the mean over 2 seeds" in done.out


def test_what_changed_since_a_revision(banc: Banc, workspace: Path) -> None:
    spec = "spec/a-table.toml"
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "1"]):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *command], cwd=workspace, check=True
        )
    done = banc("report", spec, "--against", "HEAD")
    assert (done.code, done.err) == (0, "")
    assert "since HEAD" in done.out and "No number has changed" in done.out
    wrong = banc("report", spec, "--against", "nope")
    assert (wrong.code, wrong.out) == (2, "")
    assert "git knows no revision `nope` here" in wrong.err
    assert banc("report", spec, f"spec/../{spec}", "--against", "HEAD").out == done.out
    csv_of = banc("report", spec, "--against", "HEAD", "--format", "csv")
    assert "changes are not written as `--format csv`" in csv_of.err
    both = banc("report", spec, "--against", "HEAD", "--compare", "teacher")
    assert (both.code, both.out) == (2, "")


def test_the_checklist_says_what_a_seed_draws_of_images(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    told = "A seed determines the first weights and the order of images. "
    assert told in banc("report", "spec/a-table.toml", "--checklist").out
    path.write_text(path.read_text().replace("flip = false", "flip = true, cutout = 2, mixup = 0.2"))
    told = (
        "the order of images, the random views (crops, flips) of training images, the squares of cutout "
        "and the partners and shares of mixup. "
    )
    assert told in banc("report", "spec/a-table.toml", "--checklist").out


def test_the_checklist_says_which_images_the_numbers_are_of(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    text = path.read_text()
    told = banc("report", "spec/a-table.toml", "--checklist").out
    assert "20 training and 1,777 test images" in told
    assert "banc used the test images for the reported numbers alone.\n" in told
    held_out = text.replace("train = 20", "train = 30, validation = 10")
    path.write_text(held_out)
    told = banc("report", "spec/a-table.toml", "--checklist").out
    assert "20 training, 10 validation and 1,767 test images of 8x8 pixels in 10 classes. banc used" in told
    path.write_text(held_out.replace("[table]", '[table]\non = "validation"'))
    told = banc("report", "spec/a-table.toml", "--checklist").out
    assert "The reported numbers are of the validation images, and of no test image. No network" in told
    assert "used the test images" not in told


def test_the_checklist_says_where_seeds_share_a_teacher(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    text = path.read_text().replace("seeds = [0]", "seeds = [0, 3, 5]")
    path.write_text(text)
    assert "one teacher" not in banc("report", "spec/a-table.toml", "--checklist").out
    path.write_text(text.replace("generations = 1", "generations = 1, teacher_seed = 3"))
    told = banc("report", "spec/a-table.toml", "--checklist").out
    assert "Some students of every seed learn from one teacher, that of seed 3: what varies" in told


def test_the_checklist_says_what_is_known(banc: Banc, workspace: Path) -> None:
    spec = "spec/a-table.toml"
    before = banc("report", spec, "--checklist")
    assert (before.code, before.err) == (0, "")
    heads = [line for line in before.out.splitlines() if line.startswith("#")]
    assert heads == [
        "# A table", "## What varies between runs", "## Numbers and intervals", "## Data", "## Training",
        "## Hardware and compute", "## Reproduction",
    ]  # fmt: skip
    assert "How long the trainings took is not known in this workspace" in before.out
    assert "Runs were repeated with 1 seed: seed 0." in before.out
    banc("compile", spec)
    index = json.loads((workspace / "pipelines/index.json").read_text())
    train = next(address for address, stage in index["stages"].items() if stage["kind"] == "train")
    timing = Timing(train, "train", Device("AMD EPYC", gpu=False, cores=2), 1.0, 1_800_000_000, seconds=119.0)
    (workspace / ".banc").mkdir(exist_ok=True)
    (workspace / ".banc/timings.jsonl").write_text(timing_line(timing) + "\n")
    after = banc("report", spec, "--checklist", "--format", "markdown")
    assert "The trainings ran on AMD EPYC, 2 cores." in after.out
    assert "| 1 | 2.0 min | 2.0 min to 2.0 min | 2.0 min |" in after.out
    # Nothing of it for stored outputs: this spec has none.
    assert "All stages together: 2.0 min. These" in after.out
    assert "How much energy that took is not known" in after.out
    measured = evolve(timing, energy=(Drawn("gpu GPU-x", 11_520, 0, 120),))
    (workspace / ".banc/timings.jsonl").write_text(timing_line(measured) + "\n")
    assert (
        "Energy, by the counters of the devices: 3.2 Wh of GPUs in 1 stage. Counters"
        in banc("report", spec, "--checklist").out
    )
    wrong = banc("report", spec, "--checklist", "--format", "csv")
    assert (wrong.code, wrong.out) == (2, "")
    assert "`--checklist` is Markdown" in wrong.err


def test_forms_of_latex(banc: Banc, workspace: Path) -> None:
    spec = "spec/a-table.toml"
    done = banc("report", spec, "--format", "latex", "--wide", "--group", "One=teacher")
    assert (done.code, done.err) == (0, "")
    assert r"\begin{table*}" in done.out and r"\multicolumn{1}{c}{One}" in done.out
    wrong = banc("report", spec, "--tabular")
    assert (wrong.code, wrong.out) == (2, "")
    assert "forms of a paper need `--format latex` or `typst`, not `--format terminal`" in wrong.err


def test_forms_of_typst(banc: Banc, workspace: Path) -> None:
    done = banc("report", "spec/a-table.toml", "--format", "typst", "--wide")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("#figure(") and 'scope: "parent"' in done.out
    wrong = banc("report", "spec/a-table.toml", "--format", "typst", "--siunitx")
    assert (wrong.code, wrong.out) == (2, "")
    assert "`--siunitx` is a package of LaTeX" in wrong.err


def test_headings_above_several_columns(banc: Banc, workspace: Path) -> None:
    spec = "spec/a-table.toml"
    assert "One: teacher" in banc("report", spec, "--format", "markdown", "--group", "One=teacher").out
    nowhere = banc("report", spec, "--group", "Both=nope")
    assert (nowhere.code, nowhere.out) == (2, "")
    assert (
        "`Both` cannot stand above these columns of `a-table`: the table has no column `nope`" in nowhere.err
    )
    for other in (["--format", "csv"], ["--compare", "teacher"], ["--plots", "pictures"]):
        wrong = banc("report", spec, "--group", "One=teacher", *other)
        assert (wrong.code, wrong.out) == (2, "")
        assert "`--group` and `--" in wrong.err
