"""Where a long stage keeps what it has done, so that a machine's death costs a minute and no byte.

In: how far a stage is and its state, as bytes. Out: files in ``.banc/checkpoints/<address>/``, apart from
the stage's outputs, which DVC deletes before it runs the stage again. What the bytes mean is not known
here, and nothing is unpickled.

A file is named ``<step>-<digest of its bytes>``, written under another name and then renamed: so one that
has a name is whole, and one that a disk has damaged since does not fit its name. Two are kept.

Behind the state stands a line that says which inputs it was made of. A checkpoint of other inputs is not
used: the stage would end as a mixture, and be recorded as made of the inputs that are there. Neither is one
of an older version, which has no such line: nobody knows what it is of, and its time is less than a doubt.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from banc.digest import Json
from banc.errors import UsageError
from banc.paths import PRIVATE
from banc.runner.process.inputs import Inputs
from banc.runner.process.staging import to_disk
from banc.stage.kinds import Address

SECONDS = 60.0
"""Between two checkpoints: what a death costs at most. BANC_CHECKPOINT_SECONDS sets another number."""

MAX_TIME_FRACTION = 0.01
"""Upper bound on the fraction of run time spent writing checkpoints, unless BANC_CHECKPOINT_SECONDS is set:
where writing one takes long, they are rarer."""

KEPT = 2
PENDING = "pending"
"""The name of the file that is being written."""

LONGEST = 1 << 20
"""Bytes of the line with the inputs, at most."""

_NAME = re.compile(r"(\d{12})-([0-9a-f]{64})")


class Checkpoints:
    """Those of one stage. The stage's lock is held by whoever uses them."""

    def __init__(
        self,
        root: Path,
        address: Address,
        inputs: Inputs,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Touches no file.

        Args:
            inputs: what the stage reads.
            say: is told in one line what went wrong and did not stop the stage.

        Raises:
            UsageError: BANC_CHECKPOINT_SECONDS is no number of seconds.
        """
        self.folder = root / PRIVATE / "checkpoints" / address
        """A stage may keep other files there, and they go with it."""
        self._inputs, self._say, self._clock = inputs, say, clock
        chosen = _seconds()
        self._every, self._share = (SECONDS, MAX_TIME_FRACTION) if chosen is None else (chosen, 1.0)
        self._next = clock() + self._every

    def due(self) -> bool:
        """Whether it is time for another. Reads a clock and nothing else."""
        return self._clock() >= self._next

    def save(self, step: int, content: Callable[[], bytes]) -> None:
        """Keeps ``content()``; ``step`` is larger than the last one's.

        Where the disk refuses, that is said and the last one stays: the stage itself is not in danger.

        Raises:
            InputChanged: an input has changed since the stage began. What was kept before stays: it is of the
                inputs that it says.
        """
        self._inputs.hold()
        inputs = f"\n{json.dumps({'inputs': self._inputs.digests()})}".encode()
        begin = self._clock()
        pending = self.folder / PENDING
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            state = content()
            with pending.open("wb") as file:
                file.write(state)
                file.write(inputs)
            to_disk(pending)
            digest = hashlib.sha256(state)
            digest.update(inputs)
            os.replace(pending, self.folder / f"{step:012}-{digest.hexdigest()}")
            to_disk(self.folder)
            for old in self._found()[KEPT:]:
                old.unlink()
        except OSError as error:
            with suppress(OSError):
                pending.unlink(missing_ok=True)
                self.folder.rmdir()  # if it is empty
            self._say(f"warning: no checkpoint could be written: {error.strerror}; the stage goes on")
        end = self._clock()
        self._next = end + max(self._every, (end - begin) / self._share)

    def load(self, use: Callable[[bytes], bool]) -> bool:
        """Gives ``use`` what was kept, the latest first, until it says that it took one.

        What is damaged, of other inputs, or not taken, is deleted. Inputs that nobody has digested are.

        Returns:
            False where nothing was taken, and the stage begins anew.

        Raises:
            InputChanged: an input has changed since the stage began.
        """
        for path in self._found():
            try:
                content = _read(path)
                fault = "is damaged" if content is None else self._fault(content[1])
                if content is not None and not fault:
                    if use(content[0]):
                        return True
                    fault = "is of another version or machine"
                path.unlink()
            except OSError as error:
                fault = f"cannot be read ({error.strerror})"
            self._say(f"warning: checkpoint `{path.name[:20]}...` {fault} and is not used")
        self._inputs.digests()
        return False

    def discard(self) -> None:
        """Forgets everything: the stage is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _fault(self, inputs: dict[str, Json] | None) -> str:
        """Why one that was made of ``inputs`` is not for this run; empty: it is."""
        if inputs is None:
            return "does not say of which inputs it is (it is of an older version)"
        other = self._inputs.other_than(inputs)
        return f"is of another `{other}`" if other else ""

    def _found(self) -> list[Path]:
        """The latest first."""
        if not self.folder.is_dir():
            return []
        return sorted((path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)


def _read(path: Path) -> tuple[bytes, dict[str, Json] | None] | None:
    """The state, and what ``Inputs.digests`` said, if it did; None where the bytes do not fit the name."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - LONGEST))
        _, mark, line = file.read().rpartition(b"\n")
        end = size - len(mark) - len(line) if mark else size
        file.seek(0)
        state, rest = file.read(end), file.read()
    digest = hashlib.sha256(state)
    digest.update(rest)
    if not path.name.endswith(digest.hexdigest()):
        return None
    try:
        return state, {
            path: [str(md5), *version] for path, (md5, *version) in json.loads(line)["inputs"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return state, None


def _seconds() -> float | None:
    text = os.environ.get("BANC_CHECKPOINT_SECONDS", "")
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise UsageError(f"BANC_CHECKPOINT_SECONDS is `{text}`", hint="expected a number of seconds: 60, 0.5")
    return float(text)
