from __future__ import annotations

import signal
from pathlib import Path

import pytest

from banc.errors import BancError, UsageError
from banc.runner.process.failure_record import forget_failure, record_failure
from banc.runner.process.failures import Lost
from banc.runner.process.guard import Busy, Stopped
from banc.stage.heartbeat import FAILURES, Failure, parse_beat
from banc.stage.kinds import Address

ADDRESS = Address("train-a-0123456789ab")


def recorded(root: Path) -> Failure | None:
    path = root / FAILURES / f"{ADDRESS}.json"
    return parse_beat(Failure, path.read_text()) if path.exists() else None


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (BancError("one\nmore"), "one", 1),
        (UsageError("wrong"), "wrong", 2),
        (ZeroDivisionError("a\nb"), "ZeroDivisionError: a", 1),
        (AssertionError(), "AssertionError", 1),
        (BancError(""), "", 1),
    ],
)
def test_the_first_line(tmp_path: Path, error: Exception, message: str, code: int) -> None:
    record_failure(tmp_path, ADDRESS, error, "epoch 1 of 2")
    found = recorded(tmp_path)
    assert found is not None
    assert (found.message, found.exit_code, found.where) == (message, code, "epoch 1 of 2")
    forget_failure(tmp_path, ADDRESS)
    assert recorded(tmp_path) is None
    forget_failure(tmp_path, ADDRESS)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_what_was_asked_to_stop_has_not_failed(tmp_path: Path, number: signal.Signals) -> None:
    record_failure(tmp_path, ADDRESS, Stopped(number), "")
    launched = BancError("training in 2 processes ended")
    launched.exit_code = 128 + number
    record_failure(tmp_path, ADDRESS, launched, "")
    record_failure(tmp_path, ADDRESS, Busy("another process is running this stage"), "")
    assert recorded(tmp_path) is None


def test_of_several_processes_the_one_that_knows_the_cause_is_heard(tmp_path: Path) -> None:
    record_failure(tmp_path, ADDRESS, Lost("another has ended"), "")
    record_failure(tmp_path, ADDRESS, BancError("out of memory"), "process 1, epoch 1 of 2")
    record_failure(tmp_path, ADDRESS, Lost("another has ended"), "")
    record_failure(tmp_path, ADDRESS, BancError("training in 2 processes ended"), "", overwrite=False)
    found = recorded(tmp_path)
    assert found is not None and found.message == "out of memory"


def test_a_disk_that_refuses_hides_no_error(tmp_path: Path) -> None:
    (tmp_path / ".banc").write_text("a file in the place of the folder")
    record_failure(tmp_path, ADDRESS, BancError("x"), "")
    forget_failure(tmp_path, ADDRESS)
