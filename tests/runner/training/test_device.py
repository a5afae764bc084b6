from __future__ import annotations

import pytest
import torch
from torch import nn

from banc.config.model import DenseNetBC, FactoryNetwork
from banc.errors import UsageError
from banc.runner.training import device as module
from banc.runner.training.device import device_name, layout, prepare, reseed, set_threads


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANC_THREADS", raising=False)
    monkeypatch.setenv("BANC_DEVICE", "cpu")
    monkeypatch.setattr(module, "_cores", lambda: 2)


def test_small_steps_take_one_thread_and_large_ones_all() -> None:
    network = nn.Linear(100, 100)
    set_threads(network, 64 * 50)
    assert torch.get_num_threads() == 1
    assert device_name(torch.device("cpu")) == "cpu, 1 thread"
    set_threads(network, 1024 * 128)
    assert torch.get_num_threads() == 2
    assert device_name(torch.device("cpu")) == "cpu, 2 threads"


def test_a_user_may_choose_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANC_THREADS", "2")
    set_threads(nn.Linear(2, 2), 1)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_threads_are_a_number(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BANC_THREADS", value)
    with pytest.raises(UsageError, match=f"BANC_THREADS is `{value}`"):
        set_threads(nn.Linear(2, 2), 1)


@pytest.mark.parametrize("value", ["gpu", "cuda:x", "cuda:99", "cpu:one"])
def test_a_device_is_one_that_is_there(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BANC_DEVICE", value)
    with pytest.raises(UsageError, match=f"BANC_DEVICE is `{value}`"):
        prepare(deterministic=True)


@pytest.mark.parametrize("deterministic", [True, False])
def test_determinism_is_the_recipes_choice(deterministic: bool) -> None:
    assert prepare(deterministic=deterministic) == torch.device("cpu")
    assert torch.are_deterministic_algorithms_enabled() is deterministic


def test_a_persons_own_network_sees_images_as_torch_lays_them_out() -> None:
    assert layout(DenseNetBC(10, 4)) == torch.channels_last
    assert layout(FactoryNetwork("mine.py", "make", "0" * 64)) == torch.contiguous_format


def test_reseeding_is_torchs_seeding() -> None:
    reseed(torch.device("cpu"), 2**63 - 1)
    first = torch.rand(5)
    torch.manual_seed(2**63 - 1)
    assert torch.equal(first, torch.rand(5))
