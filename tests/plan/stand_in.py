"""``banc run``, without training: files whose bytes follow from a stage's parameters and inputs.

DVC cannot tell the difference, and a walk over many changes takes seconds. And where a file ``machine`` in
the workspace says another machine, trainings come out otherwise, as they do elsewhere. A file ``failing``
names stages that fail; ``ran`` gets the address of each that begins, ``gpus`` which it was given, and
``forked`` says that stages were forked.
Outputs are published whole, and what was made is noted (``stage.made``), as the real one does. And it forks
stages for ``banc repro``.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import sys
import time
from pathlib import Path

OUTPUTS = {
    "data": ("train_images.npy", "train_labels.npy", "test_images.npy", "test_labels.npy", "data.json"),
    "train": ("model.safetensors", "model.json", "history.csv", "outputs.npy"),
    "import": ("model.safetensors", "model.json", "outputs.npy"),
    "predict": ("outputs.npy", "outputs.json"),
    "score": ("metrics.json", "quality.json", "outcomes.npy"),
    "table": ("results.json", "details.json"),
}
# Alike in all networks of a kind, as `made_with` is.
ALIKE = ("model.json", "outputs.json")

if sys.argv[1] == "fork-server":
    import fork_server  # beside this program: ``banc.runner.process.fork_server``

    Path("forked").touch()
    fork_server.serve(socket.socket(fileno=int(sys.argv[2])))
address = sys.argv[2]
(file,) = Path("pipelines").glob(f"*/{address}.json")
parameters = file.read_text()
machine = Path("machine").read_text() if Path("machine").exists() else ""
digest = hashlib.sha256(parameters.encode())
for name in sorted(
    set(re.findall(r'"((?:data|train|import|predict|score)-[^"]+-[0-9a-f]{12})"', parameters))
):
    for path in sorted(Path("runs", name).iterdir()):
        if path.name not in ALIKE:
            digest.update(path.read_bytes())
for option in sys.argv[3:]:
    digest.update(Path(option.removeprefix("--file=")).read_bytes())
kind = json.loads(parameters)["kind"]
if kind == "train":
    digest.update(machine.encode())
with Path("ran").open("a") as ran:
    ran.write(f"{address}\n")
gpu = os.environ.get("CUDA_VISIBLE_DEVICES", "none")
with Path("gpus").open("a") as gpus:
    gpus.write(f"{gpu} {kind} begins\n")
if Path("slow").exists():
    time.sleep(0.5)
if Path("held").exists() and address in Path("held").read_text().split():
    until = time.monotonic() + 600
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.02)
if Path("failing").exists() and address in Path("failing").read_text().split():
    sys.exit(f"error: {address}: no luck\nhint: try again")
folder = Path(".banc/tmp", address)
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
for name in OUTPUTS[kind]:
    alike = name in ALIKE
    text = f"{kind} {name} on {machine}" if alike else f"{kind} {name} of {digest.hexdigest()}"
    (folder / name).write_text(text)
if of := os.environ.get("BANC_MADE_OF"):
    stats = {path.name: path.stat() for path in folder.iterdir()}
    files = {name: (status.st_ino, status.st_size, status.st_mtime_ns) for name, status in stats.items()}
    noted = json.dumps({"inputs": json.loads(Path(of).read_text())["inputs"], "outputs": files})
    Path(".banc/made", f"{address}.json").write_text(noted)
target = Path("results", address.removeprefix("table-")) if kind == "table" else Path("runs", address)
target.mkdir(parents=True, exist_ok=True)
for name in OUTPUTS[kind]:
    (folder / name).replace(target / name)
with Path("gpus").open("a") as gpus:
    gpus.write(f"{gpu} {kind} ends\n")
