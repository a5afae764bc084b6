from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from attrs import evolve

from banc.errors import UsageError
from banc.provenance.subject import CellSubject, StageSubject, above, changeable, find_subject
from banc.report.formats.csv_text import csv_text
from banc.report.formats.markdown import markdown
from banc.report.tabulate import tabulate
from banc.stage.kinds import Train

Explained = Any


def test_a_cell_by_its_row_and_column(explained: Explained) -> None:
    graph = explained.graph()
    cell = find_subject(graph, "dense/ban-2")
    assert isinstance(cell, CellSubject)
    assert (cell.place, cell.shown, len(cell.scores)) == (("dense", "ban-2"), True, 2)
    assert find_subject(graph, "dense/ban-2", spec="t") == cell
    # As the table prints them.
    labels = find_subject(graph, "Dense 10/Moved")
    assert isinstance(labels, CellSubject)
    assert labels.place == ("dense", "moved")
    # A spec may say either.
    assert find_subject(graph, "wide/baseline") == find_subject(graph, "wide/teacher")


HEADED = """[table.labels]
dense = "Dense 10"
moved = "Moved"
ban-2 = "2 / again_"
pair = "Both"
all = "Both"
[table.groups]
"Born again" = ["ban-2", "pair"]
Across = ["all"]
"""


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Dense 10/Born again: Both", ("dense", "pair")),  # Markdown, and the notes of any format
        ("Dense 10/Across: Both", ("dense", "all")),
        ("dense/Across: Both", ("dense", "all")),
        ("Dense 10/2 / again_", ("dense", "ban-2")),
        (r"Dense 10/Born again: 2 / again\_", ("dense", "ban-2")),  # the source of Markdown and of LaTeX
        ("Both/ban-2", None),
        ("2 / again_/Dense 10", ("dense", "ban-2")),  # transposed
        ("Born again: Both/dense", ("dense", "pair")),
        ("moved/dense", ("dense", "moved")),
        ("dense/2 / again_", ("dense", "ban-2")),
    ],
)
@pytest.mark.parametrize("transpose", [False, True])
def test_a_cell_by_what_a_report_prints(
    explained: Explained, name: str, place: tuple[str, str] | None, transpose: bool
) -> None:
    explained.say('[table.labels]\ndense = "Dense 10"\nmoved = "Moved"\n', HEADED)
    if transpose:
        explained.say("[table]\n", "[table]\ntranspose = true\n")
    if place is None:
        with pytest.raises(UsageError, match="no cell and no run is called"):
            find_subject(explained.graph(), name)
    else:
        cell = find_subject(explained.graph(), name)
        assert isinstance(cell, CellSubject)
        assert (cell.place, cell.shown) == (place, True)


def test_every_name_that_a_report_prints(explained: Explained) -> None:
    """As Markdown, whose text is the longest, and CSV print them."""
    explained.say('[table.labels]\ndense = "Dense 10"\nmoved = "Moved"\n', HEADED)
    for transpose in (False, True):
        graph = explained.graph()
        layout = evolve(graph.layouts["t"], transpose=transpose)
        table = tabulate(layout, {})
        head, _, *lines = [line for line in markdown(table).splitlines() if line.startswith("|")]
        columns = [text.strip() for text in head.strip("|").split("|")][1:]
        rows = [line.strip("|").split("|")[0].strip() for line in lines]
        found = [find_subject(graph, f"{row}/{column}").place for row in rows for column in columns]
        assert sorted(found) == sorted(table.cells)
        for record in csv.DictReader(io.StringIO(csv_text([table]))):
            cell = find_subject(graph, f"{record['row']}/{record['column']}")
            assert cell.place == (record["row"], record["column"])


def test_a_label_of_two_columns(explained: Explained) -> None:
    explained.say('[table.labels]\ndense = "Dense 10"\nmoved = "Moved"\n', HEADED)
    for name in ("Dense 10/Both", "Both/Dense 10"):
        with pytest.raises(UsageError, match=f"`{name}` names 2 cells of `t`") as error:
            find_subject(explained.graph(), name)
        assert error.value.hint == "name the one that is meant: `dense/pair`, `dense/all`"


@pytest.mark.parametrize("wrong", ["Dense 10/Born agein: Both", "Borne again: Both/Dense 10"])
def test_a_wrong_label_gives_the_nearest_by_its_name(explained: Explained, wrong: str) -> None:
    explained.say('[table.labels]\ndense = "Dense 10"\nmoved = "Moved"\n', HEADED)
    with pytest.raises(UsageError, match="no cell and no run is called") as error:
        find_subject(explained.graph(), wrong)
    assert error.value.hint and error.value.hint.startswith("did you mean `dense/pair`? ")


def test_a_run_that_no_cell_shows(explained: Explained) -> None:
    run = find_subject(explained.graph(), "dense/ban-1")
    assert isinstance(run, CellSubject)
    assert (run.place, run.shown, len(run.scores)) == (("dense", "ban-1"), False, 2)


