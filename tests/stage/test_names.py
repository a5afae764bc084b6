from __future__ import annotations

import attrs
import pytest

from banc.errors import UsageError
from banc.language.references import column
from banc.language.spec import BASELINE
from banc.stage.index import Index, IndexedSpec, IndexedStage, Use
from banc.stage.kinds import Address
from banc.stage.names import ALIASES, find_stage, find_stages, label

DIGEST = "0123456789ab"


def stage(kind: str, slug: str, *uses: Use, **inputs: str) -> tuple[Address, IndexedStage]:
    roles = {role: (address,) for role, address in inputs.items()}
    return Address(f"{kind}-{slug}-{DIGEST}"), IndexedStage(kind, "g", roles, uses)


DATA, DATA_OF = stage("data", "digits", Use("one"), Use("two"))
ONE, TWO = Use("one", "net", "ban-1", 0), Use("two", "net", "ban-1", 0)
OTHER = Use("one", "net", "ban-1", 1)
TRAINED = [
    stage("train", "a", Use("one", "net", "teacher", 0), Use("two", "alias", "teacher", 0), data=DATA),
    stage("train", "s1", OTHER, data=DATA),
    stage("train", "s0", ONE, data=DATA),
    stage("train", "other", TWO, data=DATA),
    stage("predict", "a", Use("one", "net", "teacher", 0), data=DATA),
    stage("score", "a", Use("one", "net", "teacher", 0), Use("one", "net", "single", 0), data=DATA),
    stage("score", "all", Use("one", "net", "everything"), data=DATA),
]
TABLE = (Address("table-one"), IndexedStage("table", "tables", {}, (Use("one"),)))
INDEX = Index(
    {"one": IndexedSpec("spec/one.toml", False), "two": IndexedSpec("spec/two.toml", False)},
    dict([(DATA, DATA_OF), *TRAINED, TABLE]),
)


def of(kind: str, slug: str) -> str:
    return f"{kind}-{slug}-{DIGEST}"


@pytest.mark.parametrize(
    ("name", "how", "expected"),
    [
        (of("train", "s0"), {}, [of("train", "s0")]),
        ("table-one", {}, ["table-one"]),
        ("one:net/ban-1", {}, [of("train", "s0"), of("train", "s1")]),
        ("one:net/ban-1", {"seed": 1}, [of("train", "s1")]),
        ("two:net/ban-1", {}, [of("train", "other")]),
        ("net/ban-1", {"seed": 1}, [of("train", "s1")]),
        ("net/teacher", {}, [of("train", "a")]),
        ("net/baseline", {}, [of("train", "a")]),
        ("alias/teacher", {}, [of("train", "a")]),
        ("net/teacher", {"kind": "predict"}, [of("predict", "a")]),
        ("net/teacher", {"kind": "score", "seed": 0}, [of("score", "a")]),
        ("net/teacher", {"kind": "data"}, [DATA]),
        ("net/everything", {}, [of("score", "all")]),
        ("net/single", {}, [of("score", "a")]),
    ],
)
def test_a_name_means_the_stages_of_its_seeds(name: str, how: dict[str, object], expected: list[str]) -> None:
    assert list(find_stages(INDEX, name, **how)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "how", "message", "hint"),
    [
        ("net/ban-1", {}, "`net/ban-1` means different stages in the specs one and two", "`one:net/ban-1`"),
        ("net/ban-2", {}, "no stage `net/ban-2` is linked", "did you mean `net/ban-1`?"),
        ("three:net/ban-1", {}, "no stage `three:net/ban-1` is linked", "did you mean `net/ban-1`?"),
        ("two:net/teacher", {}, "no stage `two:net/teacher` is linked", "linked runs are `alias/teacher`"),
        ("one:net/ban-1", {"seed": 2}, "`one:net/ban-1` has no seed 2", "expected 0 or 1"),
        ("net/everything", {"seed": 0}, "is one for all seeds", "leave out `--seed`"),
        ("one:net/ban-1", {"kind": "predict"}, "has no `predict` stage", "expected train or data"),
        (of("train", "s0"), {"seed": 0}, "is a single stage", "leave out"),
        (of("train", "s7"), {}, "no stage `train-s7", f"did you mean `{of('train', 's1')}`"),
        ("net", {}, "no stage `net` is linked", "MODEL/ban-1"),
        ("everything", {}, "no stage `everything` is linked", "did you mean `net/everything`? "),
        ("alias", {}, "no stage `alias` is linked", "did you mean `alias/teacher`? "),
        ("", {}, "no stage `` is linked", "banc compile"),
    ],
)
def test_what_cannot_be_meant_is_said(name: str, how: dict[str, object], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_stages(INDEX, name, **how)  # type: ignore[arg-type]
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


def test_one_stage_is_asked_for_with_its_seed() -> None:
    with pytest.raises(UsageError, match="`one:net/ban-1` has the seeds 0 and 1") as caught:
        find_stage(INDEX, "one:net/ban-1")
    assert caught.value.hint == "choose one: `--seed 0`, in Python `seed=0`"
    assert find_stage(INDEX, "one:net/ban-1", seed=1) == of("train", "s1")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (of("train", "s0"), "net ban-1 seed 0"),
        (of("train", "a"), "net teacher seed 0; alias teacher seed 0"),
        (of("predict", "a"), "net teacher seed 0 outputs"),
        (of("score", "all"), "net everything score"),
        (DATA, "data"),
        ("table-one", "table of one"),
        (of("train", "gone"), ""),
    ],
)
def test_a_label_is_what_people_say(address: str, expected: str) -> None:
    assert label(INDEX, Address(address)) == expected


