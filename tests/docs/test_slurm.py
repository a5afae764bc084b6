"""docs/how-to/slurm.md: keys, scripts and lines are those of the program."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from attrs import fields

from banc.cli import submit
from banc.cli.show_submit import announced, dry, first_line, last_line
from banc.cluster import prepare, resources, script
from banc.cluster.request import Request, request
from banc.cluster.resources import Resources, read_resources
from banc.compiler import apply, compile_specs

LIMIT = re.compile(r"\d+:\d\d h|--time=\S+")


@pytest.fixture
def page(checkout: Path) -> str:
    return (checkout / "docs/how-to/slurm.md").read_text()


def block(page: str, name: str) -> str:
    found = re.search(rf"<!-- slurm: {re.escape(name)} -->\n```(?:toml)?\n(.*?)```\n", page, flags=re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def asked_for(page: str, tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Request:
    """The quickstart, with the page's ``banc.toml``."""
    root = tmp_path / "table"
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc/config").write_text("[core]\n    no_scm = true\n")
    (root / "spec").mkdir()
    shutil.copy(checkout / "banc/templates/quickstart.toml", root / "spec")
    (root / "banc.toml").write_text(block(page, "banc.toml"))
    apply(root, compile_specs(root, [root / "spec/quickstart.toml"]))
    monkeypatch.chdir(root)
    return request(root, [], read_resources(root), ask=False)


def test_the_lines_are_those_of_banc_submit(page: str, asked_for: Request) -> None:
    """But for the time limits, which follow from the machine."""
    jobs = [announced(asked_for, job, str(n)) for n, job in enumerate(asked_for.prepared.jobs, 1)]
    printed = "\n".join([first_line(asked_for), *jobs, last_line(asked_for)]) + "\n"
    assert LIMIT.sub("", printed) == LIMIT.sub("", block(page, "submitted"))


def test_the_script_is_one_of_a_dry_run(page: str, asked_for: Request) -> None:
    printed = dry(asked_for).replace(str(asked_for.root), "/shared/table").replace(sys.executable, "python")
    assert LIMIT.sub("", block(page, "script")) in LIMIT.sub("", printed)


def test_its_keys_and_flags_are_those_that_there_are(page: str) -> None:
    table = page.partition("| key in")[2].partition("\n\n")[0]
    keys = {key for row in table.splitlines() for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert keys - {"resources"} == {field.name for field in fields(Resources)}
    source = Path(submit.__file__).read_text()
    flags = re.findall(r"`--([a-z]+)`", table.replace("`--device` takes it", ""))
    assert flags
    assert all(re.search(rf"^    {flag}: Annotated", source, flags=re.MULTILINE) for flag in flags)


def test_its_numbers_are_those_of_the_program(page: str) -> None:
    assert (prepare.MARGIN, prepare.AROUND, prepare.RECORD_EVERY) == (1.5, 600, 50)
    assert (script.WARNING, resources.LEAST, Resources().together) == (120, 300, 600)
    for said in (
        "one and a half times",
        "and ten minutes",
        "every 50 jobs",
        "Two minutes before",
        '"10 min"',
    ):
        assert said in page
