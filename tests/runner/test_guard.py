from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from banc.errors import BancError
from banc.runner.guard import Stopped, alone, deferred, tied
from banc.stage.kinds import Address

STAGE = Address("train-a-000000000000")

CHILD = """
import sys, time
from pathlib import Path
from banc.runner.draft import draft
from banc.runner.guard import alone, tied
root = Path(sys.argv[1])
with tied(), alone(root, "train-a-000000000000"), draft(root, "train-a-000000000000") as folder:
    (folder / "half.npy").write_text("half")
    (root / "ready").write_text("")
    time.sleep(60)
"""


def wait_for(reached: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not reached():  # type: ignore[operator]
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def half(root: Path) -> list[Path]:
    return list(root.glob(".banc/tmp/*"))


@pytest.fixture
def child(tmp_path: Path) -> Path:
    path = tmp_path / "child.py"
    path.write_text(CHILD)
    return path


def test_sigterm_cleans_up(tmp_path: Path, child: Path, checkout: Path) -> None:
    process = subprocess.Popen([sys.executable, child, tmp_path], cwd=checkout)
    wait_for((tmp_path / "ready").exists)
    assert half(tmp_path)
    process.terminate()
    assert process.wait(20) == 128 + signal.SIGTERM
    assert not half(tmp_path)


@pytest.mark.parametrize("through_a_shell", [False, True])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.skipif(sys.platform != "linux", reason="a shell in between is seen through /proc")
def test_no_run_outlives_who_started_it(
    tmp_path: Path, child: Path, checkout: Path, through_a_shell: bool, number: int
) -> None:
    command = [sys.executable, str(child), str(tmp_path)]
    if through_a_shell:
        # A second command keeps the shell from becoming the first.
        command = ["/bin/sh", "-c", f"{' '.join(command)}; true"]
    starter = f"import subprocess; subprocess.run({command!r})"
    process = subprocess.Popen([sys.executable, "-c", starter], cwd=checkout)
    wait_for((tmp_path / "ready").exists)
    process.send_signal(number)
    process.wait()
    wait_for(lambda: not half(tmp_path))


def test_a_killed_run_holds_no_lock(tmp_path: Path, child: Path, checkout: Path) -> None:
    process = subprocess.Popen([sys.executable, child, tmp_path], cwd=checkout)
    wait_for((tmp_path / "ready").exists)
    with pytest.raises(BancError) as caught, alone(tmp_path, STAGE):
        pass
    assert caught.value.hint is not None
    assert f"process {process.pid} " in caught.value.hint
    process.kill()
    process.wait()
    with alone(tmp_path, STAGE):
        pass


def test_two_stages_may_run_at_once(tmp_path: Path) -> None:
    with alone(tmp_path, STAGE), alone(tmp_path, Address("train-b-000000000000")):
        pass


def test_what_sigterm_did_before_it_does_again() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with tied():
        assert signal.getsignal(signal.SIGTERM) != before
        with pytest.raises(SystemExit):
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_thread_leaves_signals_to_whoever_has_them() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work() -> None:
        with tied():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_step_is_finished_before_a_signal_is_heard(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with deferred() as asked:
        asked.leave()
        assert not asked
        signal.raise_signal(number)
        assert asked
        with pytest.raises(Stopped, match=f"stopped by {number.name}") as caught:
            asked.leave()
    assert caught.value.exit_code == 128 + number
    assert signal.getsignal(number) == before


def test_a_second_ctrl_c_does_not_wait() -> None:
    with deferred():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_second_sigterm_is_no_other_wish() -> None:
    with deferred() as asked:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped, match="stopped by SIGINT"):
            asked.leave()


def test_a_thread_is_asked_nothing() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work() -> None:
        with deferred() as asked:
            seen.append((bool(asked), signal.getsignal(signal.SIGTERM) == before))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, True)]
