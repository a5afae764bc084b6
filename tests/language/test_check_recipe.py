"""What is legal of recipes, beside the faults: a key is read where some run reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from banc.language.spec import Spec

Read = Callable[[str], Spec]

SGD = 'optimizer = "sgd", learning_rate = 0.1, weight_decay = 0'
ADAMW = 'optimizer = "adamw", learning_rate = 1e-3, weight_decay = 0.05'


@pytest.mark.parametrize(
    "recipe",
    [
        f"{{ {ADAMW} }}",
        f"{{ {ADAMW}, beta1 = 0.8, beta2 = 0.99, epsilon = 1e-6 }}",
        # Off is off, whoever would have read it.
        f"{{ {ADAMW}, momentum = 0, nesterov = false, label_smoothing = 0 }}",
        '{ schedule = "cosine", drop_at = [], warm_up = 0.1 }',
        "{ warm_up = 0.3, clip_norm = 1, label_smoothing = 0.1 }",
        # Read by the wide network alone, and by the dense one alone.
        f"{{ momentum = 0.8, except.net = {{ {ADAMW}, beta1 = 0.8 }} }}",
        f"{{ {ADAMW}, except.net = {{ {SGD}, momentum = 0.8 }} }}",
    ],
)
def test_legal_recipes(small: str, read: Read, recipe: str) -> None:
    text = small.replace('models      = "net"', 'models      = ["net", "wide"]').replace(
        'rows    = "net"', 'rows    = "ban"'
    )
    read(text.replace('recipe = "wide-resnet"', f"recipe = {recipe}"))


@pytest.mark.parametrize(
    ("recipe", "objective", "swept"),
    [
        ("label_smoothing = 0.1", '{ kind = "distill", labels = 0 }', "objective.labels = [0.5, 1]"),
        ('augment = { pad = 0, fill = "zeros" }', '"kd"', "recipe.augment.pad = [1, 2]"),
        ("nesterov = true, momentum = 0", '"kd"', "recipe.momentum = [0.5, 0.9]"),
        ("drop_at = [], drop_factor = 0.5", '"kd"', "recipe.drop_at = [[0.5], [0.25]]"),
    ],
)
def test_a_key_of_a_group_is_read_where_only_its_sweep_reads_it(
    small: str, read: Read, recipe: str, objective: str, swept: str
) -> None:
    read(
        small.split("[table]")[0].replace('"digits"', '{ set = "digits", validation = 60 }')
        + f"""
[transfers.soft]
teacher = "net"
students = "wide"
objective = {objective}
recipe = {{ {recipe} }}
[sweeps.S]
of = "soft"
{swept}
[table]
rows = ["net", "wide"]
columns = ["teacher", "ban-1", "ban-2", "soft", "S"]
on = "validation"
"""
    )


def test_a_factor_of_1_is_no_drop(small: str, read: Read) -> None:
    read(small.replace('recipe = "wide-resnet"', "recipe = { drop_factor = 1 }"))


def test_smoothing_for_all_is_read_by_the_teacher(small: str, read: Read) -> None:
    text = small.replace("generations = 2", 'generations = 2\nobjective = "ban"')
    read(text.replace('recipe = "wide-resnet"', "recipe = { label_smoothing = 0.1 }"))


def test_a_student_may_take_another_optimizer_than_its_teacher(small: str, read: Read) -> None:
    read(small.replace("generations = 2", f"generations = 2\nrecipe = {{ {ADAMW} }}"))
