"""Reading a file: line ends, marks at its beginning, and what cannot be read at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from banc.errors import UsageError
from banc.language.codes import Code
from banc.language.nesting import DEEPEST
from banc.language.positions import Span
from banc.language.source import SpecError, read_source


def test_a_source_knows_its_name_text_and_values(tmp_path: Path) -> None:
    path = tmp_path / "table2.toml"
    path.write_text("a = 1\n")
    source = read_source(path)
    assert (source.file, source.name) == (str(path), "table2")
    assert source.values == {"a": 1}
    assert source.positions.value(("a",)) == Span(1, 5, 6)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_an_editor_of_another_system_writes(tmp_path: Path, newline: str, mark: str) -> None:
    path = tmp_path / "table.toml"
    path.write_bytes((mark + newline.join(["# c", "a = '''x", "y'''", "b = 1", ""])).encode())
    source = read_source(path)
    assert source.values == {"a": "x\ny", "b": 1}
    fault = source.fault(Code.WRONG_TYPE, ("b",), "wrong")
    assert (fault.span, fault.line_text) == (Span(4, 5, 6), "b = 1")


def test_lines_are_those_of_an_editor(tmp_path: Path) -> None:
    """Python breaks lines at more characters than TOML and editors do."""
    path = tmp_path / "table.toml"
    path.write_text('a = "x\u2028y\u0085z"\nb = 1\n')
    fault = read_source(path).fault(Code.WRONG_TYPE, ("b",), "wrong")
    assert (fault.span.line, fault.line_text) == (2, "b = 1")


def test_the_error_names_its_first_fault(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_text("a = \n")
    with pytest.raises(SpecError) as caught:
        read_source(path)
    assert str(caught.value) == f"{path}:1: a value is missing after `=` [BANC002]"
    assert isinstance(caught.value, UsageError), "so that every command exits with 2"
    assert caught.value.exit_code == 2


def test_a_number_of_thousands_of_digits_is_told_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_text("a = 1\nb = [2, " + "9" * 9000 + "]\n")
    with pytest.raises(SpecError) as caught:
        read_source(path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.span) == (Code.SYNTAX, Span(2, 9, 9009))
    assert "set_int_max_str_digits" not in fault.message


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, f"0x{'f' * 9000}", f"0b{'1' * 64}"])
def test_a_whole_number_has_64_bits(tmp_path: Path, number: object) -> None:
    path = tmp_path / "table.toml"
    path.write_text(f"a = {2**63 - 1}\nb = {{ c = [{-(2**63)}, {number}] }}\n")
    with pytest.raises(SpecError) as caught:
        read_source(path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.span) == (Code.SYNTAX, Span(2, 34, 34 + len(str(number))))
    assert fault.message == "a whole number of TOML has at most 64 bits"


def test_what_is_nested_too_deeply_is_told_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_text("a = 1\n b = " + "[" * 9000 + "]" * 9000)
    with pytest.raises(SpecError) as caught:
        read_source(path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.span) == (Code.SYNTAX, Span(2, 6 + DEEPEST, 7 + DEEPEST))


def test_a_fault_past_the_last_line_shows_no_line(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_text('a = """x')
    with pytest.raises(SpecError) as caught:
        read_source(path)
    (fault,) = caught.value.faults
    assert fault.span.line == 1
    assert fault.line_text == 'a = """x'
