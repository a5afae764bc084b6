"""A network comes back from its own file alone, and a file that is no such thing is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import safetensors.torch
import torch
from safetensors import safe_open

from banc.config.image import ImageShape
from banc.config.model import DenseNetBC, MatchWideResNet, Model, WideResNet
from banc.config.recipe import Recipe
from banc.errors import BancError
from banc.models.build import build
from banc.runner.files.network_file import FORMAT, HEADER, Description, describe, load_network, save_network

IMAGE = ImageShape(channels=3, height=8, width=8, classes=7)
DENSE = DenseNetBC(16, 4, third_transition=True)
MODELS: list[Model] = [DENSE, WideResNet(10, 1, dropout=0.3), MatchWideResNet(1, 0.5, DENSE)]


def description(model: Model = DENSE, **changes: Any) -> Description:
    return Description(model, **{"image": IMAGE, "precision": "bfloat16", "deterministic": False, **changes})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    where = tmp_path / "model.safetensors"
    save_network(build(DENSE, IMAGE), description(), where)
    return where


def rewrite(path: Path, header: object) -> None:
    """The same tensors below another header."""
    text = header if isinstance(header, str) else json.dumps(header)
    path.write_bytes(safetensors.torch.save(safetensors.torch.load_file(path), {HEADER: text}))


def said(path: Path) -> Any:
    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()[HEADER])


@pytest.mark.parametrize("model", MODELS)
def test_a_network_comes_back_from_its_file_alone(tmp_path: Path, model: Model) -> None:
    first = build(model, IMAGE).eval()
    save_network(first, description(model), tmp_path / "a")
    back = describe(tmp_path / "a")
    assert back == description(model)
    second = load_network(tmp_path / "a", back, tmp_path).eval()
    images = torch.randn(2, 3, 8, 8)
    assert torch.equal(first(images), second(images))


def test_the_same_network_is_the_same_bytes(tmp_path: Path) -> None:
    network = build(DENSE, IMAGE)
    for name in ("a", "b"):
        save_network(network, description(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_header_is_for_other_programs_too(path: Path) -> None:
    """One key, since safetensors writes several in another order each time."""
    with safe_open(path, framework="pt") as file:
        assert list(file.metadata()) == ["banc"]
    assert said(path) == {
        "format": 1,
        "model": {"family": "densenet-bc", "depth": 16, "growth": 4, "third_transition": True},
        "image": {"channels": 3, "height": 8, "width": 8, "classes": 7},
        "precision": "bfloat16",
        "deterministic": False,
    }


def test_a_file_of_an_older_version_is_refused(path: Path) -> None:
    path.write_bytes(safetensors.torch.save(safetensors.torch.load_file(path)))
    with pytest.raises(BancError, match="does not say which network it holds") as caught:
        describe(path)
    assert "banc compile" in (caught.value.hint or "")


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    rewrite(path, {**said(path), "format": FORMAT + 1, "what nobody knows yet": 1})
    with pytest.raises(BancError, match="has format `2`, and this version of banc reads format 1") as caught:
        describe(path)
    assert "newer version" in (caught.value.hint or "")


DAMAGED: dict[str, Any] = {
    "no JSON": lambda header: "{",
    "no table": lambda header: [header],
    "a word": lambda header: "3",
    "no format": lambda header: {key: header[key] for key in header if key != "format"},
    "a format that is no number": lambda header: {**header, "format": True},
    "format 0": lambda header: {**header, "format": 0},
    "no model": lambda header: {key: header[key] for key in header if key != "model"},
    "no such model": lambda header: {**header, "model": {"family": "vgg"}},
    "a wrong type": lambda header: {**header, "deterministic": 1},
    "an unknown precision": lambda header: {**header, "precision": "float8"},
    "a key too many": lambda header: {**header, "label": "BAN"},
    "deep nesting": lambda header: "[" * 100_000,
}


@pytest.mark.parametrize("edit", DAMAGED)
def test_a_damaged_header_is_refused(path: Path, edit: str) -> None:
    rewrite(path, DAMAGED[edit](said(path)))
    with pytest.raises(BancError, match=r"model.safetensors` is damaged"):
        describe(path)


def test_weights_of_another_network_than_it_says_are_refused(path: Path) -> None:
    rewrite(path, {**said(path), "model": {"family": "densenet-bc", "depth": 16, "growth": 5}})
    with pytest.raises(BancError, match=r"model.safetensors` is damaged"):
        load_network(path, describe(path), path.parent)


@pytest.mark.parametrize("key", ["channels", "classes"])
def test_a_network_larger_than_its_file_gets_no_memory(path: Path, key: str) -> None:
    header = said(path)
    rewrite(path, {**header, "image": {**header["image"], key: 10**12}})
    with pytest.raises(BancError, match=r"is damaged: it says that it holds [0-9,]{15,} weights, and has"):
        load_network(path, describe(path), path.parent)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_every_precision_of_a_recipe_can_be_said(tmp_path: Path, precision: str) -> None:
    assert set(get_args(get_type_hints(Recipe)["precision"])) == {"float32", "bfloat16"}
    save_network(build(DENSE, IMAGE), description(precision=precision), tmp_path / "a")
    assert describe(tmp_path / "a").precision == precision
