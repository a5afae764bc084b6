"""What a safetensors file holds, told by its header alone. Needs no torch, and reads no number.

In: a path. Out: each tensor's number type and shape, by name.
"""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open

from banc.errors import BancError
from banc.models.fit import TensorKind
from banc.printable import one_line

_DTYPES = {
    **{f"F{bits}": f"float{bits}" for bits in (16, 32, 64)},
    **{f"I{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"U{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    "BF16": "bfloat16",
    "BOOL": "bool",
}
"""The format's words and torch's. Another word stays as it is: no network here holds such numbers."""


def safetensors_kinds(path: Path) -> dict[str, TensorKind]:
    """The tensors of the file, without their numbers.

    Raises:
        BancError: it is no safetensors file.
    """
    try:
        with safe_open(path, framework="np") as file:
            parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            return {
                name: TensorKind(_DTYPES.get(part.get_dtype(), part.get_dtype()), tuple(part.get_shape()))
                for name, part in parts.items()
            }
    except SafetensorError as error:
        raise BancError(f"no safetensors file: {one_line(str(error))}") from error
