"""Data sets, as a spec names them.

Each knows its ``shape`` and ``sizes`` without reading a byte; ``runner.datasets`` reads the bytes.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import fields_dict, frozen

from banc.config.constraints import Bound, Channels, Classes, Images, Pattern, Pixels
from banc.config.image import ImageShape
from banc.config.slug import slug_of

InWorkspace = Annotated[
    str,
    Pattern(
        r"[^./~\\][^/\\]*(/[^./\\][^/\\]*)*",
        "a path inside of the workspace, relative to it and without `..`",
    ),
]
"""A file or folder of the user's."""

Sha256 = Annotated[str, Pattern(r"[0-9a-f]{64}", "64 hex digits, `0` to `9` and `a` to `f`")]

Axes = Literal["nhwc", "nchw"]
"""The order of an array's axes: images, height, width and channels, by their first letters."""


@frozen
class Digits:
    """The 1,797 handwritten digits inside scikit-learn: 8x8 grey images, 17 levels, 10 classes.

    The split is stratified and fixed. Alpaydin and Kaynak, UCI ML hand-written digits (1998).
    """

    SET: ClassVar[str] = "digits"
    TAG: ClassVar[str] = "Digits"
    REVISION: ClassVar[int] = 1
    TOTAL: ClassVar[int] = 1797
    shape: ClassVar[ImageShape] = ImageShape(channels=1, height=8, width=8, classes=10)

    train: Annotated[int, Bound(at_least=10, at_most=1787)] = 300
    """Images for training; the rest is the test set."""

    validation: Annotated[int, Bound(at_least=0, at_most=1787)] = 0
    """How many of these are held out of training, each class in proportion, to choose by; 0 for none."""

    @property
    def slug(self) -> str:
        return _with_validation("digits" if self.train == 300 else f"digits-{self.train}", self.validation)

    @property
    def sizes(self) -> tuple[int, int]:
        """Training and test images."""
        return self.train - self.validation, self.TOTAL - self.train


@frozen
class _Published:
    """What sets in their authors' files have in common. Bounds and defaults are each one's own."""

    SET: ClassVar[str]

    train: int
    test: int
    validation: int

    @property
    def slug(self) -> str:
        """The set's name, and its sizes where it is not whole."""
        parts = fields_dict(type(self))
        whole = self.train == parts["train"].default and self.test == parts["test"].default
        return _with_validation(
            self.SET if whole else f"{self.SET}-{self.train}-{self.test}", self.validation
        )

    @property
    def sizes(self) -> tuple[int, int]:
        """Training and test images."""
        return self.train - self.validation, self.test


@frozen
class Cifar10(_Published):
    """CIFAR-10: 50,000 + 10,000 colour images of 32x32, 10 classes.

    Krizhevsky, Learning multiple layers of features from tiny images (2009).
    """

    SET: ClassVar[str] = "cifar10"
    TAG: ClassVar[str] = "Cifar10"
    REVISION: ClassVar[int] = 1
    shape: ClassVar[ImageShape] = ImageShape(channels=3, height=32, width=32, classes=10)

    train: Annotated[int, Bound(at_least=10, at_most=50_000)] = 50_000
    """Training images. Fewer than all are drawn with each class in proportion."""

    test: Annotated[int, Bound(at_least=10, at_most=10_000)] = 10_000
    """Test images, drawn likewise."""

    validation: Annotated[int, Bound(at_least=0, at_most=50_000)] = 0
    """How many of the training images are held out of training, each class in proportion, to choose by; 0 for
    none."""


@frozen
class Cifar100(_Published):
    """CIFAR-100: 50,000 + 10,000 colour images of 32x32, 100 classes.

    Krizhevsky, Learning multiple layers of features from tiny images (2009).
    """

    SET: ClassVar[str] = "cifar100"
    TAG: ClassVar[str] = "Cifar100"
    REVISION: ClassVar[int] = 1
    shape: ClassVar[ImageShape] = ImageShape(channels=3, height=32, width=32, classes=100)

    train: Annotated[int, Bound(at_least=100, at_most=50_000)] = 50_000
    """Training images. Fewer than all are drawn with each class in proportion."""

    test: Annotated[int, Bound(at_least=100, at_most=10_000)] = 10_000
    """Test images, drawn likewise."""

    validation: Annotated[int, Bound(at_least=0, at_most=50_000)] = 0
    """How many of the training images are held out of training, each class in proportion, to choose by; 0 for
    none."""


@frozen
class Mnist(_Published):
    """MNIST: 60,000 + 10,000 grey images of 28x28, the ten digits.

    LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition (1998).
    """

    SET: ClassVar[str] = "mnist"
    TAG: ClassVar[str] = "Mnist"
    REVISION: ClassVar[int] = 1
    shape: ClassVar[ImageShape] = ImageShape(channels=1, height=28, width=28, classes=10)

    train: Annotated[int, Bound(at_least=10, at_most=60_000)] = 60_000
    """Training images. Fewer than all are drawn with each class in proportion."""

    test: Annotated[int, Bound(at_least=10, at_most=10_000)] = 10_000
    """Test images, drawn likewise."""

    validation: Annotated[int, Bound(at_least=0, at_most=60_000)] = 0
    """How many of the training images are held out of training, each class in proportion, to choose by; 0 for
    none."""


