"""What docs/how-to/data.md tells a reader to do, done."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from rich.console import Console

from banc.config.converter import new_converter, shorthands
from banc.config.data import Arrays, DataSet, Folder
from banc.errors import BancError
from banc.language.load import load
from banc.runner.datasets.published import PUBLICATIONS
from banc.runner.execute import execute
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Data


@pytest.fixture(scope="module")
def manual(checkout: Path) -> str:
    return (checkout / "docs/how-to/data.md").read_text()


def blocks(manual: str, language: str, containing: str = "") -> list[str]:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", manual, flags=re.DOTALL)
    return [block for block in found if containing in block]


def run(root: Path, source: DataSet) -> Path:
    """Runs a data stage; gives its folder."""
    stage = Data(source)
    execute(root, stage, address(stage), Console(file=io.StringIO()))
    return root / files.folder(stage)


def asked(root: Path, source: DataSet) -> str:
    """The digest that the first run prints."""
    with pytest.raises(BancError) as caught:
        run(root, source)
    (digest,) = re.findall('add  sha256 = "([0-9a-f]{64})"', str(caught.value.hint))
    return str(digest)


def test_the_table_of_sets_is_true(manual: str) -> None:
    rows = re.findall(
        r'^\| `"([a-z0-9-]+)"` \| (.*?) \+ (.*?) \| (\d+)x(\d+), (\w+) \| (\d+) \|', manual, re.M
    )
    known = shorthands(DataSet)
    assert [row[0] for row in rows] == list(known)
    for name, train, test, height, width, colour, classes in rows:
        source: Any = known[name]
        assert source.sizes == (int(train.replace(",", "")), int(test.replace(",", "")))
        assert (source.shape.height, source.shape.width) == (int(height), int(width))
        assert source.shape.channels == {"grey": 1, "colour": 3}[colour]
        assert source.shape.classes == int(classes)


def test_every_file_that_is_looked_for_is_told(manual: str) -> None:
    for publication in PUBLICATIONS.values():
        assert publication.title in manual
        for form in publication.forms:
            assert form.archive is None or f"`{form.archive}`" in manual
            first, *_, last = (file.path for file in form.files)
            folder = first.rpartition("/")[0]
            assert f"`{folder}/" in manual or not folder
            assert f"{last.rpartition('/')[2]}`" in manual


def test_a_draw(manual: str) -> None:
    (text,) = blocks(manual, "toml", "cifar100")
    source = new_converter().structure(tomllib.loads(text)["data"], DataSet)  # type: ignore[arg-type]
    assert source.sizes == (5000, 2000)


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum on this machine")
@pytest.mark.parametrize("kind", [Folder, Arrays])
def test_own_images_step_by_step(
    manual: str, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "birds" if kind is Folder else "noise"
    (program,) = blocks(manual, "python", name)
    exec(compile(program, "docs/how-to/data.md", "exec"), {})
    (text,) = blocks(manual, "toml", name)
    if kind is Folder:
        (tmp_path / "spec").mkdir()
        (tmp_path / "spec/birds.toml").write_text(text)
        loaded = load(tmp_path / "spec/birds.toml")
        assert loaded.warnings == []
        source: Any = loaded.spec.data
    else:
        source = new_converter().structure(tomllib.loads(text)["data"], DataSet)  # type: ignore[arg-type]
    assert type(source) is kind

    digest = asked(tmp_path, source)
    (commands,) = blocks(manual, "bash", name)
    done = subprocess.run(["bash", "-ec", commands], check=True, capture_output=True, text=True)
    assert done.stdout.split()[0] == digest

    pinned = attrs.evolve(source, sha256=digest)
    where = run(tmp_path, pinned)
    assert np.load(where / files.DATA_ARRAYS[0]).shape[1:] == (
        source.channels,
        source.height,
        source.width,
    )
    altered = sorted(path for path in (tmp_path / source.path).rglob("*") if path.suffix in (".png", ".npy"))[
        0
    ]
    altered.write_bytes(altered.read_bytes() + b"\0")
    with pytest.raises(BancError, match=f"`{altered.relative_to(tmp_path / source.path)}` is altered"):
        run(tmp_path, pinned)


def test_messages_are_quoted_as_they_are(manual: str, tmp_path: Path) -> None:
    (quoted,) = blocks(manual, "console", "error:")
    (text,) = blocks(manual, "toml", "birds")
    source = new_converter().structure(tomllib.loads(text)["data"], DataSet)  # type: ignore[arg-type]
    for part, number in (("train", 30), ("test", 10)):
        for label in ("jay", "robin"):
            (tmp_path / "data/birds" / part / label).mkdir(parents=True)
            for index in range(number):
                (tmp_path / "data/birds" / part / label / f"{index}.png").write_bytes(b"")
    with pytest.raises(BancError) as caught:
        run(tmp_path, source)
    assert f"error: {caught.value.message}\n" in quoted
    assert "hint: " + str(caught.value.hint).split('"')[0] in quoted
