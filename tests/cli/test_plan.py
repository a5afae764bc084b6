from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from banc.cli.show_costs import between, cost_lines, duration, spent
from banc.cli.show_plan import names, together
from banc.graph.graph import Graph
from banc.machine import Device
from banc.plan.costs import Bytes, Costs, Stores, Total
from banc.plan.estimate import UNKNOWN
from banc.plan.fresh import moved, saved_snapshot
from banc.plan.step import Keep, Step
from banc.plan.work import Work
from banc.runner.process.guard import stage_lock
from banc.stage.kinds import Address
from banc.state.state import Disk

Banc = Callable[..., Any]
TIME = re.compile(r" \([^()]*(?:device|multiply-adds|elsewhere|unknown time)\)")
"""What the last line says of times, which differ from machine to machine."""
FREE = re.compile(r"[\d.]+ .?B free")
"""Others may write to the disk between two looks."""


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


def test_stores_by_epoch_of_one_teacher(banc: Banc, workspace: Path) -> None:
    """A plan, a status and an explanation say for the students of which seed each is."""
    path = workspace / "spec/a-table.toml"
    text = path.read_text().replace("seeds = [0]", "seeds = [0, 1, 2]").replace("flip = false", "mixup = 0.2")
    how = 'generations = 1, teacher_seed = 1, teacher_outputs = "stored"'
    path.write_text(text.replace("generations = 1", how))
    banc("compile")
    called = [f"a teacher seed 1 outputs for seed {seed}" for seed in range(3)]
    listed = banc("plan", "--addresses").out
    assert all(f"({name})" in listed for name in called)
    for command in ("plan", "status"):
        stages = json.loads(banc(command, "--format", "json").out)["stages"]
        assert sorted(name for stage in stages for name in stage["names"] if "outputs" in name) == called
    lines = banc("explain", "a/ban-1").out.splitlines()
    assert sum("for seed" in line and "runs/predict-" in line for line in lines) == 3


def test_stores_by_epoch_share_a_line_of_a_plan() -> None:
    def told(*called: str) -> list[str]:
        return list(names(Step(Address(f"predict-{name}"), "predict", (name,), Keep()) for name in called))

    assert told(*(f"a teacher seed 1 outputs for seed {seed}" for seed in range(3))) == [
        "a teacher seed 1 outputs for seeds 0, 1, 2: 3 sets of teacher outputs"
    ]
    assert told(*(f"a teacher seed {seed} outputs for seed {seed}" for seed in range(3))) == [
        "a teacher seeds 0, 1, 2: 3 sets of teacher outputs"
    ]
    assert told("a elsewhere outputs for seed 0", "a elsewhere outputs for seed 2") == [
        "a elsewhere outputs for seeds 0, 2: 2 sets of teacher outputs"
    ]
    grown = [f"a teacher seed {seed} outputs with pad {pad}" for pad in (1, 4) for seed in (0, 1)]
    assert told(*grown) == [
        "a teacher seeds 0, 1: 2 sets of teacher outputs with pad 1",
        "a teacher seeds 0, 1: 2 sets of teacher outputs with pad 4",
    ]


@pytest.mark.parametrize(
    ("several", "said"),
    [
        (["a ban-1 seed 0"], "a ban-1 seed 0"),
        (["a ban-1 seed 1", "a ban-1 seed 0"], "a ban-1 seeds 0, 1"),
        (
            [f"a teacher seed 0 outputs for seed {seed}" for seed in (1, 2)],
            "a teacher seed 0 outputs for seeds 1, 2",
        ),
        (["a ban-1 seed 0", "a ban-2 seed 0", "data"], "a ban-1 seed 0 and 2 more"),
        (["a ban-1 seed 0", "data"], "a ban-1 seed 0 and 1 more"),
    ],
)
def test_several_names_in_one(several: list[str], said: str) -> None:
    assert together(several) == said


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


