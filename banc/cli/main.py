"""Runs the command line and turns a ``BancError`` into two lines and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from banc import starters
from banc.errors import BancError
from banc.printable import printable

SPACE = "\t\n"
"""What a message may hold beside printable characters: some list things line by line."""


def main() -> None:
    """What the ``banc`` command calls."""
    # Before anything that takes time: who started this may be killed meanwhile.
    starters.remember()
    _open_closed_streams()
    if sys.argv[1:2] == [starters.FORK_SERVER] and sys.argv[2:]:
        from banc.cli.fork_server import fork_server

        fork_server(sys.argv[2], _main)
    _main()


def _open_closed_streams() -> None:
    """Opens the standard streams that the starter has closed (`>&-`), on nothing.

    Otherwise Python has none to print to, and the next file that is opened gets what others print.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False, encoding="utf-8")
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False, encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False, encoding="utf-8")


def _main() -> None:
    try:
        from banc.cli.app import app

        app()
    except BancError as error:
        if error.exit_code > 128:
            # It leaves already. Who stops DVC and its stages together may ask twice.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        _tell(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        from banc.cli.terminal import silence

        # Standard output itself, as a rule: Python would complain once more when it closes that.
        silence(sys.stdout)
        what = f" with `{error.filename}`" if error.filename else ""
        _tell(BancError(f"the system reported an error{what}: {(error.strerror or str(error)).lower()}"))
        sys.exit(1)


def _tell(error: BancError) -> None:
    from banc.cli.terminal import wants_color

    with suppress(OSError):  # nobody is there to be told, as where a terminal was closed
        _print(error, color=wants_color(sys.stderr))


def _print(error: BancError, *, color: bool) -> None:
    from banc.cli.fitted import say
    from banc.language.source import SpecError

    if isinstance(error, SpecError):
        from banc.cli.check import summary
        from banc.language.show import show

        print(show(error.faults, "text", color=color) + summary(error.faults), file=sys.stderr)
        return
    red, blue, end = ("\x1b[1;31m", "\x1b[34m", "\x1b[0m") if color else ("", "", "")
    say(f"{red}error{end}: {printable(error.message, keep=SPACE)}".split("\n"), sys.stderr)
    if error.hint:
        say(f"{blue}hint{end}: {printable(error.hint, keep=SPACE)}".split("\n"), sys.stderr)
