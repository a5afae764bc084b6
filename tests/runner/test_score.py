from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from banc.errors import BancError
from banc.runner.files.npy import read_array, write_array
from banc.stage import files
from banc.stage.kinds import Address, Score
from banc.stage.metrics import metrics_from, metrics_record, quality_from

DATA = Address("data-digits-000000000000")
LABELS = np.array([0, 1, 2, 1])
# Four images, three classes.
FIRST = np.array([[2, 0, 0], [0, 1, 3], [0, 0, 1], [5, 0, 0]], np.float32)
SECOND = np.array([[0, 1, 0], [0, 4, 0], [0, 0, 1], [0, 2, 0]], np.float32)


@pytest.fixture
def member(workspace: Any) -> Any:
    """Writes a trained network's files as ``train`` would, and says their address."""
    write_array_at(workspace, DATA, files.DATA_ARRAYS[3], LABELS)

    def write(name: str, logits: Any, parameters: int = 10) -> Address:
        address = Address(f"train-{name}-000000000000")
        write_array_at(workspace, address, files.OUTPUTS, np.asarray(logits, np.float32))
        facts = {"parameters": parameters, "made_with": {}}
        workspace.path(address, files.FACTS).write_text(json.dumps(facts))
        return address

    return write


def write_array_at(workspace: Any, where: Address, name: str, array: Any) -> None:
    path = workspace.path(where, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_array(path, array)


def metrics(workspace: Any, *members: Address) -> Any:
    found = workspace.run(Score(DATA, members))
    return json.loads(workspace.path(found, files.METRICS).read_text())


def softmax(logits: Any) -> Any:
    exponentials = np.exp(np.asarray(logits, np.float64))
    return exponentials / exponentials.sum(1, keepdims=True)


def test_one_network_by_hand(workspace: Any, member: Any) -> None:
    found = metrics(workspace, member("a", FIRST))
    # Right: the first and the third image.
    assert found["test_error"] == 50.0
    assert found["test_loss"] == pytest.approx(-np.log(softmax(FIRST)[range(4), LABELS]).mean(), abs=1e-6)
    assert (found["images"], found["members"], found["parameters"]) == (4, 1, 10)


def test_an_ensemble_is_the_mean_of_probabilities(workspace: Any, member: Any) -> None:
    found = metrics(workspace, member("a", FIRST), member("b", SECOND, parameters=7))
    mean = (softmax(FIRST) + softmax(SECOND)) / 2
    assert found["test_error"] == pytest.approx(100 * (mean.argmax(1) != LABELS).mean())
    assert found["test_loss"] == pytest.approx(-np.log(mean[range(4), LABELS]).mean(), abs=1e-6)
    assert (found["members"], found["parameters"]) == (2, 17)


def test_beside_the_metrics_it_says_what_became_of_each_image(workspace: Any, member: Any) -> None:
    stage = Score(DATA, (member("a", FIRST), member("b", SECOND)))
    workspace.run(stage)
    said = (softmax(FIRST) + softmax(SECOND)).argmax(1)
    found = read_array(workspace.path(stage, files.OUTCOMES))
    assert found.tolist() == [
        0 if guess == label else 1 + guess for guess, label in zip(said, LABELS, strict=True)
    ]
    quality = quality_from(json.loads(workspace.path(stage, files.QUALITY).read_text()))
    one, two = FIRST.argmax(1), SECOND.argmax(1)
    assert quality.diversity == 100 * (one != two).mean()
    alone = ((one != LABELS).mean() + (two != LABELS).mean()) / 2
    assert quality.gain == pytest.approx(100 * (alone - (said != LABELS).mean()))


def test_the_mean_of_logits_where_it_is_asked_for(workspace: Any, member: Any) -> None:
    """A constant that is added to an image's logits changes nothing."""
    shifted = SECOND + np.array([[100], [-3], [0], [7]], np.float32)
    members = (member("a", FIRST), member("b", shifted))
    stage = Score(DATA, members, average="logits")
    workspace.run(stage)
    found = json.loads(workspace.path(stage, files.METRICS).read_text())
    mean = softmax((FIRST + SECOND) / 2)
    assert found["test_error"] == pytest.approx(100 * (mean.argmax(1) != LABELS).mean())
    assert found["test_loss"] == pytest.approx(-np.log(mean[range(4), LABELS]).mean(), abs=1e-6)
    assert found["test_loss"] != metrics(workspace, *members)["test_loss"]


def test_it_is_not_the_mean_of_logits(workspace: Any, member: Any) -> None:
    mild, loud = np.zeros((4, 3)), np.zeros((4, 3))
    mild[range(4), LABELS] = 2
    loud[range(4), (LABELS + 1) % 3] = 30
    found = metrics(workspace, member("a", mild), member("b", mild), member("c", loud))
    assert (2 * mild + loud).argmax(1).tolist() != LABELS.tolist()
    assert found["test_error"] == 0


def test_an_ensemble_of_copies_equals_its_member(workspace: Any, member: Any) -> None:
    copies = [member(name, FIRST) for name in "abc"]
    alone, together = metrics(workspace, copies[0]), metrics(workspace, *copies)
    for key in ("test_error", "test_loss"):
        assert together[key] == alone[key]


def test_logits_that_a_softmax_would_round_to_zero_have_a_loss(workspace: Any, member: Any) -> None:
    sure = np.array([[9000, 0, 0]] * 4, np.float32)
    assert metrics(workspace, member("a", sure))["test_loss"] == pytest.approx(9000 * 3 / 4)


@pytest.mark.parametrize(
    "logits",
    [FIRST[:3], FIRST[:, :2], FIRST[0], np.where(FIRST == 5, np.nan, FIRST)],
    ids=["too few images", "too few classes", "no matrix", "not finite"],
)
def test_outputs_that_do_not_fit_the_labels_are_refused(workspace: Any, member: Any, logits: Any) -> None:
    with pytest.raises(BancError, match=r"train-a-0+/outputs.npy` is damaged"):
        metrics(workspace, member("a", logits))


def test_facts_without_a_count_are_refused(workspace: Any, member: Any) -> None:
    network = member("a", FIRST)
    workspace.path(network, files.FACTS).write_text("{}")
    with pytest.raises(BancError, match=r"model.json` is damaged"):
        metrics(workspace, network)


def test_metrics_are_sorted_rounded_and_the_same_each_time(workspace: Any, member: Any) -> None:
    stage = Score(DATA, (member("a", SECOND),))
    workspace.run(stage)
    first = workspace.path(stage, files.METRICS).read_text()
    workspace.run(stage)
    assert workspace.path(stage, files.METRICS).read_text() == first
    found = json.loads(first)
    assert list(found) == sorted(found)
    assert found["test_loss"] == round(found["test_loss"], 6)


def test_on_validation_images_it_says_so(workspace: Any, member: Any) -> None:
    address = member("a", SECOND)
    write_array_at(workspace, DATA, files.VALIDATION_ARRAYS[1], LABELS[:3])
    write_array_at(workspace, address, files.VALIDATION_OUTPUTS, FIRST[:3])
    found = json.loads(
        workspace.path(workspace.run(Score(DATA, (address,), on="validation")), files.METRICS).read_text()
    )
    assert found.keys() == {"validation_error", "validation_loss", "images", "members", "parameters"}
    assert found["validation_error"] == pytest.approx(100 / 3)
    assert metrics_record(metrics_from(found)) == found
    assert metrics_from(found).on == "validation"
    assert metrics(workspace, address).keys() >= {"test_error", "test_loss"}
