"""The command of each job: asks ``engine.reception`` to have a stage done, and waits until it is.

In: a socket's path and an address, as arguments. Out: exit code 0 if the stage is done. Ninja runs this as a
program; it imports nothing but the standard library, since it starts once for each stage.
"""

from __future__ import annotations

import socket
import sys

DONE, FAILED = b"0", b"1"


def ask(path: str, address: str) -> bool:
    """Whether the stage is done. False, too, where nobody listens or who listened has gone."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            connection.sendall(address.encode() + b"\n")
            return connection.recv(1) == DONE
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not ask(*sys.argv[1:]))
