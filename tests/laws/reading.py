"""What a spec trains, as a person reads it out of ``docs/spec.md``.

It is written from the manual's words, so that the compiler is held against something that is not itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from banc.graph.graph import Graph
from banc.stage.kinds import Address, Predict, Train

Doc = dict[str, Any]
Name = tuple[str, str]
RECIPE: Doc = {"epochs": 200, "batch": 128, "learning_rate": 0.1, "warm_up": 0.0, "label_smoothing": 0.0}
"""Of the preset `wide-resnet`: the fields that the specs here change."""
AUGMENT: Doc = {"pad": 4, "flip": True, "cutout": 0, "mixup": 0.0}
OBJECTIVES: Mapping[str, Doc] = {
    "labels": {},
    "distill": {"temperature": 1, "labels": 1, "teacher": 1, "standardise": False},
    "cwtm": {},
    "dkpp": {"redraw": "epoch"},
    "dist": {"temperature": 4, "labels": 1, "inter": 2, "intra": 2},
    "mse": {"labels": 1, "teacher": 1},
}
NAMED: Mapping[str, Doc] = {
    "ban": {"kind": "distill", "labels": 0},
    "ban-l": {"kind": "distill"},
    "kd": {"kind": "distill", "temperature": 4, "labels": 0.1, "teacher": 0.9},
}


def objective(said: str | Doc) -> Doc:
    """Every number of an objective."""
    table = NAMED.get(said, {"kind": said}) if isinstance(said, str) else said
    return OBJECTIVES[table["kind"]] | table


class Reading:
    """The runs of a spec: by (model, column), what each is, and with which of the spec's seeds it is made."""

    def __init__(self, doc: Doc) -> None:
        self.doc, self.runs, self.on_labels = doc, dict[Name, Doc](), dict[str, set[int]]()
        for name, lineage in doc["lineages"].items():
            self._lineage(lineage, lambda number, name=name: f"{name}-{number}", {}, {})
            for model in lineage["models"]:
                self._needs(model, lineage.get("teacher_seed"))
        for name, transfer in doc["transfers"].items():
            self._transfer(transfer, name, {}, {})
            for student in transfer["students"]:
                model, column = self._teacher(transfer, student)
                if column == "teacher":
                    self._needs(model, transfer.get("teacher_seed"))
                if transfer.get("baseline"):
                    self._needs(self._network(student), None)
        for name, control in doc["controls"].items():
            self._control(control, name, {})
        for name, sweep in doc["sweeps"].items():
            for column, numbers, recipe in points(name, sweep):
                self._point(sweep["of"], column, numbers, recipe)
        for model in doc["baselines"]:
            self._needs(model, None)
        for model in self.on_labels:
            self._run((model, "teacher"), model, self._recipe(model), objective("labels"), None)

    def definitions(self) -> dict[tuple[str, str, int], str]:
        """All that each run is, by (model, column, seed): two with the same are one training."""
        made = {}
        for name in self.runs:
            seeds = self.on_labels[name[0]] if name[1] == "teacher" else self.doc["seeds"]
            made |= {(*name, seed): self._definition(name, seed) for seed in seeds}
        return made

    def _definition(self, name: Name, seed: int) -> str:
        run = self.runs[name]
        teacher = run["teacher"] and self._definition(run["teacher"], run.get("teacher_seed", seed))
        own = {key: value for key, value in run.items() if key != "teacher_seed"}
        return spelled(own | {"teacher": teacher, "seed": seed + 1000 * self._generation(name)})

    def _generation(self, name: Name) -> int:
        teacher = self.runs[name]["teacher"]
        return 0 if teacher is None else 1 + self._generation(teacher)

    def _needs(self, model: str, seed: int | None) -> None:
        self.on_labels.setdefault(model, set()).update(self.doc["seeds"] if seed is None else [seed])

    def _network(self, name: str) -> str:
        return self.doc["pairs"].get(name, {}).get("student", name)  # type: ignore[no-any-return]

    def _teacher(self, transfer: Doc, student: str) -> Name:
        reference = self.doc["pairs"].get(student, transfer)["teacher"]
        model, _, column = reference.partition("/")
        return model, column or "teacher"

    def _recipe(self, network: str, *changes: Doc | None) -> Doc:
        recipe, augment = dict(RECIPE), dict(AUGMENT)
        for change in (self.doc["recipe"], self.doc["recipe"].get("except", {}).get(network), *changes):
            augment |= (change or {}).get("augment", {})
            recipe |= {key: value for key, value in (change or {}).items() if key in RECIPE}
        return recipe | {"augment": augment}

    def _run(
        self, name: Name, network: str, recipe: Doc, minimised: Doc, teacher: Name | None, **more: Any
    ) -> None:
        if minimised["kind"] == "dkpp" or minimised.get("labels") == 0:
            recipe["label_smoothing"] = 0.0  # there is no label to smooth
        self.runs[name] = {"model": self.doc["models"][network], "recipe": recipe, "objective": minimised}
        self.runs[name] |= {"teacher": teacher, "stored": None, **more}

    def _student(
        self, group: Doc, row: str, column: str, teacher: Name, minimised: Doc, recipe: Doc, seed: int | None
    ) -> None:
        augment = recipe["augment"]
        views = (2 * augment["pad"] + 1) ** 2 * (2 if augment["flip"] else 1)
        again = not augment["cutout"] and not augment["mixup"]
        said = group.get("except", {}).get(row, {}).get("teacher_outputs", group.get("teacher_outputs"))
        stored = again and recipe["epochs"] >= views if said is None else said == "stored"
        more = {} if seed is None else {"teacher_seed": seed}
        self._run((row, column), self._network(row), recipe, minimised, teacher, stored=stored, **more)

    def _lineage(self, lineage: Doc, column: Callable[[int], str], numbers: Doc, recipe: Doc) -> None:
        for model in lineage["models"]:
            own, teacher = lineage.get("except", {}).get(model, {}), (model, "teacher")
            for number in range(1, own.get("generations", lineage["generations"]) + 1):
                several = lineage.get("objectives")
                said = several[number - 1] if several else lineage.get("objective", "ban-l")
                minimised = objective(own.get("objective", said)) | numbers
                its = self._recipe(model, lineage.get("recipe"), own.get("recipe"), recipe)
                seed = lineage.get("teacher_seed") if number == 1 else None
                self._student(lineage, model, column(number), teacher, minimised, its, seed)
                teacher = (model, column(number))

    def _transfer(self, transfer: Doc, column: str, numbers: Doc, recipe: Doc) -> None:
        for row in transfer["students"]:
            own = transfer.get("except", {}).get(row, {})
            minimised = objective(own.get("objective", transfer.get("objective", "ban-l"))) | numbers
            its = self._recipe(self._network(row), transfer.get("recipe"), own.get("recipe"), recipe)
            teacher, seed = self._teacher(transfer, row), transfer.get("teacher_seed")
            self._student(transfer, row, column, teacher, minimised, its, seed)

    def _control(self, control: Doc, column: str, recipe: Doc) -> None:
        for row in control["models"]:
            own = control.get("except", {}).get(row, {})
            its = self._recipe(self._network(row), control["recipe"], own.get("recipe"), recipe)
            self._run((row, column), self._network(row), its, objective("labels"), None)

    def _point(self, of: str, column: str, numbers: Doc, recipe: Doc) -> None:
        if of in self.doc["lineages"]:
            self._lineage(self.doc["lineages"][of], lambda number: f"{column}-{number}", numbers, recipe)
        elif of in self.doc["transfers"]:
            self._transfer(self.doc["transfers"][of], column, numbers, recipe)
        else:
            self._control(self.doc["controls"][of], column, recipe)


