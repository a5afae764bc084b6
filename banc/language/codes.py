"""Every fault that a spec can have: a stable code, its cause and its cure.

Codes are never reused. 00x: the file; 01x: its shape; 02x: names; 03x: the experiment; 04x: the table;
05x: more of the experiment, and networks of your own; 06x: networks trained elsewhere;
07x: pairs and sweeps; 08x: recipes, data and objectives of your own; 09x: more of the table.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from banc.errors import UsageError
from banc.language.fault_texts import experiment, file, names, networks, pairs, recipes, shape, table, weights


class Code(Enum):
    """A fault's code, with the title, cause and cure that ``banc explain-error`` prints."""

    UNREADABLE = file.UNREADABLE
    SYNTAX = file.SYNTAX
    FILE_NAME = file.FILE_NAME
    SAME_NAME = file.SAME_NAME
    UNKNOWN_KEY = shape.UNKNOWN_KEY
    MISSING_KEY = shape.MISSING_KEY
    WRONG_TYPE = shape.WRONG_TYPE
    OUT_OF_RANGE = shape.OUT_OF_RANGE
    UNKNOWN_CHOICE = shape.UNKNOWN_CHOICE
    LABEL_SMOOTHING = shape.LABEL_SMOOTHING
    WEIGHTED_MEMBERS = shape.WEIGHTED_MEMBERS
    DOTTED_NAME = shape.DOTTED_NAME
    EMPTY_TEXT = shape.EMPTY_TEXT
    NOTHING_SHARED = shape.NOTHING_SHARED
    BAD_NAME = names.BAD_NAME
    DUPLICATE_NAME = names.DUPLICATE_NAME
    UNKNOWN_NAME = names.UNKNOWN_NAME
    UNKNOWN_RUN = names.UNKNOWN_RUN
    NOT_IN_GROUP = names.NOT_IN_GROUP
    REPEATED = names.REPEATED
    EMPTY = names.EMPTY
    NO_FILE = names.NO_FILE
    SAME_COLUMN = names.SAME_COLUMN
    CIRCULAR = experiment.CIRCULAR
    NO_TEACHER_TERM = experiment.NO_TEACHER_TERM
    DOES_NOT_FIT = experiment.DOES_NOT_FIT
    SHARED_SHAPES = experiment.SHARED_SHAPES
    SHARE_ENSEMBLE = experiment.SHARE_ENSEMBLE
    TEST_SET_CHOICE = experiment.TEST_SET_CHOICE
    AUGMENTATION = experiment.AUGMENTATION
    SINGLE_MEMBER = experiment.SINGLE_MEMBER
    UNKNOWN_LAYERS = experiment.UNKNOWN_LAYERS
    OWN_NETWORK = experiment.OWN_NETWORK
    EMPTY_TABLE = table.EMPTY_TABLE
    UNUSED_RUN = table.UNUSED_RUN
    PUBLISHED_NOWHERE = table.PUBLISHED_NOWHERE
    LABEL_NOWHERE = table.LABEL_NOWHERE
    EMPTY_COLUMN = table.EMPTY_COLUMN
    CELL_NOWHERE = table.CELL_NOWHERE
    CELL_TAKEN = table.CELL_TAKEN
    QUANTITY_NOWHERE = table.QUANTITY_NOWHERE
    QUANTITY_UNFIT = table.QUANTITY_UNFIT
    HEADING = table.HEADING
    ALIKE = table.ALIKE
    EMPTY_ROW = table.EMPTY_ROW
    COUNTED_TWICE = networks.COUNTED_TWICE
    TOO_LARGE = networks.TOO_LARGE
    PUBLISHED_RANGE = networks.PUBLISHED_RANGE
    TOO_MANY_RUNS = networks.TOO_MANY_RUNS
    SPLIT_STEP = networks.SPLIT_STEP
    WARM_UP = networks.WARM_UP
    NO_ANSWER = networks.NO_ANSWER
    NOT_TRIED = networks.NOT_TRIED
    NO_EFFECT = recipes.NO_EFFECT
    OTHER_OPTIMIZER = recipes.OTHER_OPTIMIZER
    DROP_BEFORE_RISE = recipes.DROP_BEFORE_RISE
    VALIDATION_SIZE = recipes.VALIDATION_SIZE
    NO_VALIDATION = recipes.NO_VALIDATION
    TUNED_ON_TEST = recipes.TUNED_ON_TEST
    OWN_OBJECTIVE = recipes.OWN_OBJECTIVE
    MIXED_LABELS = recipes.MIXED_LABELS
    STORE_PAYS = recipes.STORE_PAYS
    NO_WEIGHTS = weights.NO_WEIGHTS
    OTHER_WEIGHTS = weights.OTHER_WEIGHTS
    WEIGHTS_DO_NOT_FIT = weights.WEIGHTS_DO_NOT_FIT
    WEIGHTS_ABSENT = weights.WEIGHTS_ABSENT
    PAIR_AS_MODEL = pairs.PAIR_AS_MODEL
    TEACHER_IN_VAIN = pairs.TEACHER_IN_VAIN
    GENERATIONS_OBJECTIVES = pairs.GENERATIONS_OBJECTIVES
    TEACHER_SEED = pairs.TEACHER_SEED
    LOGITS_TEACH = pairs.LOGITS_TEACH
    SWEPT_FIELDS = pairs.SWEPT_FIELDS

    def __init__(
        self,
        code: str,
        title: str,
        cause: str,
        cure: str,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        self.code = code
        self.title = title
        self.cause = cause
        self.cure = cure
        self.severity: Literal["error", "warning"] = severity


def find_code(text: str) -> Code:
    """The code that ``text`` names, in any case, with or without ``BANC``.

    Raises:
        UsageError: there is none.
    """
    digits = text.strip().upper().removeprefix("BANC")
    for code in Code:
        if code.code == f"BANC{digits.zfill(3)}":
            return code
    codes = sorted(code.code for code in Code)
    raise UsageError(f"no fault has the code `{text}`", hint=f"codes are {', '.join(codes)}")
