"""Every fault that a spec can have: a stable code, its cause and its cure.

Codes are never reused. 00x: the file; 01x: its shape; 02x: names; 03x: the experiment; 04x: the table;
05x: more of the experiment, and networks of your own; 06x: networks trained elsewhere;
07x: pairs and sweeps; 08x: recipes, data and objectives of your own.
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
        "The caret marks where reading stopped; the mistake is there or just before. Strings need quotes, "
        "and so do keys with a dot.",
    )
    FILE_NAME = (
        "BANC003",
        "the file's name cannot name a table",
        "A spec's file name, without `.toml`, names its table and the folder `results/<name>`. It may hold "
        "lower-case letters, digits and `-`, 100 at most, and begins with a letter.",
        "Rename the file, for example to `table2.toml`.",
    )
    SAME_NAME = (
        "BANC004",
        "two specs of one name",
        "Two of the specs have the same file name in different folders, so their tables would be written to "
        "the same place.",
        "Rename one of the files, or compile them one at a time.",
    )
    UNKNOWN_KEY = (
        "BANC010",
        "unknown key",
        "The language has no such key in this table. A key after a `[table]` line belongs to that table, not "
        "to the top of the file.",
        "Use one of the listed keys, or move the line above the first `[table]` line.",
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
        'Values are never converted: `"3"` is a string and not a number, `true` is not 1, `60.5` is no whole '
        "number.",
        "Write a value of the type that the message expects.",
    )
    OUT_OF_RANGE = (
        "BANC013",
        "number out of range",
        "The number is too small or too large for this key.",
        "Use a number within the bounds that the message gives.",
    )
    UNKNOWN_CHOICE = (
        "BANC014",
        "not one of the choices",
        "This key takes one of a few words, and this is none of them.",
        "Use one of the listed words; if one of them is similar, the message suggests it.",
    )
    LABEL_SMOOTHING = (
        "BANC015",
        "label smoothing outside of a recipe",
        "Label smoothing is a control, and a field of a recipe: `label_smoothing`. It holds for all labels "
        "that a network learns from, whatever its objective, and has no other name.",
        "Write `label_smoothing` in `[recipe]`, in `recipe.except.<model>`, or in the `recipe` of a lineage "
        "or transfer, which is about its students alone.",
    )
    WEIGHTED_MEMBERS = (
        "BANC016",
        "members of an ensemble have equal weights",
        "An ensemble is the plain mean of its members' probabilities (equation 4). Weights would have to be "
        "chosen on the test set, and no table of the papers uses any.",
        "Remove the key. For other members, declare another `[ensembles.<name>]`.",
    )
    DOTTED_NAME = (
        "BANC017",
        "a name with a dot, without quotes",
        "In TOML, a dot in a key means a table inside a table: `WRN-10-0.5` is the key `5` in the table "
        "`WRN-10-0`.",
        'Put the whole name in quotes: `"WRN-10-0.5" = { ... }`, `[models."WRN-10-0.5"]`.',
    )
    EMPTY_TEXT = (
        "BANC018",
        "an empty text",
        "A title or a label is printed, and this one is empty or only white space.",
        "Write the text to print. Without a label, the table prints the name.",
    )
    NOTHING_SHARED = (
        "BANC019",
        "`shared` where nothing is shared",
        "`shared` says whether the layers of `share` stay frozen or are trained; here `share` names none.",
        'Add `share`, such as `share = ["stem", "classifier"]`, or remove `shared`.',
    )
    BAD_NAME = (
        "BANC020",
        "a name that cannot be used",
        "Names of models, lineages, transfers, ensembles and columns are not empty, have at most 100 "
        "characters that can be shown, and hold no `/`, which separates a model from a column. `parameters`, "
        "`teacher` and `baseline` are columns of the language.",
        "Choose another name. To print something else in the table, use `[table.labels]`.",
    )
    DUPLICATE_NAME = (
        "BANC021",
        "one name for two things",
        "Lists of models can name models, lineages and transfers; columns can be generations, transfers and "
        "ensembles. So their names must differ.",
        "Rename one of the two. Renaming re-runs nothing.",
    )
    UNKNOWN_NAME = (
        "BANC022",
        "unknown name",
        "The name is used here but declared nowhere.",
        "Declare it, or use one of the declared names.",
    )
    UNKNOWN_RUN = (
        "BANC023",
        "no such run",
        "A teacher, a member, a column or a cell names a run that this spec does not make for this model: a "
        "generation past the last, a model that is in no lineage, a misspelt column.",
        "Use one of the listed runs, or declare this one in a lineage, a transfer or `baselines`.",
    )
    NOT_IN_GROUP = (
        "BANC024",
        "an exception for a model that is not there",
        "`except` changes single models of a group, and this model is not in the group.",
        "Add the model to the group, or remove the exception.",
    )
    REPEATED = (
        "BANC025",
        "listed twice",
        "The list has the same entry twice, and each entry counts once.",
        "Remove one of the two. An ensemble cannot give a member more weight.",
    )
    EMPTY = (
        "BANC026",
        "an empty list",
        "The list needs at least one entry.",
        "Add an entry, or remove the table or key that the list belongs to.",
    )
    NO_FILE = (
        "BANC027",
        "a file that cannot be used",
        "A model or an objective names a file that is not in the workspace or cannot be read. The workspace "
        "is the nearest folder at or above the spec that holds `.dvc`.",
        "Write the path relative to the workspace, with `/`. The file must be inside the workspace.",
    )
    SAME_COLUMN = (
        "BANC029",
        "one column by two names",
        "`teacher` and `baseline` are two names of one column: the model trained on the labels alone.",
        "Remove one of the two. A label in `[table.labels]` can print any other heading.",
    )
    CIRCULAR = (
        "BANC030",
        "circular teachers",
        "Each of these runs needs another one of them as a teacher or member, so none could be trained "
        "first.",
        "Break the circle: give one of them another teacher.",
    )
    NO_TEACHER_TERM = (
        "BANC031",
        "a student that ignores its teacher",
        'A student of a lineage or a transfer has the objective "labels", which uses no teacher.',
        'Use an objective with a teacher, such as "ban-l". To train a model on the labels alone, declare a '
        "`baseline`.",
    )
    DOES_NOT_FIT = (
        "BANC032",
        "the network cannot be built for these images",
        "No network has these numbers (such as this depth), or the network cannot take images of this size.",
        "Change the number that the message names.",
    )
    SHARED_SHAPES = (
        "BANC033",
        "shared layers of different shapes",
        "A student can take a layer from its teacher only if the layer has the same shape in both networks.",
        "Remove the layer from `share`, or use a student with the teacher as its `skeleton`.",
    )
    SHARE_ENSEMBLE = (
        "BANC034",
        "layers of an ensemble cannot be shared",
        "The teacher is an ensemble. Its outputs are a mean over several networks, so there is no single "
        "network to copy layers from.",
        "Remove `share`, or use a single network as the teacher.",
    )
    TEST_SET_CHOICE = (
        "BANC035",
        "choosing on the test set",
        "The best of all epochs by test error is too optimistic: the error on new images would be higher. "
        "banc always reports the last epoch.",
        "Remove the key. To stop earlier, set fewer `epochs`.",
    )
    AUGMENTATION = (
        "BANC036",
        "padding or cutout as large as the image",
        "Padding by reflection mirrors rows and columns of the image, so it must be smaller than the image. "
        "With as much padding by zeros, or a square of cutout as large as the image, some views would show "
        "nothing of the image.",
        "Set `recipe.augment.pad` and `recipe.augment.cutout` below the image's height and width.",
    )
    SINGLE_MEMBER = (
        "BANC037",
        "an ensemble of one",
        "The ensemble has a single member, so its mean is that member's own output.",
        "Add members, or show the member's own column.",
    )
    UNKNOWN_LAYERS = (
        "BANC038",
        "layers that banc does not know",
        "Only the first and the last layer can be shared, and banc does not know which these are in a "
        "network from torchvision or from your own file.",
        "Remove `share`, or use a teacher and a student of banc's own families. "
        "`banc manual how-to/add-a-network` shows how to add yours to them.",
    )
    OWN_NETWORK = (
        "BANC039",
        "a network of your own that cannot be used",
        "banc built the network on meta tensors, which have shapes but no data, and passed it two images. It "
        "could not be built, it failed, or its output was not logits of shape (images, classes).",
        "Correct the line that the message names. `banc manual how-to/own-network` tells what a network "
        "must do.",
    )
    EMPTY_TABLE = (
        "BANC040",
        "a table without numbers",
        "No cell of the table has a run: every cell would be `/`.",
        "Choose rows and columns for which the lineages, transfers and ensembles declare runs.",
    )
    UNUSED_RUN = (
        "BANC041",
        "a run that no table shows",
        "The run would cost time, but its result would not be shown, and nothing in the table depends on it.",
        "Add its column to the table, or do not declare the run.",
        "warning",
    )
    PUBLISHED_NOWHERE = (
        "BANC042",
        "a published number outside the table",
        "The number's row or column is not in the table, so it would not be printed.",
        "Correct the name, or add the row or column.",
    )
    LABEL_NOWHERE = (
        "BANC043",
        "a label for nothing",
        "The label's name is neither a row nor a column of the table.",
        "Correct the name, or remove the label.",
        "warning",
    )
    EMPTY_COLUMN = (
        "BANC044",
        "a column without numbers",
        "No row of the table has a run in this column.",
        "Correct the column's name, or declare a lineage, transfer or ensemble with this column.",
    )
    CELL_NOWHERE = (
        "BANC045",
        "a cell outside the table",
        "`[table.cells]` fills single cells by row and column, and the table has no such row or column.",
        "Correct the name, or add the row to `rows` or the column to `columns`.",
    )
    CELL_TAKEN = (
        "BANC046",
        "a cell that is filled already",
        "`[table.cells]` fills empty cells. The row's model has its own run in this column, which would be "
        "hidden; and `parameters` always counts the row's own network.",
        "Use another column for the other model's run, or remove the cell.",
    )
    QUANTITY_NOWHERE = (
        "BANC047",
        "a quantity outside the table",
        "`[table.quantities]` says what columns of the table show, and `columns` has no such column.",
        "Correct the name, or add it to `columns`.",
    )
    QUANTITY_UNFIT = (
        "BANC048",
        "a quantity that no run of the column has",
        "Agreement is with a teacher, so only a student has it. Diversity and gain are those of an ensemble.",
        "Name a column of students or of ensembles in `of`, or show another quantity.",
    )
    COUNTED_TWICE = (
        "BANC050",
        "an ensemble that counts one network twice",
        "Two members are the same network: under two names, because one is an ensemble that contains the "
        "other, or because both are exactly the same training. A mean counts each network once, so the "
        "ensemble would be smaller than the spec says.",
        "Remove one of the two, or use a run with another teacher, objective or recipe.",
    )
    TOO_LARGE = (
        "BANC051",
        "a network that nobody could train",
        "Each number of the model is legal, but together they give more parameters than fit on any GPU.",
        "Check depth, growth, widening, units and ratio: one of them may have a digit too many.",
    )
    PUBLISHED_RANGE = (
        "BANC052",
        "an impossible published number",
        "Published errors are percentages, from 0 to 100. Parameters are counted in millions and are more "
        "than 0.",
        "Check the number. For an accuracy of 95.2, write an error of 4.8; for 1,200,000 parameters, 1.2.",
    )
    TOO_MANY_RUNS = (
        "BANC053",
        "too many runs",
        "The spec declares more runs than anybody could train: models, generations, students, ensembles and "
        "seeds multiply.",
        "Use fewer of them, or write several specs; specs that need the same teacher share it.",
    )
    SPLIT_STEP = (
        "BANC058",
        "an objective that needs a whole step, in micro-batches",
        "DIST compares the outputs for all images of a step within each class. With `micro_batch`, a step "
        "goes through the network in parts, and no part has the outputs of the others.",
        "Remove `micro_batch` for these students, train on several GPUs (there the objective sees the whole "
        "step), or set `intra = 0`, which leaves the relation between classes.",
    )
    WARM_UP = (
        "BANC059",
        "a warm-up that ends after the run",
        "The teacher's terms of the objective grow over `warm_up` epochs, and the run has fewer, so they "
        "never get their full weight.",
        "Use a smaller `warm_up`: 20 of the paper's 240 epochs are a twelfth of the run.",
        "warning",
    )
    NO_ANSWER = (
        "BANC055",
        "code of your own that did not return",
        "A network from torchvision or from your own file is built in a separate process, and an objective "
        "of your own is called in one. Its code ended that process (`os._exit`, a crash in a library, out of "
        "memory) or took too long.",
        "Correct the code so that it returns in time. Set BANC_TRIAL_SECONDS=300 to wait longer than 60 "
        "seconds.",
    )
    NOT_TRIED = (
        "BANC056",
        "a network or an objective that was not checked",
        "With `--no-code`, banc does not run this code, so it does not know whether the network can be built "
        "and gives logits of the right shape, or whether the objective gives a loss for each image.",
        "If you trust the code, check again without `--no-code`.",
        "warning",
    )

    NOT_STORABLE = (
        "BANC057",
        "stored outputs of images that do not come again",
        "Stored outputs are a teacher's answers to the finitely many crops and flips of each image. Cutout "
        "hides another part of an image in each epoch, so a student sees images for which nothing is stored.",
        'Remove `teacher_outputs = "stored"`: the teacher then answers while its student trains, and sees '
        "what the student sees. Or set `recipe.augment.cutout = 0` for these students.",
    )

    NO_EFFECT = (
        "BANC080",
        "a key of a recipe without effect",
        "No run that this key is said for reads it: momentum with AdamW, `beta1` with SGD, drops with a "
        "cosine, label smoothing where an objective has no term with the labels, a fill without padding.",
        "Remove the key, or choose what reads it.",
    )
    OTHER_OPTIMIZER = (
        "BANC081",
        "another optimizer with the same learning rate",
        "The presets' learning rate and weight decay are for SGD. AdamW takes learning rates that are about "
        "a hundred times smaller, and its weight decay is another quantity.",
        "Say `learning_rate` and `weight_decay` in the table that says `optimizer`.",
    )
    DROP_BEFORE_RISE = (
        "BANC082",
        "a learning rate that drops before it has risen",
        "The first point of `drop_at` is inside of the warm-up, so the learning rate would never reach "
        "`learning_rate`.",
        "Make `warm_up` shorter, or move `drop_at`.",
    )

    VALIDATION_SIZE = (
        "BANC083",
        "a validation split that leaves a class without images",
        "Validation images are held out of the training images with each class in proportion. With too few "
        "of them, or too many, one of the two parts has no image of some class.",
        "Hold out at least as many images as there are classes, and leave as many to train on.",
    )

    NO_VALIDATION = (
        "BANC084",
        "a table on validation images that are not there",
        "The table shows errors on validation images, and the data set holds none out of its training "
        "images.",
        'Say how many in the data set, `data = { set = "cifar100", validation = 5000 }`, or show the test '
        "set.",
    )
    TUNED_ON_TEST = (
        "BANC085",
        "a number that could be chosen on the test set",
        "Three or more runs in the table differ in one number alone, and it shows their test errors. Whoever "
        "picks the best value by these makes its error too low: on new images it would be higher. The test "
        "set is for a number that was chosen before.",
        'Hold images out, `data = { ..., validation = 5000 }`, and choose with `[table] on = "validation"`. '
        'Then show the chosen value with `on = "test"`, which trains nothing again.',
        "warning",
    )

    OWN_OBJECTIVE = (
        "BANC086",
        "an objective of your own that cannot be used",
        "banc called the function on made logits, labels and a teacher's log-probabilities. It failed, or it "
        "did not give a finite loss for each image, with a gradient, that depends on this image and on its "
        "teacher alone.",
        "Correct the line that the message names. `banc manual objectives` says what a function must do.",
    )

    NO_WEIGHTS = (
        "BANC060",
        "a file of weights that cannot be used",
        "A pretrained network names a file that is not in the workspace, cannot be read, or is neither "
        "safetensors nor a state dict by its name. The workspace is the nearest folder at or above the spec "
        "that holds `.dvc`.",
        "Put the file into the workspace, as in `weights/wrn.safetensors`, and write its path relative to "
        "the workspace, with `/`. Names end with `.safetensors`, or with `.pt`, `.pth` or `.bin` for a state "
        "dict.",
    )
    OTHER_WEIGHTS = (
        "BANC061",
        "other weights than the spec says",
        "The file's SHA-256 digest is not the one in the spec: the file was replaced or edited, or the "
        "digest is of another file.",
        "Bring the right file back. If these are the weights that you mean, write the digest that "
        "`sha256sum FILE` prints; the network and all that learns from it then run again.",
    )
    WEIGHTS_DO_NOT_FIT = (
        "BANC062",
        "weights of another network",
        "The names, shapes or number types in the file are not those of the model: it is another network, "
        "has another number of classes or input channels, or the file was written with other names.",
        "Correct the model, or convert the file: `banc manual how-to/pretrained` shows how to see both lists "
        "of names and how to write a file with the right ones.",
    )
    WEIGHTS_ABSENT = (
        "BANC063",
        "weights that are not here",
        "A `.dvc` file says that DVC has the weights, but they are not in the workspace, so nothing was "
        "compared.",
        "`dvc pull FILE` fetches them. They are needed only where the network or what learns from it runs.",
        "warning",
    )

    PAIR_AS_MODEL = (
        "BANC070",
        "a pair where a model or a run is meant",
        "A pair is a student beside its teacher. It is a row of the table and a student of transfers. A "
        "lineage trains models, and a teacher is a model or a run.",
        "Name the model, or a run of the pair, such as `<pair>/kd`.",
    )
    TEACHER_IN_VAIN = (
        "BANC071",
        "a teacher that nobody learns from here",
        "All students of this transfer are pairs, and each pair names the teacher of its student.",
        "Remove `teacher`, or list models among the students.",
    )
    GENERATIONS_OBJECTIVES = (
        "BANC072",
        "objectives that do not match the generations",
        "`objectives` names what each generation minimises, in order: one entry for each generation. "
        "`objective` names one for all of them.",
        "Give as many objectives as the longest lineage has generations, and no `objective` beside them.",
    )
    TEACHER_SEED = (
        "BANC073",
        "a teacher's seed that cannot be",
        "`teacher_seed` says of which seed the teacher is that teaches the students of every seed. It is one "
        "of the spec's `seeds`, and needs a teacher that has seeds.",
        "Name one of the spec's seeds. Or remove the key: each student then learns from the teacher of its "
        "own seed.",
    )
    LOGITS_TEACH = (
        "BANC074",
        "a teacher that averages logits",
        "A student of an ensemble learns from the mean of its members' probabilities.",
        "Declare an ensemble of the same members without `average`, and name it as the teacher.",
    )

    SWEPT_FIELDS = (
        "BANC075",
        "a sweep of no field, or of too many",
        "A sweep has one or two fields of the objective and the recipe of its lineage or transfer, each with "
        "an array of values.",
        "Name the fields: `objective.temperature = [1, 2, 4]`. Put further fields into a sweep of their own.",
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
