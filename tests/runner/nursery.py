"""Starts real processes of ``banc run`` in milliseconds: torch is imported here once, and then forked.

Reads a line ``<workspace> <stage> [NAME=VALUE...]``, answers with the process's number, and when that has
ended with its exit status as ``subprocess`` spells it. What a process says goes to the file SAID, which is
``said.txt`` where nobody says otherwise.
MORE_MEMORY is how many megabytes it may ask for. Arguments are modules that are imported once, too.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from importlib import import_module
from pathlib import Path

import banc.cli.app
import banc.runner.preload  # noqa: F401
from banc.cli.main import main


def run(workspace: str, stage: str, *environment: str) -> None:
    os.chdir(workspace)
    os.environ.update(pair.split("=", 1) for pair in environment)
    said = os.open(os.environ.get("SAID", "said.txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(said, 1)
    os.dup2(said, 2)
    if megabytes := os.environ.get("MORE_MEMORY"):
        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + int(megabytes) * 2**20,) * 2)
    sys.argv = ["banc", "run", stage]
    status = 0
    try:
        main()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


# Who runs the tests may have set it aside, as under nohup.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
for module in sys.argv[1:]:
    import_module(module)
gc.collect()
gc.freeze()  # no collection is to copy the pages of what is imported
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if not child:
        run(*line.split())
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