def test_a_label_is_one_printable_line_and_no_list() -> None:
    uses = [Use("one", f"n\x1b{number}\n", "c", 0) for number in range(4)]
    address, found = stage("train", "x", *uses)
    assert label(Index({}, {address: found}), address) == "n 0 c seed 0; n 1 c seed 0 and 2 more"


BY_EPOCH = [
    stage("predict", f"for-{seed}", Use("one", "net", "teacher", 1, for_seed=seed), data=DATA)
    for seed in (0, 1, 10)
]


def test_stores_by_epoch_are_told_apart_by_their_students() -> None:
    index = Index(INDEX.specs, dict([(DATA, DATA_OF), *BY_EPOCH]))
    stores = [address for address, _ in BY_EPOCH]
    assert [label(index, store) for store in stores] == [
        f"net teacher seed 1 outputs for seed {seed}" for seed in (0, 1, 10)
    ]
    assert list(find_stages(index, "net/teacher", kind="predict")) == stores
    for seed in (None, 1):
        with pytest.raises(UsageError, match="`net/teacher` has 3 such stages") as caught:
            find_stage(index, "net/teacher", seed=seed, kind="predict")
        assert caught.value.hint and f"`{stores[0]}`" in caught.value.hint


def test_two_stores_of_one_spec_are_told_apart_by_address() -> None:
    """As of students with other augmentation: to name the spec would not help."""
    use = Use("one", "net", "teacher", 0)
    stores = [
        (address, attrs.evolve(found, names=(f"net teacher seed 0 outputs with {address.split('-')[1]}",)))
        for address, found in (stage("predict", name, use, data=DATA) for name in ("narrow", "wide"))
    ]
    index = Index(INDEX.specs, dict([(DATA, DATA_OF), *stores]))
    with pytest.raises(UsageError, match="`net/teacher` has 2 such stages") as caught:
        find_stages(index, "net/teacher", kind="predict")
    assert caught.value.hint == (
        f"name one by its address: `{of('predict', 'narrow')}` (net teacher seed 0 outputs with narrow) or "
        f"`{of('predict', 'wide')}` (net teacher seed 0 outputs with wide)"
    )


def test_the_columns_with_two_names_are_those_of_the_language() -> None:
    assert {BASELINE: column(BASELINE)} == ALIASES
