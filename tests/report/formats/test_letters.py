"""Holds widths of letters against TeX's own, where there is a TeX."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from banc.report.formats.letters import BOLD, points
from banc.report.formats.tex import escape_latex

LETTERS = [chr(code) for code in range(33, 127)] + list("±…–—×÷≈≤≥≠→←∞éüØ")
TEXTS = ["± 0.69", "16.24 M", "DenseNet-BC-10-12", "Labels and teacher", "(17.61)"]


def test_no_letter_is_wider_than_told_and_few_are_much_narrower(tmp_path: Path) -> None:
    if not shutil.which("pdflatex"):
        pytest.skip("no pdflatex here")
    texts = [*map(escape_latex, (*LETTERS, *TEXTS)), r"\bfseries 16.24"]
    boxes = [rf"\sbox0{{{text}}}\typeout{{width \the\wd0}}" for text in texts]
    document = (r"\documentclass{article}", r"\begin{document}", *boxes, r"\end{document}", "")
    (tmp_path / "letters.tex").write_text("\n".join(document), encoding="utf-8")
    call = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "letters.tex"]
    home = {"HOME": str(tmp_path), **os.environ}  # TeX keeps fonts there that it makes
    run = subprocess.run(
        call, cwd=tmp_path, env=home, capture_output=True, text=True, errors="replace", timeout=600
    )
    widths = [float(width) for width in re.findall(r"width ([\d.]+)pt", run.stdout)]
    told = [*map(points, (*LETTERS, *TEXTS)), BOLD * points("16.24")]
    assert len(widths) == len(told), run.stdout[-3000:]
    for text, width, most in zip(texts, widths, told, strict=True):
        assert width <= most + 0.01, text
        assert most <= 1.3 * width, text


def test_letters_of_other_alphabets_have_some_width() -> None:
    assert points("漢字") == 21
    assert points("e\N{COMBINING ACUTE ACCENT}") == points("e")
    assert points("") == 0
