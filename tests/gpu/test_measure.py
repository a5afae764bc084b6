"""The measurements of `make gpu`, with tiny networks wherever the tests run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import measure
import page
import peaks
import pytest
import torch
from jobs import Way, operations, several, speeds

from banc.config.model import DenseNetBC, WideResNet

MACHINE = {
    "date": "2026-01-02",
    "device": "NVIDIA H200",
    "gpu": True,
    "cpus": 16,
    "python": "3.12.3",
    "torch": "2.11.0",
    "cuda": "13.0",
    "batch": 128,
    "steps": 40,
}


def line(
    what: str,
    teacher: str,
    speed: float,
    share: float | None = None,
    *,
    recorded: bool = True,
    processes: int = 1,
) -> dict[str, Any]:
    return {
        "what": what,
        "model": "wide-resnet-28-10",
        "teacher": teacher,
        "precision": "bfloat16",
        "deterministic": True,
        "recorded": recorded,
        "processes": processes,
        "mps": False,
        "images per second": speed,
        "least": speed - 10,
        "most": speed + 10,
        "n": 3,
        "share of peak": share,
    }


ABOUT = ("what", "model", "teacher", "precision", "deterministic", "recorded", "processes", "mps")
RESULT = {
    "machine": MACHINE,
    "measured": [
        line("loop", "none", 9000, 0.286),
        line("alone", "none", 10_000, 0.318),
        line("loop", "none", 4500, 0.143, recorded=False),
        line("loop", "live", 6000, 0.254),
        line("several", "none", 13_500, 0.429, processes=2),
        {
            **{key: value for key, value in line("profile", "none", 0).items() if key in ABOUT},
            "busy": 0.97,
            "kernels": [["conv|forward", 0.4], ["norm", 0.25]],
            "n": 1,
        },
        line("filling", "none", 27_000),
        line("inference", "none", 30_000),
        line("torchdistill", "live", 1500, recorded=False),
    ],
    "left out": [
        {**line("loop", "stored", 0), "why": "the 18 minutes were over"},
        {**line("several", "none", 0, processes=2), "mps": True, "why": "the 18 minutes were over"},
        {**line("filling", "none", 0), "why": "out of memory"},
        {**line("loop", "stored", 0), "model": "resnet-20", "why": "the 18 minutes were over"},
    ],
}
MARKDOWN = """\
*2026-01-02; NVIDIA H200, 16 CPU cores; Python 3.12.3, torch 2.11.0, CUDA 13.0; batch 128, epochs of 40 steps; n = 1 to 3.*

| network | objective | precision | deterministic | steps | images/s | least to most | of the peak | 50,000 images | of the network alone | of labels |
| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
| wide-resnet-28-10 | labels | bfloat16 | yes | recorded | 9,000 | 8,990 to 9,010 | 28.6 % | 5.6 s | 90 % |  |
| wide-resnet-28-10 | labels | bfloat16 | yes | kernel by kernel | 4,500 | 4,490 to 4,510 | 14.3 % | 11.1 s |  |  |
| wide-resnet-28-10 | live teacher | bfloat16 | yes | recorded | 6,000 | 5,990 to 6,010 | 25.4 % | 8.3 s |  | 0.67 |

| network, bfloat16 | processes | MPS | images/s of all | of the peak | of one alone |
| --- | --- | --- | ---: | ---: | ---: |
| wide-resnet-28-10 | 2 | no | 13,500 | 42.9 % | 1.50 |

| network, bfloat16 | steps | of an epoch the GPU is at work | longest kernels |
| --- | --- | --- | --- |
| wide-resnet-28-10 | recorded | 97 % | 40% conv/forward; 25% norm |

| network, bfloat16 | filling, outputs/s | inference, outputs/s | ratio |
| --- | ---: | ---: | ---: |
| wide-resnet-28-10 | 27,000 | 30,000 | 90 % |

| network, live teacher | precision | torchdistill, images/s | banc, images/s | ratio |
| --- | --- | ---: | ---: | ---: |
| wide-resnet-28-10 | bfloat16 | 1,500 | 6,000 | 4.0 |

Not measured: the 18 minutes were over.

| what | objective | precision | deterministic | steps | networks |
| --- | --- | --- | --- | --- | --- |
| training | stored outputs | bfloat16 | yes | recorded | wide-resnet-28-10, resnet-20 |
| 2 trainings side by side with MPS | labels | bfloat16 | yes | recorded | wide-resnet-28-10 |

Not measured: out of memory.

