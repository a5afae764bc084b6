"""What all commands have in common."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import banc as package
from banc.cli.app import app

Banc = Callable[..., Any]
NAMES = tuple(info.name or info.callback.__name__ for info in app.registered_commands)


def test_every_command_is_listed(banc: Banc) -> None:
    listed = banc("--help")
    assert listed.code == 0
    for name in NAMES:
        assert f"│ {name} " in listed.out
    assert len(NAMES) == len(set(NAMES)) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_help_has_an_example_of_every_command(banc: Banc, name: str) -> None:
    for flag in ("--help", "-h"):
        told = banc(name, flag)
        assert told.code == 0
        assert told.err == ""
        examples = [line for line in told.out.splitlines() if line.strip().startswith(f"banc {name} ")]
        assert examples or "&& banc " in told.out, told.out
        assert "Usage: banc" in told.out


@pytest.mark.parametrize("name", NAMES)
def test_examples_name_commands_and_options_that_exist(banc: Banc, name: str) -> None:
    (command,) = [
        command.callback
        for command in app.registered_commands
        if (command.name or command.callback.__name__) == name
    ]
    for line in inspect.getdoc(command).splitlines():
        for call in line.split("&&"):
            words = call.replace("|", ">").split(">")[0].split()
            if line.startswith("    ") and words[:1] == ["banc"]:
                asked = banc(words[1], "--help").out
                for option in (word for word in words if word.startswith("--")):
                    assert option in asked, line


def test_the_version_is_the_packages(banc: Banc) -> None:
    done = banc("--version")
    assert (done.code, done.out) == (0, f"banc {package.__version__}\n")


def test_without_a_command_help_is_shown(banc: Banc) -> None:
    done = banc()
    assert done.code == 2
    assert "Usage: banc" in done.out + done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("check", "--frmat", "json", "x"),
        ("graph", "x", "--format", "png"),
        ("run",),
    ],
)
def test_a_wrong_call_is_told_on_standard_error(banc: Banc, arguments: tuple[str, ...]) -> None:
    done = banc(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Error" in done.err


@pytest.mark.parametrize("name", ["compile", "report", "run"])
def test_outside_of_a_workspace_the_cure_is_named(
    banc: Banc, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = banc(name, *(["data-x-0123456789ab"] if name == "run" else []))
    assert (done.code, done.out) == (2, "")
    assert f"error: `{tmp_path.resolve()}` is not in a banc workspace" in done.err
    assert "hint: `banc init`" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "nowhere.toml"),
        ("check", "spec"),
        ("check", "binary.toml"),
        ("check", ""),
        ("graph", "nowhere.toml"),
        ("graph", "/"),
        ("compile", "nowhere.toml"),
        ("compile", "."),
        ("compile", "../outside.toml"),
        ("report", "nowhere.toml"),
        ("report", "spec/a-table.toml", "-o", "spec"),
        ("report", "spec/a-table.toml", "-o", "spec/a-table.toml/x"),
        ("report", "spec/a-table.toml", "-o", "pipe"),
        ("report", "spec/a-table.toml", "-o", "/proc/nowhere/x"),
        ("report",),
        ("run", "../../etc/passwd"),
        ("run", ""),
        ("run", "train-x-0123456789ab"),
        ("explain-error", "BANC999"),
        ("explain-error", ""),
        ("init", "spec/a-table.toml"),
        ("init", "/proc/nowhere"),
    ],
)
def test_a_wrong_path_or_name_is_one_clear_message(
    banc: Banc, workspace: Path, arguments: tuple[str, ...]
) -> None:
    (workspace / "binary.toml").write_bytes(b"\xff\xfe")
    os.mkfifo(workspace / "pipe")
    (workspace.parent / "outside.toml").write_text((workspace / "spec/a-table.toml").read_text())
    before = sorted(workspace.rglob("*"))
    done = banc(*arguments)
    assert done.code in (1, 2)
    text = done.out if arguments[0] == "check" else done.err
    assert "error" in text
    assert "Traceback" not in done.err
    assert sorted(workspace.rglob("*")) == before


def test_a_damaged_index_is_told(banc: Banc, workspace: Path) -> None:
    assert banc("compile").code == 0
    index = workspace / "pipelines/index.json"
    for text in (b"{", b"3", b'{"banc_index": 1}', b"\xff\xfe\x00", b"[" * 100_000, b""):
        index.write_bytes(text)
        done = banc("report")
        assert done.code == 2, text
        assert "was not written by this version of banc" in done.err
        assert "hint: run `banc compile` again" in done.err
    index.unlink()
    index.mkdir()
    done = banc("report")
    assert done.code == 1
    assert "cannot read `pipelines/index.json`" in done.err
