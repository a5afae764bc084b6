from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from banc.running import nobody_at_work

Banc = Callable[..., Any]
OLD = "train-densenet-bc-10-2-labels-s0-0123456789ab"
STORE = "predict-densenet-bc-10-2-labels-s0-0123456789ab"


def git(workspace: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments]
    subprocess.run(command, cwd=workspace, check=True, capture_output=True)


@pytest.fixture
def ran(banc: Banc, workspace: Path) -> Path:
    """A committed workspace with runs that no spec has."""
    banc("compile")
    (workspace / ".gitignore").write_text("/runs/\n/.banc/\n")
    git(workspace, "init", "--quiet")
    git(workspace, "add", "--all")
    git(workspace, "commit", "--quiet", "--message", "1")
    for address, name, size in ((OLD, "model.json", 1000), (STORE, "outputs.npy", 2_500_000)):
        (workspace / "runs" / address).mkdir(parents=True)
        (workspace / "runs" / address / name).write_bytes(b"x" * size)
    (workspace / ".banc/checkpoints" / OLD).mkdir(parents=True)
    (workspace / ".banc/checkpoints" / OLD / "1").write_bytes(b"x" * 4000)
    return workspace


def test_it_is_dry_by_default(banc: Banc, ran: Path) -> None:
    before = sorted(ran.rglob("*"))
    done = banc("gc")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "kept: 7 stages that 1 spec needs, of the work tree and 1 revision\n"
        "\n"
        "2 not needed there\n"
        f"    2.5 MB  set of teacher outputs  runs/{STORE}\n"
        f"    5.0 kB  training                runs/{OLD}  (runs 1.0 kB, .banc 4.0 kB)\n"
        "\n"
        "2 items, 2.5 MB; nothing was deleted: `--yes` does it\n"
    )
    assert [path for path in sorted(ran.rglob("*")) if path.name != "seen.json"] == before


@pytest.mark.parametrize("option", ["--yes", "--delete"])
def test_it_deletes_if_told(banc: Banc, ran: Path, option: str) -> None:
    done = banc("gc", option)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"deleted   2.5 MB  set of teacher outputs  runs/{STORE}",
        f"deleted   5.0 kB  training                runs/{OLD}  (runs 1.0 kB, .banc 4.0 kB)",
        "2 items deleted, 2.5 MB; entries of dvc.lock stay",
    ]
    assert not (ran / "runs" / OLD).exists() and not (ran / ".banc/checkpoints" / OLD).exists()
    assert banc("gc").out.endswith("\n0 items, 0 B; nothing was deleted: `--yes` does it\n")


@pytest.fixture
def told(banc: Banc, checkout: Path) -> Callable[..., Any]:
    """What ``banc gc --format json`` says, as its schema describes it; and the exit code."""
    schema = json.loads((checkout / "docs/gc.schema.json").read_text())
    Draft202012Validator.check_schema(schema)

    def call(*options: str, code: int = 0) -> Any:
        done = banc("gc", "--format", "json", *options)
        assert done.code == code, done.err
        value = json.loads(done.out)
        Draft202012Validator(schema).validate(value)
        assert value.keys() == set(schema["required"])
        return value

    return call


def test_for_programs(told: Callable[..., Any], ran: Path) -> None:
    dry = told()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ran, capture_output=True, text=True, check=True)
    assert dry["kept"] == {"stages": 7, "specs": 1, "revisions": [head.stdout.strip()]}
    assert [(item["path"], item["kind"], item["bytes"]) for item in dry["items"]] == [
        (f"runs/{STORE}", "predict", 2_500_000),
        (f"runs/{OLD}", "train", 5_000),
    ]
    places = {"runs": 1_000, "private": 4_000, "cache": 0, "run_cache": 0}
    assert dry["items"][1]["bytes_by_place"] == places
    assert (dry["deleted"], dry["bytes"], dry["running"], dry["left"]) == (False, 2_505_000, [], [])
    assert (ran / "runs" / OLD).exists()
    done = told("--yes")
    assert done == {**dry, "deleted": True}
    assert not (ran / "runs" / OLD).exists()
    assert told("--yes")["items"] == []


def test_for_programs_what_stays_and_why(told: Callable[..., Any], ran: Path) -> None:
    (ran / "runs" / OLD / "notes\x1b[31m.txt").touch()
    (ran / ".dvc/config").write_text("[cache]\n    shared = group\n")
    killed = ran / ".banc/tmp/gc-1"
    killed.mkdir(parents=True)
    (killed / "0").write_text("x")
    with nobody_at_work(ran):
        value = told()
    (left,) = value["left"]
    assert left["path"] == f"runs/{OLD}" and "banc did not make" in left["why"]
    assert "`cache.shared` is configured" in value["shared_cache"]
    assert told("--shared-cache")["shared_cache"] is None
    assert [who["process"] for who in value["running"]] == [os.getpid()]
    (draft,) = (item for item in value["items"] if item["draft"])
    assert (draft["path"], draft["address"], draft["kind"]) == (".banc/tmp/gc-1", None, None)


