"""``banc fork-server N``, which ``banc repro`` starts: many times ``banc run``, without its start.

In: the number of a socket. Out: a process for each stage, which runs it and ends.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from banc import starters


def fork_server(number: str, main: Callable[[], None]) -> NoReturn:
    """Imports what stages need, and forks for each.

    Args:
        number: of a socket that this process has got.
        main: does what the words of ``sys.argv`` say.
    """
    try:
        control = socket.socket(fileno=int(number))
    except (OSError, ValueError):
        sys.exit(f"error: `{starters.FORK_SERVER}` is not for people: `banc repro` starts it")
    import banc.cli.app
    import banc.runner.preload  # noqa: F401
    from banc.runner.process.fork_server import serve

    serve(control)
    starters.remember()
    code = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # Not by Python's own end: taking all modules apart again takes longer than many a stage.
    os._exit(code)
