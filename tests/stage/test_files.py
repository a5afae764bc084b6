"""Files of stages: what each reads and writes, and parameter files there and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.errors import BancError, UsageError
from banc.stage.address import address
from banc.stage.files import MADE_WITH, folder, inputs, load_stage, reads, stage_text, writes
from banc.stage.kinds import Address, Stage, Table, Train

DATA_ARRAYS = ["test_images.npy", "test_labels.npy", "train_images.npy", "train_labels.npy"]


def put(root: Path, name: str, text: str) -> Path:
    path = root / f"pipelines/group/{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["data", "teacher", "outputs", "student", "alone", "pair", "table"])
def test_there_and_back(tmp_path: Path, street: dict[str, Stage], name: str) -> None:
    stage = street[name]
    put(tmp_path, address(stage), stage_text(stage))
    assert load_stage(tmp_path, address(stage)) == stage


@given(st.data())
def test_any_stage_there_and_back(
    tmp_path_factory: pytest.TempPathFactory, stages: st.SearchStrategy[Stage], data: st.DataObject
) -> None:
    stage = data.draw(stages.filter(lambda stage: not isinstance(stage, Table)))
    root = tmp_path_factory.getbasetemp() / "any"
    path = put(root, address(stage), stage_text(stage))
    assert load_stage(root, address(stage)) == stage
    path.unlink()


def test_a_parameter_file_is_made_for_reading(street: dict[str, Stage]) -> None:
    text = stage_text(street["teacher"])
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n"
    assert json.loads(text)["kind"] == "train"


def test_the_group_is_found_whatever_it_is_called(tmp_path: Path, street: dict[str, Stage]) -> None:
    name = address(street["data"])
    path = put(tmp_path, name, stage_text(street["data"]))
    path.parent.rename(tmp_path / "pipelines/elsewhere")
    assert load_stage(tmp_path, name) == street["data"]


EDITS: dict[str, Any] = {
    "a field": lambda value: {**value, "seed": 1},
    "a field inside": lambda value: {**value, "recipe": {**value["recipe"], "epochs": 5}},
    "a field at its default": lambda value: {**value, "share_frozen": False},
    "a field too many": lambda value: {**value, "label": "BAN"},
    "a field too few": lambda value: {key: value[key] for key in value if key != "seed"},
    "a wrong type": lambda value: {**value, "seed": "0"},
    "another kind": lambda value: {**value, "kind": "score"},
    "no such kind": lambda value: {**value, "kind": "trian"},
    "a kind that is no word": lambda value: {**value, "kind": ["train"]},
    "no kind": lambda value: {key: value[key] for key in value if key != "kind"},
    "no table": lambda value: [value],
    "nothing": lambda value: None,
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_file_is_refused(tmp_path: Path, street: dict[str, Stage], edit: str) -> None:
    name = address(street["teacher"])
    put(tmp_path, name, json.dumps(EDITS[edit](json.loads(stage_text(street["teacher"])))))
    with pytest.raises(UsageError, match="was not written by this version of banc") as caught:
        load_stage(tmp_path, name)
    assert f"`pipelines/group/{name}.json`" in caught.value.message
    assert caught.value.exit_code == 2
    assert caught.value.hint is not None


@pytest.mark.parametrize("text", ["", "{", "seed: 0", "\x00", '{"kind": NaN}'])
def test_a_foreign_file_is_refused(tmp_path: Path, street: dict[str, Stage], text: str) -> None:
    name = address(street["teacher"])
    put(tmp_path, name, text)
    with pytest.raises(UsageError, match="was not written by this version of banc"):
        load_stage(tmp_path, name)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path, street: dict[str, Stage]) -> None:
    name = address(street["teacher"])
    put(tmp_path, name, "").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="was not written by this version of banc"):
        load_stage(tmp_path, name)


def test_another_stages_file_is_refused(tmp_path: Path, street: dict[str, Stage]) -> None:
    put(tmp_path, address(street["teacher"]), stage_text(street["student"]))
    with pytest.raises(UsageError, match="edited by hand or comes from another"):
        load_stage(tmp_path, address(street["teacher"]))


def test_a_file_of_another_revision_is_refused(
    tmp_path: Path, street: dict[str, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = address(street["teacher"])
    put(tmp_path, name, stage_text(street["teacher"]))
    monkeypatch.setattr(Train, "REVISION", Train.REVISION + 1)
    with pytest.raises(UsageError, match="comes from another"):
        load_stage(tmp_path, name)


def test_a_file_that_cannot_be_read_is_a_failed_job(tmp_path: Path, street: dict[str, Stage]) -> None:
    name = address(street["teacher"])
    (tmp_path / f"pipelines/group/{name}.json").mkdir(parents=True)
    with pytest.raises(BancError, match="cannot read") as caught:
        load_stage(tmp_path, name)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    "name", ["train-a-000000000000", "teacher", "", "*", "../group/train-a-000000000000", "table-x"]
)
def test_a_stage_that_is_not_linked(tmp_path: Path, street: dict[str, Stage], name: str) -> None:
    put(tmp_path, address(street["data"]), stage_text(street["data"]))
    with pytest.raises(UsageError) as caught:
        load_stage(tmp_path, name)
    assert caught.value.message == f"no stage `{name}` in `pipelines/`"
    assert "banc compile" in (caught.value.hint or "")


# What stages read and write.


def test_folders(street: dict[str, Stage]) -> None:
    teacher = street["teacher"]
    assert folder(teacher) == f"runs/{address(teacher)}" == folder(address(teacher))
    assert folder(street["table"]) == "results/small"


def test_inputs_by_role(street: dict[str, Stage]) -> None:
    data, teacher, outputs = (address(street[name]) for name in ("data", "teacher", "outputs"))
    assert inputs(street["data"]) == {}
    assert {role: addresses for role, addresses in inputs(street["teacher"]).items() if addresses} == {
        "data": (data,)
    }
    assert {role: addresses for role, addresses in inputs(street["student"]).items() if addresses} == {
        "data": (data,),
        "teacher_outputs": (outputs,),
        "shared_with": (teacher,),
    }
    assert inputs(street["outputs"]) == {"data": (data,), "model": (teacher,)}
    assert inputs(street["table"])["scores"] == street["table"].scores  # type: ignore[union-attr]


def test_what_each_kind_reads(street: dict[str, Stage]) -> None:
    data, teacher, outputs, student = (
        folder(street[name]) for name in ("data", "teacher", "outputs", "student")
    )
    arrays = [f"{data}/{name}" for name in (*DATA_ARRAYS, "data.json")]
    expected = {
        "data": [],
        "teacher": arrays,
        "outputs": [f"{data}/train_images.npy", f"{data}/data.json", f"{teacher}/model.safetensors"],
        "student": [*arrays, f"{outputs}/outputs.npy", f"{teacher}/model.safetensors"],
        "pair": [
            f"{data}/test_labels.npy",
            *(
                f"{network}/{file}"
                for network in (teacher, student)
                for file in ("model.json", "outputs.npy")
            ),
        ],
        "table": [
            f"{folder(street[name])}/{file}"
            for name in ("alone", "pair")
            for file in ("metrics.json", "quality.json", "outcomes.npy")
        ],
    }
    for name, paths in expected.items():
        assert reads(street[name]) == tuple(sorted(paths)), name


def test_scoring_again_trains_nothing_again(street: dict[str, Stage]) -> None:
    """Students read weights and stored outputs of their teachers, never a score."""
    for name in ("teacher", "student", "outputs"):
        assert not [path for path in reads(street[name]) if "/score-" in path]


def test_what_is_read_is_written_above(street: dict[str, Stage]) -> None:
    written = {f"{folder(stage)}/{file}" for stage in street.values() for file in writes(stage)}
    for stage in street.values():
        assert set(reads(stage)) <= written
        assert list(writes(stage)) == sorted(writes(stage))


def test_one_file_at_most_says_what_a_stage_was_made_with(street: dict[str, Stage]) -> None:
    """Nobody who computes depends on a store's: it tells how, and the numbers are beside it."""
    for name, file in {
        "teacher": ["model.json"],
        "student": ["model.json"],
        "outputs": ["outputs.json"],
    }.items():
        assert [each for each in writes(street[name]) if each in MADE_WITH] == file
    for name in ("data", "alone", "pair", "table"):
        assert not set(writes(street[name])) & set(MADE_WITH)
    assert not [path for stage in street.values() for path in reads(stage) if path.endswith("outputs.json")]


def test_a_live_teacher_is_read_as_weights(street: dict[str, Stage]) -> None:
    student = street["student"]
    live = attrs.evolve(
        student, teacher_outputs=(), teachers=(Address(address(street["teacher"])),), shared_with=None
    )
    assert f"{folder(street['teacher'])}/model.safetensors" in reads(live)
    assert not [path for path in reads(live) if path.endswith("outputs.npy")]
