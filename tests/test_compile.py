from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from banc.compiler import Compiled, apply, compile_specs
from banc.errors import BancError, UsageError
from banc.language.source import SpecError
from banc.paths import find_specs

HEAD = """
banc = 1
title = "{title}"
data = {{ set = "digits", train = 20 }}
seeds = [0, 1]
recipe = {{ epochs = 1, augment = {{ pad = 0, flip = false }} }}
[models]
dense = {{ family = "densenet-bc", depth = 10, growth = 2 }}
wide = {{ family = "wide-resnet", depth = 10, widening = 1 }}
"""
ONE = (
    HEAD.format(title="One")
    + """
[lineages]
ban = { models = "dense", generations = 1 }
[table]
rows = "dense"
columns = ["teacher", "ban-1"]
"""
)
TWO = (
    HEAD.format(title="Two")
    + """
[transfers]
moved = { teacher = "dense", students = "wide" }
[table]
rows = ["dense", "wide"]
columns = ["teacher", "moved"]
"""
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with the specs ``one`` and ``two``, which share a teacher."""
    root = tmp_path.resolve() / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / "spec").mkdir()
    (root / "spec/one.toml").write_text(ONE)
    (root / "spec/two.toml").write_text(TWO)
    return root


def compiled(root: Path, *names: str) -> Compiled:
    """``names`` compiled and written; all specs where there are none."""
    result = compile_specs(root, [root / f"spec/{name}.toml" for name in names] or find_specs(root))
    apply(root, result)
    return result


def tree(root: Path) -> dict[str, bytes]:
    """All files but the specs."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".toml"
    }


def times(root: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in sorted(root.rglob("*"))}


def test_what_is_said_is_written(root: Path) -> None:
    result = compiled(root)
    assert tree(root) == {name: text.encode() for name, text in result.files.items()}
    assert result.write == tuple(result.files)
    assert {"dvc.yaml", "params.yaml", "pipelines/tables/table-one.json"} < result.files.keys()
    # The data, and for each seed the teacher, its score, and its outputs.
    assert result.shared == 1 + 2 * 3


def test_nothing_is_touched_when_nothing_changed(root: Path) -> None:
    compiled(root)
    before = times(root)
    again = compiled(root)
    assert (again.write, again.remove) == ((), ())
    assert times(root) == before


def test_a_changed_label_writes_only_what_shows_it(root: Path) -> None:
    compiled(root, "one")
    (root / "spec/one.toml").write_text(ONE.replace('"One"', '"Eins"') + '[table.labels]\ndense = "Dense"\n')
    assert compiled(root, "one").write == ("params.yaml",)


@pytest.mark.parametrize("place", ["another folder", "below", "C locale"])
def test_the_same_bytes_wherever_it_runs(root: Path, tmp_path: Path, place: str) -> None:
    expected = compile_specs(root, find_specs(root)).files
    work, cwd, environment = root, root, {**os.environ, "PYTHONHASHSEED": "1"}
    if place == "another folder":
        work = cwd = tmp_path / "än other" / "deep"
        shutil.copytree(root, work)
    elif place == "below":
        cwd = root / "spec"
        environment["PYTHONHASHSEED"] = "2"
    else:
        environment |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-m", "banc", "compile"]
    if place == "below":
        command += ["two.toml", "./one.toml", "../spec/two.toml"]
    subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=True)
    assert tree(work) == {name: text.encode() for name, text in expected.items()}


def test_the_order_of_specs_is_no_part_of_the_result(root: Path) -> None:
    one, two = root / "spec/one.toml", root / "spec/two.toml"
    assert compile_specs(root, [one, two]).files == compile_specs(root, [two, one, two]).files


def test_what_is_no_longer_linked_goes_and_results_stay(root: Path) -> None:
    compiled(root)
    wide = root / "pipelines/digits-20-wide-resnet-10-1"
    dense = root / "pipelines/digits-20-densenet-bc-10-2"
    kept = [wide / "dvc.lock", dense / "dvc.lock", root / "dvc.lock", root / "results/two/results.json"]
    kept += [
        root / "pipelines/mine/dvc.yaml",
        dense / "notes.json",
        root / "runs/train-x-0/model.safetensors",
    ]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("stages: {}\n")
    result = compiled(root, "one")
    assert {path.name for path in wide.iterdir()} == {"dvc.lock"}
    assert all(path.read_text() == "stages: {}\n" for path in kept)
    assert "pipelines/digits-20-wide-resnet-10-1/dvc.yaml" in result.remove
    assert "pipelines/tables/table-two.json" in result.remove
    assert set(tree(root)) == {*result.files, *(path.relative_to(root).as_posix() for path in kept)}
    assert compiled(root).files == compile_specs(root, find_specs(root)).files