| what | objective | precision | deterministic | steps | networks |
| --- | --- | --- | --- | --- | --- |
| filling a store | labels | bfloat16 | yes | recorded | wide-resnet-28-10 |
"""  # noqa: E501


def test_tables() -> None:
    assert page.written(RESULT) == MARKDOWN
    document = "before\n<!-- measured on a GPU -->\nold\n<!-- end of measured -->\nafter\n"
    placed = document.replace("old\n", MARKDOWN)
    assert page.placed(document, RESULT) == placed
    assert page.placed(placed, RESULT) == placed


def test_the_document_has_their_place_and_takes_no_run_on_a_cpu(checkout: Path) -> None:
    document = (checkout / "docs/performance.md").read_text()
    assert MARKDOWN in page.placed(document, RESULT)
    with pytest.raises(SystemExit, match="measured on a CPU"):
        page.placed(document, {**RESULT, "machine": {**MACHINE, "gpu": False}})


def test_everything_is_measured_with_tiny_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANC_DEVICE", "cpu")
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    try:
        result = measure.measure(tmp_path, measure.TINY, (), measure.REHEARSAL, 5)
    finally:
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode(mode)
    assert result["left out"] == []
    assert len(result["measured"]) == len(list(measure.measurements(measure.TINY, ())))
    assert all(each.get("busy", each.get("images per second")) > 0 for each in result["measured"])
    assert json.loads((tmp_path / "gpu.json").read_text()) == result
    assert "say nothing about a GPU" in (tmp_path / "gpu.md").read_text()


def test_trainings_side_by_side_are_watched_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANC_DEVICE", "cpu")
    (speed,) = several(tmp_path, Way(DenseNetBC(10, 4)), measure.REHEARSAL)
    assert speed > 0


@pytest.mark.parametrize(
    ("what", "way", "needed", "why"),
    [
        ("several", Way(DenseNetBC(10, 4), processes=2, mps=True), "nvidia-cuda-mps-control", "there is no"),
        ("torchdistill", Way(DenseNetBC(10, 4), "live"), "torchdistill", "is not installed here"),
    ],
)
def test_what_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, way: Way, needed: str, why: str
) -> None:
    if find_spec("torchdistill") and what == "torchdistill":
        pytest.skip("it is there")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(measure, "measurements", lambda *_: iter([(what, way)]))
    result = measure.measure(tmp_path, (), (), measure.REHEARSAL, 5)
    assert result["measured"] == []
    (left,) = result["left out"]
    assert needed in left["why"]
    assert why in left["why"]


def test_what_an_earlier_call_measured_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANC_DEVICE", "cpu")
    ways = [("alone", Way(DenseNetBC(10, 4))), ("alone", Way(DenseNetBC(10, 4), recorded=False))]
    monkeypatch.setattr(measure, "measurements", lambda *_: iter(ways[:1]))
    (first,) = measure.measure(tmp_path, (), (), measure.REHEARSAL, 5)["measured"]
    monkeypatch.setattr(measure, "measurements", lambda *_: iter(ways))
    later = measure.measure(tmp_path, (), (), measure.REHEARSAL, 0)
    assert later["measured"] == [first]
    assert [line["recorded"] for line in later["left out"]] == [False]
    # Not by another device.
    result = json.loads((tmp_path / "gpu.json").read_text())
    result["machine"]["device"] = "another"
    (tmp_path / "gpu.json").write_text(json.dumps(result))
    assert measure.measure(tmp_path, (), (), measure.REHEARSAL, 0)["measured"] == []


def test_what_there_was_no_time_for_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANC_DEVICE", "cpu")
    result = measure.measure(tmp_path, measure.TINY, measure.TINY, measure.REHEARSAL, 0)
    assert result["measured"] == []
    assert {each["why"] for each in result["left out"]} == {"the 0 minutes were over"}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so(tmp_path: Path, checkout: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    environment.pop("BANC_DEVICE", None)
    script = checkout / "tests/gpu/measure.py"
    done = subprocess.run(
        [sys.executable, script, tmp_path / "out"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "torch sees no GPU here, so nothing was measured" in done.stdout
    assert not (tmp_path / "out").exists()


def test_operations_are_two_a_multiply_add() -> None:
    """WRN-28-10: 5.2 thousand million multiply-adds an image, as its paper's tables count them."""
    labels, live = Way(WideResNet(28, 10)), Way(WideResNet(28, 10), "live")
    assert operations(labels) == pytest.approx(3 * 2 * 5.25e9, rel=0.01)
    assert operations(live) == pytest.approx(operations(labels) * 4 / 3)
    assert operations(Way(DenseNetBC(10, 4))) > 0


def test_a_peak_is_that_of_the_device_with_the_name() -> None:
    assert peaks.peak("NVIDIA H200", "bfloat16") == 989e12
    assert peaks.peak("NVIDIA H100 80GB HBM3", "TF32") == 494e12
    assert peaks.peak("NVIDIA L40S", "float32") == 91.6e12
    assert peaks.peak("NVIDIA L4", "float32") == 30.3e12
    assert peaks.peak("Some other", "float32") is None


def test_a_store_is_timed_by_its_whole_batches_after_the_first() -> None:
    # A batch of 8 every second, then every half second; the first one and the rest of 3 take long.
    ends = [(100.0, 8), *((101.0 + number, 8) for number in range(4)), (104.5, 8), (105.0, 8), (199.0, 3)]
    assert speeds(ends) == [8.0, 8.0, 16.0]
    assert speeds([(0.0, 8), (2.0, 8)]) == [4.0]
    with pytest.raises(RuntimeError, match="fewer than two whole batches"):
        speeds([(0.0, 8), (2.0, 3)])