def test_one_seed(explained: Explained) -> None:
    graph = explained.graph()
    both, one = find_subject(graph, "dense/ban-1"), find_subject(graph, "dense/ban-1", seed=1)
    assert isinstance(both, CellSubject) and isinstance(one, CellSubject)
    assert one.scores == both.scores[1:]
    with pytest.raises(UsageError, match="has no seed 7") as error:
        find_subject(graph, "dense/ban-1", seed=7)
    assert error.value.hint == "expected 0, 1"
    with pytest.raises(UsageError, match="has no seed 0") as error:
        find_subject(graph, "dense/all", seed=0)
    assert error.value.hint == "leave out `--seed`"


def test_a_stage_and_a_table(explained: Explained) -> None:
    graph = explained.graph()
    (data,) = (address for address in graph.stages if address.startswith("data-"))
    assert find_subject(graph, data) == StageSubject(data, "t")
    assert find_subject(graph, "", spec="t") == find_subject(graph, "table-t")
    with pytest.raises(UsageError, match="no seeds to choose from"):
        find_subject(graph, data, seed=0)


def test_a_stage_of_a_spec(explained: Explained) -> None:
    text = (explained.root / "spec/t.toml").read_text()
    (explained.root / "spec/a.toml").write_text(text.replace("generations = 2", "generations = 3"))
    graph = explained.graph()
    shared = next(stage for stage in graph.stages if stage.startswith("train-") and "labels" in stage)
    assert find_subject(graph, shared) == StageSubject(shared, "a")
    assert find_subject(graph, shared, spec="t") == StageSubject(shared, "t")
    own = next(
        address for address, linked in graph.stages.items() if {use.spec for use in linked.uses} == {"a"}
    )
    with pytest.raises(UsageError, match="is no stage of `t`"):
        find_subject(graph, own, spec="t")


def test_a_place_that_another_spec_fills(explained: Explained) -> None:
    """In the table of ``a`` there is such a place, and nothing is run for it."""
    text = (explained.root / "spec/t.toml").read_text()
    own = '[table.cells.dense]\nmoved = "wide/moved"\n'
    assert own in text
    (explained.root / "spec/a.toml").write_text(text.replace(own, ""))
    cell = find_subject(explained.graph(), "dense/moved")
    assert isinstance(cell, CellSubject)
    assert (cell.layout.spec, cell.shown, len(cell.scores)) == ("t", True, 2)
    nothing = find_subject(explained.graph(), "dense/moved", spec="a")
    assert isinstance(nothing, CellSubject) and nothing.scores == ()


@pytest.mark.parametrize("wrong", ["dens/ban-2", "dense/bann-2", "dense/ban-22"])
def test_a_wrong_name_gives_the_nearest(explained: Explained, wrong: str) -> None:
    with pytest.raises(UsageError, match=f"no cell and no run is called `{wrong}`") as error:
        find_subject(explained.graph(), wrong)
    assert error.value.hint and error.value.hint.startswith("did you mean `dense/ban-2`? `t` has the runs")
    assert error.value.hint.endswith(f"is named first: `banc explain SPEC {wrong}`")


def test_a_wrong_address_gives_the_nearest(explained: Explained) -> None:
    graph = explained.graph()
    train = next(address for address in graph.stages if address.startswith("train-"))
    with pytest.raises(UsageError, match="is linked") as error:
        find_subject(graph, train[:-1] + ("0" if train[-1] != "0" else "1"))
    assert error.value.hint and error.value.hint.startswith(f"did you mean `{train}`?")


def test_specs_that_mean_different_runs(explained: Explained) -> None:
    other = explained.root / "spec/other.toml"
    other.write_text((explained.root / "spec/t.toml").read_text())
    same = find_subject(explained.graph(), "dense/ban-2")
    assert isinstance(same, CellSubject)
    other.write_text(other.read_text().replace("epochs = 2", "epochs = 3"))
    with pytest.raises(UsageError, match="different runs in the specs other, t") as error:
        find_subject(explained.graph(), "dense/ban-2")
    assert error.value.hint == "name the spec, too: `banc explain other dense/ban-2`"
    with pytest.raises(UsageError) as error:
        find_subject(explained.graph(), "Dense 10/ban-2")
    # To be copied into a shell, which takes a space for an end, and the `>` of a pair for a file.
    assert error.value.hint == "name the spec, too: `banc explain other 'Dense 10/ban-2'`"
    assert find_subject(explained.graph(), "dense/ban-2", spec="t") == find_subject(
        explained.graph(), "dense/ban-2", spec="t"
    )


def test_what_stands_above_a_cell(explained: Explained) -> None:
    graph = explained.graph()
    addresses = above(graph, find_subject(graph, "dense/ban-2", seed=0))
    kinds = sorted(address.partition("-")[0] for address in addresses)
    assert kinds == ["data", "predict", "predict", "score", "train", "train", "train"]


def test_what_may_change(explained: Explained) -> None:
    """Of a single network its training; of an ensemble, which trains nothing, its scores."""
    graph = explained.graph()
    trainings = changeable(graph, find_subject(graph, "dense/ban-2"))
    assert [type(graph.stages[training].stage) for training in trainings] == [Train, Train]
    pair = find_subject(graph, "dense/pair")
    assert isinstance(pair, CellSubject)
    assert changeable(graph, pair) == pair.scores
