"""One of several trainings on a GPU: says when each of its epochs ends, until it is told to stop.

python tests/gpu/one_of_several.py FOLDER FILE, where the pickled file says in which way.
"""

from __future__ import annotations

import pickle
import sys
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks/jobs"))

import jobs

from banc.runner.process.guard import Stopped


class Told(jobs.Stopwatch):
    def set_metrics(self, loss: float, error: float) -> None:
        super().set_metrics(loss, error)
        print(time.time(), flush=True)


if __name__ == "__main__":
    root, given = map(Path, sys.argv[1:])
    way, size = pickle.loads(given.read_bytes())
    with suppress(Stopped):
        jobs.loop(root, way, size, Told(tf32=way.tf32))
