"""Imports what stages import, ahead of time, for a process that forks stages (``process.fork_server``).

No thread begins, CUDA is not touched, no random number is drawn. A person's own networks are imported by the
stages that have them, and by them alone.
"""

from __future__ import annotations

import banc.runner.datasets.data
import banc.runner.execute
import banc.runner.score
import banc.runner.training.group
import banc.runner.training.import_network
import banc.runner.training.predict
import banc.runner.training.train  # noqa: F401
from banc.runner.training.provenance import code_digest

# Of what is imported now: the sources may be others when a stage asks.
code_digest()
