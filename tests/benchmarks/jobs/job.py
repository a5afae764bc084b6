"""The job that everybody does: a student of a frozen teacher of its own shape, on images without meaning.

Images are CIFAR-shaped and drawn; the objective is ``ban-l``, labels and teacher with weight 1 each.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from attrs import evolve
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset
from torchvision import transforms

from banc.config.data import Digits
from banc.config.image import ImageShape
from banc.config.model import DenseNetBC, Model, WideResNet
from banc.config.objective import OBJECTIVES
from banc.config.recipe import PRESETS, Recipe
from banc.models.build import build
from banc.runner.files.network_file import Description, save_network
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Address, Data, Predict, Stage, Train

SHAPE = ImageShape(channels=3, height=32, width=32, classes=100)
IMAGES, BATCH = 512, 64
MEAN, STD = [0.5] * 3, [0.25] * 3
RECIPE = evolve(PRESETS["densenet"], epochs=1, batch=BATCH)
MODELS: dict[str, Model] = {model.slug: model for model in (DenseNetBC(22, 12), WideResNet(16, 2))}


class Images(Dataset[tuple[Tensor, int]]):
    """Images in memory, one at a time through PIL and torchvision's transforms, as its CIFAR does it."""

    def __init__(self, number: int = IMAGES) -> None:
        images, labels = draw(number, SHAPE)
        self._images = images.transpose(0, 2, 3, 1).copy()
        self._labels = labels.tolist()
        self._transform = transforms.Compose(
            [
                transforms.RandomCrop(SHAPE.height, RECIPE.augment.pad, padding_mode="reflect"),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(MEAN, STD),
            ]
        )

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(Image.fromarray(self._images[index])), self._labels[index]


def draw(number: int, shape: ImageShape) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images uint8 (number, C, H, W) and their labels (number,)."""
    rng = np.random.default_rng(0)
    size = (number, shape.channels, shape.height, shape.width)
    return rng.integers(256, size=size, dtype=np.uint8), rng.integers(shape.classes, size=number)


def write_data(root: Path, number: int = IMAGES, shape: ImageShape = SHAPE, tests: int = 10) -> Address:
    """Files as a data stage writes them. Which one it claims to be does not matter here.

    Args:
        tests: test images. Other loops have none.
    """
    where = address(Data(Digits(train=number)))
    folder = root / files.folder(where)
    folder.mkdir(parents=True)
    for names, size in ((files.DATA_ARRAYS[:2], number), (files.DATA_ARRAYS[2:], tests)):
        for name, array in zip(names, draw(size, shape), strict=True):
            np.save(folder / name, array)
    channels = slice(shape.channels)
    facts = {
        "classes": [str(each) for each in range(shape.classes)],
        "mean": MEAN[channels],
        "std": STD[channels],
    }
    (folder / files.DATA).write_text(json.dumps(facts))
    return where


def student(
    root: Path, model: Model, teacher: str, recipe: Recipe = RECIPE, images: int = IMAGES, tests: int = 10
) -> Train:
    """A linked stage in a new workspace, whose inputs are there.

    Args:
        teacher: ``none``, ``stored`` for its outputs or ``live`` for the network itself.
    """
    taught = Train(model, recipe, OBJECTIVES["labels"], 0, write_data(root, images, tests=tests))
    stage = evolve(taught, objective=OBJECTIVES["ban-l"], seed=1)
    match teacher:
        case "none":
            stage = taught
        case "live":
            stage = evolve(stage, teachers=(link(root, taught),))
            description = Description(model, SHAPE, recipe.precision, recipe.deterministic)
            save_network(build(model, SHAPE), description, root / files.folder(taught) / files.MODEL)
        case "stored":
            store = Predict(recipe.augment, taught.data, link(root, taught))
            stage = evolve(stage, teacher_outputs=(link(root, store),))
            # Of as many images as usual; more get theirs again.
            shape = min(images, IMAGES), recipe.augment.num_views, SHAPE.classes
            said = np.random.default_rng(0).dirichlet(np.ones(shape[2]), shape[:2])
            outputs = np.log(said).astype(np.float16)[np.arange(images) % IMAGES]
            np.save(root / files.folder(store) / files.OUTPUTS, outputs)
    link(root, stage)
    return stage


def link(root: Path, stage: Stage) -> Address:
    """Writes the stage's parameters, as the compiler does, and makes its folder."""
    path = root / "pipelines/x" / f"{address(stage)}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(files.stage_text(stage))
    (root / files.folder(stage)).mkdir(parents=True, exist_ok=True)
    (root / ".dvc").mkdir(exist_ok=True)
    return address(stage)
