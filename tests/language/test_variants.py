"""Which runs are variants of one another, and when a table on the test set is warned of them."""

from __future__ import annotations

from collections.abc import Callable

from banc.language.declare import declare
from banc.language.fault import Fault
from banc.language.spec import Spec
from banc.language.variants import variants

Read = Callable[[str], Spec]
Faults = Callable[[str], list[Fault]]


def sweep(small: str, *students: str, columns: str | None = None) -> str:
    """The small spec with a transfer for each of ``students``."""
    lines = [
        f'warm-{n} = {{ teacher = "net", students = "wide", {said} }}' for n, said in enumerate(students)
    ]
    names = columns or ", ".join(f'"warm-{n}"' for n in range(len(students)))
    text = small.replace('rows    = "net"', 'rows    = ["net", "wide"]')
    text = text.replace(
        'columns = ["teacher", "ban-1", "ban-2"]', f'columns = ["teacher", "ban-1", "ban-2", {names}]'
    )
    return text.replace("[table]", "[transfers]\n" + "\n".join(lines) + "\n\n[table]")


def distill(temperature: float, teacher: float = 1) -> str:
    return f'objective = {{ kind = "distill", temperature = {temperature}, teacher = {teacher} }}'


def warned(faults_of: Faults, text: str) -> list[str]:
    return [fault.message for fault in faults_of(text) if fault.code.name == "TUNED_ON_TEST"]


def test_three_values_of_one_number_are_a_search(small: str, faults_of: Faults) -> None:
    """Of a default too, which no text has."""
    (message,) = warned(faults_of, sweep(small, distill(1), distill(2), distill(4)))
    assert message.startswith("3 runs of `wide` differ in `objective.temperature` alone")
    rates = [f"recipe = {{ learning_rate = {rate} }}" for rate in (0.1, 0.05, 0.2, 0.4)]
    (message,) = warned(faults_of, sweep(small, *rates))
    assert message.startswith("4 runs of `wide` differ in `recipe.learning_rate` alone")


def test_what_is_no_search(small: str, faults_of: Faults) -> None:
    for text in (
        small,
        sweep(small, distill(1), distill(2)),
        sweep(small, distill(1), distill(2), distill(4, 0.5)),
        sweep(small, 'objective = "ban"', 'objective = "cwtm"', 'objective = "dkpp"', 'objective = "dkd"'),
    ):
        assert not warned(faults_of, text)


def test_a_table_on_validation_images_is_what_a_search_should_look_at(small: str, faults_of: Faults) -> None:
    text = sweep(small, distill(1), distill(2), distill(4)).replace(
        'data   = "digits"', 'data   = { set = "digits", validation = 50 }'
    )
    assert warned(faults_of, text)
    assert not faults_of(text + 'on = "validation"\n')


def test_only_what_is_shown_can_be_chosen_by(small: str, faults_of: Faults) -> None:
    text = sweep(small, distill(1), distill(2), distill(4), columns='"warm-0", "warm-1"')
    assert not warned(faults_of, text)


def test_variants_are_told_with_their_runs(small: str, read: Read) -> None:
    text = sweep(small, distill(1), distill(2), distill(4)).replace(
        'data   = "digits"', 'data   = { set = "digits", validation = 50 }'
    )
    (found,) = variants(declare(read(text + 'on = "validation"\n')).values())
    assert (found.network, found.field) == ("wide", "objective.temperature")
    assert [run.name[1] for run in found.runs] == ["warm-0", "warm-1", "warm-2"]
