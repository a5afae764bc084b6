"""What is known of the data sets that their authors published: files, digests, forms, names of classes.

Facts, and where they were found. How files of a form are parsed is the matter of ``cifar``, ``idx`` and
``svhn``; which of them are on disk is ``official``'s.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from banc.config.data import Cifar10, Cifar100, FashionMnist, Mnist, Official, Svhn
from banc.runner.datasets import cifar
from banc.runner.datasets.idx import idx
from banc.runner.datasets.split import LabelledImages
from banc.runner.datasets.svhn import svhn


@frozen
class Published:
    """A file as its authors published it."""

    path: str
    """Where it lies in the folder of data."""
    digest: str
    """``<algorithm>:<hex digits>`` of its bytes, unpacked."""


@frozen
class Form:
    """One of the forms in which a data set is published."""

    parse: Callable[[list[bytes]], LabelledImages]
    """From the bytes of a part's files, in their order."""
    train: tuple[Published, ...]
    test: tuple[Published, ...]
    archive: str | None = None
    """The ``.tar.gz`` that holds them all; where there is none, each file may end with ``.gz``."""

    @property
    def files(self) -> tuple[Published, ...]:
        return self.train + self.test


@frozen
class Publication:
    """A data set and how it can be had."""

    title: str
    page: str
    """Where a person finds its files."""
    forms: tuple[Form, ...]
    """The first that is on disk is read."""
    classes: tuple[str, ...]
    arrays: tuple[str, ...] | None = None
    """SHA-256 of the whole set's arrays, in the order of ``stage.files.DATA_ARRAYS``; every form must give
    them. None where nobody has computed them; the digests of the files must do."""


def _in(folder: str, algorithm: str, digests: dict[str, str]) -> tuple[Published, ...]:
    return tuple(Published(f"{folder}{name}", f"{algorithm}:{digest}") for name, digest in digests.items())


_CIFAR = "https://www.cs.toronto.edu/~kriz/cifar.html"

# SHA-1: Apache MXNet, gluon.data.vision.datasets.
_CIFAR10_RECORDS = _in(
    "cifar-10-batches-bin/",
    "sha1",
    {
        "data_batch_1.bin": "aadd24acce27caa71bf4b10992e9e7b2d74c2540",
        "data_batch_2.bin": "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795",
        "data_batch_3.bin": "1dd00a74ab1d17a6e7d73e185b69dbf31242f295",
        "data_batch_4.bin": "aab85764eb3584312d3c7f65fd2fd016e36a258e",
        "data_batch_5.bin": "26e2849e66a845b7f1e4614ae70f4889ae604628",
        "test_batch.bin": "67eb016db431130d61cd03c7ad570b013799c88c",
    },
)
# SHA-256 of the files whose MD5s torchvision publishes, as several projects print both.
_CIFAR10_PICKLES = _in(
    "cifar-10-batches-py/",
    "sha256",
    {
        "data_batch_1": "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
        "data_batch_2": "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
        "data_batch_3": "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
        "data_batch_4": "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
        "data_batch_5": "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
        "test_batch": "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
    },
)
# SHA-1: Apache MXNet, gluon.data.vision.datasets.
_CIFAR100_RECORDS = _in(
    "cifar-100-binary/",
    "sha1",
    {
        "train.bin": "e207cd2e05b73b1393c74c7f5e7bea451d63e08e",
        "test.bin": "8fb6623e830365ff53cf14adec797474f5478006",
    },
)
# MD5: torchvision.datasets.CIFAR100.
_CIFAR100_PICKLES = _in(
    "cifar-100-python/",
    "md5",
    {
        "train": "16019d7e3df5f24257cddd939b257f8d",
        "test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
    },
)
# SHA-256 of the unpacked files; of the packed ones, torchvision publishes MD5s.
_MNIST = _in(
    "MNIST/raw/",
    "sha256",
    {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
)
_FASHION = _in(
    "FashionMNIST/raw/",
    "sha256",
    {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
)
# SHA-256: torchvision.prototype.datasets.
_SVHN = _in(
    "",
    "sha256",
    {
        "train_32x32.mat": "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
        "test_32x32.mat": "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
    },
)

_CIFAR100_CLASSES = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
    camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup
    dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower
    leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid
    otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray
    road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
    sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
    wardrobe whale willow_tree wolf woman worm
"""

PUBLICATIONS: dict[type[Official], Publication] = {
    Cifar10: Publication(
        "CIFAR-10",
        _CIFAR,
        (
            Form(cifar.cifar10_records, _CIFAR10_RECORDS[:5], _CIFAR10_RECORDS[5:], "cifar-10-binary.tar.gz"),
            Form(cifar.cifar10_pickles, _CIFAR10_PICKLES[:5], _CIFAR10_PICKLES[5:], "cifar-10-python.tar.gz"),
        ),
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    ),
    Cifar100: Publication(
        "CIFAR-100",
        _CIFAR,
        (
            Form(
                cifar.cifar100_records,
                _CIFAR100_RECORDS[:1],
                _CIFAR100_RECORDS[1:],
                "cifar-100-binary.tar.gz",
            ),
            Form(
                cifar.cifar100_pickles,
                _CIFAR100_PICKLES[:1],
                _CIFAR100_PICKLES[1:],
                "cifar-100-python.tar.gz",
            ),
        ),
        tuple(_CIFAR100_CLASSES.split()),
        (
            "de64658905c6b161606e3649ddafce7cf86c7634a0cf9116d518e64ef46a33c5",
            "8bf4935e7c77a3096270043c6f3b221b6ecb9c63d1a08608e9af66cff17e977a",
            "83c56492b2c11211ad1bb2dbd4f2eef4170a0441e41a41f3039c3144b1f5a511",
            "80031c23f8300724c6fbc588e4bccbe41c6392041782148727bb497b0132c4ad",
        ),
    ),
    Mnist: Publication(
        "MNIST",
        "http://yann.lecun.com/exdb/mnist/",
        (Form(idx, _MNIST[:2], _MNIST[2:]),),
        tuple("0123456789"),
    ),
    FashionMnist: Publication(
        "Fashion-MNIST",
        "https://github.com/zalandoresearch/fashion-mnist",
        (Form(idx, _FASHION[:2], _FASHION[2:]),),
        (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        (
            "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
            "e3245b63f7c40d1c8b652835f19744d970c1613b40ddac6bcfc87b9c46e16a0b",
            "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
            "d51d859896c55775b9e9e219b77ff03bcec1b6ac322f313544dc3f9e7bc94fae",
        ),
    ),
    Svhn: Publication(
        "SVHN",
        "http://ufldl.stanford.edu/housenumbers/",
        (Form(svhn, _SVHN[:1], _SVHN[1:]),),
        tuple("0123456789"),
    ),
}
"""Every official data set, by its type."""
