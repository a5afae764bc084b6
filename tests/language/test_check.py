"""Phases: all faults of one are told, and those of the next only when it has none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.spec import Spec

Faults = Callable[[str], list[Fault]]
COLUMNS = 'columns = ["teacher", "ban-1", "ban-2"]'


def codes(faults: list[Fault]) -> list[Code]:
    return [fault.code for fault in faults]


def test_a_phase_tells_everything_and_waits_for_the_one_before(small: str, faults_of: Faults) -> None:
    names = small.replace('models      = "net"', 'models      = "nat"').replace("[0, 1]", "[1, 1]")
    runs = names.replace('"ban-2"]', '"ban-3"]')
    assert codes(faults_of(runs)) == [Code.REPEATED, Code.UNKNOWN_NAME]
    assert codes(faults_of(runs.replace("depth = 10", 'depth = "10"'))) == [Code.WRONG_TYPE]
    assert codes(faults_of(small.replace('"ban-2"]', '"ban-3", "ban-4"]'))) == [Code.UNKNOWN_RUN] * 2


def test_warnings_of_every_phase_are_told(small: str, faults_of: Faults) -> None:
    text = small.replace(COLUMNS, 'columns = ["teacher", "ban-1"]\nlabels.ban-2 = "BAN-2"')
    assert codes(faults_of(text)) == [Code.UNUSED_RUN, Code.LABEL_NOWHERE]


def test_warnings_are_told_beside_errors(small: str, faults_of: Faults) -> None:
    text = small.replace("depth = 10", "depth = 11") + 'labels.ban-9 = "BAN-9"\n'
    found = faults_of(text)
    assert codes(found) == [Code.DOES_NOT_FIT, Code.LABEL_NOWHERE]
    assert [fault.severity for fault in found] == ["error", "warning"]


def test_a_fault_of_all_generations_is_told_once(small: str, faults_of: Faults) -> None:
    text = small.replace("generations = 2", "generations = 2\nrecipe.augment.pad = 8")
    assert codes(faults_of(text)) == [Code.AUGMENTATION]


def test_where_padding_is_said(small: str, faults_of: Faults) -> None:
    """The place that says it, not one that another run reads."""
    base = small.replace("generations = 2", "generations = 2\nrecipe.augment.pad = 1")
    all_models = base.replace('"wide-resnet"\nseeds', "{ augment.pad = 8 }\nseeds")
    (fault,) = faults_of(all_models)
    assert fault.line_text.startswith("recipe = {"), "the teacher's, since the students say their own"
    one_model = base.replace('"wide-resnet"\nseeds', "{ except.net.augment.pad = 8 }\nseeds")
    (fault,) = faults_of(one_model)
    assert fault.line_text[fault.span.column - 1 : fault.span.end - 1] == "8"


def test_unused_runs_are_told_by_their_cost(small: str, faults_of: Faults) -> None:
    more = '\n[ensembles]\nens = { of = "net", members = ["ban-1", "ban-2"] }\n\n[table]'
    text = small.replace("[table]", more).replace(COLUMNS, 'columns = ["teacher", "ban-1"]')
    unused = {fault.message for fault in faults_of(text)}
    assert unused == {
        "no cell needs the run `ban-2` of `net`, and it would be trained",
        "no cell needs the run `ens` of `net`",
    }
    shown = text.replace('columns = ["teacher"', 'columns = ["teacher", "ens"')
    assert faults_of(shown) == [], "what an ensemble needs is needed"


def test_unused_runs_are_told_beside_teachers_in_a_circle(small: str, faults_of: Faults) -> None:
    circle = """
[transfers.there]
teacher  = "net/back"
students = "wide"
[transfers.back]
teacher  = "wide/there"
students = "net"
[table]"""
    found = faults_of(small.replace('"ban-1", ', "").replace('"ban-2"', '"back"').replace("[table]", circle))
    assert {fault.code for fault in found} == {Code.CIRCULAR, Code.UNUSED_RUN}


def test_a_teacher_that_no_column_shows_is_needed(small: str, read: Callable[[str], Spec]) -> None:
    read(small.replace(COLUMNS, 'columns = ["ban-2"]'))


CELLS = """
[transfers.moved]
teacher  = "net"
students = "wide"

