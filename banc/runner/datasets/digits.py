"""The handwritten digits that ship inside scikit-learn, as bytes.

Alpaydin and Kaynak, UCI ML hand-written digits (1998). In: the installed scikit-learn. Out: a
``Split``. scikit-learn itself is not imported, which costs 0.7 s: its table is a text file.
"""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from banc.config.data import Digits
from banc.errors import BancError
from banc.runner.datasets.split import Split, stratified

TABLE = "datasets/data/digits.csv.gz"
LEVELS = 16  # the brightest pixel
SHA256 = "0b7e9c3202d7bcd255d6a19a238d3743bf5e320ba74812a6679958a017c55382"


def digits(source: Digits) -> Split:
    """Reads, checks and splits the 1,797 images; their 17 levels are spread over 0 to 255.

    Raises:
        BancError: scikit-learn is not installed, or its table holds other numbers.
    """
    table = _table()
    try:
        rows = np.loadtxt(table, delimiter=",", dtype=np.float64, ndmin=2)
    except (OSError, EOFError, ValueError) as error:
        raise _unknown(table) from error
    images = np.rint(rows[:, :-1] * 255 / LEVELS).astype(np.uint8)
    labels = rows[:, -1].astype("<i8")
    if sha256(images.tobytes() + labels.tobytes()).hexdigest() != SHA256:
        raise _unknown(table)
    shape = source.shape
    images = images.reshape(-1, shape.channels, shape.height, shape.width)
    train, test = stratified(labels, source.train)
    names = tuple(str(label) for label in range(shape.classes))
    return Split(images[train], labels[train], images[test], labels[test], names)


def _table() -> Path:
    package = find_spec("sklearn")
    for folder in (package and package.submodule_search_locations) or ():
        if (table := Path(folder) / TABLE).is_file():
            return table
    raise BancError(
        "the digits ship inside scikit-learn, which is not installed here",
        hint="`pip install scikit-learn` into the environment that runs `banc`",
    )


def _unknown(table: Path) -> BancError:
    return BancError(
        f"`{table}` does not hold the 1,797 digits that banc knows: its digest differs",
        hint="install scikit-learn again; if a new version changed the images, tell banc's authors",
    )
