from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from banc.runner.process.guard import stage_lock
from banc.stage.kinds import Address

Banc = Callable[..., Any]
TIME = re.compile(r" \([^()]*(?:device|multiply-adds|elsewhere|unknown time)\)")
"""What the last line says of times, which differ from machine to machine."""


def test_of_a_new_workspace(banc: Banc, workspace: Path) -> None:
    done = banc("plan")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        "plan of all of spec/; `banc compile spec/a-table.toml` comes first\n"
        "\n"
        "7 to run\n"
        "  never run\n"
        "    a teacher seed 0\n"
        "    a ban-1 seed 0\n"
        "    and 1 data set, 1 set of teacher outputs, 2 scores, 1 table\n"
        "\n"
        "what it costs on "
    )
    assert TIME.sub("", done.out).endswith("\n7 to run, 0 to restore, 0 kept\n")
    assert not (workspace / "dvc.yaml").exists()


def test_what_is_linked_is_planned_where_nothing_is_named(banc: Banc, workspace: Path) -> None:
    banc("compile")
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/b.toml").write_text(text.replace("epochs = 1", "epochs = 2"))
    assert banc("plan").out.startswith("plan of what is linked (a-table)\n")
    assert TIME.sub("", banc("plan").out).endswith("\n7 to run, 0 to restore, 0 kept\n")
    both = banc("plan", "spec/a-table.toml", "spec/b.toml").out
    assert both.startswith(
        "plan of spec/a-table.toml, spec/b.toml; `banc compile spec/a-table.toml spec/b.toml` comes first\n"
    )
    assert TIME.sub("", both).endswith("\n13 to run, 0 to restore, 0 kept\n")


def test_of_a_smoke_run(banc: Banc, workspace: Path) -> None:
    named = banc("plan", "--smoke", "spec/a-table.toml").out
    assert "`banc compile --smoke spec/a-table.toml` comes first" in named
    banc("compile", "--smoke", "spec/a-table.toml")
    linked = banc("plan").out
    assert linked.startswith("plan of what is linked (a-table as a smoke run)\n")
    assert linked.splitlines()[1:] == named.splitlines()[1:]


def test_every_stage_by_its_address(banc: Banc, workspace: Path) -> None:
    banc("compile")
    addresses = [path.stem for path in workspace.glob("pipelines/*/*.json") if path.stem != "index"]
    lines = banc("plan", "--addresses").out.split("\n\n")[1].splitlines()
    assert sorted(line.split()[1] for line in lines) == sorted(addresses)
    before, _, cost = lines[0].partition("  [")
    assert before.split() == ["run", lines[0].split()[1], "(data)", "never", "run"]
    assert cost == "time unknown]"


def test_for_programs(banc: Banc, workspace: Path) -> None:
    done = banc("plan", "--format", "json")
    value = json.loads(done.out)
    assert value["specs"] == ["spec/a-table.toml"]
    assert value["counts"]["run"] == 7
    assert not value["linked"]
    banc("compile")
    assert json.loads(banc("plan", "--format", "json").out)["linked"]


def test_exit_codes(banc: Banc, workspace: Path) -> None:
    assert banc("plan").code == 0
    done = banc("plan", "--fail-if-run")
    assert (done.code, done.err) == (1, "")
    assert done.out == banc("plan").out


def test_what_is_running_and_where_it_goes_on_from(banc: Banc, workspace: Path) -> None:
    banc("compile")
    (path,) = workspace.glob("pipelines/*/train-*-labels-*.json")
    folder = workspace / ".banc/checkpoints" / path.stem
    folder.mkdir(parents=True)
    header = b'{"facts":{"dtype":"U8","shape":[22],"data_offsets":[0,22]}}     '
    (folder / f"{1:012}-{'0' * 64}").write_bytes(
        len(header).to_bytes(8, "little") + header + b'{"epoch": 0, "step":1}'
    )
    with stage_lock(workspace, Address(path.stem)):
        out = banc("plan").out
    assert "\nfrom a checkpoint\n  a teacher seed 0: goes on after epoch 0 of 1 and 1 step\n" in out
    assert "\nrunning now" in out
    assert "running now" not in banc("plan").out


def test_faults_are_told(banc: Banc, workspace: Path) -> None:
    banc("compile")
    (workspace / "dvc.lock").write_text("stages: [")
    done = banc("plan")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: `dvc.lock` is not what DVC writes")
    path = workspace / "spec/a-table.toml"
    path.write_text(path.read_text().replace("growth = 2", "growth = 0"))
    done = banc("plan")
    assert (done.code, done.out) == (2, "")
    assert "error[BANC013]" in done.err


def test_names_obey_no_terminal(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    path.write_text(path.read_text().replace('"A table"', '"A\\u001b[31m \\u202etable"'))
    for arguments in ((), ("--addresses",), ("--format", "json")):
        out = banc("plan", *arguments).out
        assert "\x1b" not in out and "\u202e" not in out


def test_it_needs_neither_torch_nor_dvc(workspace: Path) -> None:
    code = (
        "import sys; sys.argv = ['banc', 'plan']; from banc.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'torch', 'dvc', 'numpy', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=workspace, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("\n[]\n"), done.stdout + done.stderr
