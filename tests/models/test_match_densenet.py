"""Match-DenseNet: with the teacher's own numbers it is the teacher, and it narrows where it is told."""

from __future__ import annotations

import torch

from banc.models.densenet import DenseNet, DenseUnit, Transition
from banc.models.match_densenet import MatchDenseNet


def test_with_the_skeletons_own_blocks_it_is_the_skeleton() -> None:
    torch.manual_seed(0)
    teacher = DenseNet(16, 6, 10, third_transition=True).eval()
    student = MatchDenseNet(2, 6, (12, 12, 12), (12, 12, 12), 10, stem_channels=12).eval()
    student.load_state_dict(teacher.state_dict())
    images = torch.randn(2, 3, 16, 16)
    assert torch.equal(student(images), teacher(images))


def test_a_block_is_narrowed_before_its_units() -> None:
    network = MatchDenseNet(2, 3, (4, 6, 6), (12, 12, 12), 10, stem_channels=8)
    assert [type(part) for part in network.blocks] == [Transition, DenseUnit, DenseUnit, Transition] * 3
    narrowing = network.blocks[::4]
    assert [part.conv.weight.shape[:2] for part in narrowing] == [(4, 8), (6, 12), (6, 12)]
    assert not any(part.pool for part in narrowing)
    assert [part.pool for part in network.blocks[3::4]] == [True, True, False]
    assert [part.conv.weight.shape[:2] for part in network.blocks[3::4]] == [(12, 10), (12, 12), (12, 12)]
