"""Reading a file: line ends, marks at its beginning, and what cannot be read at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from banc.errors import UsageError
from banc.spec.codes import Code
from banc.spec.positions import Span
from banc.spec.source import SpecError, read_source


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


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 9000 + "]" * 9000, "a = " + "9" * 9000],
    ids=["nested deeply", "a number of 9,000 digits"],
)
def test_what_a_toml_reader_cannot_digest_is_a_fault(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.toml"
    path.write_text(text)
    with pytest.raises(SpecError) as caught:
        read_source(path)
    assert [fault.code for fault in caught.value.faults] == [Code.SYNTAX]


def test_a_fault_past_the_last_line_shows_no_line(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_text('a = """x')
    with pytest.raises(SpecError) as caught:
        read_source(path)
    (fault,) = caught.value.faults
    assert fault.span.line == 1
    assert fault.line_text == 'a = """x'
