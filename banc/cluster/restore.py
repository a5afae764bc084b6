"""Puts a stage's outputs back from DVC's cache, without DVC.

In: a stage, and the entry that names its outputs' MD5s. Out: the outputs, and a note of what they were made
of (``stage.made``), by which DVC is told later. DVC itself must not work on two machines at once, and jobs
that record may be at work on another.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from banc.digest import file_md5
from banc.errors import BancError
from banc.runner.process.guard import stage_lock
from banc.runner.process.staging import publish, staging
from banc.stage.kinds import Address, Stage
from banc.stage.made import forget, write_made
from banc.state.cache import objects_folder
from banc.state.state import Entry


def restore(
    root: Path, cache: Path, address: Address, stage: Stage, entry: Entry, inputs: Mapping[str, str]
) -> None:
    """Copies the outputs of ``entry``, made of ``inputs`` (MD5s by path).

    Raises:
        BancError: the cache's file is damaged, a disk refuses, or the stage is running.
    """
    with stage_lock(root, address), staging(root, address) as folder:
        forget(root, address)
        for path, file in entry.outputs.items():
            assert file.md5 is not None
            target = folder / Path(path).name
            try:
                shutil.copyfile(Path(objects_folder(cache), file.md5[:2], file.md5[2:]), target)
                damaged = file_md5(target) != file.md5
            except OSError as error:
                raise BancError(
                    f"cannot restore `{path}` from DVC's cache: {(error.strerror or str(error)).lower()}"
                ) from error
            if damaged:
                raise BancError(
                    f"cannot restore `{path}`: DVC's cache has other bytes than their name says",
                    hint=f"delete `{file.md5[:2]}/{file.md5[2:]}` in the cache; `dvc fetch` brings it again",
                )
        write_made(root, address, inputs, folder)
        publish(root, stage, folder)
