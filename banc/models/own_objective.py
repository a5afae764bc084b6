"""An objective of a person's own, as training calls it.

In: a declaration, and the workspace. Out: a function of tensors that gives a loss for each image, or says in
    one line why it gives none. ``validation.validate_objective`` tries it on made tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from banc.config.objective import OwnObjective
from banc.models.own_function import own_function
from banc.models.unusable import Unusable, describe_exception

Losses = Callable[[Tensor, Tensor, Tensor], Tensor]
"""From logits float32 (B, K), labels int64 (B,) and a teacher's log-probabilities float32 (B, K) to (B,)."""


def own_objective(objective: OwnObjective, root: Path) -> Losses:
    """The losses of ``objective``.

    Raises:
        Unusable: here, or when it is called: its code fails, or gives something else than a loss for each
            image.
    """
    function, path = own_function(objective, root), str(root / objective.file)
    name = f"`{objective.function}` of `{objective.file}`"

    def losses(logits: Tensor, labels: Tensor, teacher: Tensor) -> Tensor:
        try:
            found = function(logits, labels, teacher, **objective.arguments)
        except (Exception, SystemExit) as error:
            given = ", ".join((*objective.GIVEN, *(f"{key}=..." for key in objective.arguments)))
            hint = f"banc calls `{objective.function}({given})`" if isinstance(error, TypeError) else None
            raise Unusable(describe_exception(error, objective.file, path), hint=hint) from error
        if not isinstance(found, Tensor):
            raise Unusable(
                f"{name} gives a {type(found).__name__}; expected a tensor with a loss for each image"
            )
        if found.shape != labels.shape:
            raise Unusable(
                f"{name} gives a tensor of shape {tuple(found.shape)} for {len(labels)} images; expected "
                f"{tuple(labels.shape)}, a loss for each image"
            )
        if not found.is_floating_point():
            raise Unusable(f"the losses of {name} are {found.dtype}; expected floating-point numbers")
        return found

    return losses
