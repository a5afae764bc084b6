"""Holds that Typst tables compile as they stand, with Typst itself, and are no wider than a page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typst as compiler
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from banc.printable import one_line
from banc.report.cells import FilledTable
from banc.report.collect import Results
from banc.report.formats.paper_form import PaperForm
from banc.report.formats.typst import quoted, typst
from banc.report.headings import with_headings
from banc.report.tabulate import tabulate
from banc.stage.layout import ImportedWeights, Layout, Row

Filled = tuple[Layout, Results]
NASTY = r"""[17] 100% of #A&B_1 *2 $x$ ~a @b `c` \d {e} <f|g> "h" 'i' -- ... /* ± × “j” é // 漢"""


def compiled(folder: Path, text: str) -> str:
    """The SVG of a document, of which nobody has seen a warning."""
    (folder / "table.typ").write_text(text, encoding="utf-8")
    svg, warnings = compiler.compile_with_warnings(
        str(folder / "table.typ"), format="svg", ignore_system_fonts=True
    )
    # A letter that the fonts of Typst lack is the document's matter.
    assert [warning.message for warning in warnings if "font" not in warning.message] == []
    assert isinstance(svg, bytes)
    return svg.decode()


def width(folder: Path, table: FilledTable, form: PaperForm) -> float:
    """Of the table by itself, in points, on a page as wide as it takes."""
    page = "#set page(width: auto, height: auto, margin: 0pt)\n#set text(size: 11pt)\n"
    svg = compiled(folder, page + typst(table, evolve(form, tabular=True, wide=False)))
    (found,) = re.findall(r'<svg[^>]* width="([\d.]+)pt"', svg)
    return float(found)


FORMS = {
    "figure": PaperForm(),
    "table": PaperForm(tabular=True),
    "wide": PaperForm(wide=True),
    "one line": PaperForm(one_line=True),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_compiles_and_fits_its_page(
    name: str, tmp_path: Path, table1: Filled, table2: Filled, table3: Filled, halfway: Filled
) -> None:
    for layout, results in (table1, table2, table3, halfway):
        for transpose in (False, True):
            table = tabulate(evolve(layout, transpose=transpose), results)
            form = FORMS[name]
            text = typst(table, form)
            columns = "#set page(columns: 2)\n" if form.wide else ""
            compiled(tmp_path, columns + text)
            assert ("#figure(" in text) == (not form.tabular)
            assert ('scope: "parent"' in text) == form.wide
            assert width(tmp_path, table, form) <= 453.6


def test_a_text_can_refer_to_it(tmp_path: Path, table1: Filled) -> None:
    text = typst(tabulate(*table1))
    assert text.endswith(") <tab:table1>\n")
    compiled(tmp_path, text + "\nSee @tab:table1.\n")


def test_text_full_of_special_letters_is_printed_as_it_is(tmp_path: Path, quickstart: Filled) -> None:
    layout, results = quickstart
    rows = tuple(Row(row.name, NASTY) for row in layout.rows)
    columns = tuple(evolve(column, label=NASTY) for column in layout.columns)
    nasty = evolve(layout, spec="a_b%c", title=NASTY, rows=rows, columns=columns)
    compiled(tmp_path, typst(tabulate(with_headings(nasty, {NASTY: ("ban-1", "ban-2")}), results)))


@given(st.lists(st.text(), min_size=20, max_size=20))
@settings(max_examples=20)
def test_a_string_says_what_it_is_given(texts: list[str]) -> None:
    array = compiler.eval(b"", f"({', '.join(map(quoted, texts))})", format="json")
    assert json.loads(array) == list(map(one_line, texts))


def test_headings_span_their_columns(tmp_path: Path, table1: Filled) -> None:
    layout, results = table1
    headed = with_headings(layout, {"Born again": ("ban-1", "ban-2", "ban-3")})
    text = typst(tabulate(headed, results))
    assert re.search(r'table\.cell\(colspan: 3, align: center \+ bottom, "Born again" \+ place\(', text)
    compiled(tmp_path, text)
    turned = typst(tabulate(evolve(headed, transpose=True), results))
    assert 'table.cell(colspan: 5, align: left, inset: (top: 0.8em), emph("Born again"))' in turned
    assert 'h(1em) + "BAN-1"' in turned
    compiled(tmp_path, turned)


def test_bold_and_marks(table1: Filled, table3: Filled, quickstart: Filled) -> None:
    assert 'strong("24.96") + " ± 0.18 (24.93)"' in typst(tabulate(*table3))
    assert '"7.49 M" + "*"' in typst(tabulate(*table1), PaperForm(one_line=True))
    layout, results = quickstart
    hub = ImportedWeights("wide-resnet/teacher", "hub.safetensors", "0" * 64)
    one = evolve(layout, imported={("wide-resnet", "teacher"): (hub,)})
    text = typst(tabulate(one, results))
    assert '"9.27" + super("†")' in text
    assert "†: trained elsewhere" in text
