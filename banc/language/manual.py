"""The manual, read by key or by section: what ``banc manual`` prints, without a browser.

In: the pages of ``docs/``, which a wheel carries as ``banc/docs/``, and a topic. Out: Markdown. The tables
of keys in ``docs/spec.md`` are written from the classes of the language and a test holds them, so that what
is read here is what the schema says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from attrs import frozen

import banc
from banc.errors import UsageError

SPEC_PAGE = "spec"

HOW_TO = "how-to"
"""The folder of the pages that say how to do one thing."""

_PLACES: Mapping[str, tuple[str, ...]] = {
    "Spec": ("",),
    "DataSet": ("data",),
    "RecipeText": (
        "recipe",
        "recipe.except.*",
        "lineages.*.recipe",
        "lineages.*.except.*.recipe",
        "transfers.*.recipe",
        "transfers.*.except.*.recipe",
        "controls.*.recipe",
        "controls.*.except.*.recipe",
    ),
    "Augmentation": ("recipe.augment",),
    "Model": ("models.*",),
    "Objective": ("lineages.*.objective", "transfers.*.objective"),
    "Lineage": ("lineages.*",),
    "LineageChanges": ("lineages.*.except.*",),
    "Transfer": ("transfers.*",),
    "TransferChanges": ("transfers.*.except.*",),
    "Control": ("controls.*",),
    "ControlChanges": ("controls.*.except.*",),
    "Pair": ("pairs.*",),
    "Sweep": ("sweeps.*",),
    "Ensemble": ("ensembles.*",),
    "Pretrained": ("pretrained.*",),
    "TableSpec": ("table",),
    "ShownQuantity": ("table.quantities.*",),
}
"""Where in a spec the keys of each generated table stand. ``*`` is a name that a person gives."""


@frozen
class Key:
    """One line of a table of keys."""

    name: str
    places: tuple[str, ...]
    """Where its table stands in a spec; the first is what it is called by."""
    choice: str | None
    """The family, data set or kind of objective that has it, where not all have."""
    value: str
    default: str
    about: str
    section: str
    """The section that it is explained in, as a topic."""

    @property
    def path(self) -> str:
        place = self.places[0].replace("*", "<name>")
        return f"{place}.{self.name}" if place else self.name


def manual(topic: str | None = None) -> str:
    """The Markdown of a page, a section, or what is said of one key.

    Args:
        topic: a key as a spec has it (``recipe.drop_at``, ``lineages.ban.generations``, ``depth``), a
            network, data set or objective (``densenet-bc``, ``ban-l``), a section
            (``what-the-language-refuses``), a page (``how-to/data``; ``cifar100.md`` where the word alone is
            something else) or ``how-to``, a list of those pages; None for the whole manual of the language.

    Raises:
        UsageError: there is no such thing; with the nearest.
    """
    if topic is None:
        return _without_comments(_page(SPEC_PAGE))
    descriptions = [_told(key) for key in keys() if _names(topic, key)]
    chosen = _choices().get(topic) or _named_objectives().get(topic)
    section = sections().get(_slug(topic))
    parts = [*descriptions, *([chosen] if chosen else []), *([section] if section else [])]
    if not parts and topic.removesuffix(".md") in pages():
        parts = [_page(topic.removesuffix(".md"))]
    if not parts and topic.rstrip("/") == HOW_TO:
        parts = [_list_of_how_to()]
    if not parts:
        raise _unknown(topic)
    return "\n".join(_without_comments(part).strip("\n") + "\n" for part in dict.fromkeys(parts))


@cache
def pages() -> Mapping[str, Path]:
    """The manual's pages by name: ``spec``, ``errors``, ``how-to/data``."""
    package = Path(banc.__file__).parent
    folder = package / "docs" if (package / "docs").is_dir() else package.parent / "docs"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.md"))
    }


def _list_of_how_to() -> str:
    """The pages of ``HOW_TO`` with their titles, and how to read one."""
    titles = {
        name: _page(name).partition("\n")[0].lstrip("# ") for name in pages() if name.startswith(HOW_TO)
    }
    lines = [f"- `banc manual {name}`: {title}" for name, title in titles.items()]
    return "\n".join(lines)


@cache
def keys() -> tuple[Key, ...]:
    """Every key of the language, in the order of the manual."""
    return tuple(_read_keys(_page(SPEC_PAGE)))


@cache
def sections() -> Mapping[str, str]:
    """The sections of the manual by topic, each with what is below it."""
    text = _page(SPEC_PAGE)
    heads = list(_HEAD.finditer(text))
    texts: dict[str, str] = {}
    for at, head in enumerate(heads):
        rest = (later.start() for later in heads[at + 1 :] if len(later[1]) <= len(head[1]))
        texts.setdefault(_slug(head[2]), text[head.start() : next(rest, len(text))])
    return texts


def topics() -> list[str]:
    """Everything that ``manual`` knows by one word."""
    words = [*sections(), *_choices(), *_named_objectives(), *(key.path for key in keys())]
    return list(dict.fromkeys([*words, *(f"{page}.md" for page in pages())]))


