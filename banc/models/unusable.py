"""What a person is told of a network or an objective of their own that cannot be used.

In: an exception that their code let escape. Out: one message with the line of their file. It knows
nothing of specs: ``key`` names the spec's key at fault, and the caller finds its place.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from banc.errors import BancError

OWN_MODULE = "banc_own_"
"""How the modules begin that are made of a person's own files."""

LONGEST = 240
"""Longest part of a foreign message that is shown, in characters."""


class Unusable(BancError):
    """A network of a person's own that is not there, fails, or gives something else than logits."""

    def __init__(
        self,
        message: str,
        *,
        key: str | None = None,
        legal: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:
        """A message with the ``key`` of the declaration at fault, and what could have stood there."""
        super().__init__(message, hint=hint)
        self.key = key
        self.legal = legal


class NoAnswer(Unusable):
    """Nobody knows whether the network can be trained: its code ended its process, or took too long."""


def describe_exception(error: BaseException, file: str | None, path: str | None) -> str:
    """An exception as one line: the place in the person's ``file``, its type, what it says.

    Args:
        file: the file as the person calls it; None where there is none.
        path: the same file as Python knows it.
    """
    line = error.lineno if isinstance(error, SyntaxError) else None
    for frame, at in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == path:
            line = at
    reason = (error.msg if isinstance(error, SyntaxError) else str(error)).strip().split("\n")[0]
    reason = reason if len(reason) <= LONGEST else f"{reason[: LONGEST - 3]}..."
    place = f"`{file}:{line}`: " if file and line else f"`{file}`: " if file else ""
    return place + ": ".join(part for part in (type(error).__name__, reason) if part)


def raised_in_own_code(error: BaseException, root: Path) -> Unusable | None:
    """What is told of ``error`` where it came out of a file of a person's own in ``root``; else None."""
    own = [
        frame.f_code.co_filename
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).startswith(OWN_MODULE)
    ]
    if not own:
        return None
    path = Path(own[-1])
    file = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return Unusable(
        describe_exception(error, file, str(path)),
        hint=f"correct `{file}`, then `banc compile` makes stages of the new file",
    )
