from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from banc.compiler import compile_specs
from banc.plan.asked import asked

SPECS = ("quickstart", "table1", "treatments", "table2")


@pytest.mark.parametrize("name", SPECS)
def test_it_is_what_dvc_reads(name: str, checkout: Path) -> None:
    """``emit`` writes for DVC, ``asked`` for the plan: the same command, parameters, inputs and outputs."""
    compiled = compile_specs(checkout, [checkout / f"spec/{name}.toml"])
    yaml = YAML(typ="safe", pure=False)
    told: dict[str, tuple[str, dict[str, Any]]] = {}
    for path, text in compiled.files.items():
        if path.endswith("dvc.yaml"):
            lock = path.replace("dvc.yaml", "dvc.lock")
            told |= {stage: (lock, entry) for stage, entry in yaml.load(text)["stages"].items()}
    assert told.keys() == compiled.graph.stages.keys()
    for address, linked in compiled.graph.stages.items():
        stage = asked(address, linked)
        lock, entry = told[address]
        outs: dict[str, bool] = {}
        for out in [*entry.get("outs", []), *entry.get("metrics", []), *entry.get("plots", [])]:
            flags = {} if isinstance(out, str) else next(iter(out.values()))
            outs[out if isinstance(out, str) else next(iter(out))] = flags.get("cache", True)
            assert "persist" not in flags
        assert stage.lock == lock
        assert stage.command == entry["cmd"]
        assert [{stage.parameter_file: None}] == entry["params"]
        assert YAML(typ="safe").load(compiled.files[stage.parameter_file]) == stage.parameters
        assert list(stage.inputs) == sorted(entry.get("deps", []))
        assert list(stage.outputs) == sorted(outs)
        assert set(outs.values()) == {stage.cached}
        assert not {"frozen", "always_changed"} & entry.keys()