_HEAD = re.compile(r"^(##+) (.*)$", re.MULTILINE)
_CHOICE = re.compile(r"^\*\*`([\w-]+)`\*\*: ")
_CELLS = re.compile(r"(?<!\\)\|")


def _page(name: str) -> str:
    try:
        return pages()[name].read_text(encoding="utf-8")
    except (KeyError, OSError) as error:
        raise UsageError(
            f"the manual's page `{name}` is not in this installation",
            hint="install banc again, from a wheel or a checkout",
        ) from error


def _read_keys(text: str) -> Iterator[Key]:
    section, table, choice = "", None, None
    for line in text.splitlines():
        if head := _HEAD.match(line):
            section = _slug(head[2])
        elif marker := re.match(r"<!-- keys: (\w+) -->", line):
            table, choice = marker[1], None
        elif line == "<!-- end -->":
            table = None
        elif table and (chosen := _CHOICE.match(line)):
            choice = chosen[1]
        elif table and line.startswith("| `"):
            name, value, default, about = (cell.strip() for cell in _CELLS.split(line)[1:5])
            yield Key(
                name.strip("`"),
                _PLACES[table],
                choice,
                value,
                default,
                about.replace("\\|", "|"),
                section,
            )


@cache
def _choices() -> Mapping[str, str]:
    """What is said of each network, data set and objective, with its table of keys."""
    texts: dict[str, str] = {}
    for block in re.findall(r"<!-- keys: \w+ -->\n(.*?)<!-- end -->", _page(SPEC_PAGE), re.DOTALL):
        for part in re.split(r"^(?=\*\*`)", block, flags=re.MULTILINE):
            if chosen := _CHOICE.match(part):
                texts[chosen[1]] = part
    return texts


@cache
def _named_objectives() -> Mapping[str, str]:
    """What is said of each objective that a spec can have by its name alone."""
    rows = re.findall(r'^\| `"([\w-]+)"` \| (.*) \|$', sections()["objectives"], re.MULTILINE)
    return {name: f"**`{name}`**: {about}\n\n- more: `banc manual objectives`\n" for name, about in rows}


def _names(topic: str, key: Key) -> bool:
    """Whether a person who says ``topic`` means ``key``: its whole path, or its name alone."""
    words = topic.split(".")
    return topic == key.name or any(
        _fits(words, [*filter(None, place.split(".")), key.name]) for place in key.places
    )


def _fits(words: list[str], path: list[str]) -> bool:
    """Whether ``words`` are ``path``, with any name for its ``*``, or none."""
    if not words or not path:
        return not words and not path
    if path[0] == "*":
        return _fits(words[1:], path[1:]) or _fits(words, path[1:])
    return words[0] == path[0] and _fits(words[1:], path[1:])


def _told(key: Key) -> str:
    """What is said of one key."""
    lines = [f"**{key.path}**" + (f" (of `{key.choice}`)" if key.choice else ""), ""]
    if key.about:
        lines += [key.about, ""]
    lines += [f"- value: {key.value}", f"- default: {key.default}"]
    if key.places[0] in ("recipe", "recipe.augment"):
        name = f"augment.{key.name}" if key.places[0] == "recipe.augment" else key.name
        lines += [f"- preset {preset}: {value}" for preset, value in _presets().get(name, {}).items()]
    return "\n".join([*lines, f"- more: `banc manual {key.section}`", ""])


@cache
def _presets() -> Mapping[str, Mapping[str, str]]:
    """By key of a recipe: its value in each preset."""
    block = re.search(r"<!-- presets -->\n(.*?)<!-- end -->", _page(SPEC_PAGE), re.DOTALL)
    assert block, "the manual has a table of presets"
    head, _, *rows = [
        [cell.strip().strip("`") for cell in _CELLS.split(line)[1:-1]]
        for line in block[1].split("\n")
        if line
    ]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def _unknown(topic: str) -> UsageError:
    legal = topics()
    by_word = {name.rsplit(".", 1)[-1]: name for name in reversed(legal)} | {name: name for name in legal}
    near = get_close_matches(topic, by_word, n=1) or get_close_matches(topic.rsplit(".", 1)[-1], by_word, n=1)
    if re.fullmatch(r"(?i)banc\d+", topic):
        hint = f"`banc explain-error {topic.upper()}` explains it"
    elif near:
        hint = f"did you mean `{by_word[near[0]]}`? `banc manual --topics` lists all"
    else:
        hint = "`banc manual --topics` lists all"
    shown = "".join(letter if letter.isprintable() else "?" for letter in topic)
    return UsageError(f"the manual has no `{shown}`", hint=hint)


def _slug(head: str) -> str:
    """A heading as the links of a forge have it."""
    return re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-")


def _without_comments(text: str) -> str:
    """Without what only the page's own tests read, and the empty lines that it leaves."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"^<!--[^\n]*-->\n", "", text, flags=re.MULTILINE))
