"""Pairs and sweeps."""

from __future__ import annotations

from typing import Final

PAIR_AS_MODEL: Final = (
    "BANC070",
    "a pair where a model or a run is meant",
    "A pair is a student beside its teacher. It is a row of the table and a student of transfers. A "
    "lineage trains models, and a teacher is a model or a run.",
    "Name the model, or a run of the pair, such as `<pair>/kd`.",
)

TEACHER_IN_VAIN: Final = (
    "BANC071",
    "a teacher that nobody learns from here",
    "All students of this transfer are pairs, and each pair names the teacher of its student.",
    "Remove `teacher`, or list models among the students.",
)

GENERATIONS_OBJECTIVES: Final = (
    "BANC072",
    "objectives that do not match the generations",
    "`objectives` names what each generation minimises, in order: one entry for each generation. "
    "`objective` names one for all of them.",
    "Give as many objectives as the longest lineage has generations, and no `objective` beside them.",
)

TEACHER_SEED: Final = (
    "BANC073",
    "a teacher's seed that cannot be",
    "`teacher_seed` says of which seed the teacher is that teaches the students of every seed. It is one "
    "of the spec's `seeds`, and needs a teacher that has seeds.",
    "Name one of the spec's seeds. Or remove the key: each student then learns from the teacher of its "
    "own seed.",
)

LOGITS_TEACH: Final = (
    "BANC074",
    "a teacher that averages logits",
    "A student of an ensemble learns from the mean of its members' probabilities.",
    "Declare an ensemble of the same members without `average`, and name it as the teacher.",
)

SWEPT_FIELDS: Final = (
    "BANC075",
    "a sweep of no field, or of too many",
    "A sweep has one or two fields of the objective and the recipe of its lineage, transfer or control, each "
    "with an array of values.",
    "Name the fields: `objective.temperature = [1, 2, 4]`. Put further fields into a sweep of their own.",
)
