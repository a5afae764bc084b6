"""A spec's text, its values and their places, before anything of it is believed."""

from __future__ import annotations

import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import frozen

from banc.errors import UsageError
from banc.git import Revision
from banc.language.codes import Code
from banc.language.fault import Fault, nearest
from banc.language.nesting import DEEPEST, too_deep
from banc.language.positions import KeyPath, Positions, Span, positions
from banc.language.syntax import syntax
from banc.printable import cropped

_NAME = re.compile(r"[a-z][a-z0-9-]{0,99}")

LARGEST = 2**18
"""Bytes of a spec file. A table of the papers takes 4,000; more than this is another file by mistake."""

LONGEST = 1000
"""Longest message, in characters: a message may quote a word of the spec, and that can be the whole file."""

FAULTS = 200
"""Faults that one part of a check reports at most, so that a file of nonsense is answered at once."""


class SpecError(UsageError):
    """Every fault of one phase. What a fault looks like is ``language.show``'s matter."""

    def __init__(self, faults: list[Fault]) -> None:
        first = next((fault for fault in faults if fault.severity == "error"), faults[0])
        super().__init__(f"{first.file}:{first.span.line}: {first.message} [{first.code.code}]")
        self.faults = faults


@frozen
class Source:
    """One spec file that is TOML."""

    file: str
    """As the user named it."""
    name: str
    """The file name without ``.toml``: the name of the table."""
    text: str
    values: dict[str, Any]
    positions: Positions
    revision: Revision | None = None
    """At which it stood; None: it is a file of the work tree."""

    def fault(
        self,
        code: Code,
        path: KeyPath,
        message: str,
        *,
        at_key: bool = False,
        legal: tuple[str, ...] = (),
        word: object = None,
    ) -> Fault:
        """A fault at ``path``: at its value, or at its key. ``word`` is what is compared with ``legal``."""
        span = self.positions.key(path) if at_key else self.positions.value(path)
        return _fault(code, self.file, self.text, span, message, legal, word)


def _fault(
    code: Code,
    file: str,
    text: str,
    span: Span,
    message: str,
    legal: tuple[str, ...] = (),
    word: object = None,
) -> Fault:
    line = _lines(text)[span.line - 1]
    near = nearest(word, legal) if word is not None else None
    return Fault(code, file, span, cropped(message, LONGEST), line, legal, near)


@lru_cache(maxsize=8)
def _lines(text: str) -> list[str]:
    return text.split("\n")


def read_source(path: Path | str) -> Source:
    """Reads a spec file.

    Raises:
        SpecError: it cannot be read, is not TOML, or its name cannot name a table.
    """
    file, path = str(path), Path(path)
    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise _unreadable(file, error) from None
    return _source(file, path.name, content)


def read_source_at(revision: Revision, path: str) -> Source:
    """Reads a spec file as it stood at a revision; ``path`` is relative to the workspace.

    Raises:
        SpecError: as of a file of the work tree.
        BancError: git cannot be asked.
    """
    file = f"{path}@{revision.name}"
    try:
        content = revision.read(path)
    except OSError as error:
        raise _unreadable(file, error) from None
    return _source(file, PurePosixPath(path).name, content, revision)


def _unreadable(file: str, error: OSError) -> SpecError:
    reason = (error.strerror or type(error).__name__).lower()
    return SpecError([_fault(Code.UNREADABLE, file, "", Span(1, 1, 2), f"`{file}` cannot be read: {reason}")])


def _source(file: str, file_name: str, content: bytes, revision: Revision | None = None) -> Source:
    """What the bytes of a spec file say."""

    def refuse(code: Code, message: str, text: str = "", span: Span | None = None) -> SpecError:
        return SpecError([_fault(code, file, text, span or Span(1, 1, 2), message)])

    if len(content) > LARGEST:
        raise refuse(Code.UNREADABLE, f"`{file}` has more than {LARGEST} bytes, which is no spec")
    content = content.removeprefix(BOM_UTF8)
    try:
        text = _normal(content.decode())
    except UnicodeDecodeError as error:
        span = _end_of(_normal(content[: error.start].decode()))
        text = _normal(content.decode(errors="replace"))
        byte = content[error.start]
        raise refuse(Code.UNREADABLE, f"byte 0x{byte:02x} is not UTF-8", text, span) from None
    if deep := too_deep(text):
        message = f"arrays, tables or dotted keys are nested more than {DEEPEST} deep"
        raise refuse(Code.SYNTAX, message, text, deep)
    try:
        values = tomllib.loads(text)
    except ValueError as error:
        message, span = syntax(str(error), text)
        raise refuse(Code.SYNTAX, message, text, span) from None
    name = file_name.removesuffix(".toml")
    if not _NAME.fullmatch(name):
        message = (
            f"`{file_name}` cannot name a table: expected at most 100 lower-case letters, digits and `-`"
        )
        raise refuse(Code.FILE_NAME, message, text)
    source = Source(file, name, text, values, positions(text), revision)
    if long := list(islice(_long_numbers(values), FAULTS)):
        message = "a whole number of TOML has at most 64 bits"
        raise SpecError([source.fault(Code.SYNTAX, path, message) for path in long])
    return source


def _long_numbers(values: dict[str, Any]) -> Iterator[KeyPath]:
    """Whole numbers that TOML does not have, though Python does."""
    ahead: list[tuple[KeyPath, Any]] = [((), values)]
    while ahead:
        path, value = ahead.pop()
        match value:
            case dict():
                ahead += [((*path, key), item) for key, item in value.items()]
            case list():
                ahead += [((*path, index), item) for index, item in enumerate(value)]
            case int() if not -(2**63) <= value < 2**63:
                yield path


def _normal(text: str) -> str:
    """The text with line ends as tomllib counts them."""
    return text.replace("\r\n", "\n")


def _end_of(text: str) -> Span:
    """The place of the character that comes after ``text``."""
    lines = text.split("\n")
    column = len(lines[-1]) + 1
    return Span(len(lines), column, column + 1)
