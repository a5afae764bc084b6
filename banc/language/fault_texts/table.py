"""The table."""

from __future__ import annotations

from typing import Final

EMPTY_TABLE: Final = (
    "BANC040",
    "a table without numbers",
    "No cell of the table has a run: every cell would be `/`.",
    "Choose rows and columns for which the lineages, transfers and ensembles declare runs.",
)

UNUSED_RUN: Final = (
    "BANC041",
    "a run that no table shows",
    "The run would cost time, but its result would not be shown, and nothing in the table depends on it.",
    "Add its column to the table, or do not declare the run.",
    "warning",
)

PUBLISHED_NOWHERE: Final = (
    "BANC042",
    "a published number outside the table",
    "The number's row or column is not in the table, so it would not be printed.",
    "Correct the name, or add the row or column.",
)

LABEL_NOWHERE: Final = (
    "BANC043",
    "a label for nothing",
    "The label's name is neither a row nor a column of the table.",
    "Correct the name, or remove the label.",
    "warning",
)

EMPTY_COLUMN: Final = (
    "BANC044",
    "a column without numbers",
    "No row of the table has a run in this column.",
    "Correct the column's name, or declare a lineage, transfer or ensemble with this column.",
)

CELL_NOWHERE: Final = (
    "BANC045",
    "a cell outside the table",
    "`[table.cells]` fills single cells by row and column, and the table has no such row or column.",
    "Correct the name, or add the row to `rows` or the column to `columns`.",
)

CELL_TAKEN: Final = (
    "BANC046",
    "a cell that is filled already",
    "`[table.cells]` fills empty cells. The row's model has its own run in this column, which would be "
    "hidden; and `parameters` always counts the row's own network.",
    "Use another column for the other model's run, or remove the cell.",
)

QUANTITY_NOWHERE: Final = (
    "BANC047",
    "a quantity outside the table",
    "`[table.quantities]` says what columns of the table show, and `columns` has no such column.",
    "Correct the name, or add it to `columns`.",
)

QUANTITY_UNFIT: Final = (
    "BANC048",
    "a quantity that no run of the column has",
    "Agreement is with a teacher, so only a student has it. Diversity and gain are those of an ensemble.",
    "Name a column of students or of ensembles in `of`, or show another quantity.",
)

HEADING: Final = (
    "BANC049",
    "a heading that cannot stand above its columns",
    "A heading of `[table.groups]` stands above columns that are in `columns`, side by side, and below no "
    "other heading. A sweep's name stands for all of its columns.",
    "Correct the columns' names, or their order in `columns`.",
)

ALIKE: Final = (
    "BANC090",
    "two rows or columns that are printed alike",
    "Readers of the table could not tell them apart. Two sweeps of one field are printed alike, too, as long "
    "as they have no labels.",
    'Give one of them another label: `labels.kd = "KD"`. A label of a sweep stands before its values: '
    '`labels.T = "KD, T ="`. Columns below different headings may have one label.',
    "warning",
)

EMPTY_ROW: Final = (
    "BANC091",
    "a row without numbers",
    "The spec makes no run that this row shows, and prints no published number in it.",
    "Remove the row, or list its model or pair in a lineage, a transfer, a control or `baselines`.",
    "warning",
)
