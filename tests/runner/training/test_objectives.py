"""Objectives against their equations, in float64 and by hand, values and gradients."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import kl_div, one_hot

from banc.config.objective import (
    OBJECTIVES,
    ConfidenceWeighted,
    DecoupledDistill,
    Distill,
    Labels,
    LogitMatch,
    Objective,
    PermutedTeacher,
    RelationMatch,
    smooths_labels,
)
from banc.runner.training.objectives import (
    Mixed,
    confidence_weights,
    loss,
    mean_log_probs,
    part_weight,
    permute_rest,
    teacher_cross_entropy,
)

B, K = 6, 5


def batch(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Logits that want a gradient, labels, and a teacher's log-probabilities."""
    source = torch.Generator().manual_seed(seed)
    logits = (3 * torch.randn(B, K, generator=source)).requires_grad_()
    labels = torch.randint(K, (B,), generator=source)
    teacher = torch.log_softmax(2 * torch.randn(B, K, generator=source), 1)
    return logits, labels, teacher


def gradient(objective: Objective, logits: Tensor, labels: Tensor, teacher: Tensor | None) -> Tensor:
    """Of the sum over the batch, by autograd."""
    (found,) = torch.autograd.grad(B * loss(objective, logits, labels, teacher), logits)
    return found


def close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one.double(), other.double(), atol=2e-6)


def test_values_by_hand() -> None:
    """Two classes, one sample, z = (0, ln 3): the student says 1/4, 3/4; the teacher 0.2, 0.8."""
    labels = torch.tensor([0])
    logits = torch.tensor([[0.0, 1.0986123]])
    teacher = torch.tensor([[0.2, 0.8]]).log()
    on_labels, on_teacher = 1.3862944, 0.2 * 1.3862944 + 0.8 * 0.2876821
    for name, expected in (
        ("labels", on_labels),
        ("ban", on_teacher),
        ("ban-l", on_labels + on_teacher),
    ):
        assert loss(OBJECTIVES[name], logits, labels, teacher).item() == pytest.approx(expected, abs=1e-6)


def test_temperature_by_hand() -> None:
    """T = 2 takes the root of every probability: the teacher's 1/10, 9/10 become 1/4, 3/4."""
    logits = torch.tensor([[0.0, 2 * 1.0986123]])
    teacher = torch.tensor([[0.1, 0.9]]).log()
    entropy = 0.25 * 1.3862944 + 0.75 * 0.2876821
    objective = Distill(temperature=2.0, labels=0.0, teacher=1.0)
    assert loss(objective, logits, torch.tensor([0]), teacher).item() == pytest.approx(4 * entropy, abs=1e-5)


def test_gradients_equal_the_closed_forms() -> None:
    logits, labels, teacher = batch()
    student, y, p = logits.detach().softmax(1), one_hot(labels, K), teacher.exp()
    assert close(gradient(OBJECTIVES["labels"], logits, labels, None), student - y)
    assert close(gradient(OBJECTIVES["ban"], logits, labels, teacher), student - p)
    assert close(gradient(OBJECTIVES["ban-l"], logits, labels, teacher), 2 * student - y - p)


@given(st.floats(0.5, 20), st.floats(0, 4), st.floats(0.1, 4), st.integers(0, 1000))
def test_gradient_with_temperature_and_weights(
    temperature: float, on_labels: float, on_teacher: float, seed: int
) -> None:
    logits, labels, teacher = batch(seed)
    z, y = logits.detach().double(), one_hot(labels, K)
    p = teacher.double().exp() ** (1 / temperature)
    p = p / p.sum(1, keepdim=True)
    expected = on_labels * (z.softmax(1) - y)
    expected += on_teacher * temperature * ((z / temperature).softmax(1) - p)
    found = gradient(Distill(temperature, on_labels, on_teacher), logits, labels, teacher)
    assert torch.allclose(found.double(), expected, atol=1e-5 * temperature * (1 + on_teacher))


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_cross_entropy_and_divergence_have_one_gradient(temperature: float) -> None:
    logits, labels, teacher = batch()
    soft = (teacher / temperature).log_softmax(1)
    mine = (logits / temperature).log_softmax(1)
    divergence = temperature**2 * kl_div(mine, soft, reduction="sum", log_target=True)
    (expected,) = torch.autograd.grad(divergence, logits)
    objective = Distill(temperature=temperature, labels=0.0, teacher=1.0)
    assert close(gradient(objective, logits, labels, teacher), expected)
    value = B * loss(objective, logits, labels, teacher)
    entropy = -(temperature**2) * (soft.exp() * soft).sum()
    assert value.item() == pytest.approx((divergence + entropy).item(), rel=1e-5)


