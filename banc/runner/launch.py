"""Starts the processes of one training on this machine, as ``torchrun`` does, and waits for them.

In: BANC_PROCESSES, a workspace and a stage's address. Out: nothing but what the first process writes. What
they do together is ``group``'s matter; each of them is a ``banc run`` of its own.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import chdir
from pathlib import Path

from banc.errors import BancError, UsageError
from banc.runner.guard import deferred, tied
from banc.stage.kinds import Address

VARIABLE = "BANC_PROCESSES"


def processes() -> int:
    """How many processes this one is to start for a training: 1 for none, as in those that it started.

    Raises:
        UsageError: BANC_PROCESSES is no number.
    """
    text = os.environ.get(VARIABLE, "") or "1"
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{VARIABLE} is `{text}`", hint="expected a number of processes: 1, 2, ...")
    return 1 if "LOCAL_RANK" in os.environ else int(text)


def rank() -> int:
    """Which of several processes this is, as ``torchrun`` says; 0 for the first, or where there is one."""
    return int(os.environ.get("RANK", "0"))


def launch(root: Path, address: Address, count: int) -> None:
    """Runs the stage by ``count`` processes of this machine.

    Raises:
        BancError: one of them ended otherwise than well; it has said why.
        Stopped: someone asked for it before they started.
    """
    with deferred() as asked:
        from torch.distributed.elastic.multiprocessing.api import SignalException
        from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
        from torch.distributed.launcher.api import LaunchConfig, elastic_launch
    asked.leave()
    # `find_unused_parameters` has a second use for us (see `group`), and torch would advise against it.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    # What it says of a process that fails is a page, and the process itself has said it in two lines.
    for name in logging.Logger.manager.loggerDict:
        if name.startswith("torch.distributed.elastic"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        run_id=f"{address}-{os.getpid()}",
        max_restarts=0,
        monitor_interval=0.1,
    )
    try:
        with tied(), chdir(root):
            elastic_launch(config, sys.executable)("-m", "banc", "run", address)
    except SignalException as error:
        raise _ended(address, count, 128 + error.sigval) from error
    except ChildFailedError as error:
        _, failure = error.get_first_failure()
        status = failure.exitcode
        raise _ended(address, count, status if status > 0 else 128 - status) from error


def _ended(address: Address, count: int, status: int) -> BancError:
    told = BancError(f"{address}: the {count} processes ended with status {status}")
    told.exit_code = status
    return told