@frozen
class FashionMnist(_Published):
    """Fashion-MNIST: 60,000 + 10,000 grey images of 28x28, ten kinds of clothes.

    Xiao, Rasul and Vollgraf, Fashion-MNIST (2017), arXiv 1708.07747.
    """

    SET: ClassVar[str] = "fashion-mnist"
    TAG: ClassVar[str] = "FashionMnist"
    REVISION: ClassVar[int] = 1
    shape: ClassVar[ImageShape] = ImageShape(channels=1, height=28, width=28, classes=10)

    train: Annotated[int, Bound(at_least=10, at_most=60_000)] = 60_000
    """Training images. Fewer than all are drawn with each class in proportion."""

    test: Annotated[int, Bound(at_least=10, at_most=10_000)] = 10_000
    """Test images, drawn likewise."""

    validation: Annotated[int, Bound(at_least=0, at_most=60_000)] = 0
    """How many of the training images are held out of training, each class in proportion, to choose by; 0 for
    none."""


@frozen
class Svhn(_Published):
    """SVHN, cropped digits: 73,257 + 26,032 colour images of 32x32, ten digits. Without the extra part.

    Netzer and others, Reading digits in natural images with unsupervised feature learning (2011).
    """

    SET: ClassVar[str] = "svhn"
    TAG: ClassVar[str] = "Svhn"
    REVISION: ClassVar[int] = 1
    shape: ClassVar[ImageShape] = ImageShape(channels=3, height=32, width=32, classes=10)

    train: Annotated[int, Bound(at_least=10, at_most=73_257)] = 73_257
    """Training images. Fewer than all are drawn with each class in proportion."""

    test: Annotated[int, Bound(at_least=10, at_most=26_032)] = 26_032
    """Test images, drawn likewise."""

    validation: Annotated[int, Bound(at_least=0, at_most=73_257)] = 0
    """How many of the training images are held out of training, each class in proportion, to choose by; 0 for
    none."""


@frozen
class Folder:
    """A folder of images: `train/<class>/<image>` and `test/<class>/<image>`, PNG or JPEG.

    Classes are numbered in the order of their names.
    """

    SET: ClassVar[str] = "folder"
    TAG: ClassVar[str] = "Folder"
    REVISION: ClassVar[int] = 1

    path: InWorkspace
    """The folder, relative to the workspace."""

    height: Pixels
    """Rows of every image."""

    width: Pixels
    """Columns of every image."""

    channels: Literal[1, 3]
    """1 for grey images, 3 for colour."""

    classes: Classes
    """Number of classes: the folders in `train`."""

    train: Images
    """Training images, of all classes together."""

    test: Images
    """Test images, of all classes together."""

    sha256: Sha256 | None = None
    """Digest of every file's name and bytes. If it is missing, the first run prints it and stops."""

    validation: Annotated[int, Bound(at_least=0, at_most=1_000_000_000)] = 0
    """How many of the training images are held out of training, each class in proportion, to choose by; 0 for
    none."""

    @property
    def slug(self) -> str:
        return _with_validation(_slug_of_path(self.SET, self.path), self.validation)

    @property
    def shape(self) -> ImageShape:
        """What a network must know of the images."""
        return ImageShape(self.channels, self.height, self.width, self.classes)

    @property
    def sizes(self) -> tuple[int, int]:
        """Training and test images."""
        return self.train - self.validation, self.test


@frozen
class Arrays:
    """A folder of NumPy arrays: `x_train.npy`, `y_train.npy`, `x_test.npy` and `y_test.npy`.

    Images are uint8, labels whole numbers from 0.
    """

    SET: ClassVar[str] = "arrays"
    TAG: ClassVar[str] = "Arrays"
    REVISION: ClassVar[int] = 1

    path: InWorkspace
    """The folder, relative to the workspace."""

    height: Pixels
    """Rows of an image."""

    width: Pixels
    """Columns of an image."""

    channels: Channels
    """Channels of an image. If there is only one, the axis may be left out."""

    classes: Classes
    """Number of classes: labels are 0 to `classes` - 1."""

    train: Images
    """Training images."""

    test: Images
    """Test images."""

    axes: Axes = "nhwc"
    """Axes of the images: `nhwc`, channels last, or `nchw`, channels first."""

    sha256: Sha256 | None = None
    """Digest of the four files' names and bytes. If it is missing, the first run prints it and stops."""

    validation: Annotated[int, Bound(at_least=0, at_most=1_000_000_000)] = 0
    """How many of the training images are held out of training, each class in proportion, to choose by; 0 for
    none."""

    @property
    def slug(self) -> str:
        return _with_validation(_slug_of_path(self.SET, self.path), self.validation)

    @property
    def shape(self) -> ImageShape:
        """What a network must know of the images."""
        return ImageShape(self.channels, self.height, self.width, self.classes)

    @property
    def sizes(self) -> tuple[int, int]:
        """Training and test images."""
        return self.train - self.validation, self.test


Official = Cifar10 | Cifar100 | Mnist | FashionMnist | Svhn
"""Data sets in files that their authors published."""

UserData = Folder | Arrays
"""Data sets in files of the user's own."""

DataSet = Digits | Cifar10 | Cifar100 | Mnist | FashionMnist | Svhn | Folder | Arrays
"""Every data set that a spec can name."""


def validation_misfit(source: DataSet) -> str | None:
    """Why so many validation images cannot be held out, or None: both parts have images of every class."""
    classes = source.shape.classes
    if not source.validation:
        return None
    if source.validation < classes:
        return f"{source.validation} validation images cannot have one of each of the {classes} classes"
    if (rest := source.train - source.validation) < classes:
        left = f"{source.validation} held out leave {max(0, rest)} to train on"
        return f"of {source.train} training images, {left}"
    return None


def _with_validation(slug: str, validation: int) -> str:
    return f"{slug}-v{validation}" if validation else slug


def _slug_of_path(kind: str, path: str) -> str:
    """The kind, so that no folder's name looks like another data set, and the folder's name."""
    return slug_of(kind, path.rsplit("/", 1)[-1])[:48].rstrip("-")
