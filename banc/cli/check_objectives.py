"""What the commands do for objectives whose code is not banc's: call them and see.

In: specs without errors. Out: faults at the places of a spec that name such an objective. Only a spec with
    one starts a process that imports torch and runs a file (``models.validation``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from banc.cli.check_weights import root_of
from banc.config.objective import OwnObjective
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.load import Loaded
from banc.language.own_objectives import own_objectives
from banc.language.positions import KeyPath

if TYPE_CHECKING:
    from banc.models.unusable import Unusable


def faults_of_objectives(specs: Sequence[Loaded], *, run_code: bool = True) -> list[Fault]:
    """Calls every such objective on made tensors.

    Args:
        run_code: without it nothing is called, and a warning at each objective says so.

    Returns:
        A fault for each objective that cannot be used, or was not tried.
    """
    places = [(loaded, path, own) for loaded in specs for path, own in own_objectives(loaded.spec)]
    if not run_code:
        return [
            loaded.source.fault(Code.NOT_TRIED, path, f"{_called(own)} was not run")
            for loaded, path, own in places
        ]
    if not places:
        return []
    from banc.models.unusable import Unusable
    from banc.models.validation.validator import NetworkValidator

    faults: list[Fault] = []
    known: dict[str, Unusable | None] = {}
    with NetworkValidator() as validator:
        for loaded, path, own in places:
            classes, root = loaded.spec.data.shape.classes, root_of(loaded)
            key = repr((own, classes, root))
            if key not in known:
                known[key] = None
                try:
                    validator.run_objective(own, classes, root)
                except Unusable as error:
                    known[key] = error
            if wrong := known[key]:
                faults.append(_fault(loaded, path, own, wrong))
    return faults


def _fault(loaded: Loaded, path: KeyPath, own: OwnObjective, error: Unusable) -> Fault:
    from banc.models.unusable import NoAnswer

    message = error.message + (f"; {error.hint}" if error.hint else "")
    if isinstance(error, NoAnswer):
        return loaded.source.fault(Code.NO_ANSWER, path, message)
    if error.key is None:
        return loaded.source.fault(Code.OWN_OBJECTIVE, path, message)
    place, word = (*path, error.key), getattr(own, error.key)
    if error.legal:
        return loaded.source.fault(Code.UNKNOWN_CHOICE, place, message, legal=error.legal, word=word)
    return loaded.source.fault(Code.OWN_OBJECTIVE, place, message)


def _called(own: OwnObjective) -> str:
    return f"`{own.function}` of `{own.file}`"
