"""More of the experiment, and networks of one's own."""

from __future__ import annotations

from typing import Final

COUNTED_TWICE: Final = (
    "BANC050",
    "an ensemble that counts one network twice",
    "Two members are the same network: under two names, because one is an ensemble that contains the "
    "other, or because both are exactly the same training. A mean counts each network once, so the "
    "ensemble would be smaller than the spec says.",
    "Remove one of the two, or use a run with another teacher, objective or recipe.",
)

TOO_LARGE: Final = (
    "BANC051",
    "a network that nobody could train",
    "Each number of the model is legal, but together they give more parameters than fit on any GPU.",
    "Check depth, growth, widening, units and ratio: one of them may have a digit too many.",
)

PUBLISHED_RANGE: Final = (
    "BANC052",
    "an impossible published number",
    "Published errors are percentages, from 0 to 100. Parameters are counted in millions and are more "
    "than 0.",
    "Check the number. For an accuracy of 95.2, write an error of 4.8; for 1,200,000 parameters, 1.2.",
)

TOO_MANY_RUNS: Final = (
    "BANC053",
    "too many runs",
    "The spec declares more runs than anybody could train: models, generations, students, ensembles and "
    "seeds multiply.",
    "Use fewer of them, or write several specs; specs that need the same teacher share it.",
)

SPLIT_STEP: Final = (
    "BANC058",
    "an objective that needs a whole step, in micro-batches",
    "DIST compares the outputs for all images of a step within each class. With `micro_batch`, a step "
    "goes through the network in parts, and no part has the outputs of the others.",
    "Remove `micro_batch` for these students, train on several GPUs (there the objective sees the whole "
    "step), or set `intra = 0`, which leaves the relation between classes.",
)

WARM_UP: Final = (
    "BANC059",
    "a warm-up that ends after the run",
    "The teacher's terms of the objective grow over `warm_up` epochs, and the run has fewer, so they "
    "never get their full weight.",
    "Use a smaller `warm_up`: 20 of the paper's 240 epochs are a twelfth of the run.",
    "warning",
)

NO_ANSWER: Final = (
    "BANC055",
    "code of your own that did not return",
    "A network from torchvision or from your own file is built in a separate process, and an objective "
    "of your own is called in one. Its code ended that process (`os._exit`, a crash in a library, out of "
    "memory) or took too long.",
    "Correct the code so that it returns in time. Set BANC_TRIAL_SECONDS=300 to wait longer than 60 seconds.",
)

NOT_TRIED: Final = (
    "BANC056",
    "a network or an objective that was not checked",
    "With `--no-code`, banc does not run this code, so it does not know whether the network can be built "
    "and gives logits of the right shape, or whether the objective gives a loss for each image.",
    "If you trust the code, check again without `--no-code`.",
    "warning",
)
