"""Silence around libraries that print, log and warn where a person asked for nothing of it.

What goes wrong in them, their exceptions say. Some listen to the environment alone.
"""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing of what is printed, logged or warned of within the block."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


@contextmanager
def environment(variables: Mapping[str, str], *, without: str | None = None) -> Iterator[None]:
    """The process's environment with ``variables`` within the block.

    Args:
        without: what the names of variables begin with that are left out.
    """
    before = dict(os.environ)
    for name in before:
        if without is not None and name.startswith(without):
            del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
