"""The picture of generations: which run stands where, and behind which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from banc.document.document import Document


def test_a_network_is_a_panel_with_its_generations_then_its_ensembles(document: Document) -> None:
    dense, wide = document.reports[0].generations
    assert dense.ticks == ("teacher", "generation 1", "ban-2", "ens")
    told = [
        (
            one.run.name[1],
            one.tick,
            one.chain,
            None if one.before is None else dense.marks[one.before].run.name[1],
        )
        for one in dense.marks
    ]
    assert told == [
        ("teacher", 0, 0, None),
        ("ban-1", 1, 0, "teacher"),
        ("cwtm-1", 1, 1, "teacher"),
        ("ban-2", 2, 0, "ban-1"),
        ("ens", 3, 0, None),
    ]
    assert dense.chains == ("ban-l", "cwtm")
    # A student of another network's stands beside its own network without a teacher.
    assert [(one.run.name[1], one.tick, one.before) for one in wide.marks] == [
        ("teacher", 0, None),
        ("transfer", 1, 0),
    ]


def test_controls_and_students_of_pairs_have_places_of_their_own(
    spec_text: str, new_workspace: Callable[..., Any], finishes: Callable[..., None]
) -> None:
    head, _ = spec_text.split("[ensembles]")
    workspace = new_workspace(
        f"""{head}
[pairs]
"wide -> dense" = {{ teacher = "wide", student = "dense" }}
[transfers.kd]
students = "wide -> dense"
objective = "kd"
[transfers.mse]
students = "kd"
objective = "mse"
[controls.smoothed]
models = ["dense", "wide -> dense"]
recipe = {{ label_smoothing = 0.1 }}
[controls.longer]
models = "dense"
recipe = {{ epochs = 80 }}
[transfers.of-longer]
teacher = "dense/longer"
students = "dense"
[table]
rows = ["dense", "wide -> dense"]
columns = ["teacher", "ban-1", "ban-2", "cwtm-1", "smoothed", "longer", "of-longer", "kd", "mse"]
"""
    )
    finishes(workspace.root, workspace.stages)
    dense, pair, _ = workspace.gather().reports[0].generations
    places = {one.run.name[1]: (dense.ticks[one.tick], one.before) for one in dense.marks}
    assert places["smoothed"] == ("smoothed", None)
    # Who teaches stays where lines begin, and no student of another stands behind it.
    at = [one.run.name[1] for one in dense.marks]
    assert places["longer"] == ("teacher", None)
    assert places["of-longer"] == ("generation 1", at.index("longer"))
    assert places["ban-1"] == ("generation 1", at.index("teacher"))
    assert pair.ticks == tuple(one.run.label for one in pair.marks)
    assert {one.run.name[1] for one in pair.marks} == {"kd", "mse", "smoothed"}
    assert all(one.before is None for one in pair.marks)
