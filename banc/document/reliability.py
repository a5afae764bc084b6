"""How well the runs know when they are right: reliability diagrams.

Guo et al., On Calibration of Modern Neural Networks (arXiv 1706.04599). In: runs, and what is known of the
probabilities of each of their scores, binned by confidence. Out: panels, one a network. Pure. The bins of all
seeds are put together; the calibration error is the mean of the seeds'.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from banc.document.document import Reliability, ReliabilityPanel, Run
from banc.report.collect import AllDetails
from banc.stage.metrics import BINS, Quality


def reliability_panels(runs: Sequence[Run], details: AllDetails) -> tuple[ReliabilityPanel, ...]:
    """A panel for each network of which some score says how sure it is."""
    panels = []
    for model in dict.fromkeys(run.name[0] for run in runs):
        lines = []
        for run in runs:
            known = [details[score].quality for score in run.scores.values() if score in details]
            if run.name[0] == model and known:
                lines.append(_line(run, known))
        if lines:
            network = next(run.network for run in runs if run.name[0] == model)
            panels.append(ReliabilityPanel(model, network, BINS, tuple(lines)))
    return tuple(panels)


def _line(run: Run, seeds: Sequence[Quality]) -> Reliability:
    confidence, accuracy, counts = [], [], []
    for bins in zip(*(seed.reliability for seed in seeds), strict=True):
        images = sum(each.images for each in bins)
        if images:
            counts.append(images)
            confidence.append(sum(each.images * each.confidence for each in bins) / images)
            accuracy.append(sum(each.images * each.accuracy for each in bins) / images)
    ece = statistics.mean(seed.calibration_error for seed in seeds)
    return Reliability(run.label, run.kind, tuple(confidence), tuple(accuracy), tuple(counts), ece)
