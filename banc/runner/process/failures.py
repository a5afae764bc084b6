"""Turns failures of the machine (memory, disk, lost processes) into ``BancError``: one message and a cure.

In: an exception. Out: a ``BancError``, or None where the fault is ours and a traceback is due.
"""

from __future__ import annotations

import errno

from banc.errors import BancError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_NO_MEMORY = (
    "out of memory",
    "allocate memory",
    "not enough memory",
    "could not create a primitive",
    "failed to map segment",  # of a library that is loaded
)

_LOST = {"DistBackendError", "DistNetworkError", "DistStoreError"}
"""Torch's types, by name: most stages run without torch."""


class Lost(BancError):
    """Another process of this training has ended, and with it the training."""


def explain(error: Exception) -> BancError | None:
    """The message for a full disk, refused files, or exhausted memory."""
    if isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError | ImportError) and _no_memory(str(error))
    ):
        return BancError(
            "out of memory",
            hint="give the recipe a `micro_batch`: fewer images go through at once, and the step stays "
            "the same; or end other programs that use this device, or set BANC_DEVICE to another",
        )
    if type(error).__name__ in _LOST or "gloo" in str(error):
        return Lost(
            "another process of this training has ended",
            hint="see what it said, if anything; `dvc repro` goes on from the last checkpoint",
        )
    if not isinstance(error, OSError):
        return None
    where = f" while writing `{error.filename}`" if error.filename else ""
    if error.errno in _FULL:
        return BancError(
            f"the disk is full{where}",
            hint="free some space, then run `dvc repro` again; `banc gc` shows what helps",
        )
    if error.errno == errno.EXDEV:
        return BancError(
            f"`{error.filename}` and `{error.filename2}` lie on different file systems",
            hint="outputs are moved into place whole: keep `.banc` and `runs` on one file system",
        )
    reason = error.strerror or str(error)
    return BancError(f"{reason}: `{error.filename}`" if error.filename else reason)


def _no_memory(text: str) -> bool:
    """Torch has an exception type for CUDA's memory only; on a CPU its allocator and oneDNN use words."""
    return any(sign in text for sign in _NO_MEMORY)
