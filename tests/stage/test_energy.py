from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from banc.machine import Device
from banc.stage.energy import Energy, energies, watt_hours
from banc.stage.timing import Drawn, Timing, timing_from, timing_line


def timing(name: str, *energy: Drawn) -> Timing:
    return Timing(name, "train", Device("A CPU", gpu=False, cores=2), 1.0, 7, energy=energy)


def test_a_line_and_back() -> None:
    measured = timing("a", Drawn("cpu 0123abcd package-0", 12.5, 100.0, 104.25))
    assert timing_from(timing_line(measured)) == measured


def test_stages_one_after_another_have_what_was_counted() -> None:
    lines = [
        timing("a", Drawn("gpu x", 100.0, 0.0, 10.0), Drawn("cpu y package-0", 5.0, 0.0, 10.0)),
        timing("b", Drawn("cpu y package-0", 7.0, 10.0, 11.0), Drawn("cpu y package-1", 2.0, 10.0, 11.0)),
        timing("c"),
    ]
    assert energies(lines) == {"a": Energy(100.0, 5.0), "b": Energy(None, 9.0)}
    assert energies(lines)["b"].whole == 9.0


def test_stages_at_once_share_it_equally() -> None:
    """10 W from 0 to 30; a from 0 to 20, b from 10 to 30: each has ten seconds alone."""
    found = energies([timing("a", Drawn("gpu x", 200, 0, 20)), timing("b", Drawn("gpu x", 200, 10, 30))])
    assert found["a"].gpus == found["b"].gpus == pytest.approx(150)


def test_stages_on_two_gpus_share_nothing() -> None:
    found = energies([timing("a", Drawn("gpu x", 200, 0, 20)), timing("b", Drawn("gpu y", 200, 10, 30))])
    assert found["a"].gpus == found["b"].gpus == 200


def test_of_a_stage_that_ran_twice_the_last_run_counts() -> None:
    first, second = Drawn("gpu x", 200, 0, 20), Drawn("gpu x", 90, 30, 40)
    assert energies([timing("a", first), timing("a", second)]) == {"a": Energy(90, None)}
    assert energies([timing("a", first), timing("a")]) == {}
    # What ran beside it shared with the run that does not count.
    found = energies([timing("a", first), timing("b", first), timing("a", second)])
    assert found["b"].gpus == pytest.approx(100)


def test_an_instant_has_what_it_has() -> None:
    found = energies([timing("a", Drawn("gpu x", 3, 5, 5)), timing("b", Drawn("gpu x", 10, 0, 10))])
    assert (found["a"].gpus, found["b"].gpus) == (3, pytest.approx(10))


spans = st.tuples(st.integers(0, 50), st.integers(1, 50))


@given(st.lists(spans, min_size=1, max_size=8), st.integers(1, 500))
def test_together_they_have_what_the_device_drew(several: list[tuple[int, int]], watts: int) -> None:
    """A device that draws the same at every moment, seen through any stages."""
    lines = [
        timing(str(number), Drawn("gpu x", watts * length, begin, begin + length))
        for number, (begin, length) in enumerate(several)
    ]
    at_work = {moment for begin, length in several for moment in range(begin, begin + length)}
    found = energies(lines)
    assert sum(energy.whole for energy in found.values()) == pytest.approx(watts * len(at_work))
    assert all(0 < found[line.address].whole <= line.energy[0].joules * (1 + 1e-9) for line in lines)
    assert energies(evolve(line, energy=()) for line in lines) == {}


@pytest.mark.parametrize(
    ("joules", "words"),
    [
        (0.0, "less than 1 J"),
        (40.4, "40 J"),
        (360.0, "0.1 Wh"),
        (11_520.0, "3.2 Wh"),
        (3.6e5 * 4, "400 Wh"),
        (4.464e6, "1.24 kWh"),
        (3.6e9, "1,000 kWh"),
    ],
)
def test_in_words(joules: float, words: str) -> None:
    assert watt_hours(joules) == words