def test_for_programs_a_spec_that_cannot_be_read(told: Callable[..., Any], ran: Path) -> None:
    (ran / "spec/bad.toml").write_text("banc = \n")
    (unreadable,) = told(code=2)["unreadable"]
    assert unreadable["spec"] == "spec/bad.toml"


def test_revisions_choose_what_is_kept(banc: Banc, ran: Path) -> None:
    """At a branch, at the commit before it, and in a stash."""

    def kept(*options: str) -> bool:
        return f"runs/{OLD}" not in banc("gc", *options).out

    git(ran, "switch", "--quiet", "--create", "side")
    (ran / "pipelines/old").mkdir()
    (ran / f"pipelines/old/{OLD}.json").write_text("{}")
    git(ran, "add", "--all")
    git(ran, "commit", "--quiet", "--message", "old")
    assert kept()
    git(ran, "switch", "--quiet", "--detach", "HEAD~1")
    assert kept() and not kept("--no-refs")
    assert kept("--no-refs", "--keep", "side") and not kept("--no-refs", "--keep", "side~1")
    git(ran, "switch", "--quiet", "side")
    git(ran, "rm", "--quiet", f"pipelines/old/{OLD}.json")
    git(ran, "commit", "--quiet", "--message", "gone")
    assert not kept() and kept("--all-commits") and kept("--keep", "HEAD~1")


def test_every_item_is_shown_if_asked(banc: Banc, ran: Path) -> None:
    for number in range(30):
        address = f"{OLD[:-2]}{number:02}"
        (ran / "runs" / address).mkdir()
        (ran / "runs" / address / "model.json").write_bytes(b"x" * number)
    out = banc("gc").out
    assert out.count("\n  ") == 21 and "12 more (`--all` shows them)" in out
    assert banc("gc", "--all").out.count("runs/") == 32


def test_a_spec_that_cannot_be_read_stops_everything(banc: Banc, ran: Path) -> None:
    git(ran, "switch", "--quiet", "--create", "side")
    (ran / "spec/bad.toml").write_text("banc = \n")
    git(ran, "add", "--all")
    git(ran, "commit", "--quiet", "--message", "bad")
    git(ran, "switch", "--quiet", "--detach", "HEAD~1")
    for options in ((), ("--yes",)):
        done = banc("gc", *options)
        assert done.code == 2
        assert "spec/bad.toml@side: spec/bad.toml@side:1: " in done.err
        assert (ran / "runs" / OLD).exists()
    assert banc("gc", "--yes", "--no-refs").code == 0
    assert not (ran / "runs" / OLD).exists()


def test_a_damaged_index_or_lock_stops_everything(banc: Banc, ran: Path) -> None:
    index = ran / "pipelines/index.json"
    text = index.read_text()
    index.write_text("{")
    done = banc("gc", "--yes")
    assert done.code == 2 and "pipelines/index.json" in done.err
    index.write_text(text)
    (ran / "dvc.lock").write_text("stages: [")
    done = banc("gc", "--yes")
    assert done.code == 1 and "is not what DVC writes" in done.err
    assert (ran / "runs" / OLD).exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--keep", "nowhere"), "git knows no revision `nowhere`"),
        (("--all-commits", "--no-refs"), "`--all-commits` keeps every commit"),
    ],
)
def test_wrong_calls(banc: Banc, ran: Path, options: tuple[str, ...], message: str) -> None:
    done = banc("gc", "--yes", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_two_versions_of_a_spec_are_no_two_specs(banc: Banc, ran: Path) -> None:
    path = ran / "spec/a-table.toml"
    path.write_text(path.read_text().replace("epochs = 1", "epochs = 2"))
    first, *_ = banc("gc").out.splitlines()
    assert first == "kept: 12 stages that 2 versions of 1 spec need, of the work tree and 1 revision"


def test_without_git_the_work_tree_is_kept(
    banc: Banc, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = banc("gc").out
    assert out.startswith(
        "kept: 7 stages that 1 spec needs, of the work tree, which is in no git repository\n"
    )
    assert "is in no git repository" in banc("gc", "--keep", "main").err
    (workspace / ".git").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    done = banc("gc", "--yes")
    assert done.code == 1 and "git is not on this machine" in done.err


def test_what_the_file_system_refuses_is_told(banc: Banc, ran: Path) -> None:
    (ran / ".banc/tmp").write_text("no folder")
    done = banc("gc", "--yes")
    assert done.code == 1
    assert done.err.startswith("error: cannot delete")
    assert (ran / "runs" / STORE / "outputs.npy").exists()


def test_it_needs_neither_torch_nor_dvc(ran: Path) -> None:
    code = (
        "import sys; sys.argv = ['banc', 'gc']; from banc.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'torch', 'dvc', 'numpy', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ran, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("\n[]\n"), done.stdout + done.stderr
