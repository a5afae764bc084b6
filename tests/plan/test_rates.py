"""Where a time comes from: the best that there is, and how wide its range is then."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from banc.errors import UsageError
from banc.machine import Device
from banc.plan.devices import CALL, CORE, LAUNCH, PEAKS, Cost, named, speed
from banc.plan.rates import BACKWARD, NEAREST, SAME, TABLE, Rate, Rates
from banc.plan.work import Network
from banc.stage.timing import Timing
from banc.state.state import Timings

CPU = Device("A CPU", gpu=False, cores=2)
OTHER = Device("Another CPU", gpu=False, cores=2)
GPU = Device("NVIDIA A100-SXM4-40GB", gpu=True)
SMALL = Network("small", "small", 1000, 10**6, 10, "float32")
LARGE = Network("large", "large", 10**6, 10**9, 40, "float32")
OWN = Network("own", "own", None, None, None, "float32")
PIXELS = 64


def timing(network: Network, seconds: float, **more: Any) -> Timing:
    """Of a thousand images."""
    fields: dict[str, Any] = {
        "kind": "train",
        "device": CPU,
        "threads": 1,
        "batch": 50,
        "images": 1000,
        **more,
    }
    return Timing(
        address="train-x-0123456789ab",
        around=1.0,
        ended=0,
        network=network.key,
        precision=network.precision,
        multiply_adds=network.multiply_adds,
        parameters=network.parameters,
        layers=network.layers,
        seconds=seconds,
        **fields,
    )


def step(
    network: Network, *here: Timing, device: Device = CPU, live: tuple[Network, ...] = (), **more: Any
) -> Rate | None:
    timings = Timings(here=here, elsewhere=more.get("elsewhere", ()))
    return Rates(timings, device).step(network, live, 50, PIXELS)


def test_what_ran_here_counts_as_it_was() -> None:
    found = step(SMALL, timing(SMALL, 6.0), timing(SMALL, 10.0), timing(SMALL, 7.0), timing(LARGE, 900.0))
    assert found == Rate(0.007, pytest.approx(0.007 / SAME), 0.010, "measured here")


def test_short_runs_count_only_where_there_is_no_long_one() -> None:
    """They are mostly of a device that warms up."""
    warming = timing(SMALL, 2.0, images=100)
    alone = step(SMALL, warming)
    assert alone is not None and alone.seconds == 0.02
    found = step(SMALL, warming, timing(SMALL, 6.0))
    assert found is not None and found.seconds == 0.006 and found.high < 0.02


def test_another_batch_widens_the_range() -> None:
    same, other = step(SMALL, timing(SMALL, 6.0)), step(SMALL, timing(SMALL, 6.0, batch=64))
    assert same is not None and other is not None
    assert same.seconds == other.seconds and other.high > same.high and other.basis == "measured here"


def test_a_live_teacher_is_measured_with_its_student_or_added() -> None:
    alone, together = timing(SMALL, 6.0), timing(SMALL, 9.0, live=("large",))
    found = step(SMALL, alone, together, live=(LARGE,))
    assert found is not None and found.seconds == 0.009
    forward = timing(LARGE, 5.0, kind="predict", batch=0)
    added = step(SMALL, alone, forward, live=(LARGE,))
    assert added is not None
    assert (added.seconds, added.basis) == (pytest.approx(0.011), "measured here")
    # Nobody asked the teacher alone: a third of what it took forward and backward.
    trained = step(SMALL, alone, timing(LARGE, 30.0), live=(LARGE,))
    assert trained is not None and trained.seconds == pytest.approx(0.006 + 0.030 / (1 + BACKWARD))
    assert step(SMALL, alone, live=(OWN,)) is None


def test_another_device_is_scaled() -> None:
    """By networks that both have trained; else by the table."""
    gpu = Device("NVIDIA H100 80GB HBM3", gpu=True)
    elsewhere = timing(SMALL, 6.0, device=gpu, threads=0)
    found = step(SMALL, elsewhere, device=GPU)
    assert found is not None and found.basis == "measured elsewhere"
    assert found.seconds == pytest.approx(0.006 * PEAKS["H100"][0] / PEAKS["A100"][0])
    pair = timing(LARGE, 10.0, device=gpu, threads=0), timing(LARGE, 40.0, device=GPU, threads=0)
    found = step(SMALL, elsewhere, *pair, device=GPU)
    assert found is not None and found.seconds == pytest.approx(0.006 * 4)
    assert found.low < found.seconds / 2 and found.high > 2 * found.seconds


def test_what_was_brought_along_is_not_of_here_though_its_device_is_called_the_same() -> None:
    found = step(SMALL, elsewhere=(timing(SMALL, 6.0),))
    assert found is not None and (found.seconds, found.basis) == (0.006, "measured elsewhere")


def test_other_cores_and_processes_are_another_device() -> None:
    for device in (attrs.evolve(CPU, cores=64), attrs.evolve(CPU, processes=2)):
        found = step(SMALL, timing(SMALL, 6.0), device=device)
        assert found is not None and found.basis == "measured elsewhere"


def test_a_new_network_takes_the_speed_of_the_nearest() -> None:
    middle = Network("middle", "middle", 1000, 2 * 10**6, 10, "float32")
    found = step(middle, timing(SMALL, 6.0), timing(LARGE, 3000.0))
    assert found is not None and found.basis == "model"
    table = speed(CPU, "float32", 1)
    assert table is not None
    expected = 0.006 * table.seconds(Cost(2 * 10**6, 10), 50) / table.seconds(Cost(10**6, 10), 50)
    assert found.seconds == pytest.approx(expected) and 0.006 < expected < 0.012
    assert (found.low, found.high) == (pytest.approx(expected / NEAREST), pytest.approx(expected * NEAREST))
    new = Device("A new GPU", gpu=True)
    unlisted = step(middle, timing(SMALL, 6.0, device=new, threads=0), device=new)
    assert unlisted is not None and unlisted.seconds == pytest.approx(0.012), "by multiply-adds alone"


def test_where_nothing_ran_the_table_counts() -> None:
    found = step(SMALL)
    assert found is not None and found.basis == "model"
    assert found.seconds == pytest.approx(3 * (2 * 10**6 / CORE + 10 * CALL / 50))
    assert found.high / found.low == pytest.approx(TABLE**2)
    # A larger one takes both cores.
    large = step(LARGE)
    assert large is not None and large.seconds == pytest.approx(3 * (2 * 10**9 / CORE / 2 + 40 * CALL / 50))
    small_on_gpu = step(SMALL, device=GPU)
    assert small_on_gpu is not None
    assert small_on_gpu.seconds > 3 * 10 * LAUNCH / 50, "launches take their time, however small the network"


def test_what_nobody_knows_is_unknown() -> None:
    assert step(OWN) is None
    assert step(SMALL, device=Device("A new GPU", gpu=True)) is None
    half = attrs.evolve(SMALL, precision="bfloat16")
    assert step(half) is None, "on a CPU it depends on its instructions"
    assert step(half, device=GPU) is not None
    assert step(half, device=Device("Tesla T4", gpu=True)) is None
    assert step(OWN, timing(OWN, 6.0)) == step(SMALL, timing(SMALL, 6.0)), "but what ran is measured"


def test_networks_that_only_answer() -> None:
    predicted = timing(SMALL, 6.0, kind="predict")
    tested = timing(SMALL, 60.0, tested=1000, test_seconds=7.0)
    rates = Rates(Timings(here=(predicted, tested)), CPU)
    of_views, of_tests = rates.forward(SMALL, PIXELS), rates.forward(SMALL, PIXELS, main=False)
    assert of_views is not None and of_tests is not None
    assert (of_views.seconds, of_tests.seconds) == (0.006, 0.007)


def test_devices_that_a_person_names() -> None:
    timings = Timings(here=(timing(SMALL, 1.0, device=GPU),))
    assert named("cpu", timings, CPU) == CPU
    assert named("a cpu", timings, CPU) == CPU
    assert named("a100", timings, CPU) == GPU
    assert named("a100", Timings(), CPU) == Device("A100", gpu=True)
    assert named("NVIDIA L40S", Timings(), CPU).name == "L40S", "and not L4"
    for unknown in ("", "  ", "abacus"):
        with pytest.raises(UsageError, match="nothing is known of a device") as caught:
            named(unknown, timings, CPU)
        assert "A100" in (caught.value.hint or "")


def test_every_gpu_of_the_table_has_a_speed() -> None:
    for name in PEAKS:
        device = Device(f"NVIDIA {name} 16GB", gpu=True)
        single = speed(device, "float32", 0)
        assert single is not None and 1e12 < single.flops < 1e14
    assert speed(OTHER, "float32", 2) == speed(CPU, "float32", 2)
