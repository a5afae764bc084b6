"""docs/how-to/export.md: its output is what the command prints, and its example runs."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def page(checkout: Path) -> str:
    return (checkout / "docs/how-to/export.md").read_text()


def without_numbers(text: str) -> list[str]:
    return [" ".join(re.sub(r"[\d.,]+(?= bytes| %)", "N", line).split()) for line in text.splitlines()]


def test_the_output_is_what_the_command_prints(
    page: str, export: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = page.split("<!-- export: densenet/ban-2 -->\n```\n")[1].split("```")[0]
    done = export("dense/ban-2", "--seed", "0", tmp_path / "ban-2")
    said = done.out.replace(f"{tmp_path}/", "").replace("dense ", "densenet ")
    assert without_numbers(shown) == without_numbers(said)


def test_the_example_computes_the_test_error(
    page: str, ran: Path, network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ban-2").symlink_to(network)
    (tmp_path / "runs").symlink_to(ran / "runs")
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert "banc" not in example
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(example, "docs/how-to/export.md", "exec", dont_inherit=True), {})
    error = json.loads((network / "config.json").read_text())["test_error"]
    assert printed.getvalue() == f"{error:.2f} %\n"


def test_every_key_of_the_configuration_is_described(page: str, network: Path) -> None:
    table = page.split("## `config.json`")[1]
    described = {
        key
        for cells in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for key in re.findall("`(.*?)`", cells)
    }
    assert described == json.loads((network / "config.json").read_text()).keys()


def test_the_message_is_the_one_that_is_shown(page: str, export: Callable[..., Any], tmp_path: Path) -> None:
    done = export("number/teacher", "--seed", "0", tmp_path / "out")
    error, hint = done.err.splitlines()
    shown = page.split("```\nerror: ")[1].split("```")[0].splitlines()
    assert shown[1] == hint
    named = shown[0].replace("`mine teacher", "`number teacher").replace("mine.py:11`", "odd.py:11`")
    # What torch says of it is torch's, and another with each version.
    assert error.partition("GuardOn")[0] == f"error: {named.partition('GuardOn')[0]}"
