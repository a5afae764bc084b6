"""Layers that a student takes from its teacher.

Furlanello et al., Born Again Neural Networks, the experiment of table 2: the student shares the
teacher's first and last layer. In: a fresh student and its teacher's weights. Out: the student, changed.
"""

from __future__ import annotations

from pathlib import Path

from torch import nn

from banc.errors import BancError
from banc.runner.files.weights import check_fits, read_weights
from banc.stage import files
from banc.stage.kinds import Train


def share(root: Path, stage: Train, network: nn.Module) -> None:
    """Copies the layers that ``stage.share`` names into ``network``, and freezes them where it says so.

    Raises:
        BancError: the teacher's weights are damaged, or a layer has another shape or number type there.
    """
    if not stage.share:
        return
    assert stage.shared_with is not None
    path = root / files.folder(stage.shared_with) / files.MODEL
    teacher = read_weights(path)
    for name in stage.share:
        part = network.get_submodule(name)
        theirs = {key.removeprefix(f"{name}."): teacher[key] for key in teacher if key.startswith(f"{name}.")}
        ours = part.state_dict()
        for key in sorted(ours.keys() | theirs.keys()):
            shapes = [tuple(tensors[key].shape) if key in tensors else None for tensors in (ours, theirs)]
            if shapes[0] != shapes[1]:
                raise BancError(
                    f"the {name} cannot be shared: `{key}` is {_spell(shapes[0])} in the student and "
                    f"{_spell(shapes[1])} in the teacher",
                    hint="a shared layer has the same shape in both networks",
                )
        check_fits(path, ours, theirs)
        part.load_state_dict(theirs)
        # Nothing in a shared layer changes but by gradients, so freezing those freezes it.
        assert not list(part.buffers())
        part.requires_grad_(not stage.share_frozen)


def _spell(shape: tuple[int, ...] | None) -> str:
    return "absent" if shape is None else "x".join(map(str, shape))
