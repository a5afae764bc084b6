"""A process that has everything imported, and forks for each stage: the stage need not start Python.

In: requests on a socket, each with the words of a command, variables, and a log. Out: of each a process that
is as if the command had just been started: its own session, standard streams, environment, signals. Knows
nothing of what the command does. Imports nothing but the standard library.

What may not be shared by stages must not be there before the fork: threads, an initialised CUDA, random
numbers that were drawn. Whoever calls ``serve`` has imported modules, and hardly called anything of them.
(Threads of OpenBLAS, which numpy starts when it is imported, end at each fork and begin again when they are
needed: OpenBLAS sees to that.)

The server ends when whoever asks has closed the socket, or has died. Stages notice that by themselves
(``guard.exit_with_parent``).
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import warnings
from contextlib import suppress

LONGEST = 65536
"""Bytes of a request, at most."""


def serve(control: socket.socket) -> None:
    """Answers requests until ``control`` is closed at the other end; then the process ends.

    It returns in each forked process, where ``sys.argv`` has the words of its request.

    First goes the number of this process to ``control``. A request (``request``) comes with two descriptors:
    a connection of its own, and the log. To the connection goes a descriptor of the new process (a pidfd),
    and when that has ended its exit code.
    """
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    before = signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    # What is imported stays: no collection is to look through it, and so copy its pages, in every stage.
    gc.collect()
    gc.freeze()
    children: dict[int, socket.socket] = {}
    control.send(str(os.getpid()).encode())
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, LONGEST)
            _tell_ended(children)
        if control.fileno() not in ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, LONGEST, 2)
        if not message:
            os._exit(0)
        connection, log = socket.socket(fileno=descriptors[0]), descriptors[1]
        try:
            child = _fork()
        except OSError as error:
            connection.send(f"error {error.errno}".encode())
        else:
            if not child:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, before)
                for ours in (control, connection, *children.values()):
                    ours.close()
                for number in (woken, wake):
                    os.close(number)
                _become(message, log)
                return
            children[child] = connection
            pidfd = os.pidfd_open(child)
            with suppress(OSError):
                socket.send_fds(connection, [b"begun"], [pidfd])
            os.close(pidfd)
        os.close(log)


def request(words: list[str], variables: dict[str, str]) -> bytes:
    """What is sent to have ``words`` run, with ``variables`` added to the environment of the server."""
    return json.dumps([words, variables]).encode()


def _become(message: bytes, log: int) -> None:
    """Makes of this process what it would be, had it been started."""
    os.setsid()
    for number in (1, 2):
        os.dup2(log, number)
    os.close(log)
    words, variables = json.loads(message)
    os.environ.update(variables)
    sys.argv[1:] = words


def _fork() -> int:
    with warnings.catch_warnings():
        # Python from 3.12 on warns of any other thread; ours are OpenBLAS's.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _tell_ended(children: dict[int, socket.socket]) -> None:
    for child, connection in list(children.items()):
        number, status = os.waitpid(child, os.WNOHANG)
        if number:
            del children[child]
            with connection, suppress(OSError):
                connection.send(f"ended {os.waitstatus_to_exitcode(status)}".encode())