def test_a_generated_file_that_was_edited(banc: Banc, workspace: Path) -> None:
    """DVC would do what stands there, and not what is planned."""
    banc("compile")
    path = workspace / "dvc.yaml"
    path.write_text(path.read_text().replace("deps:", "deps: []\n    always_changed: true\n    x:"))
    first = "`dvc.yaml` is not what the specs say, so `banc compile spec/a-table.toml` comes first\n"
    assert banc("plan").out.startswith(f"plan of what is linked (a-table); {first}")
    assert not json.loads(banc("plan", "--format", "json").out)["linked"]
    assert banc("explain", "a/ban-1").out.startswith("the generated files are not what the specs say: ")
    banc("compile")
    assert banc("plan").out.startswith("plan of what is linked (a-table)\n")
    assert json.loads(banc("plan", "--format", "json").out)["linked"]


def test_of_a_smoke_run(banc: Banc, workspace: Path) -> None:
    named = banc("plan", "--smoke", "spec/a-table.toml").out
    assert "`banc compile --smoke spec/a-table.toml` comes first" in named
    banc("compile", "--smoke", "spec/a-table.toml")
    linked = banc("plan").out
    assert linked.startswith("plan of what is linked (a-table as a smoke run)\n")
    assert linked.splitlines()[1:] == named.splitlines()[1:]


def test_every_stage_by_its_address(banc: Banc, workspace: Path) -> None:
    banc("compile")
    addresses = json.loads((workspace / "pipelines/index.json").read_text())["stages"]
    lines = banc("plan", "--addresses").out.split("\n\n")[1].splitlines()
    assert sorted(line.split()[1] for line in lines) == sorted(addresses)
    before, _, cost = lines[0].partition("  [")
    assert before.split() == ["run", lines[0].split()[1], "(data)", "never", "run"]
    assert cost.endswith(", measured elsewhere]")


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
    assert FREE.sub("", done.out) == FREE.sub("", banc("plan").out)


