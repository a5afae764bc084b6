"""Codes of faults: stable, told apart, explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from banc.errors import UsageError
from banc.language.codes import Code, find_code

PHASES = {
    "0": "the file",
    "1": "its shape",
    "2": "names",
    "3": "the experiment",
    "4": "the table",
    "5": "more of the experiment, and networks of your own",
    "6": "networks trained elsewhere",
    "7": "pairs and sweeps",
    "8": "recipes, data and objectives of your own",
    "9": "more of the table",
}


def manual() -> str:
    """``docs/errors.md``."""
    lines = [
        "# Errors and warnings of a spec",
        "",
        "Every fault that `banc check` can find, with its cause and its cure; `banc explain-error BANC012` "
        "prints the same.",
        "Codes are stable: none is ever used again for something else. Faults are found phase by phase, all "
        "of a phase at once.",
        "",
        "<!-- Generated from banc/language/codes.py by "
        "`pytest tests/language/test_codes.py --update-golden`. -->",
    ]
    phase = ""
    for code in sorted(Code, key=lambda code: code.code):
        if code.code[5] != phase:
            phase = code.code[5]
            lines += ["", f"## {code.code[:6]}x: {PHASES[phase]}"]
        warning = " (warning)" if code.severity == "warning" else ""
        lines += ["", f"### {code.code}: {code.title}{warning}", "", code.cause, "", f"*Cure:* {code.cure}"]
    return "\n".join(lines) + "\n"


def test_the_manual_of_faults_is_that_of_the_codes(checkout: Path, update_golden: bool) -> None:
    path = checkout / "docs/errors.md"
    if update_golden:
        path.write_text(manual())
    assert path.read_text() == manual()


def test_a_code_means_one_thing() -> None:
    assert len({code.code for code in Code}) == len(Code.__members__)
    assert len({code.title for code in Code}) == len(Code.__members__)
    for code in Code:
        assert re.fullmatch(r"BANC0\d\d", code.code)
        assert code.title[0] == code.title[0].lower() or code.title.startswith("TOML")
        assert code.cause.endswith("."), code
        assert code.cure.endswith("."), code


@pytest.mark.parametrize("text", ["BANC012", "banc012", " 012 ", "12", "Banc12"])
def test_a_code_is_found_however_it_is_written(text: str) -> None:
    assert find_code(text) is Code.WRONG_TYPE


@pytest.mark.parametrize("text", ["BANC999", "BANC", "twelve", ""])
def test_an_unknown_code_is_a_wrong_call(text: str) -> None:
    with pytest.raises(UsageError, match=f"no fault has the code `{text}`") as caught:
        find_code(text)
    assert caught.value.hint is not None
    listed = re.findall(r"BANC\d+", caught.value.hint)
    assert listed == sorted(code.code for code in Code)
