"""Names and lists of names."""

from __future__ import annotations

from typing import Final

BAD_NAME: Final = (
    "BANC020",
    "a name that cannot be used",
    "Names of models, lineages, transfers, controls, ensembles and columns are not empty, have at most "
    "100 characters that can be shown, and hold no `/`, which separates a model from a column. `parameters`, "
    "`teacher` and `baseline` are columns of the language.",
    "Choose another name. To print something else in the table, use `[table.labels]`.",
)

DUPLICATE_NAME: Final = (
    "BANC021",
    "one name for two things",
    "Lists of models can name models, lineages, transfers and controls; columns can be generations, "
    "transfers, controls and ensembles. So their names must differ.",
    "Rename one of the two. Renaming re-runs nothing.",
)

UNKNOWN_NAME: Final = (
    "BANC022",
    "unknown name",
    "The name is used here but declared nowhere.",
    "Declare it, or use one of the declared names.",
)

UNKNOWN_RUN: Final = (
    "BANC023",
    "no such run",
    "A teacher, a member, a column or a cell names a run that this spec does not make for this model: a "
    "generation past the last, a model that is in no lineage, a misspelt column.",
    "Use one of the listed runs, or declare this one in a lineage, a transfer, a control or `baselines`.",
)

NOT_IN_GROUP: Final = (
    "BANC024",
    "an exception for a model that is not there",
    "`except` changes single models of a group, and this model is not in the group.",
    "Add the model to the group, or remove the exception.",
)

REPEATED: Final = (
    "BANC025",
    "listed twice",
    "The list has the same entry twice, and each entry counts once.",
    "Remove one of the two. An ensemble cannot give a member more weight.",
)

EMPTY: Final = (
    "BANC026",
    "an empty list",
    "The list needs at least one entry.",
    "Add an entry, or remove the table or key that the list belongs to.",
)

NO_FILE: Final = (
    "BANC027",
    "a file that cannot be used",
    "A model or an objective names a file that is not in the workspace or cannot be read. The workspace "
    "is the nearest folder at or above the spec that holds `.dvc`.",
    "Write the path relative to the workspace, with `/`. The file must be inside the workspace.",
)

SAME_COLUMN: Final = (
    "BANC029",
    "one column by two names",
    "`teacher` and `baseline` are two names of one column: the model trained on the labels alone. They "
    "differ only in the row of a pair, whose teacher and whose student they are.",
    "Remove one of the two, or have rows of pairs alone. A label in `[table.labels]` can print any other "
    "heading.",
)
