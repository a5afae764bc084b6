"""``banc`` or ``dvc``, whichever it is called: asks ``server.py``, whose socket lies beside it, to run it.

It ends as that process ends, and passes on the signals that ask it to stop.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

folder, name = os.path.split(sys.argv[0])
with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.path.join(folder, f"{name}.socket"))
    request = {"words": [name, *sys.argv[1:]], "folder": os.getcwd(), "environment": dict(os.environ)}
    socket.send_fds(server, [b" "], [0, 1, 2])
    server.sendall(json.dumps(request).encode() + b"\n")
    answers = server.makefile()
    process = int(answers.readline())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(process, number))
    status = int(answers.readline() or 1)
if status < 0:
    signal.signal(-status, signal.SIG_DFL) if -status not in (signal.SIGKILL, signal.SIGSTOP) else None
    os.kill(os.getpid(), -status)
os._exit(status)
