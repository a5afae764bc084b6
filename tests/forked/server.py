"""Runs commands in forks of a process that has imported what they import, which takes seconds otherwise.

Arguments: a name in ``IMPORTS``, and a path, where a socket is made. A connection sends its standard streams,
and as JSON the words of a command, a folder and an environment: ``banc ...``, ``dvc ...``, or ``trial``, the
process in which ``banc check`` tries networks. It gets the number of the process, and when that has ended
its exit code. Where whoever asked is gone, the process is killed. ``client.py`` asks.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

LONGEST = 1 << 20
IMPORTS = {
    "banc": "banc.cli.app banc.models.build banc.runner.preload",
    "dvc": "dvc.cli.parser dvc.data_cloud dvc.dirs dvc.lock dvc.repo.artifacts dvc.repo.index "
    "dvc.repo.open_repo dvc.repo.plots dvc.rwlock dvc.scm dvc.stage.loader dvc_data.hashfile.db.local "
    "networkx platformdirs ruamel.yaml",
}


def serve(path: str) -> NoReturn:
    """Answers until whoever started this process is gone."""
    woken, wake = os.pipe()
    for end in (woken, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(64)
    print("ready", flush=True)
    running: dict[int, socket.socket] = {}
    while True:
        asked = select.select([0, woken, listening, *running.values()], [], [])[0]
        if 0 in asked:
            for process in running:
                _kill(process)
            os._exit(0)
        if woken in asked:
            os.read(woken, 4096)
            for process in list(running):
                number, status = os.waitpid(process, os.WNOHANG)
                if number:
                    _kill(number)  # and what it has left behind
                    with running.pop(number) as connection, suppress(OSError):
                        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        for process, connection in running.items():
            if connection in asked:
                _kill(process)
        if listening in asked:
            connection, _ = listening.accept()
            message, streams = _request(connection)
            process = os.fork()
            if not process:
                signal.set_wakeup_fd(-1)
                for number in (
                    woken,
                    wake,
                    *(watched.fileno() for watched in (listening, connection, *running.values())),
                ):
                    os.close(number)
                _become(streams, **message)
            for stream in streams:
                os.close(stream)
            running[process] = connection
            with suppress(OSError):
                connection.sendall(f"{process}\n".encode())


def _kill(process: int) -> None:
    """With all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)


def _request(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    text, streams, _, _ = socket.recv_fds(connection, LONGEST, 3)
    while not text.endswith(b"\n"):
        text += connection.recv(LONGEST)
    return json.loads(text), list(streams)


def _become(streams: list[int], words: list[str], folder: str, environment: dict[str, str]) -> NoReturn:
    """Makes of this process what it would be, had it been started, and runs the command."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = words
        code = _run(words[0])
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _run(program: str) -> int:
    match program:
        case "banc":
            from banc.cli.main import main

            main()
        case "dvc":
            from dvc.cli import main as dvc

            return int(dvc(sys.argv[1:]) or 0)
        case "trial":
            from banc.models.validation.validator_process import main as trial

            trial()
    return 0


name, path = sys.argv[1:]
for module in IMPORTS[name].split():
    import_module(module)
if torch := sys.modules.get("torch"):
    # torch imports more for its first meta tensors.
    torch.nn.Linear(1, 1, device="meta")(torch.empty(1, 1, device="meta"))
# What is imported stays: no collection is to look through it, and so copy its pages, in every fork.
gc.collect()
gc.freeze()
serve(path)
