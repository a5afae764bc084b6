"""A person's own function: called as told, its bytes compared, its failures told in a line."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from banc.config.custom import FactoryNetwork
from banc.config.image import ImageShape
from banc.models.build import build
from banc.models.factory import factory
from banc.models.unusable import Unusable

IMAGE = ImageShape(channels=1, height=6, width=5, classes=4)
GOOD = """
from __future__ import annotations
import dataclasses
from torch import nn

@dataclasses.dataclass
class Sizes:
    inner: int

def make(classes, channels, height, width, *, inner=3):
    sizes = Sizes(inner)
    pixels = channels * height * width
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, sizes.inner), nn.Linear(sizes.inner, classes))
"""


def declared(root: Path, text: str, function: str = "make", **arguments: int) -> FactoryNetwork:
    path = root / "networks/mine.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return FactoryNetwork("networks/mine.py", function, digest, arguments)


def refused(model: FactoryNetwork, root: Path) -> Unusable:
    with pytest.raises(Unusable) as caught:
        factory(model, IMAGE, root)
    return caught.value


def test_the_function_is_called_with_the_images_shape_and_the_arguments(tmp_path: Path) -> None:
    network = build(declared(tmp_path, GOOD, inner=7), IMAGE, tmp_path)
    assert isinstance(network, nn.Sequential)
    assert network(torch.zeros(2, 1, 6, 5)).shape == (2, 4)
    assert network[1].weight.shape == (7, 30)


def test_the_global_seed_decides(tmp_path: Path) -> None:
    def weights(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return torch.cat([each.flatten() for each in build(model, IMAGE, tmp_path).parameters()])

    model = declared(tmp_path, GOOD)
    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))


def test_where_one_stands_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = declared(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path / "networks")
    assert isinstance(build(model, IMAGE, tmp_path), nn.Module)


def test_other_bytes_are_not_run(tmp_path: Path) -> None:
    model = declared(tmp_path, GOOD)
    ran = tmp_path / "ran"
    declared(tmp_path, f"open({str(ran)!r}, 'w')\n{GOOD}")
    error = refused(model, tmp_path)
    assert error.message == "`networks/mine.py` has changed since `banc compile`"
    assert "banc compile" in str(error.hint)
    assert error.key == "file"
    assert not ran.exists()


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    model = declared(tmp_path, GOOD)
    (tmp_path / "networks/mine.py").unlink()
    assert refused(model, tmp_path).message == "`networks/mine.py` cannot be read: no such file or directory"


@pytest.mark.parametrize(
    ("text", "message", "key"),
    [
        ("\nmake = (\n", "`networks/mine.py:2`: SyntaxError: '(' was never closed", "file"),
        ("import no_such_package\n", "`networks/mine.py:1`: ModuleNotFoundError: No module named", "file"),
        ("import sys\nsys.exit('bye')\n", "`networks/mine.py:2`: SystemExit: bye", "file"),
        (
            "def inner():\n    raise ValueError('two\\nlines')\ndef make(**_):\n    inner()\n",
            "`networks/mine.py:2`: ValueError: two",
            None,
        ),
        (
            "from torch import nn\ndef make(**_):\n    return nn.Linear(-1, 2)\n",
            "`networks/mine.py:3`: RuntimeError: Trying to create tensor with negative dimension",
            None,
        ),
        ("def make(**_):\n    raise KeyError\n", "`networks/mine.py:2`: KeyError", None),
        (
            "def make(**_):\n    return 3\n",
            "`make` of `networks/mine.py` returns a int, not a `torch.nn.Module`",
            "function",
        ),
        (
            "from torch import nn\ndef make(**_):\n    return nn.Linear\n",
            "`make` of `networks/mine.py` returns a type, not a `torch.nn.Module`",
            "function",
        ),
    ],
)
def test_failures_are_one_line_that_names_theirs(
    tmp_path: Path, text: str, message: str, key: str | None
) -> None:
    error = refused(declared(tmp_path, text), tmp_path)
    assert error.message.startswith(message)
    assert "\n" not in error.message
    assert error.key == key


def test_a_long_message_is_cut(tmp_path: Path) -> None:
    error = refused(declared(tmp_path, "raise ValueError('x' * 1000)\n"), tmp_path)
    assert len(error.message) < 300
    assert error.message.endswith("xxx...")


def test_arguments_that_do_not_fit_show_the_call(tmp_path: Path) -> None:
    error = refused(declared(tmp_path, GOOD, outer=7), tmp_path)
    assert error.message == "`networks/mine.py`: TypeError: make() got an unexpected keyword argument 'outer'"
    assert error.hint == "banc calls `make(classes=..., channels=..., height=..., width=..., outer=...)`"


@pytest.mark.parametrize("function", ["mak", "__name__"])
def test_a_function_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, function: str) -> None:
    error = refused(declared(tmp_path, GOOD, function), tmp_path)
    assert error.message == f"`networks/mine.py` has no function `{function}`"
    assert error.key == "function"
    assert error.legal == ("Sizes", "make")


def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    for folder, inner in (("a", 3), ("b", 9)):
        root = tmp_path / folder
        root.mkdir()
        model = declared(root, GOOD.replace("inner=3", f"inner={inner}"))
        build(model, IMAGE, root)
        module = sys.modules[f"banc_own_{model.digest[:12]}"]
        assert module.__file__ == str(root / "networks/mine.py")
