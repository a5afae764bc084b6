"""Whether the weights that specs take from elsewhere are those of their networks, before anything runs.

In: specs without errors. Out: faults at the place of the spec that names the file. Of a safetensors file the
header is read; a state dict is not opened, which its stage does. Networks are built on meta tensors in a
process of their own, and only for a spec that has such a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from banc.config.model import UserNetwork
from banc.errors import BancError, UsageError
from banc.language.codes import Code
from banc.language.declare import declare
from banc.language.declared import DeclaredImport
from banc.language.fault import Fault
from banc.language.load import Loaded
from banc.paths import workspace

if TYPE_CHECKING:
    from banc.models.fit import TensorKind
    from banc.models.validation.validator import NetworkValidator


def faults_of_weights(specs: Sequence[Loaded], *, run_code: bool = True) -> list[Fault]:
    """A fault for each safetensors file that does not fit its network.

    Args:
        run_code: without it, weights of networks whose code is not banc's are not compared.
    """
    imports = [
        (loaded, run)
        for loaded in specs
        for run in declare(loaded.spec).values()
        if isinstance(run, DeclaredImport)
        and run.format == "safetensors"
        and (run_code or not isinstance(run.model, UserNetwork))
        and (root_of(loaded) / run.file).is_file()  # what is not here was told
    ]
    if not imports:
        return []
    from banc.models.validation.validator import NetworkValidator

    with NetworkValidator() as networks:
        misfits = [(loaded, run, _misfit(networks, loaded, run)) for loaded, run in imports]
    return [
        loaded.source.fault(Code.WEIGHTS_DO_NOT_FIT, (*run.path, "file"), f"`{run.file}`: {why}")
        for loaded, run, why in misfits
        if why
    ]


def root_of(loaded: Loaded) -> Path:
    """The workspace that a spec lies in, where its files are looked for."""
    try:
        return workspace(Path(loaded.source.file).parent)
    except UsageError:
        return Path.cwd()  # nothing of it comes from a file, or reading it would have failed


def _misfit(networks: NetworkValidator, loaded: Loaded, run: DeclaredImport) -> str | None:
    from banc.models.fit import misfit
    from banc.models.unusable import Unusable
    from banc.runner.files.safetensors_kinds import safetensors_kinds

    image, root = loaded.spec.data.shape, root_of(loaded)
    try:
        tensors = networks.run(run.model, image, root, ask="tensors")
    except Unusable:
        return None  # told of the network itself
    try:
        why = misfit(_kinds(tensors), safetensors_kinds(root / run.file), image.classes)
    except BancError as error:
        return error.message
    return why and f"not the weights of `{run.name[0]}`: {why}"


def _kinds(tensors: dict[str, tuple[str, list[int]]]) -> dict[str, TensorKind]:
    from banc.models.fit import TensorKind

    return {name: TensorKind(dtype, tuple(shape)) for name, (dtype, shape) in tensors.items()}