def test_a_student_that_equals_its_teacher_has_nothing_to_learn() -> None:
    _, labels, teacher = batch()
    logits = (teacher + 3).requires_grad_()
    assert gradient(OBJECTIVES["ban"], logits, labels, teacher).abs().max() < 1e-6


def test_ban_does_not_see_the_labels() -> None:
    logits, labels, teacher = batch()
    other = (labels + 1) % K
    assert torch.equal(
        loss(OBJECTIVES["ban"], logits, labels, teacher), loss(OBJECTIVES["ban"], logits, other, teacher)
    )
    assert loss(Labels(), logits, labels, None) != loss(Labels(), logits, other, None)


def test_the_teacher_gets_no_gradient_and_no_change() -> None:
    logits, labels, teacher = batch()
    before = teacher.clone()
    loss(OBJECTIVES["ban-l"], logits, labels, teacher).backward()
    assert torch.equal(teacher, before) and teacher.grad is None


def test_stored_half_precision_is_a_distribution_again() -> None:
    """Rounded log-probabilities do not sum to one; the loss is near the exact one nevertheless."""
    logits, labels, teacher = batch()
    exact = loss(OBJECTIVES["ban-l"], logits, labels, teacher).item()
    assert loss(OBJECTIVES["ban-l"], logits, labels, teacher.half()).item() == pytest.approx(exact, rel=2e-3)
    shifted = teacher_cross_entropy(logits, teacher + 0.25, 1.0)
    assert shifted.item() == pytest.approx(teacher_cross_entropy(logits, teacher, 1.0).item(), rel=1e-5)


def test_half_precision_logits_are_summed_in_float32() -> None:
    logits, labels, teacher = batch()
    for name in OBJECTIVES:
        assert loss(OBJECTIVES[name], logits.bfloat16(), labels, teacher).dtype == torch.float32


@given(st.integers(2, 5), st.integers(0, 1000))
def test_a_combined_teacher_is_the_mean_of_probabilities(n: int, seed: int) -> None:
    source = torch.Generator().manual_seed(seed)
    teachers = [torch.log_softmax(4 * torch.randn(3, 2, K, generator=source), -1) for _ in range(n)]
    combined = mean_log_probs(teachers)
    assert close(combined.exp(), sum(teacher.double().exp() for teacher in teachers) / n)
    assert close(mean_log_probs(teachers[::-1]), combined)


def test_one_teacher_is_itself_and_copies_are_their_member() -> None:
    _, _, teacher = batch()
    assert mean_log_probs([teacher]) is teacher
    half = teacher.half()
    assert mean_log_probs([half]) is half
    assert close(mean_log_probs([teacher] * 3), teacher)
    assert mean_log_probs([half, half]).dtype == torch.float32


def test_confidence_weights_by_hand_and_their_sum() -> None:
    """Two samples, of whose classes the teacher is 0.9 and 0.6 sure: 0.6 and 0.4 of the batch."""
    teacher = torch.tensor([[0.05, 0.9, 0.05], [0.6, 0.3, 0.1]]).log()
    assert close(confidence_weights(teacher), torch.tensor([0.6, 0.4]))
    _, _, other = batch()
    assert confidence_weights(other.half()).sum().item() == pytest.approx(1, abs=1e-6)