def test_a_group_without_anything_left_leaves_no_folder(root: Path) -> None:
    compiled(root)
    compiled(root, "one")
    assert not (root / "pipelines/digits-20-wide-resnet-10-1").exists()


@pytest.mark.parametrize("name", ["dvc.yaml", "params.yaml", "pipelines/digits-20/dvc.yaml"])
def test_a_persons_file_is_not_overwritten(root: Path, name: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("stages:\n  mine:\n    cmd: true\n")
    before = tree(root)
    with pytest.raises(UsageError, match=rf"`{name}` was not written by banc") as caught:
        compile_specs(root, find_specs(root))
    assert caught.value.hint
    assert tree(root) == before


@pytest.mark.parametrize(
    "text", ["", "\n \n", "# Generated by `banc compile` from", "# Generated by `banc compile` from \xff"]
)
def test_an_empty_or_broken_file_of_ours_is_written_anew(root: Path, text: str) -> None:
    for name in ("dvc.yaml", "params.yaml", "pipelines/digits-20/dvc.yaml", "pipelines/gone/dvc.yaml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode("latin-1"))
    result = compiled(root)
    assert tree(root).keys() - result.files.keys() <= {"pipelines/gone/dvc.yaml"}
    assert (root / "pipelines/gone").exists() == (not text.strip())
    assert compiled(root).write == ()


def test_lines_that_git_converted_are_stale(root: Path) -> None:
    compiled(root)
    path = root / "dvc.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert compile_specs(root, find_specs(root)).write == ("dvc.yaml",)


@pytest.mark.parametrize("name", ["dvc.yaml", "params.yaml", "pipelines", "pipelines/digits-20/dvc.yaml"])
def test_something_else_in_the_way_is_said(root: Path, name: str) -> None:
    """A folder where a file is to be, a file where a folder is to be."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("") if name == "pipelines" else path.mkdir()
    before = times(root)
    with pytest.raises(BancError, match=r"cannot read .*: (is|not) a directory"):
        compiled(root)
    assert times(root) == before


def test_a_write_that_fails_leaves_the_old_file_and_no_other(root: Path) -> None:
    compiled(root, "one")
    result = compile_specs(root, find_specs(root))
    old = (root / "dvc.yaml").read_bytes()
    (root / "dvc.yaml").unlink()
    (root / "dvc.yaml").mkdir()
    with pytest.raises(BancError, match="cannot write"):
        apply(root, result)
    # Parameters stood there first: every stage of a dvc.yaml has its file.
    assert set(tree(root)) == result.files.keys() - {"dvc.yaml"}
    (root / "dvc.yaml").rmdir()
    compiled(root, "one")
    assert (root / "dvc.yaml").read_bytes() == old


def test_a_spec_outside_of_the_workspace_is_refused(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "out.toml"
    outside.write_text(ONE)
    with pytest.raises(UsageError, match="outside of the workspace"):
        compile_specs(root, [outside])
    assert tree(root) == {}


def test_specs_of_one_name_are_refused(root: Path) -> None:
    (root / "spec/more").mkdir()
    (root / "spec/more/one.toml").write_text(ONE)
    with pytest.raises(SpecError, match="BANC004"):
        compile_specs(root, [root / "spec/one.toml", root / "spec/more/one.toml"])


def test_every_bad_spec_is_told_and_nothing_written(root: Path) -> None:
    (root / "spec/one.toml").write_text(ONE.replace("generations = 1", "generations = 0"))
    (root / "spec/two.toml").write_text(TWO.replace('teacher = "dense"', 'teacher = "danse"'))
    with pytest.raises(SpecError) as caught:
        compile_specs(root, find_specs(root))
    assert {Path(fault.file).name for fault in caught.value.faults} == {"one.toml", "two.toml"}
    assert tree(root) == {}


def test_a_workspace_without_specs_is_told_what_to_do(root: Path) -> None:
    shutil.rmtree(root / "spec")
    with pytest.raises(UsageError, match="no spec in") as caught:
        find_specs(root)
    assert "banc init" in str(caught.value.hint)


def test_warnings_come_with_the_result(root: Path) -> None:
    (root / "spec/one.toml").write_text(ONE.replace('"teacher", "ban-1"', '"teacher"'))
    result = compile_specs(root, [root / "spec/one.toml"])
    assert [fault.code.code for fault in result.warnings] == ["BANC041"]
    assert result.files
