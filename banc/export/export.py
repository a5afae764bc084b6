"""The whole way from a finished run to a folder that stands alone.

In: a workspace, a run and a folder. Out: the folder with weights, configuration, program and model card, or
an error and no folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from attrs import frozen

from banc.export.card import card
from banc.export.config import config
from banc.export.folder import check_folder, whole_folder
from banc.export.gather import digest_of, gather
from banc.export.subject import Subject
from banc.stage.index import read_index

PROGRAM, CONFIG, CARD = "model.pt2", "config.json", "README.md"


@frozen
class Exported:
    """What was written."""

    subject: Subject
    sizes: dict[str, int]
    """Bytes of each file, by name."""


def export(
    root: Path,
    run: str,
    folder: Path,
    *,
    seed: int | None = None,
    program: bool = True,
    licence: str | None = None,
    force: bool = False,
) -> Exported:
    """Exports a finished run of the workspace ``root``.

    Args:
        run: a name such as ``densenet/ban-2``, or the address of a ``train`` or ``score`` stage.
        folder: a new or an empty one; with ``force``, any.
        seed: the spec's seed; may be left out where there is one.
        program: whether ``model.pt2`` is written, too.
        licence: the identifier that model hubs know, such as ``mit``.

    Raises:
        UsageError: the run or the folder is none, see ``gather`` and ``check_folder``.
        BancError: the run is not finished, a file is damaged, its code cannot be made a program, or the file
            system refuses. Nothing is written then.
    """
    check_folder(folder, force=force)
    subject = gather(root, read_index(root), run, seed)
    with whole_folder(folder, force=force) as begun:
        for name, network in zip(subject.weight_files(), subject.networks, strict=True):
            shutil.copyfile(network.weights, begun / name)
        (begun / CONFIG).write_text(config(subject), encoding="utf-8")
        check = None
        if program:
            # Torch's export takes seconds to import.
            from banc.export.program import write_program

            check = write_program(root, subject, begun / PROGRAM)
        digests = {path.name: digest_of(path) for path in begun.iterdir()}
        (begun / CARD).write_text(card(subject, check, digests, licence), encoding="utf-8")
        sizes = {path.name: path.stat().st_size for path in sorted(begun.iterdir())}
    return Exported(subject, sizes)
