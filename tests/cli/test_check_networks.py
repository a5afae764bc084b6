"""Networks of a person's own, through the commands that find what is wrong with them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Banc = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("forked_trials")

FILE = """\
from torch import nn

print("a person's file may say something")


def make(classes, channels, height, width, *, more=0):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * height * width, classes + more))
"""
MINE = 'a = { family = "factory", file = "networks/mine.py", function = "make" }'
BANCS = 'a = { family = "densenet-bc", depth = 10, growth = 2 }'


@pytest.fixture
def own(workspace: Path) -> Path:
    """The workspace, its network now one of a person's own."""
    spec = workspace / "spec/a-table.toml"
    spec.write_text(spec.read_text().replace(BANCS, MINE))
    (workspace / "networks").mkdir()
    (workspace / "networks/mine.py").write_text(FILE)
    return workspace


def say(own: Path, old: str, new: str) -> None:
    spec = own / "spec/a-table.toml"
    assert old in spec.read_text()
    spec.write_text(spec.read_text().replace(old, new))


def test_a_good_network_is_told_in_one_line(banc: Banc, own: Path) -> None:
    done = banc("check", "spec/a-table.toml")
    assert (done.code, done.out) == (0, "1 spec checked: no faults\n")
    assert done.err == "a person's file may say something\n", "not where programs read"


def test_a_wrong_output_shape_is_found_by_check_and_by_compile(banc: Banc, own: Path) -> None:
    say(own, 'function = "make"', 'function = "make", arguments = { more = 1 }')
    done = banc("check", "spec/a-table.toml")
    assert done.code == 2
    assert "error[BANC039]: the network of `make` of `networks/mine.py` turns 2 images into" in done.out
    assert "shape (2, 11) in training; expected (2, 10)" in done.out
    assert "--> spec/a-table.toml:8:1\n" in done.out
    done = banc("compile")
    assert done.code == 2
    assert "error[BANC039]" in done.err
    assert not (own / "dvc.yaml").exists(), "nothing is written for what cannot run"


def test_a_name_that_is_not_there_is_pointed_at(banc: Banc, own: Path) -> None:
    say(own, 'function = "make"', 'function = "mak"')
    done = banc("check", "--format", "json", "spec/a-table.toml")
    (fault,) = json.loads(done.out)
    assert fault["code"] == "BANC014"
    column = MINE.index('"make"') + 1
    assert (fault["line"], fault["column"], fault["near"]) == (8, column, "make")


def test_all_networks_of_all_specs_are_tried(banc: Banc, own: Path) -> None:
    say(own, MINE, MINE.replace("make", "mak") + "\n" + MINE.replace("a =", "b =").replace("mine", "yours"))
    say(own, 'models = "a"', 'models = ["a", "b"]')
    say(own, 'rows = "a"', 'rows = ["a", "b"]')
    (own / "networks/yours.py").write_text("1 / 0\n")
    (own / "spec/again.toml").write_text((own / "spec/a-table.toml").read_text())
    done = banc("check", "spec/a-table.toml", "spec/again.toml")
    assert done.code == 2
    assert done.out.endswith("4 errors\n")
    places = re.findall(r"--> (\S+):(\d+):", done.out)
    assert [file for file, _ in places] == ["spec/a-table.toml"] * 2 + ["spec/again.toml"] * 2
    assert done.out.count("`networks/yours.py:1`: ZeroDivisionError: division by zero") == 2


def test_a_changed_file_makes_the_linked_stages_stale(banc: Banc, own: Path) -> None:
    assert banc("compile").code == 0
    assert banc("compile", "--check").code == 0
    groups = {path.name for path in (own / "pipelines").iterdir()}
    assert "digits-20-factory-mine-make" in groups
    stages = {path.name for path in own.glob("pipelines/*/train-*.json")}
    (own / "networks/mine.py").write_text(FILE + "# a comment\n")
    done = banc("compile", "--check")
    assert done.code == 2
    assert "not up to date" in done.err
    assert banc("compile").code == 0
    assert not stages & {path.name for path in own.glob("pipelines/*/train-*.json")}


def test_a_smoke_run_needs_nothing_of_it(banc: Banc, own: Path) -> None:
    assert banc("compile", "--smoke").code == 0
    assert not list(own.glob("pipelines/*/*factory*"))


def test_sharing_layers_with_it_is_refused(banc: Banc, own: Path) -> None:
    spec = own / "spec/a-table.toml"
    text = spec.read_text().replace(MINE, f"{MINE}\n{BANCS.replace('a =', 'b =')}")
    text = text.replace(
        "[table]", '[transfers]\nt = { teacher = "b", students = "a", share = ["stem"] }\n[table]'
    )
    spec.write_text(text.replace('["teacher", "ban-1"]', '["teacher", "ban-1", "t"]'))
    done = banc("check", "spec/a-table.toml")
    assert done.code == 2
    assert "error[BANC038]: `a` is of the family `factory`: which of its layers is the `stem`" in done.out


