"""Recipes, data and objectives of one's own."""

from __future__ import annotations

from typing import Final

NO_EFFECT: Final = (
    "BANC080",
    "a key of a recipe without effect",
    "No run that this key is said for reads it: momentum with AdamW, `beta1` with SGD, `nesterov` without "
    "momentum, drops with a cosine, `drop_factor` without drops, label smoothing where an objective has no "
    "term with the labels, a fill without padding.",
    "Remove the key, or choose what reads it.",
)

OTHER_OPTIMIZER: Final = (
    "BANC081",
    "another optimizer with the same learning rate",
    "The presets' learning rate and weight decay are for SGD. AdamW takes learning rates that are about "
    "a hundred times smaller, and its weight decay is another quantity.",
    "Say `learning_rate` and `weight_decay` in the table that says `optimizer`.",
)

DROP_BEFORE_RISE: Final = (
    "BANC082",
    "a learning rate that drops before it has risen",
    "The first point of `drop_at` is inside of the warm-up, so the learning rate would never reach "
    "`learning_rate`.",
    "Make `warm_up` shorter, or move `drop_at`.",
)

VALIDATION_SIZE: Final = (
    "BANC083",
    "a validation split that leaves a class without images",
    "Validation images are held out of the training images with each class in proportion. With too few "
    "of them, or too many, one of the two parts has no image of some class.",
    "Hold out at least as many images as there are classes, and leave as many to train on.",
)

NO_VALIDATION: Final = (
    "BANC084",
    "a table on validation images that are not there",
    "The table shows errors on validation images, and the data set holds none out of its training images.",
    'Say how many in the data set, `data = { set = "cifar100", validation = 5000 }`, or show the test set.',
)

TUNED_ON_TEST: Final = (
    "BANC085",
    "a number that could be chosen on the test set",
    "Three or more runs in the table differ in one number alone, and it shows their test errors. Whoever "
    "picks the best value by these makes its error too low: on new images it would be higher. The test "
    "set is for a number that was chosen before.",
    'Hold images out, `data = { ..., validation = 5000 }`, and choose with `[table] on = "validation"`. '
    'Then show the chosen value with `on = "test"`, which trains nothing again.',
    "warning",
)

OWN_OBJECTIVE: Final = (
    "BANC086",
    "an objective of your own that cannot be used",
    "banc called the function on made logits, labels and a teacher's log-probabilities. It failed, or it "
    "did not give a finite loss for each image, with a gradient, that depends on this image and on its "
    "teacher alone.",
    "Correct the line that the message names. `banc manual objectives` says what a function must do.",
)

MIXED_LABELS: Final = (
    "BANC087",
    "an objective that asks for one label, with mixup",
    "With `augment.mixup` each image is a mixture of two and has the labels of both. DKD needs to know which "
    "class is the target, and an objective of your own is given one label for each image.",
    "Set `recipe.augment.mixup = 0` for these students, or use another of banc's objectives: all others go "
    "with mixup.",
)

STORE_PAYS: Final = (
    "BANC088",
    "a teacher that is asked about the same images twice",
    "With cutout or mixup a teacher's outputs are computed live, unless a spec says otherwise: for one "
    "student a store would save nothing. Here several students of one teacher, with the same augmentation "
    "and as many epochs, are shown the very same images, and the teacher computes its outputs for each of "
    "these students.",
    'Say `teacher_outputs = "stored"` for them: the outputs are then computed once for each seed, epoch and '
    'image, and read by all of them. To keep it so, say `teacher_outputs = "live"`.',
    "warning",
)