def points(name: str, sweep: Doc) -> Iterator[tuple[str, Doc, Doc]]:
    """The columns of a sweep, with the fields of objective and recipe that each changes."""
    fields = [(kind, key) for kind in ("objective", "recipe") for key in sweep.get(kind, {})]
    for values in product(*(sweep[kind][key] for kind, key in fields)):
        changes: dict[str, Doc] = {"objective": {}, "recipe": {}}
        for (kind, key), value in zip(fields, values, strict=True):
            changes[kind][key] = value
        column = "-".join([name, *(str(value).lower() for value in values)])
        yield column, changes["objective"], changes["recipe"]


def compiled(graph: Graph) -> dict[tuple[str, str, int], str]:
    """The same of what the compiler made."""
    known: dict[Address, str] = {}

    def definition(address: Address) -> str:
        if address not in known:
            stage = graph.stages[address].stage
            assert isinstance(stage, Train)
            teachers, stored = list(stage.teachers), False if stage.teachers else None
            for store in stage.teacher_outputs:
                outputs = graph.stages[store].stage
                assert isinstance(outputs, Predict)
                assert outputs.views == stage.recipe.augment
                of_epochs = (stage.seed, stage.recipe.epochs)
                assert (outputs.seed, outputs.epochs) == ((None, 0) if outputs.views.recurs else of_epochs)
                teachers, stored = [outputs.model], True
            said = {"family": stage.model.FAMILY, "depth": stage.model.depth}  # type: ignore[union-attr]
            recipe: Doc = {key: getattr(stage.recipe, key) for key in RECIPE}
            recipe["augment"] = {key: getattr(stage.recipe.augment, key) for key in AUGMENT}
            kind = stage.objective.KIND
            numbers = {key: getattr(stage.objective, key) for key in OBJECTIVES[kind]}
            known[address] = spelled(
                {
                    "model": said | ({"widening": 1} if said["family"] == "wide-resnet" else {"growth": 4}),
                    "recipe": recipe,
                    "objective": {"kind": kind, **numbers},
                    "teacher": definition(teachers[0]) if teachers else None,
                    "stored": stored,
                    "seed": stage.seed,
                }
            )
        return known[address]

    return {
        (str(use.model), str(use.column), int(use.seed or 0)): definition(address)
        for address, placed in graph.stages.items()
        if isinstance(placed.stage, Train)
        for use in placed.uses
    }


def spelled(value: object) -> str:
    """One text for one thing: whole numbers as fractions, keys in order."""

    def plain(item: Any) -> Any:
        match item:
            case bool() | None | str():
                return item
            case int():
                return float(item)
            case dict():
                return {key: plain(inner) for key, inner in item.items()}
            case _:
                return item

    return json.dumps(plain(value), sort_keys=True)
