"""An epoch on a store of teacher outputs that is larger than the machine's memory.

The file is sparse: it has a length and no contents, so that it takes no disk. What is read of it goes
through the page cache and into the process as of any other file.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from attrs import evolve
from job import RECIPE, link, write_data

from banc.config.image import ImageShape
from banc.config.model import DenseNetBC
from banc.config.objective import OBJECTIVES
from banc.config.recipe import Augmentation
from banc.runner.files.npy import header
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Predict, Train

SHAPE = ImageShape(channels=1, height=28, width=28, classes=1000)
AUGMENT = Augmentation(pad=15, flip=True)
GB = 1e9


def prepare(root: str) -> Callable[[], dict[str, float]]:
    """In gigabytes, and seconds."""
    memory = kib("/proc/meminfo", "MemTotal") * 1024
    each = AUGMENT.num_views * SHAPE.classes * 2
    images = int(1.1 * memory / each)
    recipe = evolve(RECIPE, augment=AUGMENT)
    data = write_data(Path(root), images, SHAPE)
    teacher = Train(DenseNetBC(10, 4), recipe, OBJECTIVES["labels"], 0, data)
    store = Predict(AUGMENT, data, link(Path(root), teacher))
    stage = evolve(teacher, objective=OBJECTIVES["ban-l"], seed=1, teacher_outputs=(link(Path(root), store),))
    link(Path(root), stage)
    begin = header((images, AUGMENT.num_views, SHAPE.classes), np.dtype(np.float16))
    path = Path(root) / files.folder(store) / files.OUTPUTS
    with path.open("wb") as file:
        file.write(begin)
        file.truncate(len(begin) + images * each)

    def run() -> dict[str, float]:
        start = time.perf_counter()
        own, mapped = watch(subprocess.Popen([sys.executable, "-m", "banc", "run", address(stage)], cwd=root))
        return {
            "memory of the machine, GB": memory / GB,
            "store, GB": path.stat().st_size / GB,
            "what an epoch reads of it, GB": images * SHAPE.classes * 2 / GB,
            "most memory of the process, GB": own / GB,
            "most pages of files in its view, GB": mapped / GB,
            "images": images,
            "seconds, start and imports included": time.perf_counter() - start,
        }

    return run


def watch(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """The most bytes that a process had of its own, and of files, seen every hundredth of a second."""
    own, mapped, status = 0, 0, f"/proc/{process.pid}/status"
    while process.poll() is None:
        own, mapped = max(own, kib(status, "RssAnon") * 1024), max(mapped, kib(status, "RssFile") * 1024)
        time.sleep(0.01)
    if process.returncode:
        raise SystemExit(f"banc run ended with {process.returncode}")
    return own, mapped


def kib(path: str, name: str) -> int:
    """A line of a file of the kernel's; 0 where it has none, as of a process that just ended."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(path).read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
