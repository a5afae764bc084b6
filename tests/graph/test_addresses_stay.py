"""The addresses of specs that stood before the language grew: a word that is added moves none of them.

A digest here is rewritten by hand alone, after a ``REVISION`` was raised or the spec itself was changed. It
is never rewritten because the language has a new word: somebody's trainings would run again for nothing.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from banc.graph.expand import expand
from banc.graph.lower import lower
from banc.language.load import load
from banc.language.smoke import smoke

BEFORE = {
    "cifar10": (122, "2b85e23f25426db0"),
    "cifar10-smoke": (82, "b04ba05c6d85994c"),
    "cifar100-reduced": (26, "3be4a024c99e6c02"),
    "cifar100-reduced-smoke": (26, "85ab2dda13bd860d"),
    "quickstart": (30, "3df82c97eb64a81e"),
    "quickstart-smoke": (30, "958a81e25cf1e142"),
    "table1": (149, "147a6b9dcf9d827c"),
    "table1-smoke": (100, "960ff2a4fdcf3dbf"),
    "table2": (143, "043e6f73371df89c"),
    "table2-smoke": (96, "2d6ed5d3a3c45f48"),
    "treatments": (221, "121511053a484e44"),
    "treatments-smoke": (148, "87b1ecd3f0667710"),
    "wide-resnet": (86, "f0cc401292fe246c"),
    "wide-resnet-smoke": (58, "abe9db44236d10bb"),
}
"""By spec, and by its smoke run: how many stages it has, and a digest of their sorted addresses."""


@pytest.mark.parametrize("name", BEFORE)
def test_no_address_moves(checkout: Path, name: str) -> None:
    file = name.removesuffix("-smoke")
    spec = load(checkout / f"spec/{file}.toml").spec
    graph = lower(expand(spec if name == file else smoke(spec), name), f"spec/{file}.toml")
    addresses = sorted(graph.stages)
    digest = hashlib.sha256("\n".join(addresses).encode()).hexdigest()[:16]
    assert (len(addresses), digest) == BEFORE[name], "stages of this spec would run again"
