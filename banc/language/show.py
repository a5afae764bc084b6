"""Faults for people and for machines: text with a caret, JSON, GitHub annotations, SARIF.

In: faults. Out: text that ends with a newline, or nothing where there is nothing to say.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from banc import __version__
from banc.language.codes import Code
from banc.language.fault import Fault, Severity
from banc.printable import cropped, printable

Format = Literal["text", "json", "github", "sarif"]

_ANSI = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "place": "\x1b[34m", "bold": "\x1b[1m"}
_END = "\x1b[0m"
_WIDEST = 300
_LONGEST_WORD = 100
LEGAL, MOST_LEGAL = 12, 24
"""How many legal words are listed of more than there may be in a list."""


def show(faults: Sequence[Fault], format: Format, *, color: bool = False) -> str:
    """All faults in one format."""
    match format:
        case "text":
            return "".join(_text(fault, color=color) for fault in faults)
        case "json":
            return json.dumps([_plain(fault) for fault in faults], indent=1) + "\n"
        case "github":
            return "".join(_github(fault) for fault in faults)
        case "sarif":
            return json.dumps(_sarif(faults), indent=1) + "\n"


def advice(fault: Fault) -> str:
    """What to do, in one line; empty where the message says it."""
    parts = []
    if fault.near:
        parts.append(f"did you mean `{cropped(fault.near, _LONGEST_WORD)}`?")
    if len(fault.legal) > 1 or (fault.legal and not fault.near and fault.code is not Code.MISSING_KEY):
        number = len(fault.legal) if len(fault.legal) <= MOST_LEGAL else LEGAL
        shown = [f"`{cropped(item, _LONGEST_WORD)}`" for item in fault.legal[:number]]
        more = f" and {len(fault.legal) - number} more" if fault.legal[number:] else ""
        parts.append(f"legal: {', '.join(shown)}{more}")
    return " ".join(parts)


def _text(fault: Fault, *, color: bool) -> str:
    def paint(what: str, text: str) -> str:
        return f"{_ANSI[what]}{text}{_END}" if color else text

    line, column, end = fault.span.line, fault.span.column, fault.span.end
    gutter = " " * len(str(line))
    code = fault.code.code
    head = paint(fault.severity, f"{fault.severity}[{code}]") + paint("bold", f": {printable(fault.message)}")
    lines = [head, paint("place", f"{gutter}--> {printable(fault.file)}:{line}:{column}")]
    if fault.line_text.strip():
        lead, marked, rest = _cropped(fault.line_text, column - 1, end - 1)
        lines += [
            paint("place", f"{gutter} |"),
            paint("place", f"{line} | ") + printable(lead + marked + rest),
            paint("place", f"{gutter} | ")
            + _blank(lead)
            + paint(fault.severity, "^" * (len(_blank(marked)) or 1)),
        ]
    if hint := advice(fault):
        lines.append(paint("place", f"{gutter} = ") + printable(hint))
    lines.append(paint("place", f"{gutter} = ") + f"more: banc explain-error {code}")
    return "\n".join(lines) + "\n\n"


def _cropped(line: str, start: int, end: int) -> tuple[str, str, str]:
    """What stands before, in and after a place of a line, or so much of it as a person can look at."""
    if len(line) <= _WIDEST:
        return line[:start], line[start:end], line[end:]
    before = line[max(0, start - _WIDEST // 3) : start]
    marked = line[start : min(end, start + _WIDEST // 3)]
    after = line[start + len(marked) :][: _WIDEST // 3]
    cut = start + len(marked) + len(after) < len(line)
    return ("..." if len(before) < start else "") + before, marked, after + ("..." if cut else "")


def _blank(text: str) -> str:
    """White space as wide as ``text``. A tab stays a tab, or what comes after it moves."""
    return "".join("\t" if char == "\t" else " " * _columns(char) for char in text)


def _columns(char: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _plain(fault: Fault) -> dict[str, object]:
    return {
        "code": fault.code.code,
        "severity": fault.severity,
        "title": fault.code.title,
        "message": fault.message,
        "file": fault.file,
        "line": fault.span.line,
        "column": fault.span.column,
        "end_column": fault.span.end,
        "legal": list(fault.legal),
        "near": fault.near,
    }


def _github(fault: Fault) -> str:
    """One workflow command; its message is one line, its properties have their own escapes."""

    def escape(text: str, also: str = "") -> str:
        for char in "%\r\n" + also:
            text = text.replace(char, f"%{ord(char):02X}")
        return printable(text)

    span = fault.span
    place = f"file={escape(fault.file, ':,')},line={span.line},col={span.column},endColumn={span.end}"
    title = escape(f"{fault.code.code} {fault.code.title}", ":,")
    message = escape(". ".join(part for part in (fault.message, advice(fault)) if part))
    return f"::{fault.severity} {place},title={title}::{message}\n"


def _sarif(faults: Sequence[Fault]) -> dict[str, object]:
    """SARIF 2.1.0, one run."""
    used = sorted({fault.code for fault in faults}, key=lambda code: code.code)
    levels: dict[Severity, str] = {"error": "error", "warning": "warning"}
    rules = [
        {
            "id": code.code,
            "name": code.name.title().replace("_", ""),
            "shortDescription": {"text": code.title},
            "fullDescription": {"text": code.cause},
            "help": {"text": code.cure},
            "defaultConfiguration": {"level": levels[code.severity]},
        }
        for code in used
    ]
    results = [
        {
            "ruleId": fault.code.code,
            "ruleIndex": used.index(fault.code),
            "level": levels[fault.severity],
            "message": {"text": ". ".join(part for part in (fault.message, advice(fault)) if part)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(os.fsencode(fault.file.replace("\\", "/")))},
                        "region": {
                            "startLine": fault.span.line,
                            "startColumn": fault.span.column,
                            "endColumn": fault.span.end,
                        },
                    }
                }
            ],
        }
        for fault in faults
    ]
    driver = {"name": "banc", "version": __version__, "rules": rules}
    return {
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