def test_cwtm_equals_its_equation() -> None:
    logits, labels, teacher = batch()
    z, p = logits.detach().double().softmax(1), teacher.double().exp()
    weights = p.amax(1) / p.amax(1).sum()
    expected = -(weights * z[torch.arange(B), labels].log()).sum()
    assert loss(ConfidenceWeighted(), logits, labels, teacher).item() == pytest.approx(
        expected.item(), rel=1e-5
    )
    found = gradient(ConfidenceWeighted(), logits, labels, teacher)
    assert close(found, B * weights[:, None] * (z - one_hot(labels, K)))


def test_cwtm_of_an_even_teacher_is_the_labels_alone() -> None:
    logits, labels, _ = batch()
    even = torch.full((B, K), 1 / K).log()
    assert close(
        gradient(ConfidenceWeighted(), logits, labels, even), gradient(Labels(), logits, labels, None)
    )


@given(st.integers(2, 12), st.integers(0, 1000))
def test_a_permutation_keeps_the_largest_in_place_and_the_rest_as_a_multiset(classes: int, seed: int) -> None:
    source = torch.Generator().manual_seed(seed)
    teacher = torch.log_softmax(3 * torch.randn(B, classes, generator=source), 1).half()
    found = permute_rest(teacher, torch.rand(B, classes, generator=source))
    largest = teacher.argmax(1, keepdim=True)  # of equal ones the first stays, and the others move
    assert torch.equal(found.gather(1, largest), teacher.gather(1, largest))
    assert torch.equal(found.amax(1), teacher.amax(1))
    assert torch.equal(found.sort(1).values, teacher.sort(1).values)


def test_every_permutation_of_the_rest_is_as_likely() -> None:
    n = 6000
    teacher = torch.tensor([[0.1, 0.5, 0.15, 0.25]]).log().expand(n, -1)
    keys = torch.rand(n, 4, generator=torch.Generator().manual_seed(0))
    found = permute_rest(teacher, keys)
    orders, counts = torch.unique(found, dim=0, return_counts=True)
    assert len(orders) == 6 and (counts - n / 6).abs().max() < 5 * (n / 6) ** 0.5


def test_dkpp_is_the_cross_entropy_with_permuted_outputs() -> None:
    logits, labels, teacher = batch()
    permuted = permute_rest(teacher, torch.rand(B, K, generator=torch.Generator().manual_seed(3)))
    assert not torch.equal(permuted, teacher)
    found = gradient(PermutedTeacher(), logits, labels, permuted)
    assert close(found, logits.detach().softmax(1) - permuted.exp())
    assert torch.equal(
        loss(PermutedTeacher(), logits, labels, permuted),
        loss(PermutedTeacher(), logits, (labels + 1) % K, permuted),
    )


@pytest.mark.parametrize("classes", [2, 7])
def test_matched_logits_equal_their_equation(classes: int) -> None:
    source = torch.Generator().manual_seed(0)
    logits = (3 * torch.randn(B, classes, generator=source)).requires_grad_()
    teacher = 2 * torch.randn(B, classes, generator=source)
    z, t = (each.detach().double().numpy() for each in (logits, teacher))
    differences = (z - z.mean(1, keepdims=True)) - (t - t.mean(1, keepdims=True))
    objective = LogitMatch(labels=0.0, teacher=3.0)
    value = loss(objective, logits, torch.zeros(B, dtype=torch.int64), teacher)
    assert value.item() == pytest.approx(3 * (differences**2).mean() / 2, rel=1e-5)
    (found,) = torch.autograd.grad(value, logits)
    assert close(found, torch.tensor(3 * differences / (B * classes)))


def test_matched_logits_are_the_limit_of_high_temperatures() -> None:
    logits, labels, teacher = batch()
    limit = gradient(LogitMatch(labels=0.0), logits, labels, teacher)
    hot = gradient(Distill(temperature=300.0, labels=0.0), logits, labels, teacher)
    assert torch.allclose(hot, limit, atol=0.02 * limit.abs().max().item())


