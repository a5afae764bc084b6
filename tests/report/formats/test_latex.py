"""Holds that LaTeX tables compile as they stand: by structure, and where there is a TeX, by compiling."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from banc.report.collect import Results
from banc.report.formats.latex import latex
from banc.report.tabulate import tabulate
from banc.stage.layout import Column, Layout, Row

Filled = tuple[Layout, Results]
NASTY = r"""[17] 100% of A&B_1 #2 $x$ ~a ^b \c {d} <e|f> "g" 'h' ± × α… – “i” é ß --"""


def nasty(filled: Filled) -> Filled:
    layout, results = filled
    rows = (Row(layout.rows[0].name, "*" + NASTY), Row(layout.rows[1].name, NASTY))
    columns = (*layout.columns[:2], *(Column(column.name, NASTY, "error") for column in layout.columns[2:3]))
    return evolve(layout, spec="a_b%c", title=NASTY, rows=rows, columns=columns), results


def sound(text: str) -> None:
    """Braces balance, environments nest, and every row has as many cells as the table has columns."""
    bare = re.sub(r"\\[\\&%$#_{}]", lambda match: "\\\\" if match[0] == "\\\\" else "", text)
    bare = re.sub(r"(?m)^%.*\n", "", bare)
    depth = 0
    for letter in bare:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0
    assert re.findall(r"\\(begin|end)\{(\w+)\}", bare) == [
        ("begin", "table"), ("begin", "tabular"), ("end", "tabular"), ("end", "table"),
    ]  # fmt: skip
    spec, body = re.findall(r"\\begin\{tabular\}\{@\{\}(l?r*)@\{\}\}\n(.*)\\end\{tabular\}", bare, re.DOTALL)[
        0
    ]
    rules: list[str] = []
    rows: list[str] = []
    for line in body.strip().split("\n"):
        (rows if line.endswith(r"\\") else rules).append(line.strip())
    assert {rule for rule in rules if rule != r"\addlinespace"} == {r"\toprule", r"\midrule", r"\bottomrule"}
    assert all(row.count("&") == len(spec) - 1 for row in rows)
    assert not any(row.startswith(("[", "*")) for row in rows)


def test_tables_are_sound(table1: Filled, table2: Filled, quickstart: Filled, halfway: Filled) -> None:
    for filled in (table1, table2, quickstart, halfway, nasty(quickstart), nasty(table1)):
        sound(latex(tabulate(*filled)))


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


def compiled(folder: Path, *tables: str) -> str:
    """The log of a minimal document that holds ``tables``, which has become a PDF."""
    if not shutil.which("pdflatex"):
        pytest.skip("no pdflatex here")
    document = folder / "table.tex"
    parts = (r"\documentclass{article}", r"\usepackage{booktabs}", r"\begin{document}", *tables)
    document.write_text("\n".join((*parts, r"\end{document}", "")), encoding="utf-8")
    call = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", document.name]
    run = subprocess.run(call, cwd=folder, capture_output=True, text=True, errors="replace", timeout=300)
    if "`booktabs.sty' not found" in run.stdout:
        pytest.skip("this TeX has no booktabs")
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
