from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from banc.compiler import compile_specs

Banc = Callable[..., Any]


@pytest.fixture
def committed(workspace: Path) -> Path:
    """The workspace, committed."""
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "1"]):
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
        subprocess.run(command, cwd=workspace, check=True)
    return workspace


def say(workspace: Path, old: str, new: str) -> None:
    path = workspace / "spec/a-table.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_against_the_last_commit(banc: Banc, committed: Path) -> None:
    assert banc("diff").out == (
        "all of spec/ at HEAD -> all of spec/\n\nno run differs: 3 runs in both; the change runs nothing\n"
    )
    say(committed, "epochs = 1", "epochs = 2")
    say(committed, "A table", "The table")
    done = banc("diff", "spec/a-table.toml")
    assert (done.code, done.err) == (0, "")
    out, _, time = done.out.rpartition("time on ")
    assert re.fullmatch(r".*: \d+ s, \d+ to \d+ s, .*from multiply-adds.*\n", time)
    assert out == (
        "spec/a-table.toml@HEAD -> spec/a-table.toml\n"
        "\n"
        "2 changed\n"
        "  recipe.epochs: 1 -> 2\n"
        "    a teacher seed 0\n"
        "    a ban-1 seed 0\n"
        "\n"
        "free: for this nothing runs\n"
        "  title: A table -> The table\n"
        "\n"
        "2 new trainings: 2 to run; 1 set of teacher outputs, 2 scores to make; "
        "2 trainings no longer needed\n"
    )
    assert banc("diff", "spec/a-table.toml@main").out.startswith(
        "spec/a-table.toml@main -> spec/a-table.toml"
    )
    back = banc("diff", "spec/a-table.toml", "spec/a-table.toml@main").out
    assert "  recipe.epochs: 2 -> 1\n" in back


def test_forty_students_of_one_teacher_are_one_line(banc: Banc, committed: Path) -> None:
    say(
        committed,
        "[lineages]",
        "b = { family = 'wide-resnet', depth = 10, widening = 1 }\n[transfers]\n"
        "over = { teacher = 'a', students = 'b' }\n[lineages]",
    )
    say(
        committed,
        'rows = "a"\ncolumns = ["teacher", "ban-1"]',
        "rows = ['a', 'b']\ncolumns = ['ban-1', 'over']",
    )
    say(committed, "seeds = [0]", f"seeds = {list(range(20))}")
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qam", "2"], check=True)
    say(committed, "growth = 2", "growth = 3")
    lines = banc("diff").out.splitlines()
    assert "    a teacher seeds 0 to 19" in lines
    assert "    and what follows from them: 20 trainings" in lines
    assert len(lines) <= 10


def test_a_run_that_moves_along_the_chain_says_its_generation(banc: Banc, committed: Path) -> None:
    """Its own seed follows from that; of several seeds it is one line."""
    say(committed, "seeds = [0]", "seeds = [0, 7]")
    wide = "b = { family = 'wide-resnet', depth = 10, widening = 1 }"
    over = "[transfers]\nover = { teacher = 'a', students = 'b' }"
    say(committed, "[lineages]", f"{wide}\n{over}\n[lineages]")
    say(
        committed,
        'rows = "a"\ncolumns = ["teacher", "ban-1"]',
        "rows = ['a', 'b']\ncolumns = ['ban-1', 'over']",
    )
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "commit", "-qam", "2"], check=True)
    say(committed, "teacher = 'a'", "teacher = 'a/ban-1'")
    lines = banc("diff").out.splitlines()
    assert lines[2:5] == [
        "2 changed",
        "  generation: 1 -> 2, teacher_outputs: a teacher -> a ban-1",
        "    b over seeds 0, 7",
    ]


def test_several_specs_have_their_name_at_each_run(banc: Banc, committed: Path) -> None:
    text = (committed / "spec/a-table.toml").read_text()
    (committed / "spec/b.toml").write_text(text.replace("epochs = 1", "epochs = 2"))
    out = banc("diff", "@HEAD").out
    assert "\n2 added\n  b: a teacher seed 0\n  b: a ban-1 seed 0\n" in out
    assert banc("diff", "spec/a-table.toml", "spec/b.toml").out.splitlines()[2:4] == [
        "2 changed",
        "  recipe.epochs: 1 -> 2",
    ]


def test_what_is_done_costs_nothing(banc: Banc, committed: Path) -> None:
    banc("compile")
    say(committed, "epochs = 1", "epochs = 2")
    assert banc("diff", "--fail-if-run").code == 1
    assert banc("diff", "spec/a-table.toml", "spec/a-table.toml@HEAD").code == 0
    say(committed, "epochs = 2", "epochs = 1")
    assert banc("diff", "--fail-if-run").code == 0


