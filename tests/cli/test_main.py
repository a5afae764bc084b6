"""What only a whole process shows: signals, closed pipes, full devices, locales, terminals."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "banc"]


def call(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], stderr=subprocess.PIPE, text=True, check=False, **options)


def test_a_reader_that_has_seen_enough_is_no_error(checkout: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = call("graph", "spec/quickstart.toml", cwd=checkout, stdout=write)
    finally:
        os.close(write)
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_a_full_disk_is_one_message(checkout: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = call("schema", cwd=checkout, stdout=full)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["error: the system reported an error: no space left on device"]


def test_ctrl_c_ends_without_a_traceback(tmp_path: Path) -> None:
    fifo = tmp_path / "spec.toml"
    os.mkfifo(fifo)
    # What a shell starts in the background ignores SIGINT, and so does all that comes from it.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{listen}; from banc.cli import main; main()", "check", fifo],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    # It is at work once somebody has opened the other end; nothing is ever written into it.
    writer = os.open(fifo, os.O_WRONLY)
    try:
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    finally:
        os.close(writer)
    assert process.returncode == 130
    assert "Traceback" not in out + err


def test_an_old_locale_escapes_what_it_cannot_spell(checkout: Path) -> None:
    ascii_only = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = call("graph", "spec/quickstart.toml", cwd=checkout, env=ascii_only, stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u251c\\u2500\\u2500" in done.stdout
    assert done.stdout.isascii()


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a terminal gets from ``banc``, standard output and standard error together."""
    ours, theirs = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm", "COLUMNS": "100", **environment},
    )
    os.close(theirs)
    received = b""
    try:
        while block := os.read(ours, 65536):
            received += block
    except OSError:
        pass  # Linux says so that the other end is closed
    os.close(ours)
    process.wait(timeout=120)
    return received.decode()


@pytest.mark.parametrize("arguments", [("check", "nowhere.toml"), ("run", "x")])
def test_colour_is_for_terminals_that_want_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(checkout)
    assert "\x1b[" in on_a_terminal(*arguments)
    assert "\x1b[" not in on_a_terminal(*arguments, NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(*arguments, TERM="dumb")
    piped = call(*arguments, stdout=subprocess.PIPE)
    assert "\x1b" not in piped.stdout + piped.stderr
    assert "error" in piped.stdout + piped.stderr


def completion(**words: str) -> subprocess.CompletedProcess[str]:
    """By the command's own name, which the variable's name is made of."""
    command = shutil.which("banc")
    assert command, "banc is not installed: make setup"
    return subprocess.run([command], env={**os.environ, **words}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for_the_shells(shell: str) -> None:
    """As a shell's own start-up file asks for it, without guessing which shell that is."""
    done = completion(_BANC_COMPLETE=f"source_{shell}")
    assert done.stderr == ""
    assert "_BANC_COMPLETE" in done.stdout


@pytest.mark.parametrize("command", ["check", "models", "report", "graph", "explain-error", "run", "compile"])
def test_no_command_paints_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Whatever a name on the command line, a file or an address holds, messages are printable."""
    (tmp_path / ".dvc").mkdir()
    monkeypatch.chdir(tmp_path)
    done = call(command, "x\x1b[31m\u202e.toml", stdout=subprocess.PIPE)
    assert done.returncode == 2, done.stderr
    assert {char for char in done.stdout + done.stderr if not char.isprintable()} <= {"\n"}
    assert "x\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}" in done.stdout + done.stderr


def test_completion_completes() -> None:
    done = completion(_BANC_COMPLETE="complete_bash", COMP_WORDS="banc co", COMP_CWORD="1")
    assert done.stdout.split() == ["compile"]
