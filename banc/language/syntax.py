"""What a TOML reader refuses, in words for someone who does not write TOML readers.

In: the reader's message and the place where reading stopped. Out: a message that names the slip, and its
place, which is often before the one where reading stopped. A message unknown here stays as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from banc.language.positions import Span

_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_HEADER = re.compile(r"\s*(\[[^#]*\])")
_CONFLICT = re.compile(r"(<{7}|>{7}|={7}|\|{7})( .*)?$")
_BARE = re.compile(r"[\w-]+")
_LONG = re.compile(r"[0-9][0-9_]{4300,}")
_WHERE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def syntax(message: str, text: str) -> tuple[str, Span]:
    """The message in lower case, and where it points."""
    lines = text.split("\n")
    line, column = len(lines), len(lines[-1]) + 1
    if (where := _WHERE.search(message)) and where["line"]:
        line, column = int(where["line"]), int(where["column"])
    what = _WHERE.sub("", message)
    here, rest = Span(line, column, column + 1), lines[line - 1][column - 1 :]
    if marker := _CONFLICT.match(lines[line - 1]):
        message = f"a git merge conflict stands here (`{marker[1]}`): keep one side and delete its markers"
        return message, Span(line, 1, 8)
    if key := _foreign_key(lines[line - 1], column):
        message = f"the key `{key[0]}` needs quotes, since it is not only of A to Z, digits, `-` and `_`"
        return f'{message}: `"{key[0]}"`', Span(line, key.start() + 1, key.end() + 1)
    match what.split():
        case ["Exceeds", "the", "limit", *_] if number := _LONG.search(text):
            before = text[: number.start()].split("\n")
            here = Span(len(before), len(before[-1]) + 1, len(before[-1]) + 1 + len(number[0]))
            return "a number with too many digits", here
        case ["Cannot", "overwrite", "a", "value"] if key := _KEY.match(lines[line - 1]):
            first = _earlier(lines[: line - 1], key[1])
            place = f", first in line {first}" if first else ""
            return f"`{key[1]}` is written twice{place}", Span(line, key.start(1) + 1, key.end(1) + 1)
        case ["Cannot", "declare", *_, "twice"]:
            if header := _HEADER.match(lines[line - 1]):
                here = Span(line, header.start(1) + 1, header.end(1) + 1)
            return f"`[{_table(what)}]` is declared twice; write all of its keys under one header", here
        case ["Illegal", "character", r"'\n'"] | ["Found", "invalid", "character", r"'\n'"]:
            return "a string is not closed: a quote is missing in this line", here
        case ["Unterminated", "string"] | ["Expected", '"\'"' | "\"'''\""]:
            return "a string is not closed: a quote is missing in this line or before", here
        case ["Unclosed", kind, *more]:
            closing = "]" if kind == "array" else "}"
            return f"{' '.join(['unclosed', kind, *more])}: a `,`, a `{closing}` or a quote is missing", here
        case ["Invalid", "value"] if not rest.strip() or rest.lstrip().startswith("#"):
            return "a value is missing after `=`", here
        case ["Invalid", "value"] if word := re.match(r"[^\s,\]}#]+", rest):
            return f"`{word[0]}` is no value: a string needs quotes around it", Span(
                line, column, column + word.end()
            )
        case _:
            pass
    return what[:1].lower() + what[1:], here


def _foreign_key(line: str, column: int) -> re.Match[str] | None:
    """The key without quotes at which reading stopped, if letters of other alphabets stopped it."""
    for word in _BARE.finditer(line):
        if word.start() < column <= word.end():
            # A value stands after a `=` that no `,` or `{` ends; a key does not.
            is_value = re.search(r"=[^,{=]*$", line[: word.start()])
            return word if not word[0].isascii() and not is_value else None
    return None


def _earlier(lines: Sequence[str], key: str) -> int | None:
    """The line above in which ``key`` is written first, if it is in the same table."""
    for number in range(len(lines), 0, -1):
        if (match := _KEY.match(lines[number - 1])) and match[1] == key:
            return number
        if _HEADER.match(lines[number - 1]):
            return None
    return None


def _table(message: str) -> str:
    """The header in ``Cannot declare ('table', 'labels') twice``."""
    return ".".join(ast.literal_eval(message.removeprefix("Cannot declare ").removesuffix(" twice")))
