"""Two real processes of one training, which are met at a checkpoint.

In: a workspace, and a nursery for each process. Out: how both end, what they say, and the stage's outputs.
"""

from __future__ import annotations

import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.stage.kinds import Stage

OFTEN = "BANC_CHECKPOINT_SECONDS=0.02"


class Pair:
    """Two processes of one training, as ``torchrun`` would start them, but at once."""

    def __init__(self, workspace: Any, nurseries: tuple[Any, Any]) -> None:
        self.workspace, self.nurseries = workspace, nurseries
        # As long as it is bound here, the system gives it to nobody who wants any; who asks for it by its
        # number, as torch does, gets it all the same.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._port.bind(("127.0.0.1", 0))

    def close(self) -> None:
        self._port.close()

    def start(self, stage: Stage, *environment: str) -> None:
        name, port = self.workspace.link(stage), self._port.getsockname()[1]
        common = (f"MASTER_PORT={port}", "MASTER_ADDR=127.0.0.1", "WORLD_SIZE=2", "LOCAL_WORLD_SIZE=2")
        for rank, each in enumerate(self.nurseries):
            place = (f"RANK={rank}", f"LOCAL_RANK={rank}", f"SAID=said-{rank}.txt")
            each.start(self.workspace.root, name, *common, *place, *environment)

    def wait(self) -> list[int]:
        return [each.wait() for each in self.nurseries]

    def said(self, rank: int) -> str:
        text: str = (self.workspace.root / f"said-{rank}.txt").read_text()
        return text

    def outputs(self, stage: Stage, *environment: str) -> dict[str, bytes]:
        self.start(stage, *environment)
        assert self.wait() == [0, 0], self.said(0) + self.said(1)
        return forget(self.workspace, stage)

    def signalled_at_a_checkpoint(
        self, stage: Stage, expected: dict[str, bytes], rank: int, number: signal.Signals
    ) -> list[int]:
        """How both end when one gets a signal at their first checkpoint."""
        return self.met_at_a_checkpoint(
            stage, expected, lambda: self.nurseries[rank].kill(number), lambda: None
        )

    def met_at_a_checkpoint(
        self,
        stage: Stage,
        expected: dict[str, bytes],
        act: Callable[[], object],
        undo: Callable[[], object],
    ) -> list[int]:
        """How both end where that is done at their first checkpoint; if they were faster, in another run."""
        folder, published = checkpoints(self.workspace, stage), self.workspace.path(stage, "")
        for _ in range(20):
            self.start(stage, OFTEN)
            until(lambda: any("-" in path.name for path in folder.glob("*")) or published.exists())
            act()
            statuses = self.wait()
            if 0 not in statuses:
                return statuses
            # At least one had done its part.
            undo()
            shutil.rmtree(folder, ignore_errors=True)
            assert not published.exists() or forget(self.workspace, stage) == expected
        pytest.fail("they were always faster")


def forget(workspace: Any, stage: Stage) -> dict[str, bytes]:
    outputs: dict[str, bytes] = workspace.outputs(stage)
    shutil.rmtree(workspace.path(stage, ""))
    assert not (workspace.root / ".banc/checkpoints" / workspace.link(stage)).exists()
    return outputs


def checkpoints(workspace: Any, stage: Stage) -> Path:
    folder: Path = workspace.root / ".banc/checkpoints" / workspace.link(stage)
    return folder


def until(reached: Callable[[], object], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)