[table]
rows      = "net"
columns   = ["teacher", "ban-1", "ban-2", "taught"]
cells.net = { taught = "wide/moved" }
"""


def test_a_run_that_a_cell_shows_is_needed(
    small: str, read: Callable[[str], Spec], faults_of: Faults
) -> None:
    text = small.partition("[table]")[0] + CELLS
    read(text)
    (unused,) = faults_of(text.replace('"wide/moved"', '"net/ban-1"'))
    assert unused.message == "no cell needs the run `moved` of `wide`, and it would be trained"


def test_a_table_may_show_what_cells_say_alone(small: str, read: Callable[[str], Spec]) -> None:
    table = '[table]\nrows = "wide"\ncolumns = ["taught"]\ncells.wide.taught = "net/ban-2"\n'
    read(small.partition("[table]")[0] + table)


def test_a_misspelt_column_of_cells_is_suggested(small: str, faults_of: Faults) -> None:
    text = small.partition("[table]")[0] + CELLS.replace("taught =", "taugth =")
    listed, filled = faults_of(text)
    assert (listed.code, listed.near) == (Code.UNKNOWN_RUN, "taugth")
    assert (filled.code, filled.near) == (Code.CELL_NOWHERE, "taught")


def test_a_cell_may_stand_where_another_row_has_a_run(small: str, read: Callable[[str], Spec]) -> None:
    text = small.partition("[table]")[0] + CELLS
    read(text.replace('rows      = "net"', 'rows = ["net", "wide"]').replace("taught", "moved"))


SHARING = """
[transfers.moved]
teacher  = "net"
students = ["m"]
share    = ["stem", "classifier"]
"""


def test_a_student_on_its_teachers_skeleton_can_share(small: str, read: Callable[[str], Spec]) -> None:
    model = 'm = { family = "match-wide-resnet", units = 1, ratio = 1, skeleton = "net" }\n\n[lineages.ban]'
    head, table = small.replace("[lineages.ban]", model).split("[table]")
    table = table.replace('rows    = "net"', 'rows = ["net", "m"]').replace('"ban-2"]', '"ban-2", "moved"]')
    read(f"{head}{SHARING}\n[table]{table}")


@pytest.mark.parametrize("ensemble", ['["ban-2"]', '["net/ban-2"]'])
@pytest.mark.parametrize("across", ["true", "false"])
def test_an_ensemble_of_one_network_needs_several_seeds(
    small: str, faults_of: Faults, ensemble: str, across: str
) -> None:
    more = f'[ensembles.ens]\nof = "net"\nmembers = {ensemble}\nacross_seeds = {across}\n\n[table]'
    text = small.replace(COLUMNS, 'columns = ["teacher", "ban-1", "ban-2", "ens"]').replace("[table]", more)
    expected = [] if across == "true" else [Code.SINGLE_MEMBER]
    assert codes(faults_of(text)) == expected
    assert codes(faults_of(text.replace("[0, 1]", "[0]"))) == [Code.SINGLE_MEMBER]


def test_published_numbers_may_be_partial(small: str, read: Callable[[str], Spec]) -> None:
    spec = read(small + "published.net = { ban-1 = 17.61, teacher = 18 }\n")
    assert spec.table.published == {"net": {"ban-1": 17.61, "teacher": 18.0}}


def test_every_kind_of_label_is_legal(small: str, read: Callable[[str], Spec]) -> None:
    read(small + 'labels = { net = "N", teacher = "T", ban-1 = "1" }\n')


def test_a_column_that_is_listed_twice_is_one_fault(small: str, faults_of: Faults) -> None:
    found = faults_of(small.replace(COLUMNS, 'columns = ["teacher", "teacher", "ban-1", "ban-2"]'))
    assert codes(found) == [Code.REPEATED]


def test_a_name_that_cannot_be_one_is_not_suggested(small: str, faults_of: Faults) -> None:
    found = faults_of(small.replace("net  = {", '"n/et" = {'))
    unknown = [fault for fault in found if fault.code is Code.UNKNOWN_NAME]
    assert unknown and Code.BAD_NAME in codes(found)
    assert all("n/et" not in fault.legal and fault.near != "n/et" for fault in unknown)


def test_a_message_that_quotes_a_very_long_word_is_cut(small: str, faults_of: Faults) -> None:
    (fault,) = faults_of(small.replace('rows    = "net"', f'rows = ["net", "{"x" * 100_000}"]'))
    assert len(fault.message) == 1000 and fault.message.endswith("...")
