"""What the words after ``banc explain`` name: which specs are to be read, and what is asked of them.

In: the workspace and the words. Out: spec files; then the name of a table and of what is meant in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from banc.cli.linked_specs import linked_specs
from banc.errors import UsageError
from banc.graph.graph import Graph
from banc.language.fault import nearest
from banc.paths import SPECS, find_specs
from banc.stage.address import is_address
from banc.stage.index import INDEX

_CODE = re.compile(r"(?i)banc\d{3}")


def refuse_other_topics(word: str) -> None:
    """Sends a code of ``banc check`` and a key of the language to the commands that explain these.

    Raises:
        UsageError: ``word`` is one of them.
    """
    if _CODE.fullmatch(word):
        raise UsageError(
            f"`{word}` is the code of a fault", hint=f"`banc explain-error {word.upper()}` explains it"
        )
    if "/" in word or is_address(word) or "." not in word or word.endswith(".toml"):
        return
    from banc.language.manual import topics

    if word in topics():
        raise UsageError(f"`{word}` is a key of specs", hint=f"`banc manual {word}` explains it")


def asked_specs(root: Path, what: Sequence[str]) -> dict[Path, bool]:
    """The specs to read, and whether as smoke runs: the linked ones, or all of ``spec/`` if none are.

    And the one that ``what`` names, if it is not among them.
    """
    is_linked = (root / INDEX).exists()
    wanted = linked_specs(root) if is_linked else dict.fromkeys(find_specs(root), False)
    path = _spec_file(root, what)
    if path is not None and path.resolve() not in {spec.resolve() for spec in wanted}:
        wanted[path] = False
    return wanted


def _spec_file(root: Path, what: Sequence[str]) -> Path | None:
    """The file of the spec that the words name; None where they name none that is there."""
    word = what[0] if len(what) == 2 or what[0].endswith(".toml") else what[0].partition(":")[0]
    if word.endswith(".toml"):
        if not Path(word).is_file():
            raise UsageError(f"there is no spec `{word}`", hint="name a file, or a table such as `table2`")
        return Path(word)
    path = root / SPECS / f"{word}.toml"
    return path if re.fullmatch(r"[a-z][a-z0-9-]*", word) and path.is_file() else None


def name_of(graph: Graph, what: Sequence[str]) -> tuple[str | None, str]:
    """The table that is meant, if one is named, and the name of what is meant in it; empty for all of it.

    Raises:
        UsageError: there is no such table.
    """
    if len(what) == 2:
        return _table(graph, what[0]), what[1]
    (word,) = what
    if word.endswith(".toml") or word in _tables(graph):
        return _table(graph, word), ""
    spec, colon, rest = word.partition(":")
    return (_tables(graph)[spec], rest) if colon and spec in _tables(graph) else (None, word)


def _tables(graph: Graph) -> dict[str, str]:
    """Tables by what they can be called: their names, and of a smoke run the name of its spec."""
    by_stem = {PurePosixPath(path).stem: name for name, path in graph.paths.items()}
    return by_stem | {name: name for name in graph.paths}


def _table(graph: Graph, word: str) -> str:
    if word.endswith(".toml"):
        stem = Path(word).name.removesuffix(".toml")
        return _tables(graph)[stem]
    tables = _tables(graph)
    if word not in tables:
        near = nearest(word, tables)
        raise UsageError(
            f"no spec `{word}` is linked or in `{SPECS}/`",
            hint=(f"did you mean `{near}`? " if near else "") + f"there are {', '.join(sorted(tables))}",
        )
    return tables[word]
