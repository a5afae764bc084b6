"""``banc`` as it is called, and on the last line the most memory that the process had, in KiB.

Without arguments it imports what a training imports, and nothing more.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

try:
    if sys.argv[1:]:
        from banc.cli.main import main

        main()
    else:
        import banc.cli.run
        import banc.runner.training.train  # noqa: F401
finally:
    # Not getrusage: of a process that was forked it counts what its parent had.
    print(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0], flush=True)
