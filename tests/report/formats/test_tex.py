"""Holds that LaTeX prints labels as they were written."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.printable import one_line
from banc.report.formats.tex import escape_latex, needs

COMMANDS = {
    r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", r"\ldots{}": "…",
    r"\textless{}": "<", r"\textgreater{}": ">", r"\textbar{}": "|",
    r"$\pm$": "±", r"$\times$": "×", r"$\alpha$": "α",
}  # fmt: skip


def printed(tex: str) -> str:
    """What LaTeX makes of text that uses ``COMMANDS`` and escaped letters alone."""
    names = "|".join(map(re.escape, COMMANDS))
    return re.sub(
        rf"({names})|\\([&%$#_{{}}])|\{{\}}",
        lambda match: COMMANDS[match[1]] if match[1] else match[2] or "",
        tex,
    )


@given(st.text(alphabet=st.sampled_from(list("&%_#$~^\\{}<>|±×α…é -`',?!a1[]*")), max_size=40))
def test_escaping_is_reversible(text: str) -> None:
    assert printed(escape_latex(text)) == one_line(text)


@given(st.text())
def test_nothing_special_is_left(text: str) -> None:
    """Every letter with a meaning in LaTeX is escaped, or belongs to a command of ours."""
    bare = re.sub(r"\\[a-z]+\{\}|\\[&%$#_{}]|\$(?:\\[a-z]+|\^\\?\w+|-)\$|\{\}", "", escape_latex(text))
    assert not set(bare) & set("\\{}$&#^_~%\n")


def test_dashes_and_quotes_do_not_join() -> None:
    assert escape_latex("ban--l ``a''") == "ban-{}-l `{}`a'{}'"
    assert escape_latex("1–2") == "1--2"


def test_accents_are_composed() -> None:
    assert escape_latex(unicodedata.normalize("NFD", "Müller")) == "Müller"


@pytest.mark.parametrize("text", ["Müller, Łukasz, œuvre", r"$\pm$ 0.1"])
def test_accents_need_nothing(text: str) -> None:
    assert needs(text) == [r"% needs \usepackage{booktabs}"]


def test_what_pdflatex_lacks_is_told() -> None:
    assert needs("生 and »") == [
        r"% needs \usepackage{booktabs}",
        "% needs XeLaTeX or LuaLaTeX, and a font that has: » 生",
    ]
