"""Specs of all that the language has, that hypothesis makes up: pairs, controls, sweeps, an objective for
each generation, one teacher for all seeds, stores by view and by epoch, and exceptions, in any combination.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from laws_reading import Reading, objective
from laws_specs import Doc

MODELS = {
    "wide": {"family": "wide-resnet", "depth": 10, "widening": 1},
    "tall": {"family": "wide-resnet", "depth": 16, "widening": 1},
    "dense": {"family": "densenet-bc", "depth": 10, "growth": 4},
}
SWEPT: dict[str, list[Any]] = {
    "temperature": [1, 2.5],
    "teacher": [0.5, 1],
    "inter": [0.5, 2],
    "redraw": ["never"],
}
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "epochs": st.sampled_from([2, 9, 20]),
        "batch": st.sampled_from([20, 50]),
        "learning_rate": st.sampled_from([0.05, 0.1]),
        "augment": st.fixed_dictionaries(
            {}, optional={"flip": st.booleans(), "cutout": st.sampled_from([0, 2])}
        ),
    },
)
OBJECTIVES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *("ban", "ban-l", "kd", "cwtm", "mse"),
        {"kind": "distill", "temperature": 2, "standardise": True},
        {"kind": "dkpp", "redraw": "never"},
        {"kind": "dist", "intra": 0},
    ]
)


@st.composite
def whole_docs(draw: Callable[..., Any]) -> Doc:
    """A good spec, all of whose models are trained on the labels too."""

    def some(names: list[str]) -> list[str]:
        return draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))  # type: ignore[no-any-return]

    def perhaps(**choices: st.SearchStrategy[Any]) -> Doc:
        return draw(st.fixed_dictionaries({}, optional=choices))  # type: ignore[no-any-return]

    models, seeds = sorted(MODELS), draw(st.lists(st.integers(0, 9), min_size=1, max_size=2, unique=True))
    outputs, of_teacher = st.sampled_from(["stored", "live"]), st.sampled_from(seeds)
    augment = draw(st.fixed_dictionaries({"pad": st.integers(0, 1), "mixup": st.sampled_from([0, 0, 0.5])}))
    recipe = draw(CHANGES) | {"augment": augment} | perhaps(label_smoothing=st.just(0.1))
    doc: Doc = {"banc": 1, "title": "t", "data": {"set": "digits", "train": 200}, "seeds": seeds}
    doc |= {"recipe": recipe | {"except": {draw(st.sampled_from(models)): draw(CHANGES)}}, "models": MODELS}
    doc |= {"pairs": {}, "lineages": {}, "transfers": {}, "controls": {}, "sweeps": {}, "baselines": models}
    teachers = list(models)
    for name in ["l0", "l1"][: draw(st.integers(0, 2))]:
        listed, generations = some(models), draw(st.integers(1, 3))
        own = perhaps(objective=OBJECTIVES, teacher_outputs=outputs, recipe=CHANGES)
        lineage = {"models": listed, "generations": generations, "except": {listed[0]: own}}
        lineage |= perhaps(teacher_outputs=outputs, teacher_seed=of_teacher, recipe=CHANGES)
        if draw(st.booleans()):
            lineage["objectives"] = [draw(OBJECTIVES) for _ in range(generations)]
        doc["lineages"][name] = lineage
        teachers += [f"{model}/{name}-{generations}" for model in listed]
    for name in ["p0", "p1"][: draw(st.integers(0, 2))]:
        doc["pairs"][name] = {
            "teacher": draw(st.sampled_from(teachers)),
            "student": draw(st.sampled_from(models)),
        }
    pairs = sorted(doc["pairs"])
    if draw(st.booleans()):
        listed = some([*models, *pairs])
        changed = CHANGES.map(lambda changes: changes | {"label_smoothing": 0.2})
        own = perhaps(recipe=CHANGES)
        doc["controls"]["c0"] = {"models": listed, "recipe": draw(changed), "except": {listed[0]: own}}
    for name in ["t0", "t1"][: draw(st.integers(0, 2))]:
        students = some(pairs if pairs and draw(st.booleans()) else models)
        transfer: Doc = {"students": students}
        if students[0] not in pairs:
            transfer["teacher"] = draw(st.sampled_from(teachers))
        transfer["except"] = {students[0]: perhaps(objective=OBJECTIVES, recipe=CHANGES)}
        transfer |= perhaps(
            objective=OBJECTIVES, teacher_outputs=outputs, teacher_seed=of_teacher, recipe=CHANGES
        )
        doc["transfers"][name] = transfer | perhaps(baseline=st.booleans())
    groups = {**doc["lineages"], **doc["transfers"], **doc["controls"]}
    if groups and draw(st.booleans()):
        of = draw(st.sampled_from(sorted(groups)))
        doc["sweeps"]["s0"] = {"of": of} | draw(sweeps(groups[of], of in doc["controls"]))
    shown = dict.fromkeys(column for _, column in Reading(doc).runs)
    return doc | {"table": {"rows": [*models, *pairs], "columns": [*shown]}}


def sweeps(group: Doc, control: bool) -> st.SearchStrategy[Doc]:
    """One or two fields that every run of the group has."""
    recipe = {"recipe": st.sampled_from([{"epochs": [3, 20]}, {"batch": [10, 20], "warm_up": [0, 0.1]}])}
    said = [*group.get("objectives", [group.get("objective", "ban-l")])]
    said += [own["objective"] for own in group["except"].values() if "objective" in own]
    keys = set.intersection(*(set(objective(one)) for one in said)) & set(SWEPT)
    if control or not keys:
        return st.fixed_dictionaries(recipe)
    numbers = st.sampled_from(sorted(keys)).map(lambda key: {key: SWEPT[key]})
    return st.fixed_dictionaries({"objective": numbers}, optional={"recipe": st.just({"epochs": [3, 20]})})
