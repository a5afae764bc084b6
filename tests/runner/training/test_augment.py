"""Views against a slow reference, one image at a time, and against what the papers count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import pad as torch_pad

from banc.config.recipe import Augmentation
from banc.errors import BancError
from banc.runner.training.augment import cut_out, identity_view, normalise, pad, render_views

augmentations = st.builds(
    Augmentation, pad=st.integers(0, 4), flip=st.booleans(), fill=st.sampled_from(["reflect", "zeros"])
)


def random_images(n: int, channels: int, height: int, width: int, seed: int = 0) -> Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randint(256, (n, channels, height, width), dtype=torch.uint8, generator=source)


def slow_view(image: np.ndarray, view: int, augment: Augmentation) -> np.ndarray:
    """One view of one image (C, H, W), by padding, slicing and mirroring with numpy."""
    p, (_, height, width) = augment.pad, image.shape
    mode: Any = "reflect" if augment.fill == "reflect" else "constant"
    padded = np.pad(image, ((0, 0), (p, p), (p, p)), mode=mode)
    flips, offset = divmod(view, (2 * p + 1) ** 2)
    top, left = divmod(offset, 2 * p + 1)
    crop = padded[:, top : top + height, left : left + width]
    return crop[:, :, ::-1] if flips else crop


def every_view(images: Tensor, augment: Augmentation) -> Tensor:
    """All views of the first image, (V, C, H, W)."""
    index = torch.zeros(augment.num_views, dtype=torch.int64)
    size = (images.shape[2], images.shape[3])
    padded = pad(images, augment.pad, augment.fill)
    return render_views(padded, index, torch.arange(augment.num_views), augment, size)


@given(
    augmentations,
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(5, 9), st.integers(5, 9)),
    st.integers(0, 2**32 - 1),
)
@settings(deadline=None)
def test_views_equal_a_slow_reference(
    augment: Augmentation, shape: tuple[int, int, int, int], seed: int
) -> None:
    images = random_images(*shape, seed=seed)
    source = torch.Generator().manual_seed(seed)
    index = torch.randint(shape[0], (12,), generator=source)
    view = torch.randint(augment.num_views, (12,), generator=source)
    made = render_views(pad(images, augment.pad, augment.fill), index, view, augment, shape[2:])
    assert made.dtype == torch.uint8
    for b in range(12):
        expected = slow_view(images[index[b]].numpy(), int(view[b]), augment)
        assert np.array_equal(made[b].numpy(), expected)


def test_the_papers_augmentation_has_162_different_views() -> None:
    made = every_view(random_images(1, 3, 32, 32), Augmentation(pad=4, flip=True))
    assert made.shape == (162, 3, 32, 32)
    assert len({view.numpy().tobytes() for view in made}) == 162


@given(augmentations)
def test_the_identity_view_is_the_image(augment: Augmentation) -> None:
    images = random_images(1, 3, 8, 8)
    equal = [torch.equal(view, images[0]) for view in every_view(images, augment)]
    assert equal == [view == identity_view(augment) for view in range(augment.num_views)]


@given(st.integers(0, 4))
def test_flipped_views_are_the_others_mirrored(padding: int) -> None:
    augment = Augmentation(pad=padding, flip=True)
    plain, mirrored = every_view(random_images(1, 2, 6, 7), augment).chunk(2)
    assert torch.equal(mirrored.flip(3), plain)
    assert not torch.equal(mirrored, plain)


def test_a_mirrored_image_has_the_same_views() -> None:
    """Mirroring the image and mirroring the view undo each other, with the offset counted from the right."""
    augment = Augmentation(pad=2, flip=True)
    images = random_images(1, 2, 6, 7)
    original = {view.numpy().tobytes() for view in every_view(images, augment)}
    assert {view.numpy().tobytes() for view in every_view(images.flip(3), augment)} == original


@pytest.mark.parametrize("padding", [0, 1, 4, 7])
def test_pad_reflects_without_repeating_the_edge(padding: int) -> None:
    images = random_images(3, 2, 8, 9)
    padded = pad(images, padding)
    assert padded.dtype == torch.uint8
    assert torch.equal(padded.float(), torch_pad(images.float(), (padding,) * 4, mode="reflect"))


def test_too_much_padding_is_refused() -> None:
    with pytest.raises(BancError, match="`8` pixels is too much for images of 8x9") as caught:
        pad(random_images(1, 1, 8, 9), 8)
    assert caught.value.hint == "padding must be at most 7, less than the image"
    with pytest.raises(BancError, match="`8` pixels is too much for images of 8x9"):
        pad(random_images(1, 1, 8, 9), 8, "zeros")


def test_padding_by_zeros_is_black() -> None:
    images = random_images(3, 2, 8, 9) | 1
    padded = pad(images, 2, "zeros")
    assert padded.dtype == torch.uint8
    assert torch.equal(padded, torch_pad(images, (2, 2, 2, 2)))
    assert torch.equal(padded != 0, torch_pad(torch.ones_like(images, dtype=torch.bool), (2, 2, 2, 2)))


@given(st.integers(1, 7), st.integers(4, 9), st.integers(4, 9), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_cutout_hides_the_square_around_its_centre(side: int, height: int, width: int, seed: int) -> None:
    images = random_images(6, 2, height, width, seed)
    before = images.clone()
    centre = torch.randint(height * width, (6,), generator=torch.Generator().manual_seed(seed))
    colour = torch.tensor([7, 200], dtype=torch.uint8)
    made = cut_out(images, centre, side, colour)
    assert torch.equal(images, before)
    for image, place, hidden in zip(images.numpy(), centre.tolist(), made.numpy(), strict=True):
        y, x = divmod(place, width)
        expected = image.copy()
        rows = slice(max(0, y - side // 2), y - side // 2 + side)
        columns = slice(max(0, x - side // 2), x - side // 2 + side)
        expected[:, rows, columns] = [[[7]], [[200]]]
        assert np.array_equal(hidden, expected)


def test_normalise_each_channel_by_its_own() -> None:
    images = random_images(4, 3, 5, 6)
    mean, std = [0.5, 0.25, 0.1], [0.5, 2.0, 0.3]
    made = normalise(images, mean, std)
    expected = (images.double().numpy() / 255 - np.reshape(mean, (3, 1, 1))) / np.reshape(std, (3, 1, 1))
    assert made.dtype == torch.float32
    assert np.allclose(made.numpy(), expected, atol=1e-6)
    assert torch.equal(made, normalise(images, torch.tensor(mean), torch.tensor(std)))


def test_normalise_keeps_the_bytes_it_reads() -> None:
    images = random_images(2, 1, 3, 3)
    before = images.clone()
    normalise(images, [0.5], [0.5])
    assert torch.equal(images, before)
