"""The command line: arguments in, one public function of the package called, text and exit code out.

Exit codes: 0 done, 1 a job failed, 2 a wrong spec or a wrong call, 130 interrupted. Modules of the
package are imported by the command that needs them, so that ``banc check`` waits for nothing else.
"""

from banc.cli.main import main

__all__ = ["main"]
