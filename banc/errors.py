"""Errors a person can cause: one clear message, never a traceback.

What only we can cause is an assertion. Nothing here knows what the message is about.
"""

from __future__ import annotations


class BancError(Exception):
    """A failed job: a message in lower case, and apart from it what to do about it.

    Printed as ``error: <message>`` and ``hint: <hint>``; the process exits with ``exit_code``.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BancError):
    """A wrong spec or a wrong call, as opposed to a job that failed: exit code 2."""

    exit_code = 2
