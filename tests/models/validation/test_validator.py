"""Networks in a process of their own: whatever their code does, the next one is tried."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from banc.config.custom import FactoryNetwork
from banc.config.image import ImageShape
from banc.errors import UsageError
from banc.models.unusable import NoAnswer, Unusable
from banc.models.validation.validator import PRINTED, NetworkValidator

IMAGE = ImageShape(channels=1, height=2, width=2, classes=3)
GOOD = """
from torch import nn
def make(classes, channels, height, width):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * height * width, classes))
"""


@pytest.fixture(scope="module")
def one_for_all() -> Iterator[NetworkValidator]:
    """With a limit that a good network keeps on a busy machine, and a test can wait for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANC_TRIAL_SECONDS", "4")
        with NetworkValidator() as trials:
            yield trials


@pytest.fixture
def trials(one_for_all: NetworkValidator, forked_trials: None) -> NetworkValidator:
    return one_for_all


def declared(root: Path, text: str, name: str = "mine.py") -> FactoryNetwork:
    (root / name).write_text(text)
    return FactoryNetwork(name, "make", hashlib.sha256(text.encode()).hexdigest())


def lost(trials: NetworkValidator, root: Path, before: str) -> str:
    """What is told of a network whose file begins with ``before``; a good one after it is tried."""
    with pytest.raises(NoAnswer) as caught:
        trials.run(declared(root, f"{before}\n{GOOD}"), IMAGE, root)
    assert trials.run(declared(root, GOOD, "good.py"), IMAGE, root) is None
    return caught.value.message + (f"; {caught.value.hint}" if caught.value.hint else "")


def alive(process: int) -> bool:
    """Whether there is such a process, and it is no zombie that nobody has asked after yet."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with suppress(OSError):  # where there is no /proc
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    return True


def gone(process: int) -> bool:
    """Whether a process ends within a minute."""
    for _ in range(600):
        if not alive(process):
            return True
        time.sleep(0.1)
    return False


def test_one_process_tries_all_networks_and_counts_them(tmp_path: Path, trials: NetworkValidator) -> None:
    pids = tmp_path / "pids"
    say = f"import os\nopen({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
    for name in ("a.py", "b.py"):
        costs = trials.run(declared(tmp_path, say + GOOD, name), IMAGE, tmp_path, ask="cost")
        assert (costs["parameters"], costs["multiply_adds"]) == (15, 12)
        assert costs["outputs"][-1] == {"module": "1", "shape": [3]}
    several = set(pids.read_text().split())
    assert len(several) == 1 and str(os.getpid()) not in several


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            "crashed: its process was ended by SIGSEGV",
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "crashed: its process was ended by SIGKILL; perhaps memory was exhausted",
        ),
        # Somebody holds the pipes open, so their end tells nothing.
        (
            "import os, time\nif os.fork(): os._exit(3)\ntime.sleep(3600)",
            "left its process with exit status 3",
        ),
    ],
)
def test_leaving_and_crashing_is_told(tmp_path: Path, trials: NetworkValidator, code: str, told: str) -> None:
    assert lost(trials, tmp_path, code) == f"`make` of `mine.py` {told}"


def test_hanging_is_told(tmp_path: Path, trials: NetworkValidator) -> None:
    start = time.monotonic()
    told = lost(trials, tmp_path, "while True: pass")
    assert time.monotonic() - start > 4
    assert told == (
        "`make` of `mine.py` took more than 4 s to be built and shown two images; "
        "BANC_TRIAL_SECONDS=8 waits longer"
    )


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "GeneratorExit", "SystemExit"])
def test_what_is_raised_is_told_with_its_line(tmp_path: Path, trials: NetworkValidator, error: str) -> None:
    model = declared(tmp_path, f"def make(**_):\n    raise {error}('why')\n")
    with pytest.raises(Unusable) as caught:
        trials.run(model, IMAGE, tmp_path)
    assert caught.value.message == f"`mine.py:2`: {error}: why"
    assert not isinstance(caught.value, NoAnswer)


def test_neither_folder_nor_streams_reach_the_next_network(
    tmp_path: Path, trials: NetworkValidator, capsys: pytest.CaptureFixture[str]
) -> None:
    where = tmp_path / "where"
    note = f"import os\nopen({str(where)!r}, 'a').write(os.getcwd() + '\\n')\n"
    leave = f"import sys\nos.chdir({str(tmp_path)!r}); sys.stdin.read()\n"
    leave += "sys.stdout.close(); os.close(1); os.close(2)\n"
    assert trials.run(declared(tmp_path, note + leave + GOOD), IMAGE, tmp_path) is None
    assert trials.run(declared(tmp_path, note + "print('still')\n" + GOOD, "b.py"), IMAGE, tmp_path) is None
    assert capsys.readouterr().err == "still\n"
    first, second = where.read_text().splitlines()
    assert first == second != str(tmp_path)


def test_what_is_printed_is_shown_clean_and_not_without_end(
    tmp_path: Path, trials: NetworkValidator, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """
