"""The shape of a spec: keys, types, bounds, choices."""

from __future__ import annotations

from typing import Final

UNKNOWN_KEY: Final = (
    "BANC010",
    "unknown key",
    "The language has no such key in this table. A key after a `[table]` line belongs to that table, not "
    "to the top of the file.",
    "Use one of the listed keys, or move the line above the first `[table]` line.",
)

MISSING_KEY: Final = (
    "BANC011",
    "a key is missing",
    "This table needs a key that is not there.",
    "Add it; `banc manual` says what each key means, and an editor with the schema offers it.",
)

WRONG_TYPE: Final = (
    "BANC012",
    "wrong type of value",
    'Values are never converted: `"3"` is a string and not a number, `true` is not 1, `60.5` is no whole '
    "number.",
    "Write a value of the type that the message expects.",
)

OUT_OF_RANGE: Final = (
    "BANC013",
    "number out of range",
    "The number is too small or too large for this key.",
    "Use a number within the bounds that the message gives.",
)

UNKNOWN_CHOICE: Final = (
    "BANC014",
    "not one of the choices",
    "This key takes one of a few words, and this is none of them.",
    "Use one of the listed words; if one of them is similar, the message suggests it.",
)

LABEL_SMOOTHING: Final = (
    "BANC015",
    "label smoothing outside of a recipe",
    "Label smoothing is a control, and a field of a recipe: `label_smoothing`. It holds for all labels "
    "that a network learns from, whatever its objective, and has no other name.",
    "Write `label_smoothing` in `[recipe]`, in `recipe.except.<model>`, in the `recipe` of a lineage or "
    "transfer, which is about its students alone, or in that of a `[controls.<name>]`, which is a column "
    "beside the same networks without it.",
)

WEIGHTED_MEMBERS: Final = (
    "BANC016",
    "members of an ensemble have equal weights",
    "An ensemble is the plain mean of its members' probabilities (equation 4). Weights would have to be "
    "chosen on the test set, and no table of the papers uses any.",
    "Remove the key. For other members, declare another `[ensembles.<name>]`.",
)

DOTTED_NAME: Final = (
    "BANC017",
    "a name with a dot, without quotes",
    "In TOML, a dot in a key means a table inside a table: `WRN-10-0.5` is the key `5` in the table "
    "`WRN-10-0`.",
    'Put the whole name in quotes: `"WRN-10-0.5" = { ... }`, `[models."WRN-10-0.5"]`.',
)

EMPTY_TEXT: Final = (
    "BANC018",
    "an empty text",
    "A title or a label is printed, and this one is empty or only white space.",
    "Write the text to print. Without a label, the table prints the name.",
)

NOTHING_SHARED: Final = (
    "BANC019",
    "`shared` where nothing is shared",
    "`shared` says whether the layers of `share` stay frozen or are trained; here `share` names none.",
    'Add `share`, such as `share = ["stem", "classifier"]`, or remove `shared`.',
)
