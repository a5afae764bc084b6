"""Which files a stage reads and writes, and its own parameter file.

In: stages and addresses. Out: paths relative to the workspace, as ``dvc.yaml`` spells them.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

import attrs

from banc import paths
from banc.config.converter import Rejected, add_union, new_converter
from banc.errors import BancError, UsageError
from banc.stage.address import address, is_address, parameters
from banc.stage.kinds import Address, Data, Import, Part, Predict, Score, Stage, Table, Train

DATA_ARRAYS = ("train_images.npy", "train_labels.npy", "test_images.npy", "test_labels.npy")
"""What a data stage writes: images uint8 (N, C, H, W), labels int64 (N,)."""

VALIDATION_ARRAYS = ("validation_images.npy", "validation_labels.npy")
"""The same of what was held out of the training images, where the data set says so."""

DATA = "data.json"
"""What else it writes: ``{"classes": [names], "mean": [C numbers], "std": [C numbers]}``, the training
images' channel statistics in [0, 1]."""

MODEL = "model.safetensors"
"""A network: its weights, and in the header which network it is, for which images and how many
classes, with which precision it computes. Whoever reads it needs nothing else of the stage that wrote it."""

FACTS = "model.json"
"""What is known of a network beside its weights: ``{"parameters": int, "made_with": {...}}``; and
``"made_with_before": [{...}]``, where it was begun elsewhere and went on from a checkpoint; and
``"imported": {"format", "sha256"}`` of a file of weights, where it was not trained here."""

HISTORY = "history.csv"
"""One line an epoch: epoch, learning_rate (of its first step), loss, error (percent), over the training
views; and of the last epoch and a few before it test_error (percent), which is empty otherwise. Older files
have no such column."""

TEST_ERROR = "test_error"
"""That column."""

VALIDATION_ERROR = "validation_error"
"""What stands in its place where images were held out for validation: such a run looks at no test error."""

OUTPUTS = "outputs.npy"
"""Of a network: logits over the test set, float32 (N, classes). Of a prediction: log-probabilities
over the training views, float16 (N, views, classes); or over what is shown in each epoch, float16 (epochs, N,
classes)."""

VALIDATION_OUTPUTS = "validation_outputs.npy"
"""Of a network: logits over the validation images, float32 (N, classes), where there are any."""

STORE_FACTS = "outputs.json"
"""What is known of a prediction beside its numbers: ``{"made_with": {...}}``. Nothing went before: elsewhere
a prediction is begun anew."""

MADE_WITH = (FACTS, STORE_FACTS)
"""The files that say what a stage was made with. A stage writes one of them or none."""

METRICS = "metrics.json"
"""Of a score: ``{"test_error": percent, "test_loss": nats, "images", "members", "parameters": counts}``;
``validation_error`` and ``validation_loss`` where it is on the validation images."""

QUALITY = "quality.json"
"""Of a score, what else its probabilities tell (``stage.metrics.Quality``)."""

OUTCOMES = "outcomes.npy"
"""Of a score: what became of each test image (``stage.outcomes``), whole numbers (N,): 0 if it was classified
rightly, else 1 + the class that was said."""

RESULTS = "results.json"
"""Of a table: the metrics of each score it shows, by address."""

DETAILS = "details.json"
"""Of a table: quality and outcomes of each score it shows, by address, packed (``stage.details``)."""

ERROR_ON: Mapping[Part, str] = {"test": TEST_ERROR, "validation": VALIDATION_ERROR}
"""The column of ``history.csv`` with the errors on a part."""

ARRAYS_OF: Mapping[Part, tuple[str, str]] = {
    "test": (DATA_ARRAYS[2], DATA_ARRAYS[3]),
    "validation": VALIDATION_ARRAYS,
}
"""Images and labels that a data stage writes of a part."""

OUTPUTS_ON: Mapping[Part, str] = {"test": OUTPUTS, "validation": VALIDATION_OUTPUTS}
"""A network's outputs on a part."""

OUTPUT_NAMES = frozenset(
    (
        *DATA_ARRAYS,
        *VALIDATION_ARRAYS,
        DATA,
        MODEL,
        FACTS,
        HISTORY,
        OUTPUTS,
        VALIDATION_OUTPUTS,
        STORE_FACTS,
        METRICS,
        QUALITY,
        OUTCOMES,
    )
)
"""Every name of a file that a stage writes below ``runs/``."""

_CONVERTER = new_converter()
add_union(_CONVERTER, Stage, "kind", "KIND")


def folder(stage: Stage | Address) -> str:
    """Where a stage writes: ``runs/<address>``, or ``results/<name>`` for a table."""
    if isinstance(stage, Table):
        return f"{paths.RESULTS}/{stage.name}"
    return f"{paths.RUNS}/{stage if isinstance(stage, str) else address(stage)}"


