"""A network that was trained elsewhere is marked in every format."""

from __future__ import annotations

import csv
import io
import json

import pytest
from attrs import evolve

from banc.report.collect import Results
from banc.report.render import Format, render
from banc.report.tabulate import tabulate
from banc.stage.layout import ImportedWeights, Layout

Filled = tuple[Layout, Results]
DIGEST = "0123456789abcdef" * 4
HUB = ImportedWeights("densenet/ban-1", "weights/hub_1.pt", DIGEST)
OTHER = ImportedWeights("densenet/other", "weights/other.pt", "f" * 64)


@pytest.fixture
def filled(quickstart: Filled) -> Filled:
    """One run is from elsewhere, and two members of an ensemble."""
    layout, results = quickstart
    scores = {**layout.scores, ("densenet", "ban-1"): layout.scores["densenet", "ban-1"][:1]}
    imported = {("densenet", "ban-1"): (HUB,), ("densenet", "ens-2"): (HUB, OTHER)}
    return evolve(layout, scores=scores, imported=imported), results


def shown(filled: Filled, format: Format) -> str:
    return render([tabulate(*filled)], format, width=None, color=False)


@pytest.mark.parametrize(
    ("format", "mark", "behind"),
    [("terminal", "†", "†"), ("markdown", "†", "†"), ("latex", r"\dag{}", r"$^{\dagger}$")],
)
def test_a_mark_and_a_note_for_people(filled: Filled, format: Format, mark: str, behind: str) -> None:
    text = shown(filled, format)
    note = text[text.index(f"{mark}: trained elsewhere") :]
    assert text[: text.index(note)].count(mark) == 0 or mark == behind
    assert text.count(behind) == (3 if mark == behind else 2), "two cells, and the note"
    assert "one network for all seeds" in note
    plain = note.replace("\\_", "_").replace("&#8203;", "")
    assert "densenet/ban-1 from weights/hub_1.pt, sha256 0123456789ab; densenet/other" in plain
    assert "An ensemble with this mark has such a member." in note


def test_a_mark_moves_no_point(filled: Filled) -> None:
    layout, results = filled
    one = evolve(layout, imported={("wide-resnet", "teacher"): (HUB,)}, bold="none")
    rows = [line for line in shown((one, results), "terminal").splitlines() if line.count("±") > 1]
    assert len(rows) == 2 and "†" in rows[1] and "†" not in rows[0]
    assert rows[0].index("±") == rows[1].index("±")
    assert rows[0].rindex(".", 0, rows[0].index("±")) == rows[1].rindex(".", 0, rows[1].index("±"))


def test_an_ensemble_is_not_spoken_of_where_none_is_marked(filled: Filled) -> None:
    layout, results = filled
    alone = evolve(layout, imported={("densenet", "ban-1"): (HUB,)})
    assert "An ensemble with this mark" not in shown((alone, results), "terminal")


def test_the_caption_counts_the_seeds_of_the_others(filled: Filled) -> None:
    assert "over 2 seeds." in shown(filled, "terminal")


def test_what_is_not_finished_is_marked_too(filled: Filled) -> None:
    layout, results = filled
    (gone,) = layout.scores["densenet", "ban-1"]
    assert "…†" in shown(
        (layout, {key: metrics for key, metrics in results.items() if key != gone}), "terminal"
    )


def test_programs_get_the_digests(filled: Filled) -> None:
    expected = {"ban-1": f"sha256:{DIGEST}", "ens-2": f"sha256:{DIGEST} sha256:{'f' * 64}"}
    for line in csv.DictReader(io.StringIO(shown(filled, "csv"))):
        wanted = expected.get(line["column"], "") if line["row"] == "densenet" else ""
        assert line["imported"] == wanted, line
    (table,) = json.loads(shown(filled, "json"))
    told = {cell["column"]: cell["imported"] for cell in table["cells"] if cell["imported"]}
    assert told == expected
    per_seed = render([tabulate(*filled)], "csv", width=None, color=False, per_seed=True)
    assert {row["imported"] for row in csv.DictReader(io.StringIO(per_seed)) if row["column"] == "ban-1"} == {
        expected["ban-1"]
    }
