"""Runs the linked stages of a checkout without DVC: each when its inputs are there, several at a time.

    python tests/gpu/stages.py [--at-once 3] [--minutes 12] [MODEL/COLUMN ...]

For a machine that has a GPU, and neither DVC nor a network. In: a checkout in which `banc compile` has run,
and which runs are wanted; without a name all. Out: ``runs/`` and ``results/``; what a stage prints stands in
``.banc/logs/``. What is there is not run again. When the minutes are over, stages leave checkpoints and go on
from them next time. Where there is DVC, `banc repro` runs the same, and records it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from attrs import frozen

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from banc.stage import files
from banc.stage.index import Index, read_index
from banc.stage.kinds import Address, Stage

LOOK = 0.2
"""Seconds between two looks at what runs."""
GRACE = 120
"""Seconds that stages have to leave checkpoints."""

LOGS = Path(".banc/logs")


@frozen
class Work:
    """A stage to run."""

    stage: Stage
    name: str
    """For people."""
    file: str | None
    """Of an import: its weights."""

    def ready(self, root: Path) -> bool:
        return all((root / name).is_file() for name in files.reads(self.stage, self.file))

    def done(self, root: Path) -> bool:
        folder = root / files.folder(self.stage)
        return all((folder / name).is_file() for name in files.writes(self.stage))


def wanted(index: Index, runs: list[str]) -> set[Address]:
    """The stages of these runs, of all seeds, and what they need; without a name all stages."""
    known = {use.run for entry in index.stages.values() for use in entry.uses if use.run}
    if unknown := set(runs) - known:
        raise SystemExit(f"error: no run is called {', '.join(sorted(unknown))}; there are {sorted(known)}")
    found: set[Address] = set()
    more = {
        address
        for address, entry in index.stages.items()
        if not runs or any(use.run in runs for use in entry.uses)
    }
    while more:
        found |= more
        needed = (name for address in more for role in index.stages[address].inputs.values() for name in role)
        more = {Address(name) for name in needed} - found
    return found


def work(root: Path, index: Index, runs: list[str]) -> dict[Address, Work]:
    """What is wanted and not done, by address."""
    found, chosen = {}, wanted(index, runs)
    for address, entry in index.stages.items():
        if address not in chosen:
            continue
        named = next((str(use) for use in entry.uses if str(use)), "")
        item = Work(files.load_stage(root, address), f"{named} {entry.kind}".strip(), entry.file)
        if not item.done(root):
            found[address] = item
    return found


def run_all(root: Path, runs: list[str], at_once: int, minutes: float) -> int:
    """Runs what is not done; returns the exit status: 1 where a stage failed, 3 where time was over."""
    waiting, end = work(root, read_index(root), runs), time.monotonic() + 60 * minutes
    running: dict[Address, tuple[Work, subprocess.Popen[bytes]]] = {}
    failed: list[str] = []
    (root / LOGS).mkdir(parents=True, exist_ok=True)
    print(f"{len(waiting)} stages to run, {at_once} at a time", flush=True)
    while time.monotonic() < end:
        for address in [address for address, item in waiting.items() if item.ready(root)]:
            if len(running) < at_once:
                running[address] = (item := waiting.pop(address)), start(root, address, item)
                print(f"begins  {item.name}", flush=True)
        for address, (item, process) in list(running.items()):
            if (status := process.poll()) is None:
                continue
            del running[address]
            print(f"{'failed ' if status else 'done   '} {item.name}", flush=True)
            if status:
                failed.append(f"{item.name}: {LOGS / f'{address}.log'} says why")
        if not running and not any(item.ready(root) for item in waiting.values()):
            break
        time.sleep(LOOK)
    for _, process in running.values():
        process.terminate()
    for item, process in running.values():
        process.wait(GRACE)
        print(f"stopped {item.name}", flush=True)
    for line in failed:
        print(f"error: {line}", file=sys.stderr)
    if failed and waiting:
        print(f"not run, for what failed or what is missing: {len(waiting)} stages", file=sys.stderr)
    if running:
        print(f"the {minutes:g} minutes were over; the same command goes on", flush=True)
    return 1 if failed else 3 if running else 0


def start(root: Path, address: Address, item: Work) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(Path(__file__).resolve()), "--stage", address]
    with (root / LOGS / f"{address}.log").open("wb") as log:
        return subprocess.Popen(
            [*command, *(["--file", item.file] if item.file else [])],
            cwd=root,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def run_one(root: Path, address: Address, file: str | None) -> int:
    from rich.console import Console

    from banc.errors import BancError
    from banc.runner.execute import execute

    try:
        execute(root, files.load_stage(root, address), address, Console(), file=file)
    except BancError as error:
        print(f"error: {error.message}" + (f"\nhint: {error.hint}" if error.hint else ""))
        return error.exit_code
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", nargs="*", metavar="MODEL/COLUMN", help="which runs; default: all")
    parser.add_argument("--at-once", type=int, default=3, help="stages at a time")
    parser.add_argument("--minutes", type=float, default=100_000.0, help="after which all are stopped")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        return run_one(Path.cwd(), Address(given.stage), given.file)
    return run_all(Path.cwd(), given.runs, given.at_once, given.minutes)


if __name__ == "__main__":
    raise SystemExit(main())
