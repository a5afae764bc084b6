"""What is said; ``tests/test_workspace.py`` has what is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Banc = Callable[..., Any]


def test_the_next_step_is_told(banc: Banc, workspace: Path) -> None:
    here = banc("init")
    assert (here.code, here.err) == (0, "")
    assert "kept the specs in spec/" in here.out
    assert here.out.endswith("\nnext: banc compile && banc repro && banc report\n")
    # Every path a shell would take apart is quoted.
    (workspace / "my work/.dvc").mkdir(parents=True)
    there = banc("init", "my work")
    assert there.out.endswith("\nnext: cd 'my work' && banc compile && banc repro && banc report\n")
    assert banc("compile").code == 0


def test_a_made_workspace_compiles(banc: Banc, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace / "new/.dvc").mkdir(parents=True)
    assert "wrote spec/quickstart.toml" in banc("init", "new").out
    monkeypatch.chdir(workspace / "new")
    assert banc("check", "spec/quickstart.toml").out == "1 spec checked: no faults\n"
    assert banc("compile").code == 0
    assert banc("compile", "--check").code == 0
    assert banc("report").code == 0
    assert banc("graph", "spec/quickstart.toml").code == 0


@pytest.mark.usefixtures("forked_trials")
def test_a_template_by_its_name(banc: Banc, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace / "own/.dvc").mkdir(parents=True)
    done = banc("init", "own", "--template", "own-network")
    assert "wrote spec/own-network.toml\nwrote networks/mine.py\n" in done.out
    monkeypatch.chdir(workspace / "own")
    # Builds the network and tries it, in a process of its own.
    assert banc("check", "spec/own-network.toml").out == "1 spec checked: no faults\n"
    refused = banc("init", "--template", "ban")
    assert refused.code == 2
    assert "is not one of" in refused.err


def test_what_compile_would_refuse_is_said_at_once(banc: Banc, workspace: Path) -> None:
    for name in ("dvc.yaml", "params.yaml"):
        (workspace / name).write_text("mine: 1\n")
    done = banc("init")
    assert done.code == 0
    message = "`dvc.yaml`, `params.yaml` were not written by banc, and would be overwritten"
    assert f"warning: `banc compile` will refuse to work here: {message}\nhint: move them away" in done.err
    assert done.out.endswith("\nthen: banc compile && banc repro && banc report\n")
    refused = banc("compile")
    assert refused.code == 2
    assert message in refused.err
    assert (workspace / "dvc.yaml").read_text() == "mine: 1\n"
    for name in ("dvc.yaml", "params.yaml"):
        (workspace / name).unlink()
    (workspace / "pipelines").write_text("in the way")
    assert "warning: `banc compile` will refuse to work here: cannot read `" in banc("init").err


def test_faults_of_a_persons_own_specs_are_for_check(banc: Banc, workspace: Path) -> None:
    (workspace / "spec/a-table.toml").write_text("banc = 2\n")
    done = banc("init")
    assert (done.code, done.err) == (0, "")
