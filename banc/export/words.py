"""How a network and a data set are called where people read of them, and where programs of model hubs do.

In: vocabulary items. Out: names, numbers and text without any markup.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from attrs import AttrsInstance, frozen

from banc.config.converter import new_converter
from banc.config.data import Arrays, Cifar10, Cifar100, DataSet, Digits, FashionMnist, Folder, Mnist, Svhn
from banc.config.model import (
    VGG,
    DenseNetBC,
    FactoryNetwork,
    ImageNetResNet,
    MatchDenseNet,
    MatchPreResNet,
    MatchWideResNet,
    MobileNetV2,
    Model,
    PreResNet,
    ResNet,
    ShuffleNetV1,
    ShuffleNetV2,
    TorchvisionNetwork,
    WideResNet,
)
from banc.config.objective import (
    ConfidenceWeighted,
    DecoupledDistill,
    Distill,
    Labels,
    LogitMatch,
    Objective,
    OwnObjective,
    PermutedTeacher,
    RelationMatch,
)
from banc.digest import Json

_CONVERTER = new_converter()


@frozen
class DataName:
    """What a data set is called."""

    name: str
    hub: str
    """Its identifier on the model hub; the spec's name of it, where it has none there."""


def data_name(source: DataSet) -> DataName:
    """The name of a data set."""
    match source:
        case Digits():
            return DataName("the digits of scikit-learn", source.SET)
        case Cifar10():
            return DataName("CIFAR-10", "uoft-cs/cifar10")
        case Cifar100():
            return DataName("CIFAR-100", "uoft-cs/cifar100")
        case Mnist():
            return DataName("MNIST", "ylecun/mnist")
        case FashionMnist():
            return DataName("Fashion-MNIST", "zalando-datasets/fashion_mnist")
        case Svhn():
            return DataName("SVHN, cropped digits", "ufldl-stanford/svhn")
        case Folder() | Arrays():
            return DataName(f"own data, {source.path}", source.slug)


def model_name(model: Model) -> str:
    """``DenseNet-BC``: what a network is, without its numbers."""
    match model:
        case DenseNetBC():
            return "DenseNet-BC"
        case WideResNet():
            return "Wide-ResNet"
        case PreResNet():
            return "pre-activation ResNet"
        case ResNet():
            return "ResNet for small images"
        case ImageNetResNet():
            return "ResNet of four groups, with a stem for small images"
        case VGG():
            return "VGG with batch normalisation, for small images"
        case MobileNetV2():
            return "MobileNetV2 for small images"
        case ShuffleNetV1():
            return "ShuffleNet for small images"
        case ShuffleNetV2():
            return "ShuffleNetV2 for small images"
        case MatchWideResNet():
            return "Wide-ResNet matched to a DenseNet"
        case MatchDenseNet():
            return "DenseNet matched to another one"
        case MatchPreResNet():
            return "pre-activation ResNet matched to a DenseNet"
        case TorchvisionNetwork(name=name):
            return f"{name} of torchvision"
        case FactoryNetwork(file=file, function=function):
            return f"network of {function} in {file}"


def objective_name(objective: Objective) -> str:
    """What was minimised, without its numbers."""
    match objective:
        case Labels():
            return "cross-entropy with the labels"
        case Distill(labels=0):
            return "cross-entropy with the teacher's outputs"
        case Distill():
            return "cross-entropy with the labels and with the teacher's outputs"
        case ConfidenceWeighted():
            return "cross-entropy with the labels, each sample weighted by the teacher's confidence"
        case PermutedTeacher():
            return "cross-entropy with the teacher's outputs, all but the largest of each sample permuted"
        case DecoupledDistill():
            return "decoupled distillation (DKD) from the teacher's outputs, with the labels"
        case RelationMatch():
            return "correlation with the teacher's outputs (DIST), with the labels"
        case LogitMatch():
            return "squared difference from the teacher's logits, with the labels"
        case OwnObjective(file=file, function=function):
            return f"objective of {function} in {file}"


def numbers(item: AttrsInstance) -> Mapping[str, Json]:
    """Every field of a vocabulary item as JSON, its defaults too, and tables inside as further keys."""
    by_key: dict[str, Json] = {}
    for field in attrs.fields(type(item)):
        value = getattr(item, field.name)
        if attrs.has(type(value)):
            by_key |= {f"{field.name}.{key}": number for key, number in numbers(value).items()}
        elif value is not None:
            by_key[field.name] = _CONVERTER.unstructure(value)
    return by_key
