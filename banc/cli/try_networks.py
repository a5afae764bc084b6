"""What `banc check` and `banc compile` do for networks whose code is not banc's: build them and see.

In: specs without faults. Out: nothing, or faults at the place of the spec that names the network. Only
a spec with such a network makes this import torch, and runs a person's file.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from banc.config.model import Own
from banc.errors import UsageError
from banc.paths import workspace
from banc.spec.codes import Code
from banc.spec.fault import Fault
from banc.spec.load import Loaded
from banc.spec.source import SpecError

if TYPE_CHECKING:
    from banc.models.unusable import Unusable


def try_networks(specs: Sequence[Loaded]) -> None:
    """Builds every such network on meta tensors and shows it images.

    Raises:
        SpecError: networks that cannot be used, of all specs.
    """
    if faults := [fault for loaded in specs for fault in _faults(loaded)]:
        raise SpecError(faults)


def root_of(loaded: Loaded) -> Path:
    """The workspace that a spec lies in, where its files are looked for."""
    try:
        return workspace(Path(loaded.source.file).parent)
    except UsageError:
        return Path.cwd()  # no network of it comes from a file, or reading it would have failed


def _faults(loaded: Loaded) -> Iterator[Fault]:
    for name, model in loaded.spec.models.items():
        if isinstance(model, Own):
            from banc.models.trial import trial
            from banc.models.unusable import Unusable

            try:
                # What a person's file prints is no part of our output, which programs may read.
                with contextlib.redirect_stdout(sys.stderr):
                    trial(model, loaded.spec.data.shape, root_of(loaded))
            except Unusable as error:
                yield _fault(loaded, name, model, error)


def _fault(loaded: Loaded, name: str, model: Own, error: Unusable) -> Fault:
    message = error.message + (f"; {error.hint}" if error.hint else "")
    if error.key is None:
        return loaded.source.fault(Code.OWN_NETWORK, ("models", name), message, at_key=True)
    path, word = ("models", name, error.key), getattr(model, error.key)
    if error.legal:
        return loaded.source.fault(Code.UNKNOWN_CHOICE, path, message, legal=error.legal, word=word)
    return loaded.source.fault(Code.OWN_NETWORK, path, message)