def test_what_is_running_and_where_it_goes_on_from(banc: Banc, workspace: Path) -> None:
    banc("compile")
    (path,) = workspace.glob("pipelines/*/train-*-labels-*.json")
    folder = workspace / ".banc/checkpoints" / path.stem
    folder.mkdir(parents=True)
    header = b'{"facts":{"dtype":"U8","shape":[22],"data_offsets":[0,22]}}     '
    (folder / f"{1:012}-{'0' * 64}").write_bytes(
        len(header).to_bytes(8, "little") + header + b'{"epoch": 0, "step":1}\n{"inputs": {}}'
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


def test_what_it_costs(banc: Banc, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network with its size, what is to be done with it, how long that takes and what that rests on."""
    monkeypatch.setenv("BANC_DEVICE", "cpu")
    path = workspace / "spec/a-table.toml"
    path.write_text(path.read_text().replace("epochs = 1", "epochs = 10_000"))
    out = banc("plan").out
    cost = out[out.index("what it costs on ") :]
    assert "\n  a  714 parameters, " in cost and " multiply-adds an image\n" in cost
    assert "\n     2 trainings" in cost and ", from multiply-adds\n" in cost
    assert re.search(r"\n  1 data set, 2 scores, 1 table: .*measured elsewhere\n", cost)
    assert re.search(r"\n  disk: [\d.]+ [kM]B of outputs, and as much in DVC's cache; .* free\n", cost)
    assert "\n  stored teacher outputs: 20 forward passes (" in cost and "for 200,000 passes (" in cost
    assert "warning" not in cost


def test_what_is_not_listed_is_counted_and_not_called_a_network(
    banc: Banc, checkout: Path, workspace: Path
) -> None:
    """A pair has a line of its own: the table of twelve pairs and fifteen networks has 27 lines."""
    spec = workspace / "spec/distillation.toml"
    spec.write_text((checkout / "spec/distillation.toml").read_text())
    assert "\n  and 15 more: " in banc("plan", "spec/distillation.toml").out


def test_on_another_device(banc: Banc, workspace: Path) -> None:
    out = banc("plan", "--device", "a100").out
    assert "\nwhat it costs on A100\n" in out
    done = banc("plan", "--device", "abacus")
    assert (done.code, done.out) == (2, "")
    assert "error: nothing is known of a device `abacus`" in done.err
    assert "RTX 3090" in done.err


def test_a_network_that_nobody_can_count(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    text = path.read_text().replace('"digits", train = 20', '"cifar10", train = 20, test = 20')
    path.write_text(text.replace('"densenet-bc", depth = 10, growth = 2', '"torchvision", name = "resnet18"'))
    out = banc("plan").out
    assert "\n  a  unknown parameters, unknown multiply-adds an image\n" in out
    assert "2 trainings, 1 set of teacher outputs: 3 of unknown time\n" in out
    assert ", without 2 of unknown size; " in out
    assert re.search(r"\n7 to run \(.*; 4 of unknown time\), 0 to restore, 0 kept\n", out)


def test_saved_for_later(banc: Banc, workspace: Path, checkout: Path) -> None:
    """What `--out` writes is the plan as JSON, with what would make it stale."""
    done = banc("plan", "--out", "plan.json")
    assert done.code == 0 and FREE.sub("", done.out) == FREE.sub("", banc("plan").out)
    saved = json.loads((workspace / "plan.json").read_text())
    schema = json.loads((checkout / "docs/plan.schema.json").read_text())
    assert list(Draft202012Validator(schema).iter_errors(saved)) == []
    then = saved_snapshot(saved, "plan.json")
    assert then.keys() == {stage["address"] for stage in saved["stages"]}
    banc("compile")
    banc("plan", "--out", "again.json")
    assert moved(then, saved_snapshot(json.loads(Path("again.json").read_text()), "again.json")) == ()
    shown = json.loads(banc("plan", "--format", "json").out)
    assert "state" not in shown and shown["plan_version"] == "1.1"


def test_a_plan_that_cannot_be_saved(banc: Banc, workspace: Path) -> None:
    (workspace / "taken").touch()
    done = banc("plan", "--out", "taken/plan.json")
    assert (done.code, done.out) == (1, "")
    assert re.match("error: cannot write `.*/taken/plan.json`", done.err)
    assert sorted(path.name for path in workspace.iterdir() if "taken" in path.name) == ["taken"]


def test_times_in_words() -> None:
    for seconds, words in (
        (0.01, "1 s"),
        (12.4, "12 s"),
        (89, "89 s"),
        (90, "1.5 min"),
        (3600, "60 min"),
        (5400, "1.5 h"),
        (31 * 3600, "31 h"),
        (4.2 * 86400, "4.2 days"),
        (1200 * 86400, "1,200 days"),
    ):
        assert duration(seconds) == words
    assert between(40, 120) == "40 s to 2.0 min"
    assert between(28 * 3600, 35.6 * 3600) == "28 to 36 h"


def test_what_a_sum_rests_on() -> None:
    shares = {"measured here": 75.0, "model": 24.5, "measured elsewhere": 0.5}
    mixed = Total(100.0, 80.0, 130.0, shares, unknown=2)  # type: ignore[arg-type]
    assert spent(mixed) == (
        "1.7 min, 80 s to 2.2 min, 75 % measured on this device, 24 % from multiply-adds; 2 of unknown time"
    )
    assert spent(Total(0.0, 0.0, 0.0, {}, unknown=1)) == "1 of unknown time"
    assert spent(Total(9.0, 9.0, 9.1, {"model": 9.0}, unknown=0)) == "9 s, from multiply-adds"


def test_what_does_not_fit_is_a_warning() -> None:
    address = Address("score-a-0123456789ab")
    costs = Costs(
        Device("A CPU", gpu=False, cores=2),
        {address: Work("score", writes=10**9)},
        {address: UNKNOWN},
        Bytes(10**9, 0, 0, 0, Disk(5 * 10**8)),
        Stores(0, 0, 0.0, 0, 0, 0.0),
    )
    text = list(cost_lines(Graph({}, {}, {}), costs))
    assert text[-1] == "  warning: 1.5 GB more than is free"
