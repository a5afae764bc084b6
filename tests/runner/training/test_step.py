"""What a step draws: everything is a function of its number, and nothing of how often anybody drew before."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from banc.config.custom import FactoryNetwork
from banc.config.model import PreResNet, WideResNet
from banc.config.objective import OBJECTIVES
from banc.digest import file_digest
from banc.stage.kinds import Address, Train


def generator_states(workspace: Any, stage: Train) -> set[bytes]:
    """The states that torch's generator has at the forward passes of the student and after the training."""
    seen = set()

    def look(network: nn.Module, _: object) -> None:
        # Without gradients it is no step: one image, asked before the first numbers are drawn.
        if isinstance(network, nn.Linear) and network.training and torch.is_grad_enabled():
            seen.add(torch.get_rng_state().numpy().tobytes())

    hook = register_module_forward_pre_hook(look)
    try:
        workspace.run(stage)
    finally:
        hook.remove()
    return {*seen, torch.get_rng_state().numpy().tobytes()}


DROPS = WideResNet(10, 1, dropout=0.3)


@pytest.mark.parametrize("live", [False, True], ids=["stored", "live"])
@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name != "labels"])
def test_no_step_of_a_student_draws_from_torchs_generator(
    workspace: Any, teacher: Train, taught: Address, objective: str, live: bool
) -> None:
    """Whatever the objective, with dropout, with the last batch, and over several epochs."""
    student = attrs.evolve(teacher, model=DROPS, objective=OBJECTIVES[objective], seed=1)
    given = {"teachers": (workspace.link(teacher),)} if live else {"teacher_outputs": (taught,)}
    assert len(generator_states(workspace, attrs.evolve(student, **given))) == 1


def test_no_step_on_labels_draws_from_torchs_generator(workspace: Any, teacher: Train) -> None:
    assert len(generator_states(workspace, attrs.evolve(teacher, model=DROPS))) == 1


def test_parts_of_a_step_draw_nothing_either(workspace: Any, teacher: Train) -> None:
    recipe = attrs.evolve(teacher.recipe, micro_batch=5, precision="bfloat16")
    stage = attrs.evolve(teacher, model=PreResNet(11), recipe=recipe)
    assert len(generator_states(workspace, stage)) == 1


def test_what_a_network_of_ones_own_draws_is_seeded_at_each_step(workspace: Any, teacher: Train) -> None:
    """Dropout that is no ``nn.Dropout`` comes from torch's generator, which each step sets anew."""
    source = workspace.root / "noisy.py"
    source.write_text(
        "import torch\n"
        "from torch import nn\n"
        "class Noisy(nn.Module):\n"
        "    def forward(self, x):\n"
        "        return x + 0.1 * torch.rand(x.shape) if self.training else x\n"
        "def make(classes, **_):\n"
        "    return nn.Sequential(nn.Flatten(), Noisy(), nn.Linear(64, classes))\n"
    )
    model = FactoryNetwork("noisy.py", "make", file_digest(source))
    stage = attrs.evolve(teacher, model=model)
    assert len(generator_states(workspace, stage)) > stage.recipe.epochs
    before = workspace.outputs(stage)
    torch.rand(17)
    workspace.run(stage)
    assert workspace.outputs(stage) == before
