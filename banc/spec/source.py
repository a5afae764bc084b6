"""A spec's text, its values and their places, before anything of it is believed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from attrs import frozen

from banc.errors import UsageError
from banc.spec.codes import Code
from banc.spec.fault import Fault, nearest
from banc.spec.positions import KeyPath, Positions, Span, positions
from banc.spec.syntax import syntax

_NAME = re.compile(r"[a-z][a-z0-9-]*")


class SpecError(UsageError):
    """Every fault of one phase. What a fault looks like is ``spec.show``'s matter."""

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
    line = text.split("\n")[span.line - 1]
    near = nearest(word, legal) if word is not None else None
    return Fault(code, file, span, message, line, legal, near)


def read_source(path: Path | str) -> Source:
    """Reads a spec file.

    Raises:
        SpecError: it cannot be read, is not TOML, or its name cannot name a table.
    """
    file, path = str(path), Path(path)

    def refuse(code: Code, message: str, text: str = "", span: Span | None = None) -> SpecError:
        return SpecError([_fault(code, file, text, span or Span(1, 1, 2), message)])

    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise refuse(Code.UNREADABLE, f"byte {error.start} is not UTF-8") from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise refuse(Code.UNREADABLE, f"`{file}` cannot be read: {reason}") from None
    try:
        values = tomllib.loads(text)
    except ValueError as error:
        message, span = syntax(str(error), text)
        raise refuse(Code.SYNTAX, message, text, span) from None
    except RecursionError:
        raise refuse(Code.SYNTAX, "arrays or tables are nested too deeply", text) from None
    name = path.name.removesuffix(".toml")
    if not _NAME.fullmatch(name):
        message = f"`{path.name}` cannot name a table: expected lower-case letters, digits and `-`"
        raise refuse(Code.FILE_NAME, message, text)
    return Source(file, name, text, values, positions(text))