def test_for_programs(banc: Banc, committed: Path, checkout: Path) -> None:
    say(committed, "growth = 2", "growth = 3")
    value = json.loads(banc("diff", "--format", "json").out)
    Draft202012Validator(json.loads((checkout / "docs/diff.schema.json").read_text())).validate(value)
    assert value["before"] == ["spec/a-table.toml@HEAD"]
    assert value["now"] == ["spec/a-table.toml"]
    assert value["cost"]["train"]["run"] == 2
    assert value["diff_version"] == "1.1"
    assert value["time"]["run"]["low"] < value["time"]["run"]["seconds"] < value["time"]["run"]["high"]
    assert value["time"]["may_run"]["seconds"] == value["time"]["recorded"]["seconds"] == 0


def test_it_takes_as_long_as_the_plan_says(banc: Banc, committed: Path) -> None:
    """Where everything is new, but for the table, which is free."""
    say(committed, "growth = 2", "growth = 3")
    say(committed, "train = 20", "train = 30")
    plan, diff = (json.loads(banc(command, "--format", "json").out) for command in ("plan", "diff"))
    tables = [stage["cost"]["seconds"] for stage in plan["stages"] if stage["kind"] == "table"]
    (planned, new) = plan["costs"]["run"], diff["time"]["run"]
    assert new["seconds"] == pytest.approx(planned["seconds"] - sum(tables), abs=0.01)
    assert new["unknown"] == planned["unknown"]
    assert diff["time"]["device"] == plan["costs"]["device"]


def test_on_another_device(banc: Banc, committed: Path) -> None:
    say(committed, "epochs = 1", "epochs = 2")
    assert "\ntime on A100: " in banc("diff", "--device", "a100").out
    assert "\n\ntime on A100: " in banc("diff", "--device", "a100", "--format", "markdown").out
    done = banc("diff", "--device", "abacus")
    assert (done.code, done.out) == (2, "")
    assert "nothing is known of a device `abacus`" in done.err


def test_what_is_done_elsewhere_has_a_time_of_its_own(
    banc: Banc, committed: Path, tests_module: Callable[[str], Any]
) -> None:
    """As in CI, where a committed lock records it and its outputs are not there."""
    say(committed, "epochs = 1", "epochs = 2")
    compiled = compile_specs(committed, [committed / "spec/a-table.toml"])
    tests_module("plan/finished.py").finish(committed, compiled)
    for name in ("runs", ".dvc/cache"):
        shutil.rmtree(committed / name)
    lines = banc("diff").out.splitlines()
    assert lines[-2].startswith("2 new trainings: 2 done elsewhere, as dvc.lock records")
    assert ": what is done elsewhere, if it runs here: " in lines[-1]
    assert banc("diff", "--fail-if-run").code == 0


def test_markdown_mentions_and_links_nobody(banc: Banc, committed: Path) -> None:
    say(committed, "A table", "@somebody fixes #12 <b>x</b> https://a.example/x [l](http://b)")
    out = banc("diff", "--format", "markdown").out
    assert "title" in out
    for linked in ("@somebody", "#12", "<b>", "://a", "[l]("):
        assert linked not in out


def test_names_obey_no_terminal(banc: Banc, committed: Path) -> None:
    say(committed, '"A table"', '"A\\u001b[31m \\u202etable"')
    for style in ("text", "markdown", "json"):
        out = banc("diff", "--format", style).out
        assert "table" in out
        assert "\x1b" not in out and "\u202e" not in out


def test_a_spec_may_be_named_without_its_file(banc: Banc, committed: Path) -> None:
    assert banc("diff", "a-table").out == banc("diff", "spec/a-table.toml").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("@nowhere",), "git knows no revision `nowhere`"),
        (("@",), "`@` names no revision"),
        (("spec/a-table.toml@",), "names no revision"),
        (("spec/a-table@main",), "names no spec"),
        (("spec/b.toml@main",), "`spec/b.toml@main` cannot be read: no such file"),
        (("spec/b.toml",), "`spec/b.toml@HEAD` cannot be read: no such file"),
        (("spec/a-table.toml", "spec/b.toml"), "`spec/b.toml` cannot be read"),
        (("../x.toml@main",), "is outside of the workspace"),
    ],
)
def test_what_cannot_be_compared(
    banc: Banc, committed: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = banc("diff", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_without_git(banc: Banc, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is in no git repository" in banc("diff").err
    assert banc("diff", "spec/a-table.toml", "spec/a-table.toml").code == 0
    (workspace / ".git").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    done = banc("diff")
    assert (done.code, done.out) == (1, "")
    assert "git is not on this machine" in done.err


def test_the_work_tree_is_not_touched(banc: Banc, committed: Path) -> None:
    say(committed, "epochs = 1", "epochs = 2")
    before = {path: path.stat().st_mtime_ns for path in committed.rglob("*")}
    assert banc("diff", "@main").code == 0
    assert {path: path.stat().st_mtime_ns for path in committed.rglob("*")} == before


def test_it_needs_neither_torch_nor_dvc(committed: Path) -> None:
    code = (
        "import sys; sys.argv = ['banc', 'diff']; from banc.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'torch', 'dvc', 'numpy', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=committed, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("\n[]\n"), done.stdout + done.stderr
