"""Every example of docs/python.md, run one after the other in a workspace that really ran."""

from __future__ import annotations

import importlib.util
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from rich.console import Console

import banc
from banc.runner.execute import execute
from banc.stage.files import load_stage, reads
from banc.stage.index import read_index
from banc.stage.kinds import Address
from banc.workspace import template


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quickstart, of one seed and trained for two epochs, run stage by stage without DVC."""
    root = tmp_path_factory.mktemp("python").resolve()
    (root / ".dvc").mkdir()
    (root / "spec").mkdir()
    text = template()
    for old, new in (
        ("epochs  = 40", "epochs  = 1"),
        ("pad = 1", "pad = 0"),
        ("seeds = [0, 1]", "seeds = [0]"),
        ("depth = 22, growth = 12", "depth = 10, growth = 2"),
    ):
        assert old in text
        text = text.replace(old, new)
    (root / "spec/quickstart.toml").write_text(text)
    banc.compile(root / "spec/quickstart.toml", root=root)
    waiting = [Address(address) for address in read_index(root).stages]
    while waiting:
        stages = {address: load_stage(root, address) for address in waiting}
        ready = [a for a, stage in stages.items() if all((root / name).is_file() for name in reads(stage))]
        for address in ready:
            execute(root, stages[address], address, Console(file=io.StringIO()))
        assert ready
        waiting = [address for address in waiting if address not in ready]
    return root


@pytest.fixture(scope="module")
def examples(checkout: Path) -> list[str]:
    page = (checkout / "docs/python.md").read_text()
    return re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)


def run(example: str) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(example, "docs/python.md", "exec", dont_inherit=True), {"__name__": "example"})
    return printed.getvalue()


def test_every_example_runs_and_says_what_the_page_says(
    ran: Path, examples: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ran)
    read, faults, compiled, results, frame, network = examples
    assert run(read).splitlines()[1] == "['densenet', 'wide-resnet'] (0,)"
    assert any(line.startswith("BANC014 3 ") for line in run(faults).splitlines())
    assert run(compiled) == "16 stages; written: 0 removed: 0\n"
    lines = run(results).splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["densenet", "teacher", "0"],
        ["densenet", "ban-1", "0"],
        ["densenet", "ban-2", "0"],
        ["wide-resnet", "transfer", "0"],
        ["wide-resnet", "teacher", "0"],
        ["densenet", "ens-2", "0"],
        ["densenet", "ens-3", "0"],
    ]
    (ban_2,) = [result for result in banc.results("quickstart") if result.column == "ban-2"]
    assert run(network) == f"{ban_2.test_error:.2f} %\n"
    if importlib.util.find_spec("pandas"):
        assert "ban-2" in run(frame)
    else:
        with pytest.raises(banc.BancError, match="`to_frame` needs pandas"):
            run(frame)
