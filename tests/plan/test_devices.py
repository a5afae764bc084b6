"""The table of devices, held against what was measured."""

from __future__ import annotations

import re
from pathlib import Path

from banc.config.image import ImageShape
from banc.config.model import DenseNetBC, Model, ResNet, WideResNet
from banc.config.multiply_adds import layers, multiply_adds
from banc.machine import Device
from banc.plan.devices import Cost, speed

MEASURED = r"\| ([a-z0-9-]+) \| labels \| (bfloat16|float32) \| yes \| recorded \| ([0-9,]+) \|"
MODELS: dict[str, Model] = {
    model.slug: model for model in (WideResNet(28, 10), WideResNet(16, 2), DenseNetBC(90, 60), ResNet(20))
}
SHAPE, BATCH = ImageShape(3, 32, 32, 100), 128


def test_a_gpu_is_as_fast_as_the_table_says_within_a_factor_of_two(checkout: Path) -> None:
    """A training step is a forward pass and a backward pass of twice its time."""
    page = (checkout / "docs/performance.md").read_text()
    assert "NVIDIA H100 80GB HBM3" in page
    lines = re.findall(MEASURED, page)
    assert {slug for slug, *_ in lines} == set(MODELS)
    for slug, precision, images in lines:
        table = speed(Device("NVIDIA H100 80GB HBM3", gpu=True), precision, 1)
        work = multiply_adds(MODELS[slug], SHAPE), layers(MODELS[slug])
        assert table is not None
        assert None not in work
        told = 1 / (3 * table.seconds(Cost(*work), BATCH))
        assert 0.5 <= told / float(images.replace(",", "")) <= 2, (slug, precision)


def test_bfloat16_is_unknown_where_the_device_has_none_for_it() -> None:
    assert speed(Device("Tesla T4", gpu=True), "bfloat16", 1) is None
    assert speed(Device("cpu", gpu=False), "bfloat16", 1) is None
