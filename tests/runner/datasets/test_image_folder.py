from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image

from banc.config.data import Folder
from banc.errors import BancError
from banc.runner.datasets.image_folder import image_folder
from banc.runner.datasets.split import Split

COLOUR = Folder("data/birds", height=9, width=7, channels=3, classes=2, train=4, test=2)
GREY = attrs.evolve(COLOUR, channels=1)
FILES = (
    "train/robin/b.png",
    "train/robin/a.png",
    "train/jay/c.PNG",
    "train/jay/a.png",
    "test/robin/z.png",
    "test/jay/z.png",
)


def pixels(name: str, channels: int) -> Any:
    rng = np.random.default_rng(list(name.encode()))
    return rng.integers(0, 256, (9, 7, channels) if channels > 1 else (9, 7), dtype=np.uint8)


@pytest.fixture
def birds(tmp_path: Path) -> Any:
    """Saves the images; gives the workspace."""

    def birds(channels: int) -> Path:
        for name in FILES:
            path = tmp_path / "data/birds" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels(name, channels)).save(path)
        return tmp_path

    return birds


def read(source: Folder, root: Path) -> Split:
    """Pins what is there, then reads it."""
    with pytest.raises(BancError) as caught:
        image_folder(source, root)
    digests = re.findall('sha256 = "(.*)"', str(caught.value.hint))
    if not digests:
        raise caught.value
    return image_folder(attrs.evolve(source, sha256=digests[0]), root)


def refusal(source: Folder, root: Path) -> str:
    with pytest.raises(BancError) as caught:
        read(source, root)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("source", [COLOUR, GREY], ids=["colour", "grey"])
def test_reads_images_in_the_order_of_their_names(birds: Any, source: Folder) -> None:
    found = read(source, birds(source.channels))
    assert found.classes == ("jay", "robin")
    order = ["train/jay/a.png", "train/jay/c.PNG", "train/robin/a.png", "train/robin/b.png"]
    expected = [pixels(name, source.channels).reshape(9, 7, -1).transpose(2, 0, 1) for name in order]
    assert np.array_equal(found.train_images, expected)
    assert found.train_labels.tolist() == [0, 0, 1, 1]
    assert found.test_labels.tolist() == [0, 1]
    assert found.test_images.dtype == np.uint8


def test_grey_and_palette_images_among_colours(birds: Any) -> None:
    root = birds(3)
    where = root / "data/birds/train/jay"
    grey = pixels("grey", 1)
    Image.fromarray(grey).save(where / "a.png")
    two = np.zeros((9, 7, 3), np.uint8)
    two[:4] = (250, 3, 7)
    Image.fromarray(two).convert("P", palette=Image.Palette.ADAPTIVE, colors=2).save(where / "c.PNG")
    found = read(COLOUR, root)
    assert np.array_equal(found.train_images[0], [grey] * 3)
    assert np.array_equal(found.train_images[1], two.transpose(2, 0, 1))


def test_jpeg(birds: Any) -> None:
    root = birds(3)
    flat = np.full((9, 7, 3), 200, np.uint8)
    (root / "data/birds/train/jay/a.png").unlink()
    Image.fromarray(flat).save(root / "data/birds/train/jay/a.jpeg", quality=95)
    found = read(COLOUR, root)
    assert np.abs(found.train_images[0].astype(int) - 200).max() <= 1


def test_hidden_files_do_not_count(birds: Any) -> None:
    root = birds(3)
    before = read(COLOUR, root)
    (root / "data/birds/train/.cache").mkdir()
    (root / "data/birds/train/jay/.DS_Store").write_bytes(b"?")
    (root / "data/birds/README").write_bytes(b"not in train or test")
    after = read(COLOUR, root)
    assert np.array_equal(before.train_images, after.train_images)


def spoil(root: Path, what: str) -> None:
    where = root / "data/birds"
    image = where / "train/jay/a.png"
    match what:
        case "truncated":
            image.write_bytes(image.read_bytes()[:-40])
        case "text":
            image.write_text("no image")
        case "empty":
            image.write_bytes(b"")
        case "jpeg":
            Image.fromarray(pixels("x", 3)).save(image, format="JPEG")
        case "size":
            Image.fromarray(np.zeros((7, 9, 3), np.uint8)).save(image)
        case "grey16":
            Image.fromarray(np.zeros((9, 7), np.uint16)).save(image)
        case "alpha":
            Image.fromarray(np.zeros((9, 7, 4), np.uint8)).save(image)
        case "huge":
            Image.fromarray(np.zeros((20_000, 9_000), np.bool_)).save(image)
        case "stray":
            (where / "train/notes.txt").write_text("")
        case "text beside":
            (where / "train/jay/notes.txt").write_text("")
        case "nested":
            (where / "train/jay/more.png").mkdir()
        case "new class":
            (where / "test/owl").mkdir()
        case "count":
            (where / "train/jay/b.png").write_bytes(image.read_bytes())
        case "no test":
            (where / "test").rename(where / "val")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("truncated", "`data/birds/train/jay/a.png` is no readable PNG image"),
        ("text", "`data/birds/train/jay/a.png` is no readable PNG image"),
        ("empty", "`data/birds/train/jay/a.png` is no readable PNG image"),
        ("jpeg", "`data/birds/train/jay/a.png` holds a JPEG image"),
        ("size", "`data/birds/train/jay/a.png` is 7x9; the spec says 9x7"),
        ("grey16", "`data/birds/train/jay/a.png` has pixels of kind I;16"),
        ("alpha", "`data/birds/train/jay/a.png` has pixels of kind RGBA"),
        ("huge", "`data/birds/train/jay/a.png` is"),
        ("stray", "`data/birds/train/notes.txt` does not belong there: expected a folder for each class"),
        ("text beside", "`data/birds/train/jay/notes.txt` does not belong there"),
        ("nested", "`data/birds/train/jay/more.png` does not belong there"),
        ("new class", "`data/birds/test/owl` is a class that `data/birds/train` does not have"),
        ("count", "holds train = 5, test = 2, classes = 2; the spec says train = 4, test = 2, classes = 2"),
        ("no test", "`data/birds/test` is no folder"),
    ],
)
def test_what_does_not_fit_is_named(birds: Any, what: str, message: str) -> None:
    root = birds(3)
    spoil(root, what)
    assert message in refusal(COLOUR, root)


def test_colour_is_not_turned_into_grey(birds: Any) -> None:
    assert "has pixels of kind RGB, which are not 1 channels of 8 bits" in refusal(GREY, birds(3))


def test_altered_images_are_refused(birds: Any) -> None:
    root = birds(3)
    with pytest.raises(BancError) as caught:
        image_folder(COLOUR, root)
    (digest,) = re.findall('sha256 = "(.*)"', str(caught.value.hint))
    spoil(root, "size")
    with pytest.raises(BancError, match="are not those of the spec"):
        image_folder(attrs.evolve(COLOUR, sha256=digest), root)