SWITCHED_ON = (Distill(4.0, 0.1, 0.9, True), DecoupledDistill(2.0, 1.0, 9.0, 18.0, 20, True))


@pytest.mark.parametrize("objective", [*OBJECTIVES.values(), *SWITCHED_ON], ids=repr)
def test_a_constant_added_to_a_sample_s_logits_changes_nothing(objective: Objective) -> None:
    """So what a store holds, log-probabilities, is as good as a teacher's logits."""
    logits, labels, teacher = batch()
    shifts = torch.linspace(-4, 5, B)[:, None]
    for student, soft in ((logits + shifts, teacher), (logits, teacher + shifts)):
        if isinstance(objective, ConfidenceWeighted) and soft is not teacher:
            continue  # it weighs by probabilities, which are what a store's logarithms are of
        value = loss(objective, student, labels, soft)
        assert value.item() == pytest.approx(loss(objective, logits, labels, teacher).item(), rel=1e-4)
        found = gradient(objective, logits, labels, teacher)
        (shifted,) = torch.autograd.grad(B * value, logits)
        assert torch.allclose(found, shifted, atol=1e-4 * max(1.0, found.abs().max().item()))


@pytest.mark.parametrize("name", ["kd", "dkd", "dist", "mse"])
def test_half_precision_of_a_store_moves_little(name: str) -> None:
    logits, labels, teacher = batch()
    exact = gradient(OBJECTIVES[name], logits, labels, teacher)
    found = gradient(OBJECTIVES[name], logits, labels, teacher.half())
    assert torch.allclose(found, exact, atol=3e-3 * exact.abs().max().item())


@pytest.mark.parametrize("objective", [*OBJECTIVES.values(), *SWITCHED_ON], ids=repr)
def test_a_probability_too_small_for_a_store_leaves_the_loss_a_number(objective: Objective) -> None:
    """Float16 ends at -65504; a barely trained teacher can be that sure."""
    logits, labels, _ = batch()
    teacher = torch.log_softmax(torch.tensor([[1e5, 0.0, -1e5, 2.0, 3.0]] * B), 1).half()
    assert teacher.isinf().any()
    assert loss(objective, logits, labels, teacher).isfinite()
    assert gradient(objective, logits, labels, teacher).isfinite().all()


MIXING = [
    Labels(),
    Distill(2.0, 0.3, 0.9, standardise=True),
    ConfidenceWeighted(),
    PermutedTeacher(),
    RelationMatch(),
    LogitMatch(0.7, 2.0),
]


