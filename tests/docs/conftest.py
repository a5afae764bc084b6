"""Workflows of the documents, their commands run as a forge would run them."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def posted(tmp_path: Path) -> Callable[[Any, str, str], str]:
    """Runs a workflow's job `comment`; gives the call of the forge's program by which it posts the file.

    A program of that name writes down how it was called, and says that the comments ``own`` are there.
    """

    def posted(workflow: Any, file: str, own: str) -> str:
        (tmp_path / "bin").mkdir()
        (tmp_path / file).write_text("text")
        program = tmp_path / "bin/gh"
        program.write_text(
            f'#!/bin/sh\necho "$*" >> "{tmp_path}/calls"\ncase "$*" in *--paginate*) printf "{own}";; esac\n'
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        environment = {
            **os.environ,
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "GITHUB_REPOSITORY": "me/it",
            "NUMBER": "3",
        }
        (command,) = [step["run"] for step in workflow["jobs"]["comment"]["steps"] if "run" in step]
        subprocess.run(["bash", "-e", "-c", command], cwd=tmp_path, env=environment, check=True)
        _, call = (tmp_path / "calls").read_text().splitlines()
        return call

    return posted
