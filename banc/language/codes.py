"""Every fault a spec can have: a stable code, its cause and its cure.

Codes are never reused. 00x: the file; 01x: its shape; 02x: names; 03x: the experiment; 04x: the table;
05x: more of the experiment, and networks of your own.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from banc.errors import UsageError


class Code(Enum):
    """A fault's code, with the title, cause and cure that ``banc explain-error`` prints."""

    UNREADABLE = (
        "BANC001",
        "the spec cannot be read",
        "The file does not exist, is a folder, may not be read, or is not UTF-8 text.",
        "Check the path; specs usually lie in `spec/`. Save the file as UTF-8.",
    )
    SYNTAX = (
        "BANC002",
        "not TOML",
        "The text breaks a rule of TOML 1.0: a missing quote or bracket, a key written twice, a value "
        "without quotes.",
        "The caret stands where reading stopped; the slip is there or just before. Strings need quotes, "
        "keys with a dot in them too.",
    )
    FILE_NAME = (
        "BANC003",
        "the file's name cannot name a table",
        "A spec's file name, without `.toml`, names its table and the folder `results/<name>`. It may hold "
        "lower-case letters, digits and `-`, and begins with a letter.",
        "Rename the file, for example to `table2.toml`.",
    )
    SAME_NAME = (
        "BANC004",
        "two specs of one name",
        "The specs to be linked have the same file name in different folders, so that their tables would be "
        "written to the same place.",
        "Rename one of the files, or compile them one at a time.",
    )
    UNKNOWN_KEY = (
        "BANC010",
        "unknown key",
        "The language has no such key in this table. A key after a `[table]` line belongs to that table, not "
        "to the top of the file.",
        "Take one of the listed keys, or move the line above the first `[table]`.",
    )
    MISSING_KEY = (
        "BANC011",
        "a key is missing",
        "This table needs a key that is not there.",
        "Add it; `banc manual` says what each key means, and an editor with the schema offers it.",
    )
    WRONG_TYPE = (
        "BANC012",
        "wrong type of value",
        'Nothing is converted silently: `"3"` is a string and not a number, `true` is not 1, `60.5` is no '
        "count.",
        "Write the value as the type that the message expects.",
    )
    OUT_OF_RANGE = (
        "BANC013",
        "number out of range",
        "The number is outside of what makes sense here.",
        "The message says the bounds.",
    )
    UNKNOWN_CHOICE = (
        "BANC014",
        "not one of the choices",
        "Only certain words can stand here, and this is none of them.",
        "Take one of the listed words; a near one is suggested where there is one.",
    )
    LABEL_SMOOTHING = (
        "BANC015",
        "label smoothing is not in version 1",
        "Version 1 of the language has no label smoothing: it moves errors by more than a generation does, "
        "and no table of the papers has it. A later version of the language will have it.",
        "Drop the key. Students have soft targets already: their teacher's outputs.",
    )
    WEIGHTED_MEMBERS = (
        "BANC016",
        "members of an ensemble have equal weights",
        "An ensemble is the plain mean of its members' probabilities, equation 4. Weights would have to be "
        "chosen on the test set, and no table of the papers has any.",
        "Drop the key. An ensemble of other members is another `[ensembles.<name>]`.",
    )
    DOTTED_NAME = (
        "BANC017",
        "a name with a dot, without quotes",
        "TOML takes a dot in a key for a table inside of a table: `WRN-10-0.5` is the key `5` in the table "
        "`WRN-10-0`.",
        'Put the whole name in quotes: `"WRN-10-0.5" = { ... }`, `[models."WRN-10-0.5"]`.',
    )
    EMPTY_TEXT = (
        "BANC018",
        "an empty text",
        "A title or a label is printed, and this one holds nothing, or only white space.",
        "Write what the table shall print; without a label it prints the name.",
    )
    NOTHING_SHARED = (
        "BANC019",
        "`shared` where nothing is shared",
        "`shared` says whether the layers of `share` stay frozen or are trained; here `share` names none.",
        'Add `share`, such as `share = ["stem", "classifier"]`, or drop `shared`.',
    )
    BAD_NAME = (
        "BANC020",
        "a name that cannot be used",
        "Names of models, lineages, transfers, ensembles and columns are not empty and hold no `/`, which "
        "separates a model from a column. `parameters`, `teacher` and `baseline` are columns of the "
        "language.",
        "Choose another name. What the table prints is set in `[table.labels]`.",
    )
    DUPLICATE_NAME = (
        "BANC021",
        "one name for two things",
        "Models, lineages and transfers can all stand where models are listed, and generations, transfers "
        "and ensembles all name columns, so their names must differ.",
        "Rename one of the two. Names never reach an address: renaming re-runs nothing.",
    )
    UNKNOWN_NAME = (
        "BANC022",
        "unknown name",
        "The name is used here and declared nowhere.",
        "Declare it, or take one of the declared names.",
    )
    UNKNOWN_RUN = (
        "BANC023",
        "no such run",
        "A teacher, a member, a column or a cell names a run that this spec does not make for this model: a "
        "generation past the last, a model that is in no lineage, a misspelt column.",
        "Take one of the listed runs; or let a lineage, a transfer or `baselines` make it.",
    )
    NOT_IN_GROUP = (
        "BANC024",
        "an exception for a model that is not there",
        "`except` changes single models of a group, and this model is not in the group.",
        "Add the model to the group or drop the exception.",
    )
    REPEATED = (
        "BANC025",
        "listed twice",
        "The same thing stands twice in a list in which each thing counts once.",
        "Drop one of the two. To weigh a member of an ensemble more is not in the language.",
    )
    EMPTY = (
        "BANC026",
        "an empty list",
        "The list needs at least one entry.",
        "Add one, or remove what the list belongs to.",
    )
    NO_FILE = (
        "BANC027",
        "a file that cannot be used",
        "A model names a file that is not in the workspace or cannot be read. The workspace is the nearest "
        "folder at or above the spec that holds `.dvc`.",
        "Paths are relative to the workspace, with `/`, and stay inside of it.",
    )
    SAME_COLUMN = (
        "BANC029",
        "one column by two names",
        "`teacher` and `baseline` are two names of one column: the model trained on the labels alone.",
        "Drop one of the two. A label in `[table.labels]` prints what you like.",
    )
    CIRCULAR = (
        "BANC030",
        "circular teachers",
        "Following teachers and members from run to run leads back to where it began: none could be trained "
        "first.",
        "Break the circle: the teacher of one of them must be another.",
    )
    NO_TEACHER_TERM = (
        "BANC031",
        "a student that ignores its teacher",
        'A student of a lineage or a transfer has the objective "labels", which reads no teacher.',
        'Take an objective with a teacher, such as "ban-l". A model trained on the labels alone is a '
        "`baseline`.",
    )
    DOES_NOT_FIT = (
        "BANC032",
        "the network cannot be built for these images",
        "The declared numbers give no network, or none that can read the images of the data set.",
        "The message says which number to change.",
    )
    SHARED_SHAPES = (
        "BANC033",
        "shared layers of different shapes",
        "A student can take a layer from its teacher only where both have the same shape.",
        "Drop the part from `share`, or take a student that is built on the teacher's skeleton.",
    )
    SHARE_ENSEMBLE = (
        "BANC034",
        "layers of an ensemble cannot be shared",
        "The teacher is an ensemble: its outputs are a mean, but there is no one network whose layers could "
        "be copied.",
        "Drop `share`, or take one network as the teacher.",
    )
    TEST_SET_CHOICE = (
        "BANC035",
        "choosing on the test set",
        "Picking the best epoch by its test error reports an error that no one would meet on new images. "
        "banc reports the last epoch, always.",
        "Drop the key. To stop earlier, say fewer `epochs`.",
    )
    AUGMENTATION = (
        "BANC036",
        "padding as large as the image",
        "Padding by reflection mirrors rows of the image, so it needs fewer rows than the image has.",
        "Set `recipe.augment.pad` below the image's height and width.",
    )
    SINGLE_MEMBER = (
        "BANC037",
        "an ensemble of one",
        "The ensemble has a single member, so it is that member.",
        "Add members, or show the member's own column.",
    )
    UNKNOWN_LAYERS = (
        "BANC038",
        "layers that banc does not know",
        "Layers are shared by their place in the network, and of a network from torchvision or from a file "
        "of your own banc does not know which are the first and the last.",
        "Drop `share`, or take a teacher and a student of banc's own families. "
        "`banc manual how-to/add-a-network` makes yours one of them.",
    )
    OWN_NETWORK = (
        "BANC039",
        "a network of your own that cannot be used",
        "banc built the network on meta tensors, which hold no numbers, and gave it two images. It could not "
        "be built, failed, or did not give logits of shape (images, classes).",
        "The message names the line. `banc manual how-to/own-network` says what is expected of a network.",
    )
    EMPTY_TABLE = (
        "BANC040",
        "a table without numbers",
        "No cell of the table has a run behind it: every row would be `/`.",
        "Let rows and columns name what the lineages, transfers and ensembles make.",
    )
    UNUSED_RUN = (
        "BANC041",
        "a run that no table shows",
        "The run would be paid for and its result not be shown. Nothing in the table depends on it.",
        "Add its column to the table, or do not declare it.",
        "warning",
    )
    PUBLISHED_NOWHERE = (
        "BANC042",
        "a published number outside of the table",
        "The number's row or column is not in the table, so it would not be printed.",
        "Correct the name, or add the row or column.",
    )
    LABEL_NOWHERE = (
        "BANC043",
        "a label for nothing",
        "The label's name is neither a row nor a column of the table.",
        "Correct the name, or drop the label.",
        "warning",
    )
    EMPTY_COLUMN = (
        "BANC044",
        "a column without numbers",
        "No row of the table has a run in this column.",
        "Correct the column's name, or let a lineage, transfer or ensemble make it.",
    )
    CELL_NOWHERE = (
        "BANC045",
        "a cell outside of the table",
        "`[table.cells]` fills single cells by row and column, and the table has no such row or column.",
        "Correct the name, or add the row to `rows` or the column to `columns`.",
    )
    CELL_TAKEN = (
        "BANC046",
        "a cell that is filled already",
        "`[table.cells]` fills cells that would be empty. The row's model has a run of its own in this "
        "column, which would be hidden; and `parameters` always counts the row's own network.",
        "Take another column for the other model's run, or drop the cell.",
    )
    COUNTED_TWICE = (
        "BANC050",
        "an ensemble that counts one network twice",
        "Two members are one network: by two names, since one holds the other, or since both are the same "
        "training. A mean counts each network once, so that this ensemble is smaller than it says.",
        "Drop one of the two, or take a run that differs in its teacher, objective or recipe.",
    )
    TOO_LARGE = (
        "BANC051",
        "a network that nobody could train",
        "Each number of the model is legal, but together they give more weights than any GPU holds.",
        "Take less depth, growth, widening, units or a smaller ratio; one of them has a digit too many.",
    )
    PUBLISHED_RANGE = (
        "BANC052",
        "a published number that cannot be",
        "Published errors are percentages, from 0 to 100. Parameters are counted in millions, and there is "
        "no network without any.",
        "Look the number up once more. An accuracy of 95.2 is an error of 4.8; 1,200,000 parameters are 1.2.",
    )
    TOO_MANY_RUNS = (
        "BANC053",
        "more runs than anybody could pay for",
        "Models, generations, students, ensembles and seeds multiply.",
        "Say fewer of them, or write several specs; specs that need the same teacher share it.",
    )
    NO_ANSWER = (
        "BANC055",
        "a network whose code did not come back",
        "A network from torchvision or from a file of your own is built in a process of its own. Its code "
        "ended that process (`os._exit`, a crash in a library, exhausted memory), or took too long.",
        "Let the code return a network, and return soon. BANC_TRIAL_SECONDS=300 waits longer than the 60 "
        "seconds that a network may take.",
    )
    NOT_TRIED = (
        "BANC056",
        "a network that was not tried",
        "`--no-code` was said, so nothing of this network's code was run: whether it can be built, and gives "
        "logits of the right shape, is not known.",
        "Without `--no-code` it is tried; do so where you trust the code.",
        "warning",
    )

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
    codes = [code.code for code in Code]
    raise UsageError(f"no fault has the code `{text}`", hint=f"codes are {', '.join(codes)}")
