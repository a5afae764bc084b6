"""What a GPU records, held on a CPU: recordings are made by ``Tapes``, decisions and bytes are real.

``Tapes`` records as a GPU does: every operation once, with the tensors that it reads and writes. A replay
does the operations again, in the same memory. It calls no function of ours, so what a function takes from
the host while it is recorded (a number, a branch) stays what it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import attrs
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from banc.config.custom import FactoryNetwork
from banc.config.model import Model, WideResNet
from banc.config.objective import OBJECTIVES, DecoupledDistill, Objective
from banc.config.recipe import Augmentation
from banc.errors import UsageError
from banc.runner.training import train as train_module
from banc.runner.training.cuda_graph import VARIABLE, WARM_UP, Recorded, why_not_recorded
from banc.runner.training.objectives import loss
from banc.stage.kinds import Address, Train

Call = Callable[[], Tensor | None]

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
WIDE = WideResNet(10, 1, dropout=0.3)


class Tapes:
    """Where work is recorded: what ``CudaGraphs`` is on a GPU."""

    complete = True

    def __init__(self) -> None:
        self.replays: list[int] = []
        """How often each recording was replayed."""

    def stream(self) -> AbstractContextManager[None]:
        return nullcontext()

    def give_up(self, error: RuntimeError) -> None:
        raise error

    def record(self, call: Call) -> tuple[Tensor | None, Callable[[], None]]:
        number = len(self.replays)
        self.replays.append(0)
        tape = _Tape()
        with tape:
            result = call()
        tape.undo()

        def replay() -> None:
            self.replays[number] += 1
            tape.replay()

        return result, replay


class _Tape(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self._operations: list[tuple[Any, Any, Any, Any]] = []
        self._made: set[int] = set()
        self._before: dict[int, tuple[Tensor, Tensor]] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: torch would import its compiler for it."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        assert func is not torch.ops.aten._local_scalar_dense.default, "the host waits for a number"
        for tensor in _tensors((args, kwargs)):
            if (place := _place(tensor)) not in self._made:
                self._before.setdefault(place, (tensor, tensor.clone()))
        results = func(*args, **kwargs)
        self._made |= {_place(tensor) for tensor in _tensors(results)} - self._before.keys()
        self._operations.append((func, args, kwargs, results))
        return results

    def undo(self) -> None:
        """Recording computes nothing: what it has changed is as it was."""
        with torch.inference_mode():
            for tensor, before in self._before.values():
                tensor.copy_(before)

    def replay(self) -> None:
        with torch.inference_mode():
            for func, args, kwargs, results in self._operations:
                again = func(*args, **kwargs)
                written = {_place(tensor) for tensor in _tensors((args, kwargs))}
                for mine, new in zip(_tensors(results), _tensors(again), strict=True):
                    if _place(mine) not in written:
                        mine.copy_(new)


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


def _place(tensor: Tensor) -> int:
    """Whose memory it is. Of a tensor without numbers, its own."""
    return tensor.untyped_storage().data_ptr() or id(tensor)


def recorded(workspace: Any, stage: Train, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Runs the stage with recordings, and says how often each was replayed."""
    tapes = Tapes()
    with monkeypatch.context() as patch:
        patch.setattr(train_module, "why_not_recorded", lambda *_: None)
        patch.setattr(train_module, "CudaGraphs", lambda _: tapes)
        workspace.run(stage)
    return tapes.replays


@pytest.mark.parametrize(
    ("objective", "changed"),
    [
        ("labels", {"precision": "bfloat16", "micro_batch": 5}),
        ("cwtm", {"optimizer": "adamw", "clip_norm": 0.5, "schedule": "cosine", "label_smoothing": 0.1}),
        ("labels", {"augment": Augmentation(1, True, mixup=0.4)}),
    ],
    ids=["sgd", "adamw", "mixup"],
)
def test_recorded_steps_compute_the_same_bytes(
    workspace: Any,
    teacher: Train,
    taught: Address,
    monkeypatch: pytest.MonkeyPatch,
    objective: str,
    changed: dict[str, Any],
) -> None:
    """Two full steps an epoch of 40 images, and a short one that is never recorded; the rate drops."""
    recipe = attrs.evolve(teacher.recipe, epochs=4, **changed)
    stage = attrs.evolve(teacher, model=WIDE, recipe=recipe, objective=OBJECTIVES[objective], seed=1)
    if objective != "labels":
        stage = attrs.evolve(stage, teacher_outputs=(taught,))
    workspace.run(stage)
    before = workspace.outputs(stage)
    assert recorded(workspace, stage, monkeypatch) == [2 * 4 - WARM_UP]
    assert workspace.outputs(stage) == before


