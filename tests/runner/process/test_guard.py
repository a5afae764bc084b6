from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from banc.errors import BancError
from banc.runner.process.guard import LOOK, Stopped, defer_signals, exit_with_parent, stage_lock
from banc.stage.kinds import Address

STAGE = Address("train-a-000000000000")

CHILD = """
import sys, time
from pathlib import Path
from banc.runner.process.staging import staging
from banc.runner.process.guard import exit_with_parent, stage_lock
root = Path(sys.argv[1])
name = "train-a-000000000000"
with exit_with_parent(), stage_lock(root, name), staging(root, name) as folder:
    (folder / "half.npy").write_text("half")
    (root / "ready").write_text("")
    time.sleep(600)
"""


def wait_for(reached: object, seconds: float = 120) -> None:
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


def listening() -> None:
    """As in a terminal: who runs the tests may have set SIGHUP aside."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def deaf() -> None:
    """As ``nohup`` does."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cleans_up(tmp_path: Path, child: Path, checkout: Path, number: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, child, tmp_path], cwd=checkout, preexec_fn=listening)
    wait_for((tmp_path / "ready").exists)
    assert half(tmp_path)
    process.send_signal(number)
    assert process.wait(120) == 128 + number
    assert not half(tmp_path)


def test_under_nohup_a_run_outlives_the_shell_and_the_connection(
    tmp_path: Path, child: Path, checkout: Path
) -> None:
    starter = f"import subprocess, time; subprocess.Popen({[sys.executable, str(child), str(tmp_path)]!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{starter}; time.sleep(600)"],
        cwd=checkout,
        preexec_fn=deaf,
        start_new_session=True,
    )
    wait_for((tmp_path / "ready").exists)
    process.kill()
    process.wait()
    time.sleep(3 * LOOK)
    os.killpg(process.pid, signal.SIGHUP)
    time.sleep(0.2)
    assert half(tmp_path)
    os.killpg(process.pid, signal.SIGTERM)
    wait_for(lambda: not half(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="a shell in between is seen through /proc")
@pytest.mark.parametrize("through_a_shell", [False, True])
def test_a_run_whose_dvc_died_before_its_first_act_ends_at_once(
    tmp_path: Path, child: Path, checkout: Path, through_a_shell: bool
) -> None:
    """It begins when its starter is gone: as late as can be."""
    wait = "import os, time\nwhile os.getppid() == int(os.environ['STARTER']): time.sleep(0.005)\n"
    if not through_a_shell:
        child.write_text(wait + CHILD)
    command = [sys.executable, str(child), str(tmp_path)]
    if through_a_shell:
        orphaned = 'while read -r _ _ _ parent _ < /proc/$$/stat; [ "$parent" = "$STARTER" ]; do :; done'
        command = ["/bin/sh", "-c", f"{orphaned}; {' '.join(command)}; echo $? > {tmp_path}/status"]
    starter = (
        "import os, subprocess; process = subprocess.Popen("
        f"{command!r}, env={{**os.environ, 'DVC_STAGE': 'a', 'STARTER': str(os.getpid())}}); "
        "print(process.pid, flush=True); process.wait()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", starter],
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    process.stdout.readline()
    process.kill()
    # Its standard error is closed by all that have it, when the run has ended.
    _, said = process.communicate(timeout=60)
    assert "whoever started this stage has ended" in said.decode()
    assert not (tmp_path / "ready").exists()
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
    process = subprocess.Popen([sys.executable, "-c", starter], cwd=checkout, preexec_fn=listening)
    wait_for((tmp_path / "ready").exists)
    process.send_signal(number)
    process.wait()
    wait_for(lambda: not half(tmp_path))


def test_a_killed_run_holds_no_lock(tmp_path: Path, child: Path, checkout: Path) -> None:
    process = subprocess.Popen([sys.executable, child, tmp_path], cwd=checkout)
    wait_for((tmp_path / "ready").exists)
    with pytest.raises(BancError) as caught, stage_lock(tmp_path, STAGE):
        pass
    assert caught.value.hint is not None
    assert f"process {process.pid} " in caught.value.hint
    process.kill()
    process.wait()
    with stage_lock(tmp_path, STAGE):
        pass


def test_two_stages_may_run_at_once(tmp_path: Path) -> None:
    with stage_lock(tmp_path, STAGE), stage_lock(tmp_path, Address("train-b-000000000000")):
        pass


def test_what_sigterm_did_before_it_does_again() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with exit_with_parent():
        assert signal.getsignal(signal.SIGTERM) != before
        with pytest.raises(SystemExit) as ended:
            signal.raise_signal(signal.SIGTERM)
        assert ended.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_thread_leaves_signals_to_whoever_has_them() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work() -> None:
        with exit_with_parent():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_step_is_finished_before_a_signal_is_heard(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # as in a terminal
    try:
        with defer_signals() as stop:
            stop.raise_if_set()
            assert not stop
            signal.raise_signal(number)
            assert stop
            with pytest.raises(Stopped, match=f"stopped by {number.name}") as caught:
                stop.raise_if_set()
        assert caught.value.exit_code == 128 + number
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_what_was_to_be_ignored_is() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with exit_with_parent(), defer_signals() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_asked_again_while_it_leaves_it_leaves_as_it_was() -> None:
    before = signal.getsignal(signal.SIGTERM)

    def leave() -> None:
        with exit_with_parent():
            try:
                with defer_signals() as stop:
                    signal.raise_signal(signal.SIGINT)
                    stop.raise_if_set()
            finally:
                signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Stopped, match="stopped by SIGINT"):
        leave()
    assert signal.getsignal(signal.SIGTERM) == before


def test_one_wish_for_all_that_wait() -> None:
    with defer_signals() as outer, defer_signals(outer):
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(Stopped, match="stopped by SIGTERM"):
        outer.raise_if_set()


def test_a_second_ctrl_c_does_not_wait() -> None:
    with defer_signals():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_second_sigterm_is_no_other_wish() -> None:
    with defer_signals() as stop:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped, match="stopped by SIGINT"):
            stop.raise_if_set()


def test_a_thread_is_asked_nothing() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work() -> None:
        with defer_signals() as stop:
            seen.append((bool(stop), signal.getsignal(signal.SIGTERM) == before))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, True)]
