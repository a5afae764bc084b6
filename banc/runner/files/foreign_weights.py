"""Weights that somebody else wrote: safetensors, or a state dict that torch pickled.

In: a file of which nothing is known but its digest. Out: tensors by name. The bytes are read once, so that
what is loaded is what has the digest. Of a pickle, torch's restricted reader takes tensors and plain values
and refuses everything else before it runs: a state dict cannot bring code.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from banc.errors import BancError
from banc.models.fit import TensorKind
from banc.printable import cropped, one_line
from banc.stage.kinds import WeightsFormat

HINT = "`banc manual how-to/pretrained` shows how to write such a file"


def read_foreign(root: Path, file: str, digest: str, format: WeightsFormat) -> dict[str, Tensor]:
    """The tensors of ``file``, a path in the workspace ``root``, on the CPU.

    Raises:
        BancError: it has another digest, is no such file, or holds more than tensors.
    """
    data = (root / file).read_bytes()
    actual = hashlib.sha256(data).hexdigest()
    if actual != digest:
        raise BancError(
            f"`{file}` has the digest `{actual}`, and the spec means the weights with `{digest}`",
            hint="bring the right file back; or, if these are the weights that you mean, write their digest "
            "into the spec and run `banc compile`",
        )
    match format:
        case "safetensors":
            try:
                return safetensors.torch.load(data)
            except SafetensorError as error:
                raise BancError(
                    f"`{file}` is no safetensors file: {one_line(str(error))}", hint=HINT
                ) from error
        case "state-dict":
            return _tensors(file, _unpickled(file, data))


def kinds_of(tensors: Mapping[str, Tensor]) -> dict[str, TensorKind]:
    """The tensors without their numbers."""
    return {name: TensorKind(_dtype(tensor), tuple(tensor.shape)) for name, tensor in tensors.items()}


def _dtype(tensor: Tensor) -> str:
    plain = str(tensor.dtype).removeprefix("torch.")
    if tensor.layout != torch.strided:
        return f"{str(tensor.layout).removeprefix('torch.')} {plain}"
    return f"{plain} without numbers" if tensor.is_meta else plain


def _unpickled(file: str, data: bytes) -> Any:
    try:
        with warnings.catch_warnings():  # of what is checked afterwards, or refused
            warnings.simplefilter("ignore")
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:
        # Of a broken file torch raises whatever its readers stumble over.
        if refused := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise BancError(
                f"`{file}` holds more than tensors: it asks for `{refused[1]}`, which is code. "
                "Nothing of it was run",
                hint=HINT,
            ) from error
        reason = cropped(one_line(str(error).partition("\n")[0]), 100) or type(error).__name__
        raise BancError(f"`{file}` is no state dict that torch can read: {reason}", hint=HINT) from error


def _tensors(file: str, content: Any) -> dict[str, Tensor]:
    if isinstance(content, Mapping) and all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in content.items()
    ):
        return {name: tensor.detach() for name, tensor in content.items()}
    what = f"a {type(content).__name__}"
    if isinstance(content, Mapping):
        keys = [f"`{cropped(one_line(str(key)), 40)}`" for key in content]
        what = f"a table with {', '.join(keys[:3])}" + (" and more" if keys[3:] else "")
    raise BancError(f"`{file}` is no state dict: it holds {what}, expected tensors by name", hint=HINT)
