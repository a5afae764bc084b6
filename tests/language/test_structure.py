"""From values to a ``Spec``: where a misfit is told, and that one slip is told once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from banc.config.model import DenseNetBC, MatchWideResNet, Model
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.spec import Ensemble, LineageChanges, Spec, Transfer
from banc.language.structure import dotted, keys

Faults = Callable[[str], list[Fault]]
MATCHED = 'units = 1, ratio = 1, skeleton = "net" }'


def with_matched(small: str, count: int = 1) -> str:
    models = "".join(f'm{number} = {{ family = "match-wide-resnet", {MATCHED}\n' for number in range(count))
    return small.replace("[lineages.ban]", f"{models}\n[lineages.ban]")


def test_a_skeleton_is_the_model_of_that_name(small: str, read: Callable[[str], Spec]) -> None:
    spec = read(with_matched(small))
    assert spec.models["m0"] == MatchWideResNet(1, 1.0, DenseNetBC(16, 8, third_transition=True))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("growth = 8", 'growth = "8"', Code.WRONG_TYPE),
        ("growth = 8", "grwth = 8", Code.UNKNOWN_KEY),
        ("growth = 8, ", "", Code.MISSING_KEY),
        ('family = "densenet-bc"', 'family = "densenet-cb"', Code.UNKNOWN_CHOICE),
        ('family = "densenet-bc", ', "", Code.MISSING_KEY),
    ],
)
def test_a_fault_of_a_skeleton_is_told_once_and_where_it_is(
    small: str, faults_of: Faults, old: str, new: str, code: Code
) -> None:
    text = with_matched(small, 3)
    (fault,) = faults_of(text.replace(old, new, 1))
    assert fault.code is code
    assert fault.line_text.startswith("net ")


@pytest.mark.parametrize("family", ["[]", "{}", "3", "true"])
def test_a_skeleton_whose_family_is_no_string(small: str, faults_of: Faults, family: str) -> None:
    (fault,) = faults_of(with_matched(small).replace('"densenet-bc"', family))
    assert (fault.code, fault.line_text[:3]) == (Code.UNKNOWN_CHOICE, "net")


def test_other_faults_are_told_beside_a_skeleton_that_is_not_there(small: str, faults_of: Faults) -> None:
    text = with_matched(small).replace('skeleton = "net"', 'skeleton = "nat"')
    found = faults_of(text.replace("seeds  = [0, 1]", 'seeds  = ["0"]'))
    assert [(fault.code, fault.near) for fault in found] == [
        (Code.WRONG_TYPE, None),
        (Code.UNKNOWN_NAME, "net"),
    ]


def test_a_misspelt_key_is_not_missing_too(small: str, faults_of: Faults) -> None:
    (fault,) = faults_of(small.replace("generations", "genrations"))
    assert (fault.code, fault.near) == (Code.UNKNOWN_KEY, "generations")


def test_faults_come_in_the_order_of_the_lines(small: str, faults_of: Faults) -> None:
    text = small.replace("title  =", "tilte  =").replace("depth = 16", 'depth = "16"')
    found = faults_of(text.replace("rows    =", "rwos    ="))
    assert [fault.near or fault.code for fault in found] == ["title", Code.WRONG_TYPE, "rows"]
    assert [fault.span.line for fault in found] == sorted(fault.span.line for fault in found)


@pytest.mark.parametrize("key", ["best_epoch", "early_stopping", "checkpoint", "select", "patience", "best"])
@pytest.mark.parametrize("place", ["recipe", "top", "lineage", "except", "table"])
def test_no_epoch_is_chosen_on_the_test_set(small: str, faults_of: Faults, key: str, place: str) -> None:
    said = f"{key} = true"
    text = {
        "recipe": small.replace('"wide-resnet"\nseeds', f"{{ {said} }}\nseeds"),
        "top": f"{said}\n{small}",
        "lineage": small.replace("generations = 2", f"generations = 2\n{said}"),
        "except": small.replace("generations = 2", f"generations = 2\nexcept.net.recipe.{said}"),
        "table": f"{small}\n{said}\n",
    }[place]
    (fault,) = faults_of(text)
    assert fault.code is Code.TEST_SET_CHOICE
    assert f"`{key}`" in fault.message


def test_epoch_is_a_slip_where_it_is_a_number_and_a_choice_where_it_is_not(
    small: str, faults_of: Faults
) -> None:
    def of(value: str) -> Fault:
        (fault,) = faults_of(small.replace('"wide-resnet"\nseeds', f"{{ epoch = {value} }}\nseeds"))
        return fault

    assert (of("40").code, of("40").near) == (Code.UNKNOWN_KEY, "epochs")
    assert of('"best"').code is Code.TEST_SET_CHOICE


@pytest.mark.parametrize(
    ("line", "home"),
    [
        ("seeds2 = 1", ""),
        ("teacher = 'net'", "[transfers.<name>]"),
        ("members = ['ban-1']", "[ensembles.<name>]"),
        ("epochs = 3", "[recipe]"),
        ("columns = ['x']", "[table]"),
        ("baselines = 'net'", "the top, above the first header"),
        ("net2 = { family = 'densenet-bc', depth = 10, growth = 4 }", "[models]"),
        ("ens = { of = 'net', members = ['ban-1'] }", "[ensembles]"),
    ],
)
def test_a_key_under_the_wrong_header_is_sent_home(
    small: str, faults_of: Faults, line: str, home: str
) -> None:
    (fault,) = faults_of(small.replace("generations = 2", f"generations = 2\n{line}"))
    assert fault.code is Code.UNKNOWN_KEY
    assert (home in fault.message) and ("header missing" in fault.message) == bool(home)
    assert fault.near is None


def test_keys_of_classes() -> None:
    assert keys(LineageChanges) == ("generations", "objective", "teacher_outputs", "recipe")
    assert keys(DenseNetBC) == ("family", "depth", "growth", "third_transition")
    for cls in (Spec, Transfer, Ensemble, *get_args(Model)):
        assert not [key for key in keys(cls) if key.endswith("_")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("models", "a.b", "depth"), 'models."a.b".depth'),
        (("seeds", 1), "seeds[1]"),
        (("models", "é"), 'models."é"'),
        (("a-b_c",), "a-b_c"),
        (("",), '""'),
        ((), ""),
    ],
)
def test_a_path_as_toml_spells_it(path: Any, text: str) -> None:
    assert dotted(path) == text
