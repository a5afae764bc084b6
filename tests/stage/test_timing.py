from __future__ import annotations

import json

import attrs
import pytest

from banc.config.image import ImageShape
from banc.config.model import DenseNetBC, WideResNet
from banc.machine import Device
from banc.stage.timing import Timing, network_key, timing_from, timing_line

TIMING = Timing(
    "train-a-0123456789ab",
    "train",
    Device("AMD EPYC", gpu=False, cores=2),
    around=1.25,
    ended=1_790_000_000,
    threads=1,
    torch="2.15.0",
    network="0123456789ab",
    slug="densenet-bc-10-2",
    parameters=100,
    multiply_adds=None,
    precision="float32",
    batch=50,
    live=("a", "b"),
    images=1000,
    seconds=3.5,
)


def test_a_line_and_back() -> None:
    line = timing_line(TIMING)
    assert "\n" not in line
    assert timing_from(line) == TIMING


def test_a_later_field_has_its_default() -> None:
    value = json.loads(timing_line(TIMING))
    del value["tested"]
    assert timing_from(json.dumps(value)) == TIMING


@pytest.mark.parametrize(
    "change",
    [
        {"timing": 2},
        {"seconds": -1},
        {"seconds": "3"},
        {"images": 1.5},
        {"device": "cpu"},
        {"device": {"name": "x"}},
        {"live": [1]},
        {"address": None},
        {"stray": 1},
    ],
)
def test_what_nobody_understands_is_none(change: dict[str, object]) -> None:
    assert timing_from(json.dumps(json.loads(timing_line(TIMING)) | change)) is None


@pytest.mark.parametrize("line", ["", "{", "[]", "null", '{"timing": 1}', "[" * 100_000, '{"timing": NaN}'])
def test_damaged_lines_are_none(line: str) -> None:
    assert timing_from(line) is None


def test_a_network_is_known_by_its_numbers_and_its_images() -> None:
    image = ImageShape(3, 32, 32, 10)
    key = network_key(DenseNetBC(10, 2), image)
    assert key == network_key(DenseNetBC(10, 2), attrs.evolve(image, classes=100))
    others = [
        network_key(DenseNetBC(10, 3), image),
        network_key(WideResNet(10, 2), image),
        network_key(DenseNetBC(10, 2), attrs.evolve(image, height=16)),
    ]
    assert len({key, *others}) == 4
