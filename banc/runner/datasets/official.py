"""Data sets that their authors published: found on disk or downloaded, verified, drawn from.

In: a data set's name and numbers, and the folder of data. Out: a ``Split``, the same from every form.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from pickle import UnpicklingError

from banc.config.data import Official
from banc.errors import BancError
from banc.runner.datasets.published import PUBLICATIONS, Form, Publication
from banc.runner.datasets.split import Split
from banc.runner.datasets.verified import is_there, verified
from banc.runner.files.npy import Array
from banc.stage.files import DATA_ARRAYS

ROWS = 4096
"""Images hashed at a time."""

_UNREADABLE = (UnpicklingError, AttributeError, EOFError, LookupError, TypeError, ValueError)
"""What files raise that were forged to have the published digest, which is an MD5 at worst."""


def official(source: Official, folder: Path) -> Split:
    """Reads the whole set and draws ``source.train`` and ``source.test`` images of it.

    Raises:
        BancError: its files are missing and cannot be downloaded, or are not the published ones.
    """
    publication = PUBLICATIONS[type(source)]
    form = _on_disk(folder, publication)
    if form is None:
        from banc.runner.datasets.download import download

        download(source, folder)
        form = _on_disk(folder, publication)
        assert form is not None, publication.title
    split = _parsed(folder, form, publication)
    return split.drawn(source.train, source.test)


def _on_disk(folder: Path, publication: Publication) -> Form | None:
    return next((form for form in publication.forms if is_there(folder, form)), None)


def _parsed(folder: Path, form: Form, publication: Publication) -> Split:
    contents = verified(folder, form)
    try:
        train, test = (
            form.parse([contents.pop(file) for file in files]) for files in (form.train, form.test)
        )
    except _UNREADABLE as error:
        raise _forged(folder, publication) from error
    if publication.arrays is not None:
        together: tuple[Array, ...] = (*train, *test)
        for name, array, expected in zip(DATA_ARRAYS, together, publication.arrays, strict=True):
            if _digest(array) != expected:
                raise _forged(folder, publication, f"SHA-256 of `{name}` is not `{expected}`")
    return Split(*train, *test, publication.classes)


def _digest(array: Array) -> str:
    """SHA-256 of an array's numbers, in pieces, since an array may be a view."""
    digest = hashlib.sha256()
    for start in range(0, len(array), ROWS):
        digest.update(array[start : start + ROWS].tobytes())
    return digest.hexdigest()


def _forged(folder: Path, publication: Publication, why: str = "they cannot be read") -> BancError:
    return BancError(
        f"the files of {publication.title} in `{folder}` have the published digests and other contents: "
        f"{why}",
        hint=f"delete them and get them from {publication.page}",
    )
