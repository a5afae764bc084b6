"""Where each key and value of a TOML text stands.

In: text that tomllib accepts. Out: spans by key path. ``tomllib`` gives values and no places;
tree-sitter gives places and no values.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Iterator

import tree_sitter_toml
from attrs import frozen
from tree_sitter import Language, Node, Parser

KeyPath = tuple[str | int, ...]
"""Keys of tables and indices of arrays, from the top of the file."""


@frozen
class Span:
    """A stretch of one line; lines and columns count from 1, columns in characters."""

    line: int
    column: int
    end: int
    """The column after the last character."""


@frozen
class Positions:
    """The places of one file's keys and values."""

    keys: dict[KeyPath, Span]
    values: dict[KeyPath, Span]

    def value(self, path: KeyPath) -> Span:
        """Where the value at ``path`` stands, or the nearest thing above it that stands anywhere."""
        return self._find(path, self.values)

    def key(self, path: KeyPath) -> Span:
        """Where the key at ``path`` stands, or the nearest thing above it."""
        return self._find(path, self.keys)

    def _find(self, path: KeyPath, first: dict[KeyPath, Span]) -> Span:
        for length in range(len(path), 0, -1):
            for spans in (first, self.keys, self.values):
                if path[:length] in spans:
                    return spans[path[:length]]
        return Span(1, 1, 2)


@frozen
class _Line:
    """What turns tree-sitter's columns, which are bytes, into characters; quick for a line of any length."""

    bytes: int
    within: tuple[int, ...]
    """The places of bytes that do not begin a character."""

    @classmethod
    def of(cls, line: str) -> _Line:
        text = line.encode()
        within = () if line.isascii() else tuple(at for at, byte in enumerate(text) if byte & 0xC0 == 0x80)
        return cls(len(text), within)

    def characters(self, column: int) -> int:
        return column - bisect_left(self.within, column)


_PARSER = Parser(Language(tree_sitter_toml.language()))


def positions(text: str) -> Positions:
    """The places of every key and value in ``text``."""
    walk = _Walk(text)
    for node in _PARSER.parse(text.encode()).root_node.named_children:
        if node.type == "pair":
            walk.pair((), node)
        elif node.type in ("table", "table_array_element"):
            walk.table(node)
    return walk.places


class _Walk:
    """One walk through a text, from its top to its end."""

    def __init__(self, text: str) -> None:
        self.places = Positions({}, {})
        self._lines = [_Line.of(line) for line in text.split("\n")]
        self._last: dict[KeyPath, int] = {}
        """Of each array of tables, the index of its last table so far."""

    def table(self, node: Node) -> None:
        """A header and what stands below it."""
        header, *pairs = _parts(node)
        path: KeyPath = ()
        *above, name = _keys(header)
        for key in above:
            path = self._key((*path, _text(key)), key)
            if path in self._last:  # below a header of several tables, the last of them is meant
                path = (*path, self._last[path])
        path = self._key((*path, _text(name)), name)
        if node.type == "table_array_element":
            self._last[path] = self._last.get(path, -1) + 1
        if path in self._last:
            path = (*path, self._last[path])
        self.places.values.setdefault(path, self._span(header))
        for pair in pairs:
            self.pair(path, pair)

    def pair(self, path: KeyPath, pair: Node) -> None:
        """A key and its value, in the table ``path``."""
        parts = _parts(pair)
        if len(parts) < 2:
            return  # the two readers disagree: then the place is that of the table around it
        key, value = parts[0], parts[-1]
        for part in _keys(key):
            path = self._key((*path, _text(part)), part)
        self._value(path, value)

    def _key(self, path: KeyPath, key: Node) -> KeyPath:
        self.places.keys.setdefault(path, self._span(key))
        return path

    def _value(self, path: KeyPath, node: Node) -> None:
        self.places.values[path] = self._span(node)
        if node.type == "inline_table":
            for pair in node.named_children:
                if pair.type == "pair":
                    self.pair(path, pair)
        elif node.type == "array":
            for index, item in enumerate(_parts(node)):
                self._value((*path, index), item)

    def _span(self, node: Node) -> Span:
        row, column = node.start_point
        end_row, end_column = node.end_point
        line = self._lines[row] if row < len(self._lines) else _Line.of("")
        if end_row != row:
            end_column = line.bytes
        start = line.characters(column)
        return Span(row + 1, start + 1, max(line.characters(end_column), start + 1) + 1)


def _parts(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _keys(node: Node) -> Iterator[Node]:
    """The single keys of a key that may be dotted, left to right."""
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from _keys(child)
    else:
        yield node


def _text(key: Node) -> str:
    """A key as tomllib names it, quotes and escapes undone."""
    raw = (key.text or b"").decode()
    return next(iter(tomllib.loads(f"{raw} = 0"))) if key.type == "quoted_key" else raw
