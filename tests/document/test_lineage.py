from __future__ import annotations

from collections.abc import Callable
from typing import Any

from banc.document.document import Document
from banc.document.lineage import TALL, WIDE, called, drawing

OF_AN_ENSEMBLE = """
banc = 1
title = "A student of an ensemble"
data = { set = "digits", train = 200 }
seeds = [0]
recipe = { epochs = 1, augment = { pad = 0, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
wide = { family = "wide-resnet", depth = 10, widening = 1 }
[lineages]
ban = { models = "dense", generations = 1 }
[ensembles]
ens = { of = "dense", members = ["teacher", "ban-1"] }
[transfers.pupil]
teacher = "dense/ens"
students = "wide"
[table]
rows = ["dense", "wide"]
columns = ["teacher", "ban-1", "ens", "pupil"]
"""


def test_no_two_boxes_meet_and_every_edge_goes_to_the_right(document: Document) -> None:
    made = drawing(document.reports[0].runs)
    boxes = list(made.boxes.values())
    for at, one in enumerate(boxes):
        for other in boxes[:at]:
            assert abs(one.left - other.left) >= WIDE or abs(one.top - other.top) >= TALL
    assert made.edges
    for start, end, _ in made.edges:
        assert start.left + WIDE < end.left
    assert all(box.left + WIDE <= made.width and box.top + TALL <= made.height for box in boxes)


def test_a_student_stands_on_its_teachers_line_and_ensembles_below(document: Document) -> None:
    boxes = drawing(document.reports[0].runs).boxes
    tops = {name: box.top for name, box in boxes.items()}
    assert tops["dense", "teacher"] == tops["dense", "ban-1"] == tops["dense", "ban-2"]
    assert tops["dense", "teacher"] < tops["dense", "cwtm-1"] < tops["dense", "ens"] < tops["wide", "teacher"]


def test_a_student_of_an_ensemble_stands_after_it(new_workspace: Callable[..., Any]) -> None:
    runs = new_workspace(OF_AN_ENSEMBLE).gather().reports[0].runs
    boxes = drawing(runs).boxes
    assert boxes["wide", "pupil"].run.teachers == (("dense", "ens"),)
    assert boxes["dense", "ens"].left + WIDE < boxes["wide", "pupil"].left


OF_PAIRS = """
banc = 1
title = "Pairs"
data = { set = "digits", train = 200, validation = 50 }
seeds = [0]
recipe = { epochs = 1, augment = { pad = 0, flip = false } }
[models]
large = { family = "wide-resnet", depth = 10, widening = 1 }
middle = { family = "densenet-bc", depth = 16, growth = 2 }
small = { family = "densenet-bc", depth = 10, growth = 2 }
[pairs]
"large -> small" = { teacher = "large", student = "small" }
"large -> middle" = { teacher = "large", student = "middle" }
"middle -> small" = { teacher = "middle", student = "small" }
[transfers.kd]
students = ["large -> small", "large -> middle", "middle -> small"]
objective = "kd"
baseline = true
[sweeps.T]
of = "kd"
objective.temperature = [1, 2]
recipe.learning_rate = [0.1, 0.01]
[table]
rows = "kd"
columns = ["teacher", "baseline", "kd", "T"]
on = "validation"
labels = { baseline = "student alone" }
"""


def test_networks_of_pairs_are_called_teachers_or_students(new_workspace: Callable[..., Any]) -> None:
    runs = new_workspace(OF_PAIRS).gather().reports[0].runs
    labels = {run.name: run.label for run in runs}
    assert labels["large", "teacher"] == labels["middle", "teacher"] == "teacher"
    assert labels["small", "teacher"] == "student alone"


def test_boxes_of_one_network_have_no_two_names_that_are_alike(new_workspace: Callable[..., Any]) -> None:
    """Labels of a sweep's points differ at their ends, where they do not fit into a box."""
    runs = new_workspace(OF_PAIRS).gather().reports[0].runs
    of_pair = [run for run in runs if run.name[0] == "large -> small"]
    assert [called(run) for run in of_pair] == ["kd", "T-1-0.1", "T-1-0.01", "T-2-0.1", "T-2-0.01"]
    assert of_pair[1].label == "temperature 1, learning rate 0.1"
