"""GPUs are given out one a network: simulated ones, of which each stand-in says which it was given."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from typing import Any

from attrs import evolve

from banc.stage.index import read_index

Workspace = Any


def test_two_networks_never_share_a_gpu_and_scores_have_none(
    first_run: Workspace, copy_as: Callable[[Workspace, str], Workspace], walk: Any
) -> None:
    way = walk.Walk(copy_as(first_run, "workspace"), 0, cheap=True)
    way.says |= {"seeds": [0, 1, 2], "generations": 1}
    way.write_specs()
    way.workspace.compile()
    root = way.root
    for path in ("runs", ".dvc/cache"):
        shutil.rmtree(root / path)
    for path in (root / "dvc.lock", *root.glob("pipelines/*/dvc.lock")):
        path.unlink()
    (root / "gpus").unlink()
    (root / "slow").touch()  # so that two want one at once
    environment = way.workspace.environment | {"CUDA_VISIBLE_DEVICES": "4,5"}
    workspace = evolve(way.workspace, environment=environment)
    done = workspace.call(sys.executable, "-m", "banc", "repro", "-j", "4")
    assert done.returncode == 0, done.stderr
    assert "4 at a time, on GPUs 4 and 5" in done.stdout
    at_work: dict[str, int] = {}
    networks = 0
    for line in (root / "gpus").read_text().splitlines():
        gpu, kind, what = line.split()
        if kind in ("train", "predict"):
            assert gpu in ("4", "5")
            at_work[gpu] = at_work.get(gpu, 0) + (1 if what == "begins" else -1)
            assert at_work[gpu] in (0, 1)
            networks += what == "ends"
    kinds = [stage.kind for stage in read_index(root).stages.values()]
    assert networks == sum(kind in ("train", "predict") for kind in kinds) >= 9
    assert set(at_work) == {"4", "5"}
