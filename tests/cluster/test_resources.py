"""``banc.toml``: what it says, and every way to get it wrong, with line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from banc.cluster.resources import Cluster, Resources, read_resources, with_flags
from banc.errors import UsageError
from banc.language.source import SpecError

WHOLE = """
[resources]
partition = "gpu"
account = "lab"
gpus = "a100:2"
cpus = 8
memory = "32G"
time = "12 h"
device = "A100"
together = "30min"
sbatch = ["--constraint=a100", "--qos=high"]
setup = ["module load cuda"]

[resources.cpu]
partition = "short"
time = "1 h"
"""


def read(tmp_path: Path, text: str) -> Cluster:
    (tmp_path / "banc.toml").write_text(text)
    return read_resources(tmp_path)


def test_without_the_file_nothing_is_asked_for(tmp_path: Path) -> None:
    assert read_resources(tmp_path) == Cluster()


def test_what_is_said_of_all_holds_without_a_gpu_too_but_what_a_gpu_needs(tmp_path: Path) -> None:
    more = ("--constraint=a100", "--qos=high")
    cluster = read(tmp_path, WHOLE)
    setup = ("module load cuda",)
    assert cluster.network == Resources(
        "gpu", "lab", "a100:2", 8, "32G", 12 * 3600, "A100", 1800, sbatch=more, setup=setup
    )
    assert cluster.network.processes == 2
    assert cluster.cpu == Resources("short", "lab", "", 8, "32G", 3600, None, 1800, sbatch=more, setup=setup)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[resource]\n", ["1: unknown table `resource`"]),
        ('[resources]\npartitoin = "gpu"\n', ["2: unknown key `partitoin` in `[resources]`"]),
        ("[resources.cpu]\ngpus = 1\n", ["2: unknown key `gpus` in `[resources.cpu]`"]),
        ('[resources]\ncpus = "8"\n', ["2: `resources.cpus`: expected a whole number from 1, found '8'"]),
        ("[resources]\ncpus = true\n", ["2: `resources.cpus`: expected a whole number from 1, found True"]),
        ("[resources]\n\ntime = 4\n", ["3: `resources.time`: expected a time such as `30 min`"]),
        ('[resources]\ntime = "10 s"\n', ["2: `resources.time`: expected at least 5 min"]),
        ('[resources]\nmemory = "lots"\n', ["2: `resources.memory`: expected a size"]),
        ('[resources]\ngpus = "all"\n', ["2: `resources.gpus`: expected a number such as 1"]),
        ('[resources]\npartition = "a b"\n', ["2: `resources.partition`: expected a name"]),
        ('[resources]\nsbatch = "--qos=high"\n', ["2: `resources.sbatch`: expected a list of options"]),
        ('[resources]\nsbatch = ["--a\\nrm -r"]\n', ["2: `resources.sbatch`: expected a list of options"]),
        ("[resources]\nsetup = [1]\n", ["2: `resources.setup`: expected a list of lines"]),
        ("resources = 1\n", ["1: expected a table"]),
        (
            '[resources]\ncpu = 1\ntimes = "4 h"\n',
            ["2: expected a table", "3: unknown key `times` in `[resources]`"],
        ),
    ],
)
def test_every_mistake_is_told_with_its_line_and_key(tmp_path: Path, text: str, told: list[str]) -> None:
    with pytest.raises(SpecError) as error:
        read(tmp_path, text)
    said = [f"{fault.span.line}: {fault.message}" for fault in error.value.faults]
    assert len(said) == len(told)
    assert all(line.startswith(expected) for line, expected in zip(said, told, strict=True)), said


def test_near_keys_are_offered(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        read(tmp_path, '[resources]\npartitoin = "gpu"\n')
    assert error.value.faults[0].near == "partition"


def test_flags_win_but_a_partition_of_their_own_stays_to_jobs_without_a_gpu(tmp_path: Path) -> None:
    cluster = with_flags(
        read(tmp_path, WHOLE),
        {"partition": "new", "time": "2h", "gpus": "1", "cpus": None, "sbatch": ["--qos=low"]},
    )
    assert (cluster.network.partition, cluster.cpu.partition) == ("new", "short")
    assert (cluster.network.time, cluster.cpu.time) == (7200, 3600)
    assert (cluster.network.gpus, cluster.cpu.gpus) == ("1", "")
    assert cluster.network.cpus == 8
    more = ("--constraint=a100", "--qos=high", "--qos=low")
    assert cluster.network.sbatch == cluster.cpu.sbatch == more
    assert with_flags(Cluster(), {"partition": "new"}).cpu.partition == "new"
    assert with_flags(cluster, {"gpus": "0"}).network.gpus == ""
    with pytest.raises(UsageError, match="`--time soon`: expected a time"):
        with_flags(cluster, {"time": "soon"})
