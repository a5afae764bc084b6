"""The mean over seeds with its 95 % interval, by Student's t.

In: numbers. Out: an ``Interval``. Two seeds say too little of their spread for an interval to mean anything:
its half width would be thirteen standard errors.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from banc.document.document import Interval
from banc.report.statistics.student import t_quantile

LEAST = 3
"""Seeds from which on there is an interval."""


def interval(values: Sequence[float]) -> Interval:
    """Of at least one number."""
    mean, n = statistics.mean(values), len(values)
    if n < LEAST:
        return Interval(mean, None, n)
    return Interval(mean, t_quantile(0.975, n - 1) * statistics.stdev(values) / math.sqrt(n), n)
