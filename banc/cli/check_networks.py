"""What the commands do for networks and objectives whose code is not banc's: try them and see.

In: specs without errors. Out: faults at the place of the spec that names the network, or what networks cost.
Only a spec with such a network starts a process that imports torch and runs a file (``models.validation``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from banc.cli.check_objectives import faults_of_objectives
from banc.cli.check_weights import faults_of_weights, root_of
from banc.config.image import ImageShape
from banc.config.model import FactoryNetwork, Model, UserNetwork
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.load import Checked, Loaded, check_all, in_order
from banc.language.source import SpecError

if TYPE_CHECKING:
    from banc.models.unusable import Unusable

Costs = dict[str, Any]
"""The fields of ``models.measure.NetworkCost``, as plain values."""


def check_with_networks(specs: Sequence[Path], *, run_code: bool) -> Checked:
    """Checks specs, and tries networks and weights of those without errors. For ``run_code`` see below."""
    checked = check_all(specs)
    faults = [
        *checked.faults,
        *faults_of_networks(checked.loaded, run_code=run_code),
        *faults_of_objectives(checked.loaded, run_code=run_code),
        *faults_of_weights(checked.loaded, run_code=run_code),
    ]
    return evolve(checked, faults=tuple(in_order(faults, specs)))


def faults_of_networks(specs: Sequence[Loaded], *, run_code: bool = True) -> list[Fault]:
    """Builds every such network and shows it images.

    Args:
        run_code: without it nothing is built, and a warning at each network says so.

    Returns:
        A fault for each network that cannot be used, or was not tried.
    """
    if run_code:
        return [tried for _, tried in _outcomes(specs, measure=False) if isinstance(tried, Fault)]
    return [
        loaded.source.fault(Code.NOT_TRIED, ("models", name), _not_tried(name, model), at_key=True)
        for loaded, name, model in _own(specs)
    ]


def costs_of_networks(specs: Sequence[Loaded]) -> dict[str, Costs]:
    """Builds every such network, shows it images, and counts what it costs; by ``network_key``.

    Raises:
        SpecError: networks that cannot be used, of all specs.
    """
    costs: dict[str, Costs] = {}
    faults: list[Fault] = []
    for key, tried in _outcomes(specs, measure=True):
        if isinstance(tried, Fault):
            faults.append(tried)
        else:
            costs[key] = tried
    if faults:
        raise SpecError(faults)
    return costs


def network_key(model: Model, image: ImageShape, root: Path) -> str:
    """Equal for networks of which one trial tells everything."""
    where = root if isinstance(model, FactoryNetwork) else None
    return repr((model, image, where))


def _own(specs: Sequence[Loaded]) -> Iterator[tuple[Loaded, str, UserNetwork]]:
    for loaded in specs:
        for name, model in loaded.spec.models.items():
            if isinstance(model, UserNetwork):
                yield loaded, name, model


def _outcomes(specs: Sequence[Loaded], *, measure: bool) -> Iterator[tuple[str, Fault | Costs]]:
    """For each such network its key, and a fault or what it costs. A network of several specs is run once."""
    if not any(_own(specs)):
        return
    from banc.models.unusable import Unusable
    from banc.models.validation.validator import NetworkValidator

    known: dict[str, Unusable | Costs] = {}
    with NetworkValidator() as validator:
        for loaded, name, model in _own(specs):
            image, root = loaded.spec.data.shape, root_of(loaded)
            key = network_key(model, image, root)
            if key not in known:
                try:
                    known[key] = validator.run(model, image, root, ask="cost" if measure else "usable")
                except Unusable as error:
                    known[key] = error
            tried = known[key]
            yield key, _fault(loaded, name, model, tried) if isinstance(tried, Unusable) else tried


def _fault(loaded: Loaded, name: str, model: UserNetwork, error: Unusable) -> Fault:
    from banc.models.unusable import NoAnswer

    message = error.message + (f"; {error.hint}" if error.hint else "")
    if isinstance(error, NoAnswer):
        return loaded.source.fault(Code.NO_ANSWER, ("models", name), message, at_key=True)
    if error.key is None:
        return loaded.source.fault(Code.OWN_NETWORK, ("models", name), message, at_key=True)
    path, word = ("models", name, error.key), getattr(model, error.key)
    if error.legal:
        return loaded.source.fault(Code.UNKNOWN_CHOICE, path, message, legal=error.legal, word=word)
    return loaded.source.fault(Code.OWN_NETWORK, path, message)


def _not_tried(name: str, model: UserNetwork) -> str:
    if isinstance(model, FactoryNetwork):
        return f"`{name}` was not checked: `{model.function}` of `{model.file}` was not run"
    return f"`{name}` was not checked: torchvision's `{model.name}` was not built"