def test_only_such_a_spec_loads_torch(own: Path) -> None:
    probe = (
        "import sys; from banc.cli import main\n"
        "sys.argv = ['banc', *sys.argv[1:]]\n"
        "try:\n    main()\n"
        "except SystemExit:\n    print('torch' in sys.modules, 'torchvision' in sys.modules)"
    )

    def loads(*arguments: str) -> str:
        run = subprocess.run(
            [sys.executable, "-c", probe, *arguments], capture_output=True, text=True, check=True
        )
        return run.stdout.splitlines()[-1]

    assert loads("check", "spec/a-table.toml") == "False False", "a process of its own does"
    assert loads("check", "--no-code", "spec/a-table.toml") == "False False"
    say(own, MINE, BANCS)
    assert loads("check", "spec/a-table.toml") == "False False"
    assert loads("compile") == "False False"
    assert loads("models", "--help") == "False False"


LEAVES = "import os\nos._exit(0)\n"


def test_what_a_network_prints_is_not_in_what_programs_read(banc: Banc, own: Path) -> None:
    loud = "import os, sys\nos.write(1, b'[{')\nos.system('echo ]')\nprint('x', file=sys.__stdout__)\n"
    (own / "networks/mine.py").write_text(loud + FILE)
    done = subprocess.run(
        [sys.executable, "-m", "banc", "check", "--format", "json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert "a person's file may say something" in done.stderr
    told = banc("models", "--format", "json")
    assert (told.code, len(json.loads(told.out))) == (0, 1)
    assert "a person's file may say something" in told.err


def test_one_network_that_leaves_hides_nothing(banc: Banc, own: Path) -> None:
    """The next specs are found, though the first one's network left the folder; and all are reported."""
    spec = own / "spec/a-table.toml"
    text = spec.read_text()
    warned = text.replace('["teacher", "ban-1"]', '["teacher"]')
    spec.write_text(text.replace("mine.py", "leaves.py"))
    (own / "networks/leaves.py").write_text(f"import os\nos.chdir('/')\n{LEAVES}")
    (own / "spec/b-table.toml").write_text(warned)
    (own / "spec/c-table.toml").write_text(warned.replace("seeds = [0]", "seeds = [0, 0]"))
    (own / "spec/d-table.toml").write_text(text.replace("mine.py", "wrong.py"))
    (own / "networks/wrong.py").write_text("1 / 0\n")
    done = banc("check", "--format", "json")
    assert done.code == 2
    told = [(fault["file"], fault["code"]) for fault in json.loads(done.out)]
    assert told == [
        ("spec/a-table.toml", "BANC055"),
        ("spec/b-table.toml", "BANC041"),
        ("spec/c-table.toml", "BANC025"),
        ("spec/d-table.toml", "BANC039"),
    ]
    done = banc("compile")
    assert done.code == 2
    assert re.findall(r"\[(BANC\d+)\]", done.err) == [code for _, code in told], "compile tells the same"
    assert "`make` of `networks/leaves.py` left its process with exit status 0" in done.err


@pytest.mark.parametrize("command", ["check", "compile"])
def test_without_code_everything_else_is_checked_and_said(banc: Banc, own: Path, command: str) -> None:
    ran = own / "ran"
    (own / "networks/mine.py").write_text(f"open({str(ran)!r}, 'w')\n{LEAVES}")
    other = 'b = { family = "torchvision", name = "no_such_network" }'
    say(own, MINE, f"{MINE}\n{other}")
    say(own, 'data = { set = "digits", train = 20 }', 'data = "cifar10"')
    say(own, 'models = "a"', 'models = ["a", "b"]')
    say(own, 'rows = "a"', 'rows = ["a", "b"]')
    done = banc(command, "--no-code")
    said = done.out + done.err
    assert done.code == 0
    assert not ran.exists()
    assert re.findall(r"(\w+)\[(BANC\d+)\]: `(\w)` was not checked", said) == [
        ("warning", "BANC056", "a"),
        ("warning", "BANC056", "b"),
    ]
    assert "--> spec/a-table.toml:8:1\n" in said
    if command == "compile":
        assert banc("compile", "--check", "--no-code").code == 0
        (own / "networks/mine.py").write_text(f"{LEAVES}# changed\n")
        assert "not up to date" in banc("compile", "--check", "--no-code").err
    say(own, "seeds = [0]", "seeds = [0, 0]")
    assert banc(command, "--no-code").code == 2
    assert not ran.exists()


def test_without_code_a_spec_of_banc_s_networks_has_nothing_to_say(banc: Banc, workspace: Path) -> None:
    done = banc("check", "--no-code")
    assert (done.code, done.out) == (0, "1 spec checked: no faults\n")