def test_a_probability_that_a_store_can_hold_is_matched_as_it_is() -> None:
    """Of a teacher that is sure, logarithms far below zero are still what logits are matched to."""
    teacher = torch.tensor([[0.0, -300.0, -900.0]])
    assert loss(LogitMatch(0.0, 1.0), 2 + teacher, torch.tensor([0]), teacher.half()).item() == 0


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("objective", MIXING, ids=repr)
def test_a_mixed_sample_has_both_labels_in_their_shares(objective: Objective, smoothing: float) -> None:
    """By the equation, in float64: each sample's cross-entropies with its two labels, weighted."""
    logits, labels, teacher = batch()
    others, ratios = labels.flip(0), torch.tensor([0.0, 1.0, 0.25, 0.5, 0.75, 0.125])

    def both(targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """What the objective makes of so weighted terms with these labels, by sample; value and gradient."""
        z = logits.detach().double().requires_grad_()
        soft = (1 - smoothing) * one_hot(targets, K).double() + smoothing / K
        losses = weights.double() * -(soft * torch.log_softmax(z, 1)).sum(1)
        of_sample = confidence_weights(teacher).double() if objective.KIND == "cwtm" else 1 / B
        value = getattr(objective, "labels", 1.0) * (of_sample * losses).sum()
        return value.detach(), torch.autograd.grad(value, z)[0]

    mixed = Mixed(others, ratios)
    value = loss(objective, logits, labels, teacher, mixed=mixed, smoothing=smoothing)
    (slope,) = torch.autograd.grad(value, logits)
    if isinstance(objective, PermutedTeacher):
        assert torch.equal(value, loss(objective, logits, labels, teacher))
        return
    # What the teacher adds: the objective less its term with one label each.
    plain = loss(objective, logits, labels, teacher, smoothing=smoothing)
    (its_slope,) = torch.autograd.grad(plain, logits)
    alone = both(labels, torch.ones(B))
    one, other = both(labels, ratios), both(others, 1 - ratios)
    assert close(value, plain.detach() - alone[0] + one[0] + other[0])
    assert close(slope, its_slope - alone[1] + one[1] + other[1])


def test_a_whole_share_is_no_mixture() -> None:
    logits, labels, teacher = batch()
    for objective in MIXING:
        plain = loss(objective, logits, labels, teacher, smoothing=0.1)
        whole = Mixed(labels.flip(0), torch.ones(B))
        same = Mixed(labels, torch.full((B,), 0.25))
        for mixed in (whole, same):
            assert close(loss(objective, logits, labels, teacher, mixed=mixed, smoothing=0.1), plain)


@pytest.mark.parametrize("name", ["kd", "dkd", "mse"])
def test_parts_of_a_step_add_up_to_it(name: str) -> None:
    """Of DIST they do not, and `banc check` refuses that."""
    logits, labels, teacher = batch()
    logits = logits.detach()
    parts = [slice(0, 4), slice(4, B)]
    value = sum(
        part_weight(teacher, part, B, None)
        * loss(OBJECTIVES[name], logits[part], labels[part], teacher[part])
        for part in parts
    )
    assert float(value) == pytest.approx(loss(OBJECTIVES[name], logits, labels, teacher).item(), rel=1e-5)


@given(st.floats(0, 0.99), st.integers(0, 1000))
def test_smoothing_shares_a_part_of_each_label_out(smoothing: float, seed: int) -> None:
    """Of every term with the labels, values and gradients: the target is (1 - e) y + e / K."""
    logits, labels, teacher = batch(seed)
    target = (1 - smoothing) * one_hot(labels, K).double() + smoothing / K
    z = logits.detach().double().requires_grad_()
    hard = -(target * torch.log_softmax(z, 1)).sum(1)
    weights = teacher.double().exp().amax(1)
    soft = -(teacher.double().exp() * torch.log_softmax(z, 1)).sum(1)
    for objective, expected in (
        (OBJECTIVES["labels"], hard.mean()),
        (Distill(1.0, 0.3, 2.0), 0.3 * hard.mean() + 2 * soft.mean()),
        (ConfidenceWeighted(), (weights / weights.sum() * hard).sum()),
        (OBJECTIVES["dkpp"], soft.mean()),
        (OBJECTIVES["ban"], soft.mean()),
    ):
        value = loss(objective, logits, labels, teacher, smoothing=smoothing)
        assert close(value, expected)
        (ours,), (theirs,) = (
            torch.autograd.grad(term, at, retain_graph=True) for term, at in ((value, logits), (expected, z))
        )
        assert close(ours, theirs)
    sharp = -torch.log_softmax(z, 1).gather(1, labels[:, None])[:, 0]
    for objective in (DecoupledDistill(labels=0.7), RelationMatch(labels=0.7), LogitMatch(labels=0.7)):
        value, plain = (loss(objective, logits, labels, teacher, smoothing=each) for each in (smoothing, 0.0))
        assert value.item() - plain.item() == pytest.approx(
            0.7 * (hard - sharp).mean().item(), abs=1e-5 * max(1.0, abs(plain.item()))
        )
    for objective in OBJECTIVES.values():
        value = loss(objective, logits, labels, teacher, smoothing=smoothing)
        plain = loss(objective, logits, labels, teacher)
        assert smooths_labels(objective) or torch.equal(value, plain)
        assert smoothing < 1e-3 or not smooths_labels(objective) or not torch.equal(value, plain)