def inputs(stage: Stage) -> dict[str, tuple[Address, ...]]:
    """The stages that a stage reads, by role."""
    addresses: dict[str, tuple[Address, ...]] = {}
    for field in attrs.fields(type(stage)):
        if "Address" in str(field.type):
            value = getattr(stage, field.name)
            several = value if isinstance(value, tuple) else (value,)
            addresses[field.name] = tuple(item for item in several if item is not None)
    return addresses


def parents(stage: Stage) -> tuple[Address, ...]:
    """The stages that a stage reads, each once, by role."""
    return tuple(dict.fromkeys(address for several in inputs(stage).values() for address in several))


def reads(stage: Stage, file: str | None = None) -> tuple[str, ...]:
    """The files that a stage depends on, sorted.

    Args:
        file: where the weights lie that an import reads. It is no part of the stage.
    """

    def of(where: Address, *names: str) -> list[str]:
        return [f"{folder(where)}/{name}" for name in names]

    match stage:
        case Data():
            needed = []
        case Train():
            needed = of(stage.data, *DATA_ARRAYS, DATA, *(VALIDATION_ARRAYS if stage.validation else ()))
            for store in stage.teacher_outputs:
                needed += of(store, OUTPUTS)
            for teacher in stage.teachers:
                needed += of(teacher, MODEL)
            if stage.shared_with:
                needed += of(stage.shared_with, MODEL)
        case Import():
            needed = of(stage.data, DATA_ARRAYS[2], DATA)
            needed += of(stage.data, VALIDATION_ARRAYS[0]) if stage.validation else []
        case Predict():
            needed = of(stage.data, DATA_ARRAYS[0], DATA) + of(stage.model, MODEL)
        case Score():
            needed = of(stage.data, ARRAYS_OF[stage.on][1])
            for member in stage.members:
                needed += of(member, OUTPUTS_ON[stage.on], FACTS)
        case Table():
            needed = [path for score in stage.scores for path in of(score, METRICS, QUALITY, OUTCOMES)]
    return tuple(sorted({*needed, *([] if file is None else [file])}))


def command(address: Address, file: str | None = None) -> str:
    """What DVC runs for a stage, in a shell; ``file`` as ``reads`` takes it."""
    where = "" if file is None else f" --file={shlex.quote(file)}"
    return f"banc run {address}{where}"


def writes(stage: Stage) -> tuple[str, ...]:
    """The names of the files in a stage's folder, sorted."""
    match stage:
        case Data():
            names: tuple[str, ...] = (*DATA_ARRAYS, DATA)
            names += VALIDATION_ARRAYS if stage.source.validation else ()
        case Train():
            names = (MODEL, FACTS, HISTORY, OUTPUTS, *_on_validation(stage))
        case Import():
            names = (MODEL, FACTS, OUTPUTS, *_on_validation(stage))
        case Predict():
            names = (OUTPUTS, STORE_FACTS)
        case Score():
            names = (METRICS, QUALITY, OUTCOMES)
        case Table():
            names = (RESULTS, DETAILS)
    return tuple(sorted(names))


def _on_validation(stage: Train | Import) -> tuple[str, ...]:
    return (VALIDATION_OUTPUTS,) if stage.validation else ()


def stage_text(stage: Stage) -> str:
    """A stage's parameter file."""
    return json.dumps(parameters(stage), indent=1, sort_keys=True) + "\n"


def load_stage(root: Path, name: str) -> Stage:
    """Reads the parameter file of the linked stage ``name``.

    Raises:
        UsageError: no such stage is linked, or its file is not what ``banc compile`` wrote.
    """
    parameter_files = sorted((root / paths.PIPELINES).glob(f"*/{name}.json")) if is_address(name) else []
    if not parameter_files:
        raise UsageError(
            f"no stage `{name}` in `{paths.PIPELINES}/`",
            hint="name a run as `MODEL/COLUMN`, or a stage by its address in `pipelines/index.json`; "
            "`banc compile SPEC` links the stages of a spec",
        )
    return read_stage(root, parameter_files[0].relative_to(root), name)


def read_stage(root: Path, where: Path, name: str) -> Stage:
    """The stage ``name``, whose parameter file is ``where`` in the workspace.

    Raises:
        UsageError: the file is not what ``banc compile`` wrote.
        BancError: it cannot be read.
    """
    try:
        text = (root / where).read_text()
        stage: Stage = _CONVERTER.structure(json.loads(text), Stage)  # type: ignore[arg-type]
    except (ValueError, RecursionError, Rejected, ExceptionGroup) as error:
        raise _stale(str(where)) from error
    except OSError as error:
        raise BancError(f"cannot read `{where}`: {error.strerror}") from error
    if address(stage) != name:
        raise _stale(str(where))
    return stage


def _stale(where: str) -> UsageError:
    return UsageError(
        f"`{where}` was not written by this version of banc: it was edited by hand or comes from another",
        hint="run `banc compile` again with the specs that you work on",
    )
