from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.runner.quality import quality
from banc.stage.details import Details, details_from, details_text
from banc.stage.kinds import Address
from banc.stage.outcomes import outcomes_of, packed, unpacked

FIRST, SECOND = Address("score-a-000000000000"), Address("score-b-000000000000")


@given(st.sampled_from([2, 10, 255, 256, 1000]), st.integers(0, 40), st.integers(0, 2**32))
def test_what_was_packed_comes_back(classes: int, images: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    labels, said = generator.integers(0, classes, (2, images))
    outcomes = outcomes_of(said, labels, classes)
    assert ((outcomes == 0) == (said == labels)).all()
    assert (outcomes[said != labels] - 1 == said[said != labels]).all()
    assert (unpacked(json.loads(json.dumps(packed(outcomes))), images) == outcomes).all()


def test_an_image_takes_a_bit_and_an_error_a_byte() -> None:
    labels = np.arange(10_000) % 100
    said = np.where(np.arange(10_000) < 500, (labels + 1) % 100, labels)
    text = packed(outcomes_of(said, labels, 100))
    assert sum(map(len, text.values())) == pytest.approx((10_000 / 8 + 500) * 4 / 3, abs=8)


def test_two_networks_agree_where_their_outcomes_are_equal() -> None:
    generator = np.random.default_rng(0)
    labels, one, two = generator.integers(0, 4, (3, 300))
    equal = outcomes_of(one, labels, 4) == outcomes_of(two, labels, 4)
    assert (equal == (one == two)).all()


def made(seed: int) -> Details:
    generator = np.random.default_rng(seed)
    logits, labels = generator.standard_normal((50, 10)), generator.integers(0, 10, 50)
    log_probs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    return Details(quality(log_probs, [log_probs] * 2, labels), outcomes_of(log_probs.argmax(1), labels, 10))


def test_a_table_keeps_the_details_of_its_scores_a_line_each() -> None:
    both = {SECOND: made(1), FIRST: made(0)}
    text = details_text(both)
    first, *lines, last = text.splitlines()
    assert (first, last) == ('{"scores": {', "}}")
    assert [line.split('"')[1] for line in lines] == [FIRST, SECOND]
    for address, value in json.loads(text)["scores"].items():
        found = details_from(value)
        assert found.quality == both[address].quality
        assert (found.outcomes == both[address].outcomes).all()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"right": "!"}, "not packed as text"),
        ({"right": 1}, "are no text"),
        ({"right": ""}, "not those of 50 images"),
        ({"wrong": ""}, "wrong classes are not there"),
        ({"images": 0}, "`images` of `x` is 0"),
        ({"reliability": []}, "has not 15 bins"),
        ({"reliability": [1]}, "has no bins"),
        ({"brier": float("nan")}, "`brier` of `x` is NaN"),
    ],
)
def test_what_is_damaged_is_refused(change: dict[str, Any], why: str) -> None:
    value = json.loads(details_text({FIRST: made(0)}))["scores"][FIRST]
    with pytest.raises(ValueError, match=why):
        details_from({**value, **change}, " of `x`")
