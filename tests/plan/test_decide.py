from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve
from dvc.utils import dict_sha256

from banc.plan.asked import Asked
from banc.plan.decide import Changed, Kept, Known, Restored, Unknown, decide, run_key
from banc.stage.kinds import Address
from banc.state.state import Entry, File

ADDRESS = Address("train-a-0123456789ab")
FILE = f"pipelines/a/{ADDRESS}.json"
PARAMETERS: dict[str, Any] = {"kind": "train", "seed": 1, "recipe": {"epochs": 2, "size": 3}}
STAGE = Asked(
    address=ADDRESS,
    lock="pipelines/a/dvc.lock",
    command=f"banc run {ADDRESS}",
    parameter_file=FILE,
    parameters=PARAMETERS,
    inputs=("runs/data/a.npy", "runs/data/b.npy"),
    outputs=(f"runs/{ADDRESS}/x", f"runs/{ADDRESS}/y"),
    cached=True,
)
INPUTS = {"runs/data/a.npy": File("aa", 1), "runs/data/b.npy": File("bb", 2)}
OUTPUTS = {path: File(f"md5-{path[-1]}", 10) for path in STAGE.outputs}
ENTRY = Entry(STAGE.command, {FILE: PARAMETERS}, INPUTS, OUTPUTS)
MD5S = {"md5-x", "md5-y"}


def known(
    entry: Entry | None = ENTRY,
    cached: set[str] | None = None,
    outputs: Mapping[str, File] | None = None,
    runs: Mapping[str, Entry] | None = None,
) -> Known:
    return Known(
        entry=entry,
        runs={} if runs is None else runs,
        outputs=OUTPUTS if outputs is None else outputs,
        cached=(MD5S if cached is None else cached).__contains__,
    )


RUNS = {run_key(STAGE, INPUTS): ENTRY}


@pytest.mark.parametrize(
    ("there", "inputs", "decision"),
    [
        (known(), INPUTS, Kept()),
        (known(outputs={}), INPUTS, Restored(ENTRY)),
        (known(outputs={**OUTPUTS, STAGE.outputs[0]: File("edited")}), INPUTS, Restored(ENTRY)),
        # What stands there counts for nothing if the cache has lost it.
        (known(cached={"md5-x"}), INPUTS, Changed()),
        (known(cached={"md5-x"}, runs=RUNS), INPUTS, Changed()),
        (known(entry=None), INPUTS, Changed()),
        (known(entry=None, runs=RUNS), INPUTS, Restored(ENTRY)),
        (known(entry=None, runs=RUNS, cached={"md5-x"}), INPUTS, Changed()),
        (known(entry=None, runs={"another key": ENTRY}), INPUTS, Changed()),
        (known(), {**INPUTS, "runs/data/b.npy": File("other")}, Changed()),
        (known(runs=RUNS), {**INPUTS, "runs/data/b.npy": File("other")}, Changed()),
        (known(), {**INPUTS, "runs/data/b.npy": None}, Unknown()),
        (known(outputs={}), {**INPUTS, "runs/data/b.npy": None}, Unknown()),
        (known(outputs={}, cached=set()), {**INPUTS, "runs/data/b.npy": None}, Changed()),
        (known(), {"runs/data/a.npy": File("other"), "runs/data/b.npy": None}, Changed()),
        (known(entry=None, runs=RUNS), {**INPUTS, "runs/data/b.npy": None}, Unknown()),
        (known(entry=evolve(ENTRY, command="other"), runs=RUNS), INPUTS, Restored(ENTRY)),
        (known(entry=evolve(ENTRY, command="other")), INPUTS, Changed()),
        (known(entry=evolve(ENTRY, parameters={FILE: {**PARAMETERS, "seed": 2}})), INPUTS, Changed()),
        # DVC compares as Python does.
        (known(entry=evolve(ENTRY, parameters={FILE: {**PARAMETERS, "seed": 1.0}})), INPUTS, Kept()),
        (known(entry=evolve(ENTRY, outputs={STAGE.outputs[0]: File("md5-x")})), INPUTS, Changed()),
        (known(entry=evolve(ENTRY, inputs={**INPUTS, "runs/old": File("cc")})), INPUTS, Kept()),
    ],
)
def test_it_decides_as_dvc_does(there: Known, inputs: Mapping[str, File | None], decision: object) -> None:
    assert decide(STAGE, there, inputs) == decision


def test_what_is_not_to_be_cached_need_not_be() -> None:
    table = evolve(STAGE, cached=False)
    assert decide(table, known(cached=set()), INPUTS) == Kept()
    assert decide(table, known(cached=set(), outputs={}), INPUTS) == Changed()
    assert decide(table, known(outputs={}), INPUTS) == Restored(ENTRY)


@pytest.mark.parametrize("executable", [False, True])
def test_a_runs_key_is_dvcs(executable: bool) -> None:
    """By DVC's own function, over the value that ``dvc.stage.serialize`` makes."""
    inputs = {**INPUTS, "runs/data/b.npy": File("bb", 2, executable)}
    deps: list[dict[str, Any]] = [
        {"path": path, "hash": "md5", "md5": file.md5, "size": file.size} for path, file in inputs.items()
    ]
    if executable:
        deps[1]["isexec"] = True
    value = {
        "cmd": STAGE.command,
        "deps": deps,
        "params": {FILE: PARAMETERS},
        "outs": list(STAGE.outputs),
    }
    assert run_key(STAGE, inputs) == dict_sha256(value, exclude=["size", "nfiles"])


def test_the_key_of_a_stage_without_inputs() -> None:
    value = {"cmd": STAGE.command, "params": {FILE: PARAMETERS}, "outs": list(STAGE.outputs)}
    assert run_key(evolve(STAGE, inputs=()), {}) == dict_sha256(value, exclude=["size", "nfiles"])
