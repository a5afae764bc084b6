"""The experiment: teachers, layers, images."""

from __future__ import annotations

from typing import Final

CIRCULAR: Final = (
    "BANC030",
    "circular teachers",
    "Each of these runs needs another one of them as a teacher or member, so none could be trained first.",
    "Break the circle: give one of them another teacher.",
)

NO_TEACHER_TERM: Final = (
    "BANC031",
    "a student that ignores its teacher",
    'A student of a lineage or a transfer has the objective "labels", which uses no teacher.',
    'Use an objective with a teacher, such as "ban-l". To train a model on the labels alone, declare a '
    "`baseline`; with another recipe than others, a `[controls.<name>]`.",
)

DOES_NOT_FIT: Final = (
    "BANC032",
    "the network cannot be built for these images",
    "No network has these numbers (such as this depth), or the network cannot take images of this size.",
    "Change the number that the message names.",
)

SHARED_SHAPES: Final = (
    "BANC033",
    "shared layers of different shapes",
    "A student can take a layer from its teacher only if the layer has the same shape in both networks.",
    "Remove the layer from `share`, or use a student with the teacher as its `skeleton`.",
)

SHARE_ENSEMBLE: Final = (
    "BANC034",
    "layers of an ensemble cannot be shared",
    "The teacher is an ensemble. Its outputs are a mean over several networks, so there is no single "
    "network to copy layers from.",
    "Remove `share`, or use a single network as the teacher.",
)

TEST_SET_CHOICE: Final = (
    "BANC035",
    "choosing on the test set",
    "The best of all epochs by test error is too optimistic: the error on new images would be higher. "
    "banc always reports the last epoch.",
    "Remove the key. To stop earlier, set fewer `epochs`.",
)

AUGMENTATION: Final = (
    "BANC036",
    "padding or cutout as large as the image",
    "Padding by reflection mirrors rows and columns of the image, so it must be smaller than the image. "
    "With as much padding by zeros, or a square of cutout as large as the image, some views would show "
    "nothing of the image.",
    "Set `recipe.augment.pad` and `recipe.augment.cutout` below the image's height and width.",
)

SINGLE_MEMBER: Final = (
    "BANC037",
    "an ensemble of one",
    "The ensemble has a single member, so its mean is that member's own output.",
    "Add members, or show the member's own column.",
)

UNKNOWN_LAYERS: Final = (
    "BANC038",
    "layers that banc does not know",
    "Only the first and the last layer can be shared, and banc does not know which these are in a "
    "network from torchvision or from your own file.",
    "Remove `share`, or use a teacher and a student of banc's own families. "
    "`banc manual how-to/add-a-network` shows how to add yours to them.",
)

OWN_NETWORK: Final = (
    "BANC039",
    "a network of your own that cannot be used",
    "banc built the network on meta tensors, which have shapes but no data, and passed it two images. It "
    "could not be built, it failed, or its output was not logits of shape (images, classes).",
    "Correct the line that the message names. `banc manual how-to/own-network` tells what a network must do.",
)