def test_a_live_teacher_is_recorded_apart(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked about an epoch at once here, since that is less than a batch of a store."""
    trained = workspace.run(teacher)
    stage = attrs.evolve(
        teacher,
        recipe=attrs.evolve(teacher.recipe, epochs=5),
        objective=DecoupledDistill(warm_up=5),
        seed=1,
        teachers=(trained,),
    )
    workspace.run(stage)
    before = workspace.outputs(stage)
    assert recorded(workspace, stage, monkeypatch) == [2 * 5 - WARM_UP, 5 - WARM_UP]
    assert workspace.outputs(stage) == before


def test_a_training_that_goes_on_records_anew(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first steps after a checkpoint are done one by one, and end in the same bytes."""
    stage = attrs.evolve(teacher, model=WIDE, recipe=attrs.evolve(teacher.recipe, epochs=6))
    workspace.run(stage)
    before = workspace.outputs(stage)
    monkeypatch.setenv("BANC_CHECKPOINT_SECONDS", "0")
    with monkeypatch.context() as patch:
        patch.setattr(train_module.Progress, "set_metrics", interrupt_at(3))
        with pytest.raises(KeyboardInterrupt):
            workspace.run(stage)
    assert recorded(workspace, stage, monkeypatch)[0] < 2 * 6 - WARM_UP
    assert workspace.outputs(stage) == before


def interrupt_at(epoch: int) -> Any:
    ended = 0

    def end(*_: object) -> None:
        nonlocal ended
        ended += 1
        if ended == epoch:
            raise KeyboardInterrupt

    return end


def test_a_call_of_another_kind_is_not_replayed() -> None:
    tapes, calls = Tapes(), 0

    def double(numbers: Tensor, factor: int) -> Tensor:
        nonlocal calls
        calls += 1
        return numbers * 2 * factor

    function = Recorded(double, tapes)
    for number in range(8):
        result = function(torch.full((3,), float(number)), 1)
        assert result is not None
        assert result.tolist() == [2.0 * number] * 3
    assert (calls, tapes.replays) == (WARM_UP + 1, [8 - WARM_UP])
    for other in (torch.ones(4), torch.ones(3, dtype=torch.int64), torch.ones(6)[::2]):
        assert torch.equal(function(other, 1), 2 * other)
    assert torch.equal(function(torch.ones(3), 5), torch.full((3,), 10.0))
    assert (calls, tapes.replays) == (WARM_UP + 5, [8 - WARM_UP])


class Broken(Tapes):
    """Where nothing can be recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []

    def record(self, call: Call) -> tuple[Tensor | None, Callable[[], None]]:
        raise torch.OutOfMemoryError("no memory for a graph")

    def give_up(self, error: RuntimeError) -> None:
        self.errors.append(str(error))


def test_what_cannot_be_recorded_is_done_as_ever() -> None:
    graphs, total = Broken(), torch.zeros(())
    function = Recorded(total.add_, graphs)
    for _ in range(WARM_UP + 4):
        function(torch.tensor(1.0))
    assert total.item() == WARM_UP + 4
    assert graphs.errors == ["no memory for a graph"]


def test_a_result_stays_what_it_was_when_the_next_call_comes() -> None:
    function = Recorded(lambda numbers: numbers + 1, Tapes())
    results = [function(torch.tensor([float(number)])) for number in range(6)]
    assert [result.item() for result in results if result is not None] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_recording_computes_nothing() -> None:
    """No weight, momentum or running statistic is moved by it."""
    total = torch.zeros(())
    function = Recorded(total.add_, Tapes())
    for _ in range(WARM_UP + 2):
        function(torch.tensor(1.0))
    assert total.item() == WARM_UP + 2


@pytest.mark.parametrize("objective", [*OBJECTIVES.values(), DecoupledDistill(warm_up=5)], ids=str)
def test_no_objective_decides_by_numbers(objective: Objective) -> None:
    """Value and gradient of other batches, of other epochs of a warm-up too, without running it again."""

    def both(logits: Tensor, labels: Tensor, teacher: Tensor, ramp: Tensor) -> Tensor:
        logits = logits.detach().requires_grad_()
        value = loss(objective, logits, labels, teacher, ramp=ramp)
        (gradient,) = torch.autograd.grad(value, logits)
        return torch.cat((value.detach().view(1), gradient.flatten()))

    tapes = Tapes()
    function = Recorded(both, tapes)
    source = torch.Generator().manual_seed(0)
    for batch in range(WARM_UP + 3):
        logits, teacher = torch.randn(2, 6, 5, generator=source) * 3
        labels = torch.randint(5, (6,), generator=source)
        given = logits, labels, torch.log_softmax(teacher, 1).half(), torch.tensor(min(1.0, batch / 5))
        result = function(*given)
        assert result is not None
        assert torch.equal(result, both(*given))
    assert tapes.replays == [3]


def test_a_step_that_reads_a_number_cannot_be_recorded() -> None:
    """That the tape notices it, as a GPU would."""
    function = Recorded(lambda number: number * number.item(), Tapes())
    for _ in range(WARM_UP):
        function(torch.tensor(1.0))
    with pytest.raises(AssertionError, match="waits for a number"):
        function(torch.tensor(1.0))


@pytest.mark.parametrize(
    ("model", "device", "processes", "chosen", "why"),
    [
        (WIDE, GPU, 1, "", None),
        (WIDE, GPU, 1, "1", None),
        (WIDE, GPU, 1, "0", "BANC_CUDA_GRAPHS is `0`"),
        (WIDE, GPU, 2, "", "several processes"),
        (FactoryNetwork("net.py", "make", "0" * 64), GPU, 1, "", "a network of one's own"),
        (WIDE, CPU, 1, "", "no GPU"),
    ],
)
def test_what_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
    model: Model,
    device: torch.device,
    processes: int,
    chosen: str,
    why: str | None,
) -> None:
    monkeypatch.setenv(VARIABLE, chosen)
    told = why_not_recorded(model, device, processes)
    assert told is None if why is None else told is not None and re.search(why, told)


def test_a_wrong_choice_is_a_wrong_call(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "yes")
    with pytest.raises(UsageError, match="BANC_CUDA_GRAPHS is `yes`"):
        workspace.run(teacher)
