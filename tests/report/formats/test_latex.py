"""Holds that LaTeX tables compile as they stand: by structure, and where there is a TeX, by compiling."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from banc.graph.expand import expand
from banc.graph.lower import lower
from banc.language.load import load
from banc.report.cells import FilledTable
from banc.report.collect import Results
from banc.report.formats.latex import latex
from banc.report.formats.paper_form import PaperForm
from banc.report.headings import with_headings
from banc.report.report import filled
from banc.report.tabulate import tabulate
from banc.stage.layout import Column, ImportedWeights, Layout, Row

Filled = tuple[Layout, Results]
NASTY = r"""[17] 100% of A&B_1 #2 $x$ ~a ^b \c {d} <e|f> "g" 'h' ± × α… – “i” é ß --"""


def nasty(filled: Filled) -> Filled:
    layout, results = filled
    rows = (Row(layout.rows[0].name, "*" + NASTY), Row(layout.rows[1].name, NASTY))
    columns = (*layout.columns[:2], *(Column(column.name, NASTY, "error") for column in layout.columns[2:3]))
    return evolve(layout, spec="a_b%c", title=NASTY, rows=rows, columns=columns), results


def sound(text: str) -> None:
    """Braces balance, environments nest, and every row has as many cells as the table has columns."""
    bare = re.sub(r"\\[\\&%$#_{}]", lambda match: "\\\\" if match[0] == "\\\\" else "x", text)
    bare = re.sub(r"(?m)^%.*\n", "", bare)
    depth = 0
    for letter in bare:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0
    environments = re.findall(r"\\(begin|end)\{(\w+\*?)\}", bare)
    kind = environments[1][1]
    inner = [(edge, kind) for edge in ("begin", "end")] * (len(environments) // 2 - 1)
    assert environments == [("begin", "table"), *inner, ("end", "table")]
    # Of several, each is as wide as the text.
    assert (kind == "tabular*") == (len(inner) > 2)
    shape = (
        r"\\begin\{tabular\*?\}(?:\{\\linewidth\})?\{@\{\}(?:@\{.*?\}\})?(l?r*)@\{\}\}\n(.*?)\\end\{tabular"
    )
    parts = re.findall(shape, bare, re.DOTALL)
    assert len(parts) == len(inner) // 2
    for spec, body in parts:
        rules: list[str] = []
        rows: list[str] = []
        for line in body.strip().split("\n"):
            (rows if line.endswith(r"\\") else rules).append(line.strip())
        assert {rule for rule in rules if rule != r"\addlinespace"} == {
            r"\toprule",
            r"\midrule",
            r"\bottomrule",
        }
        assert all(row.count("&") == len(spec) - 1 for row in rows)
        assert not any(row.startswith(("[", "*")) for row in rows)


def test_tables_are_sound(table1: Filled, table2: Filled, quickstart: Filled, halfway: Filled) -> None:
    for each in (table1, table2, quickstart, halfway, nasty(quickstart), nasty(table1)):
        sound(latex(tabulate(*each)))


@given(st.text(), st.text())
def test_any_label_is_sound(quickstart: Filled, label: str, title: str) -> None:
    layout, results = quickstart
    rows = tuple(evolve(row, label=label) for row in layout.rows)
    columns = tuple(evolve(column, label=label) for column in layout.columns)
    sound(latex(tabulate(evolve(layout, title=title, rows=rows, columns=columns), results)))


def test_a_small_table_is_not_folded(quickstart: Filled) -> None:
    layout, results = quickstart
    text = latex(tabulate(evolve(layout, columns=layout.columns[:2]), results))
    assert r"\addlinespace" not in text
    assert re.search(r"DenseNet-BC-16-8 & 27\.4 k & [\d.]+ \$\\pm\$ [\d.]+ \\\\\n", text)
    assert r"\normalsize" in text


def test_the_caption_says_everything(table1: Filled) -> None:
    text = latex(tabulate(*table1))
    assert (
        r"\caption{Born Again DenseNet: test error on CIFAR-100. "
        r"Test error in percent, mean $\pm$ sample standard deviation over 3 seeds. "
        r"n too small: with 3 seeds no difference can be told from chance, it takes 6; nothing is "
        r"bold. In parentheses: the published number. "
        r"*: more than 1 \% away from the published number of parameters. /: not run.}"
    ) in text
    assert r"\label{tab:table1}" in text
    assert text.startswith("% needs \\usepackage{booktabs}\n\\begin{table}\n")


def compiled(folder: Path, *tables: str, wide: bool = False) -> str:
    """The log of a minimal document that holds ``tables``, which has become a PDF.

    ``wide``: it is set in two columns.
    """
    if not shutil.which("pdflatex"):
        pytest.skip("no pdflatex here")
    document = folder / "table.tex"
    packages = sorted({line for table in tables for line in re.findall(r"% needs (\\usepackage.*)", table)})
    setup = sorted({line for table in tables for line in re.findall(r"% needs (\\sisetup.*)", table)})
    kind = (
        r"\documentclass[twocolumn]{article}\setlength{\textwidth}{487pt}"
        if wide
        else r"\documentclass{article}"
    )
    # A few floats at a time; and what is no float begins no paragraph with a space.
    pages = [line for table in tables for line in (r"\noindent", table, r"\clearpage")]
    parts = (kind, *packages, *setup, r"\begin{document}", *pages)
    document.write_text("\n".join((*parts, r"\end{document}", "")), encoding="utf-8")
    call = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", document.name]
    home = {"HOME": str(folder), **os.environ}  # TeX keeps fonts there that it makes
    run = subprocess.run(
        call, cwd=folder, env=home, capture_output=True, text=True, errors="replace", timeout=600
    )
    if lacking := re.search(r"`(\w+)\.sty' not found", run.stdout):
        pytest.skip(f"this TeX has no {lacking[1]}")
    assert run.returncode == 0, run.stdout[-3000:]
    assert document.with_suffix(".pdf").stat().st_size > 0
    return document.with_suffix(".log").read_text(errors="replace")


def test_the_paper_s_tables_compile_and_fit_the_page(
    tmp_path: Path, table1: Filled, table2: Filled, quickstart: Filled, halfway: Filled
) -> None:
    filled = (quickstart, table1, halfway, table2)
    assert "Overfull" not in compiled(tmp_path, *(latex(tabulate(*each)) for each in filled))


def test_labels_full_of_special_letters_compile(tmp_path: Path, quickstart: Filled) -> None:
    assert "Missing character" not in compiled(tmp_path, latex(tabulate(*nasty(quickstart))))


FORMS = {
    "tabular": PaperForm(tabular=True),
    "wide": PaperForm(wide=True),
    "one line": PaperForm(one_line=True),
    "siunitx": PaperForm(siunitx=True),
    "all": PaperForm(wide=True, one_line=True, siunitx=True),
}


@pytest.fixture(scope="module")
def own(checkout: Path) -> list[FilledTable]:
    """The tables of this repository's specs, as far as results are committed; each transposed, too."""
    layouts = []
    for spec in sorted((checkout / "spec").glob("*.toml")):
        (layout,) = lower(expand(load(spec).spec, spec.stem), f"spec/{spec.name}").layouts.values()
        layouts += [layout, evolve(layout, transpose=not layout.transpose)]
    return filled(checkout, layouts)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_fits_the_width_of_its_page(
    name: str,
    tmp_path: Path,
    own: list[FilledTable],
    table1: Filled,
    table3: Filled,
    quickstart: Filled,
    halfway: Filled,
) -> None:
    made = [tabulate(*filled) for filled in (table1, table3, quickstart, halfway)]
    texts = [latex(table, FORMS[name]) for table in (*made, *own)]
    # In width: seventy settings that are tried, one below the other, are taller than any page.
    assert r"Overfull \hbox" not in compiled(tmp_path, *texts, wide=FORMS[name].wide)


def test_what_is_too_wide_stands_in_parts_of_whole_groups(own: list[FilledTable]) -> None:
    (study,) = (table for table in own if table.layout.spec == "study" and not table.layout.transpose)
    text = latex(study, PaperForm(wide=True))
    parts = text.split(r"\begin{tabular*}{\linewidth}")[1:]
    assert len(parts) == 2
    headings = [re.findall(r"\\multicolumn\{(\d)\}\{c(?:@\{\})?\}\{(.*?)\}", part) for part in parts]
    assert {number for several in headings for number, _ in several} == {"3"}
    assert sorted(name for several in headings for _, name in several) == sorted(
        {column.heading for column in study.layout.columns} - {""}
    )
    assert all(part.count("Wide-ResNet-10-1") == 1 for part in parts)


def test_a_wide_table_is_folded_less(table1: Filled) -> None:
    narrow, wide = latex(tabulate(*table1)), latex(tabulate(*table1), PaperForm(wide=True))
    assert wide.count(r"\\") < narrow.count(r"\\")
    assert r"\begin{table*}" in wide and r"\end{table*}" in wide


def test_the_tabular_alone_has_no_caption(table1: Filled) -> None:
    text = latex(tabulate(*table1), PaperForm(tabular=True))
    first, *rest = text.splitlines()
    assert first == r"% needs \usepackage{booktabs}"
    assert rest[0] == r"{\footnotesize\setlength{\tabcolsep}{3pt}%"
    assert rest[1].startswith(r"\begin{tabular}")
    assert rest[-1] == r"\end{tabular}}"
    layout, results = table1
    small = evolve(layout, columns=layout.columns[:2])
    first, *rest = latex(tabulate(small, results), PaperForm(tabular=True)).splitlines()
    assert (rest[0][:15], rest[-1]) == (r"\begin{tabular}", r"\end{tabular}")


def test_one_line_a_cell(table1: Filled) -> None:
    layout, _ = table1
    text = latex(tabulate(*table1), PaperForm(one_line=True))
    assert text.count(r"\begin{tabular*}{\linewidth}") == 3
    assert len(re.findall(r"(?m)^ *DenseNetBC.*\\\\$", text)) == 3 * len(layout.rows)
    assert r"\addlinespace" not in text
    assert re.search(r"18\.\d\d \$\\pm\$ 0\.\d\d \(18\.25\)", text)


def test_numbers_of_siunitx(table3: Filled) -> None:
    text = latex(tabulate(*table3), PaperForm(siunitx=True))
    assert r"S[table-format=2.2 \pm 1.2, table-space-text-post={ (24.93)}]" in text
    assert "{Dense-90-60}" in text
    assert re.search(r"& \\bfseries 24\.96 \\pm 0\.18 \{\\mdseries\{\} \(24\.93\)\}", text)
    assert text.startswith(
        "% needs \\usepackage{booktabs}\n% needs \\usepackage{siunitx}\n% needs \\sisetup{"
    )


def test_marks_are_daggers(table1: Filled, quickstart: Filled) -> None:
    text = latex(tabulate(*table1))
    assert r"7.49 M\rlap{$^{*}$}" in text
    layout, results = quickstart
    hub = ImportedWeights("wide-resnet/teacher", "hub.safetensors", "0" * 64)
    one = evolve(layout, imported={("wide-resnet", "teacher"): (hub,)})
    text = latex(tabulate(one, results))
    assert re.search(r"9\.27\$\^\{\\dagger\}\$|\\rlap\{\$\^\{\\dagger\}\$\}", text)


def grouped(filled: Filled) -> Filled:
    groups = {"Born & again": ("ban-1", "ban-2", "ban-3"), "Ensembles": ("ens-2", "ens-3")}
    return with_headings(filled[0], groups), filled[1]


def test_headings_above_several_columns(tmp_path: Path, table1: Filled) -> None:
    text = latex(tabulate(*grouped(table1)))
    line = r"& & & \multicolumn{3}{c}{Born \& again} & \multicolumn{2}{c@{}}{Ensembles} \\"
    assert line in re.sub(r" +", " ", text)
    assert r"\cmidrule(lr){4-6} \cmidrule(lr){7-8}" in text
    compiled(tmp_path, text)


def test_headings_above_columns_that_are_printed_as_rows(tmp_path: Path, table1: Filled) -> None:
    layout, results = grouped(table1)
    text = latex(tabulate(evolve(layout, transpose=True), results))
    assert rf"\begin{{tabular}}{{@{{}}l{'r' * len(layout.rows)}@{{}}}}" in text
    assert text.count(r"\multicolumn{5}{@{}l}") == 2
    assert r"\multicolumn{5}{@{}l}{\textit{Born \& again}} \\" in text
    assert r"\quad BAN-1 &" in text
    assert "Overfull" not in compiled(tmp_path, text)


def test_a_thousand_columns_stand_in_parts(table1: Filled) -> None:
    layout, results = table1
    columns = tuple(Column(f"T-{number}", f"temperature {number}", "error") for number in range(1000))
    text = latex(tabulate(evolve(layout, columns=columns, scores={}, published={}), results))
    labels = [
        int(number) for line in re.findall(r"Network &(.*)", text) for number in re.findall(r"\d+", line)
    ]
    assert labels == list(range(1000))
