from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.stage.heartbeat import Failure, Heartbeat, beat_text, parse_beat

BEAT = Heartbeat(
    kind="train",
    process=12,
    host="here",
    since=1.5,
    at=2.5,
    phase="epoch 2 of 3",
    epoch=2,
    epochs=3,
    done=50,
    total=90,
    images_per_second=12.5,
    loss=0.25,
    error=7.5,
    device="cpu, 1 thread",
    losses=(1.0, 0.25),
    errors=(50.0, 7.5),
)
FAILED = Failure("the loss is not finite", 2.5, 1, "lower `learning_rate`", "epoch 2 of 3")


def test_what_is_written_is_read() -> None:
    assert parse_beat(Heartbeat, beat_text(BEAT)) == BEAT
    assert parse_beat(Failure, beat_text(FAILED)) == FAILED
    small = Heartbeat("score", 1, "here", 0.0, 0.0)
    assert parse_beat(Heartbeat, beat_text(small)) == small
    assert beat_text(BEAT).count("\n") == 1


@given(st.integers(0, len(beat_text(BEAT)) - 2), st.sampled_from(["", "\0", "]", "[" * 100_000]))
def test_half_a_file_is_none(end: int, rest: str) -> None:
    assert parse_beat(Heartbeat, beat_text(BEAT)[:end] + rest) is None


@pytest.mark.parametrize(
    "text", ["", "3", "{}", "null", '{"kind": 3}', beat_text(FAILED), beat_text(BEAT).replace("12.5", "NaN")]
)
def test_what_nobody_wrote_is_none(text: str) -> None:
    assert parse_beat(Heartbeat, text) is None


def test_a_number_that_is_none_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        beat_text(Failure("x", math.nan, 1))
