"""One spelling for one value, and digests that anybody can compute again."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.digest import canonical, file_digest, short_digest

values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)


def test_the_spelling() -> None:
    value = {"b": [1, 2.5, None, True], "a": {"é": "\u2028"}, "c": 5e-4}
    assert canonical(value) == '{"a":{"\\u00e9":"\\u2028"},"b":[1,2.5,null,true],"c":0.0005}'


def test_a_digest_is_the_first_48_bits_of_a_sha256() -> None:
    assert short_digest({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()[:12]
    assert short_digest({"a": 1}) == "015abd7f5cc5"


@given(values)
def test_it_is_json_and_loses_nothing(value: Any) -> None:
    text = canonical(value)
    assert text.isascii()
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@given(st.dictionaries(st.text(), values, min_size=2), st.randoms(use_true_random=False))
def test_the_order_of_keys_means_nothing(value: dict[str, Any], chance: random.Random) -> None:
    keys = list(value)
    chance.shuffle(keys)
    assert canonical({key: value[key] for key in keys}) == canonical(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [-float("inf")]}])
def test_what_json_has_no_word_for_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)


@pytest.mark.parametrize(
    ("one", "two"), [(1, True), (1, "1"), (1, 1.0), ([], {}), (None, "null"), (0, False)]
)
def test_what_is_not_the_same_differs(one: Any, two: Any) -> None:
    assert short_digest(one) != short_digest(two)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\x00" * (1 << 20) + b"\xff")
    assert file_digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()
