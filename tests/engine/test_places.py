"""Who gets which GPU, by the memory that ones like it took before."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from attrs import evolve

from banc.config.data import Digits
from banc.engine.given_out import GivenOut
from banc.engine.places import CONTEXT, MOST, Gpu, Need, needs, place
from banc.machine import gpu as gpu_device
from banc.plan.work import Network, Work
from banc.stage.kinds import Address
from banc.stage.timing import Timing, timing_from, timing_line

GB = 2**30
TWO = (Gpu("0", 16 * GB), Gpu("1", 16 * GB))


@pytest.mark.parametrize(
    ("need", "at_work", "most", "expected"),
    [
        (2 * GB, {}, None, "0"),
        (2 * GB, {"0": [2 * GB]}, None, "1"),
        (2 * GB, {"0": [2 * GB], "1": [2 * GB]}, None, "0"),
        (2 * GB, {"0": [2 * GB] * 4, "1": [9 * GB]}, None, "1"),
        (9 * GB, {"0": [2 * GB], "1": [9 * GB]}, None, "0"),
        (9 * GB, {"0": [9 * GB], "1": [9 * GB]}, None, None),
        (90 * GB, {"0": [2 * GB]}, None, "1"),  # too large for any: it will say so itself
        (None, {"0": [2 * GB], "1": [2 * GB]}, None, None),
        (2 * GB, {"0": [None], "1": [None]}, None, None),
        (0, {"0": [0] * MOST, "1": [0] * MOST}, None, None),
        (None, {"0": [None], "1": [None]}, 2, "0"),
        (None, {"0": [None] * 2, "1": [None] * 2}, 2, None),
        (9 * GB, {"0": [9 * GB], "1": [9 * GB]}, 2, None),
        (9 * GB, {"0": [9 * GB], "1": [None]}, 2, "1"),
    ],
)
def test_place(need: Need, at_work: dict[str, list[Need]], most: int | None, expected: str | None) -> None:
    found = place(need, TWO, at_work, most)
    assert (found and found.name) == expected


def test_of_a_gpu_of_unknown_size_memory_says_nothing() -> None:
    assert place(1, (Gpu("0"),), {"0": [1]}, None) is None
    assert place(90 * GB, (Gpu("0"),), {"0": [90 * GB]}, 2) == Gpu("0")
    assert place(4 * GB, (Gpu("0", 10 * GB),), {"0": [4 * GB]}, None) is None, CONTEXT


def test_what_is_needed_is_the_most_that_ones_like_it_took() -> None:
    shape = Digits(train=20).shape
    assert shape
    network, other = (Network(key, key, 1, 1, 1, "float32") for key in ("net", "other"))
    training = Work("train", network, trained=10, batch=64)
    works = {
        Address("same"): training,
        Address("batch"): evolve(training, batch=128),
        Address("live"): evolve(training, live=(other,)),
        Address("predict"): Work("predict", network, passed=10),
        Address("score"): Work("score"),
    }
    ran = Timing("a", "train", gpu_device("G"), 1.0, 1, network="net", precision="float32", batch=64)
    timings = [evolve(ran, memory=memory) for memory in (5, 7, 6, 0)]
    timings.append(evolve(ran, live=("other",), memory=9))
    assert needs(works, timings) == {"same": 7, "live": 9}
    assert timing_from(timing_line(timings[0])) == timings[0]


def test_nobody_overtakes_and_what_is_given_back_is_given_out() -> None:
    out = GivenOut((Gpu("0", 16 * GB),), None)
    order: list[Any] = []

    def ask(name: str, need: Need) -> None:
        with out.to(need) as gpu:
            order.append((name, gpu))

    with out.to(9 * GB), out.to(2 * GB):
        large = Thread(target=ask, args=("large", 9 * GB))
        large.start()
        while not out._line:
            pass
        small = Thread(target=ask, args=("small", 1 * GB))
        small.start()
        small.join(0.1)
        assert not order
    large.join()
    small.join()
    assert sorted(order) == [("large", "0"), ("small", "0")]
