"""The compiler against folders that are read as a diff: specs, and every file made of them.

A case is a folder with specs; ``expected/`` holds the generated files, and each spec's picture.
``pytest --update-golden`` rewrites what is expected.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from banc.compiler import Compiled, compile_specs
from banc.graph.draw import draw
from banc.language.load import load
from banc.paths import write_atomically

HERE = Path(__file__).parent
CASES = sorted({path.parent.name for path in HERE.glob("*/*.toml")})


def compiled(case: Path) -> Compiled:
    return compile_specs(case, sorted(case.glob("*.toml")))


def expected_files(case: Path) -> dict[str, str]:
    """Every file that a case gives, by path below ``expected/``."""
    files = dict(compiled(case).files)
    for path in sorted(case.glob("*.toml")):
        spec = {path.stem: load(path).spec}
        files[f"{path.stem}.txt"] = draw(spec, "text")
        files[f"{path.stem}.mmd"] = draw(spec, "mermaid")
        files[f"{path.stem}.dot"] = draw(spec, "dot")
    return files


def rewrite(folder: Path, files: dict[str, str]) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        write_atomically(folder / name, text)


@pytest.mark.parametrize("case", CASES)
def test_a_spec_compiles_to_what_its_folder_expects(case: str, update_golden: bool) -> None:
    files, folder = expected_files(HERE / case), HERE / case / "expected"
    if update_golden:
        rewrite(folder, files)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == files.keys(), "run `pytest --update-golden` and read the diff"
    for name, text in files.items():
        assert (folder / name).read_text() == text, name


@pytest.mark.parametrize("case", CASES)
def test_a_golden_spec_is_a_good_spec(case: str) -> None:
    assert not compiled(HERE / case).warnings


def test_two_specs_with_one_teacher_share_its_stages() -> None:
    both = compiled(HERE / "linked")
    alone = [
        compile_specs(HERE / "linked", [path]).graph for path in sorted((HERE / "linked").glob("*.toml"))
    ]
    shared = alone[0].stages.keys() & alone[1].stages.keys()
    assert {address.partition("-")[0] for address in shared} == {"data", "train", "predict", "score"}
    assert both.shared == len(shared)
    assert both.graph.stages.keys() == alone[0].stages.keys() | alone[1].stages.keys()


def test_an_ensemble_teaches_by_the_outputs_of_its_members() -> None:
    graph = compiled(HERE / "ensemble-teacher").graph
    (student,) = [stage.stage for stage in graph.stages.values() if "student from-ens seed 0" in stage.names]
    addresses = student.teacher_outputs  # type: ignore[union-attr]
    names = {name for address in addresses for name in graph.stages[address].names}
    assert names == {"teacher-net teacher seed 0 outputs", "teacher-net ban-1 seed 0 outputs"}
