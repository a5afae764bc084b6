"""A ``score`` stage: the error of one network, or of an ensemble, on test or validation images.

Furlanello et al., Born Again Neural Networks, equation 4: an ensemble is the mean of its members'
probabilities; or of their logits, where the spec says so. In: the members' logits over these images, and
their labels. Out: ``metrics.json``, ``quality.json`` and ``outcomes.npy``. Needs no torch: nothing is
computed by a network.
"""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from banc.runner.files.npy import damaged, read_array, write_array
from banc.runner.quality import DIGITS, quality
from banc.stage import files
from banc.stage.kinds import Address, Average, Score
from banc.stage.outcomes import outcomes_of


def score(root: Path, stage: Score, folder: Path) -> None:
    """Writes ``test_error`` (percent), ``test_loss`` (nats) and what they are of into ``folder``, or
    ``validation_error`` and ``validation_loss``; and beside them what else the probabilities tell, and what
    became of each image.

    Raises:
        BancError: outputs are damaged, or do not belong to these labels.
    """
    path = root / files.folder(stage.data) / files.ARRAYS_OF[stage.on][1]
    labels = read_array(path)
    if labels.dtype != np.int64 or labels.ndim != 1 or not len(labels) or labels.min() < 0:
        raise damaged(path)
    outputs = [root / files.folder(member) / files.OUTPUTS_ON[stage.on] for member in stage.members]
    members = [_log_probabilities(path, labels) for path in outputs]
    together = average_of(members, stage.average)
    right = together[np.arange(len(labels)), labels]
    metrics = {
        f"{stage.on}_error": round(100 * float(np.mean(together.argmax(1) != labels)), DIGITS),
        f"{stage.on}_loss": round(float(-np.mean(right)), DIGITS),
        "images": len(labels),
        "members": len(stage.members),
        "parameters": sum(_parameters(root, member) for member in stage.members),
    }
    (folder / files.METRICS).write_text(json.dumps(metrics, indent=1, sort_keys=True) + "\n")
    more = attrs.asdict(quality(together, members, labels))
    (folder / files.QUALITY).write_text(json.dumps(more, indent=1, sort_keys=True) + "\n")
    write_array(folder / files.OUTCOMES, outcomes_of(together.argmax(1), labels, together.shape[1]))


def average_of(members: list[NDArray[np.float64]], average: Average) -> NDArray[np.float64]:
    """Log-probabilities of an ensemble, float64 (N, K), from those of its members.

    Either the log of the mean of probabilities (Furlanello et al., equation 4), or the log-softmax of the
    mean of logits: log-probabilities are logits but for a constant of each image, which the softmax takes
    away.
    """
    match average:
        case "probabilities":
            mean: NDArray[np.float64] = np.logaddexp.reduce(members) - np.log(len(members))
            return mean
        case "logits":
            return _log_softmax(np.mean(members, axis=0))


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = logits - logits.max(1, keepdims=True)
    normalised: NDArray[np.float64] = centred - np.log(np.exp(centred).sum(1, keepdims=True))
    return normalised


def _log_probabilities(path: Path, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    logits: NDArray[np.float64] = read_array(path).astype(np.float64)
    if logits.ndim != 2 or len(logits) != len(labels) or logits.shape[1] <= labels.max():
        raise damaged(path)
    if not np.isfinite(logits).all():
        raise damaged(path)
    return _log_softmax(logits)


def _parameters(root: Path, member: Address) -> int:
    path = root / files.folder(member) / files.FACTS
    try:
        return int(json.loads(path.read_text())["parameters"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise damaged(path) from error
