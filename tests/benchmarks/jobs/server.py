"""A process of its own for what is measured: nothing before has set its threads or its allocator.

Arguments: a module of this folder, and as JSON what its ``prepare`` takes. Says ``ready``; does the thing
once for each line that it reads, and answers with what that gave, as JSON. All else goes to stderr.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
do = importlib.import_module(sys.argv[1]).prepare(**json.loads(sys.argv[2]))
print("ready", file=answers, flush=True)
for _ in sys.stdin:
    print(json.dumps(do()), file=answers, flush=True)