import os, sys
print('out', end='\\x1b[2J\\n')
print('é\\u202e', file=sys.stderr)
os.system('echo sub')
"""
    trials.run(declared(tmp_path, text + GOOD), IMAGE, tmp_path)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert sorted(captured.err.splitlines()) == [
        "out\N{REPLACEMENT CHARACTER}[2J",
        "sub",
        "é\N{REPLACEMENT CHARACTER}",
    ]
    trials.run(declared(tmp_path, f"print('x' * {PRINTED * 10})\n" + GOOD), IMAGE, tmp_path)
    err = capsys.readouterr().err
    assert err.count("x") == PRINTED
    assert err.endswith("\n... and more\n")


def test_modules_of_the_current_folder_are_not_taken_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "torch", "banc"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')\nraise ImportError\n")
    monkeypatch.chdir(tmp_path)
    with NetworkValidator() as trials:
        assert trials.run(declared(tmp_path, GOOD), IMAGE, tmp_path) is None
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_none_is_a_wrong_call(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("BANC_TRIAL_SECONDS", text)
    with pytest.raises(UsageError, match=f"BANC_TRIAL_SECONDS is `{text}`"):
        NetworkValidator()


STARTS = """
import os, subprocess, time
child = subprocess.Popen(["sleep", "3600"])
with open("pids.new", "w") as file: file.write(f"{os.getpid()} {child.pid}")
os.rename("pids.new", "pids")
time.sleep(3600)
"""
"""A network's code that starts a process, says so, and waits."""


@pytest.mark.parametrize(
    ("stop", "status"),
    [(signal.SIGINT, 130), (signal.SIGKILL, -9)],
)
def test_nothing_is_left_of_it_when_banc_is_stopped(
    tmp_path: Path, stop: signal.Signals, status: int
) -> None:
    """As by Ctrl-C, and where nobody is asked, as by most other signals."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "mine.py").write_text(STARTS + GOOD)
    (tmp_path / "own.toml").write_text(SPEC)
    # What a shell starts in the background ignores SIGINT, and so does all that comes from it.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{listen}; from banc.cli import main; main()", "check", "own.toml"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(1200):
        if (tmp_path / "pids").exists():
            break
        time.sleep(0.1)
    pids = [int(text) for text in (tmp_path / "pids").read_text().split()]
    assert all(map(alive, pids))
    process.send_signal(stop)
    out, err = process.communicate(timeout=120)
    assert process.returncode == status
    assert "Traceback" not in out + err
    assert all(map(gone, pids))


SPEC = """
banc = 1
title = "Mine"
data = { set = "digits", train = 20 }
seeds = [0]
recipe = { epochs = 1, augment = { pad = 0, flip = false } }
[models]
a = { family = "factory", file = "mine.py", function = "make" }
[lineages]
ban = { models = "a", generations = 1 }
[table]
rows = "a"
columns = ["teacher", "ban-1"]
"""
