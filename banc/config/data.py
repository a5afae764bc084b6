"""Data sets, as a spec names them.

Each knows its shape and sizes without reading a byte; ``runner.data`` reads the bytes.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from attrs import frozen

from banc.config.bounds import Bound
from banc.config.image import ImageShape


@frozen
class Digits:
    """The 1,797 handwritten digits inside scikit-learn: 8x8 grey images, 17 levels, 10 classes.

    The split is stratified and fixed. Alpaydin and Kaynak, UCI ML hand-written digits (1998).
    """

    SET: ClassVar[str] = "digits"
    REVISION: ClassVar[int] = 1
    SHAPE: ClassVar[ImageShape] = ImageShape(channels=1, height=8, width=8, classes=10)
    TOTAL: ClassVar[int] = 1797

    train: Annotated[int, Bound(at_least=10, at_most=1787)] = 300
    """Images for training; the rest is the test set."""

    @property
    def slug(self) -> str:
        return "digits" if self.train == 300 else f"digits-{self.train}"

    @property
    def sizes(self) -> tuple[int, int]:
        """Training and test images."""
        return self.train, self.TOTAL - self.train


@frozen
class Cifar100:
    """CIFAR-100: 50,000 + 10,000 colour images of 32x32, 100 classes.

    Krizhevsky, Learning multiple layers of features from tiny images (2009).
    """

    SET: ClassVar[str] = "cifar100"
    REVISION: ClassVar[int] = 1
    SHAPE: ClassVar[ImageShape] = ImageShape(channels=3, height=32, width=32, classes=100)

    @property
    def slug(self) -> str:
        return "cifar100"

    @property
    def sizes(self) -> tuple[int, int]:
        """Training and test images."""
        return 50_000, 10_000


DataSet = Digits | Cifar100
"""Every data set that a spec can name."""
