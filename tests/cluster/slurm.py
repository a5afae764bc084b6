"""A real Slurm on this machine: slurmctld, and two slurmd that say they are two nodes with a GPU each.

Everything lies in one folder, and all ports are on loopback, so several can run beside each other and
beside a real one. The GPUs are `/dev/null` and `/dev/zero`: Slurm gives them out, and nobody opens them.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo", "setpriv")
NODES = ("n1", "n2")
PATIENCE = 300.0
"""Seconds until something is as expected, on a busy machine."""

CONF = """\
ClusterName=banc
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
GresTypes=gpu
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
StateSaveLocation={folder}/slurmctld
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=5
MinJobAge=600
InactiveLimit=0
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=4 RealMemory=1000 Gres=gpu:1
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=4 RealMemory=1000 Gres=gpu:1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=1:00:00 PriorityTier=1 State=UP
PartitionName=urgent Nodes=n1,n2 MaxTime=1:00:00 PriorityTier=9 PreemptMode=OFF State=UP
"""
GRES = "NodeName=n1 Name=gpu File=/dev/null\nNodeName=n2 Name=gpu File=/dev/zero\n"


def missing() -> str:
    """The first program that is not here, or another reason why nothing can be started; empty: none."""
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])
    absent = next((name for name in PROGRAMS if shutil.which(name, path=path) is None), "")
    if absent:
        return f"no `{absent}` here: apt-get install slurmctld slurmd slurm-client munge"
    # A batch job is started for whoever submits it, for which slurmd must be root.
    return "" if os.geteuid() == 0 else "slurmd needs root here"


class Slurm:
    """One cluster, until it is closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
        path = self.environment["PATH"]
        self.environment["PATH"] = os.pathsep.join([path, "/usr/sbin", "/sbin"])
        for name in ("slurmctld", "munge", *NODES):
            (folder / name).mkdir()
        self._ports = _reserved(3)
        says = {
            "folder": folder,
            "host": os.uname().nodename,
            "user": getpass.getuser(),
            "ports": [opened.getsockname()[1] for opened in self._ports],
        }
        (folder / "slurm.conf").write_text(CONF.format(**says))
        (folder / "gres.conf").write_text(GRES.format(**says))
        key = folder / "munge/key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        munge = [f"--{name}={folder}/munge/{file}" for name, file in MUNGE.items()]
        self._start("munged", "--foreground", "--force", *munge)
        until((folder / "munge/socket").exists)
        self._start("slurmctld", "-D")
        for node in NODES:
            self._start("slurmd", "-D", "-N", node, name=node)
        until(lambda: self.call("sinfo", "--noheader", "--format=%t").split() == ["idle"])

    def _start(self, program: str, *arguments: str, name: str = "") -> None:
        with (self.folder / f"{name or program}.said").open("wb") as said:
            self._processes[name or program] = subprocess.Popen(
                # Where the tests are killed, nothing stays.
                ["setpriv", "--pdeathsig", "KILL", program, *arguments],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def call(self, *command: str) -> str:
        """What a program of Slurm's prints; nothing where it fails."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else ""

    def environment_of(self, workspace: Any) -> dict[str, str]:
        """What is added to a workspace's environment for somebody at this cluster."""
        path = os.pathsep.join([workspace.environment["PATH"], "/usr/sbin", "/sbin"])
        return {"SLURM_CONF": self.environment["SLURM_CONF"], "PATH": path}

    def states(self) -> dict[str, str]:
        """State by number, of all jobs."""
        lines = self.call("squeue", "--noheader", "--states=all", "--format=%i %T").splitlines()
        return dict(line.split() for line in lines)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Meanwhile no job begins, as on a cluster that is full."""
        self.call("scontrol", "update", "PartitionName=main", "State=DOWN")
        try:
            yield
        finally:
            self.call("scontrol", "update", "PartitionName=main", "State=UP")

    def over(self) -> bool:
        """Whether no job waits or runs; one that waits for its time to begin again is let begin."""
        for line in self.call("squeue", "--noheader", "--format=%i %r").splitlines():
            job, reason = line.split(maxsplit=1)
            if reason == "BeginTime":
                self.call("scontrol", "update", f"JobId={job}", "StartTime=now")
        return not self.call("squeue", "--noheader")

    def lose(self, node: str) -> None:
        """A node goes away with all that runs on it, and Slurm notices."""
        process = self._processes.pop(node)
        process.kill()
        process.wait()
        for step in self._steps(node):  # first, or it would still say how the others ended
            with suppress(ProcessLookupError):
                os.kill(step, signal.SIGKILL)
        ours = {f"SLURMD_NODENAME={node}".encode(), f"SLURM_CONF={self.folder}/slurm.conf".encode()}
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if ours <= {*path.read_bytes().split(b"\0")}:
                    os.kill(int(path.parent.name), signal.SIGKILL)
        self.call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=gone")

    def _steps(self, node: str) -> list[int]:
        """The processes that watch a node's jobs: they have its log open."""
        found = []
        for path in Path("/proc").glob("[0-9]*/comm"):
            with suppress(OSError):
                files = {os.readlink(link) for link in path.with_name("fd").iterdir()}
                if path.read_text() == "slurmstepd\n" and f"{self.folder}/{node}.log" in files:
                    found.append(int(path.parent.name))
        return found

    def bring_back(self, node: str) -> None:
        """It comes back, and has forgotten everything."""
        self._start("slurmd", "-D", "-N", node, name=node)
        self.call("scontrol", "update", f"NodeName={node}", "State=RESUME")
        until(lambda: self.call("sinfo", "--noheader", "--format=%t").split() == ["idle"])

    def close(self) -> None:
        """Ends all jobs and daemons."""
        self.call("scancel", "--quiet", "--full", f"--user={getpass.getuser()}")
        for step in (step for node in NODES for step in self._steps(node)):
            with suppress(ProcessLookupError):
                os.kill(step, signal.SIGKILL)
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for opened in self._ports:
            opened.close()


MUNGE = {
    "key-file": "key",
    "socket": "socket",
    "pid-file": "pid",
    "log-file": "log",
    "seed-file": "seed",
}


def until(true: Callable[[], bool]) -> None:
    """Returns when it is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


def _reserved(number: int) -> list[socket.socket]:
    """Ports that the system gives to nobody who wants any, and yet to a daemon that asks for one of them."""
    sockets = [socket.socket() for _ in range(number)]
    for opened in sockets:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(("127.0.0.1", 0))
    return sockets
