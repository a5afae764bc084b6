from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import get_args

import pytest
from attrs import evolve

from banc.graph.draw import Picture, draw
from banc.language.declare import declare
from banc.language.spec import Spec

ReadSpec = Callable[..., Spec]

TEXT = r"""
    [lineages]
    ban = { models = ["a", "c"], generations = 2 }
    [ensembles]
    ens = { of = "a", members = ["teacher", "ban-1"] }
    all = { of = "a", members = ["ban-2", "c/ban-2"], across_seeds = true }
    [transfers]
    moved = { teacher = "a/ens", students = ["c"], objective = { kind = "distill", temperature = 4 } }
    again = { teacher = "c/moved", students = ["a"], share = ["stem"] }
    [table]
    rows = ["a", "c"]
    columns = ["ban-2", "ens", "all", "again"]
    labels = { a = 'Net "A" \ <b> & co', ban-2 = "last\nborn", c = "%d ${x}" }
"""


@pytest.fixture
def spec(read_spec: ReadSpec) -> Spec:
    return read_spec(TEXT)


def test_the_tree_hangs_each_student_below_its_teacher(read_spec: ReadSpec) -> None:
    assert draw({"t": read_spec(re.sub("labels = .*", "", TEXT))}, "text") == (
        "A table (digits, seeds 3, 5)\n"
        "├── a: teacher\n"
        "│   └── a: ban-1  [ban-l]\n"
        "│       └── a: ban-2  [ban-l]\n"
        "├── c: teacher\n"
        "│   └── c: ban-1  [ban-l]\n"
        "│       └── c: ban-2  [ban-l]\n"
        "├── a: ens = mean of teacher + ban-1\n"
        "│   └── c: moved  [distill]\n"
        "│       └── a: again  [ban-l]\n"
        "└── a: all = mean of ban-2 + c: ban-2, all seeds\n"
    )


def test_every_run_and_every_teacher_is_in_each_picture(spec: Spec) -> None:
    runs = declare(spec)
    mermaid, dot, text = draw({"t": spec}, "mermaid"), draw({"t": spec}, "dot"), draw({"t": spec}, "text")
    edges = 6 + 4  # from teachers to students, from members to ensembles
    assert len(re.findall(r"^    r\d+(?:\[\"|\(\[\")", mermaid, flags=re.MULTILINE)) == len(runs)
    assert len(re.findall(r"^    r\d+ (?:-->|-\.->)", mermaid, flags=re.MULTILINE)) == edges
    assert len(re.findall(r"^  r\d+ \[label=", dot, flags=re.MULTILINE)) == len(runs)
    assert len(re.findall(r"^  r\d+ -> r\d+ \[", dot, flags=re.MULTILINE)) == edges
    assert len(re.findall(r"[├└]── ", text)) == len(runs)


LABELS = TEXT[TEXT.index("labels") :].rstrip()
HOSTILE = {
    "quotes": "a \"b\" 'c'",
    "brackets": "a](b) [c] {d} <b>e</b> |f|",
    "entities": "a &lt; &amp; #35; #quot; ;",
    "directives": "%%{init: {}}%% %% x",
    "backslashes": r"a \n \N \G \l b\ ",
    "Markdown": "`**a**` $$x$$",
}


def read_mermaid(string: str) -> str:
    """What Mermaid shows of a string: it decodes entities, its own and HTML's, and breaks at ``\\n``."""
    assert not re.search(r'["\n`]|\\n|%%', string), "would end the string, or be read as something else"
    assert not re.search(r"<|&(?!#\d+;)", string), "would be read as HTML"
    return html.unescape(re.sub(r"#(\d+);", r"&#\1;", string))


def read_dot(string: str) -> str:
    """What Graphviz shows of a string: quotes first, then its escapes, then the entities of HTML."""
    string = string.replace('\\"', '"')
    return html.unescape(re.sub(r"\\(.)", lambda escape: {"\\": "\\"}[escape[1]], string))


@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_a_label_is_read_as_it_was_written(read_spec: ReadSpec, label: str) -> None:
    labelled = TEXT.replace(LABELS, f"labels = {{ a = {json.dumps(label)} }}")
    specs = {"t": read_spec(labelled)}
    expected = f"{' '.join(label.split())}: teacher"
    (string,) = re.findall(r'^    r0\["(.*)"\]$', draw(specs, "mermaid"), flags=re.MULTILINE)
    assert read_mermaid(string) == expected
    (string,) = re.findall(
        r'^  r0 \[label="((?:[^"\\]|\\.)*)", style=bold\];$', draw(specs, "dot"), flags=re.MULTILINE
    )
    assert read_dot(string) == expected


@pytest.mark.parametrize("picture", ["text", "mermaid", "dot"])
@pytest.mark.parametrize("hostile", ["\x1b[31m", "\0", "\u202e", "\u2066", "\x9b2J", "\r", "\n"])
def test_a_picture_cannot_paint_the_terminal(read_spec: ReadSpec, picture: Picture, hostile: str) -> None:
    said = json.dumps(f"a{hostile}b")
    text = TEXT.replace(LABELS, f"labels = {{ a = {said}, ens = {said} }}")
    drawn = draw({"t": evolve(read_spec(text), title=f"t{hostile}u")}, picture)
    assert {char for char in drawn if not char.isprintable()} == {"\n"}
    assert drawn.count("\n") == draw({"t": read_spec(TEXT)}, picture).count("\n")
    assert re.search("a .*b: teacher", drawn)


def test_several_specs_are_boxes_of_one_graph_or_trees_one_below_the_other(spec: Spec) -> None:
    alone = {picture: draw({"one": spec}, picture) for picture in get_args(Picture)}
    both = {picture: draw({"one": spec, "two": spec}, picture) for picture in get_args(Picture)}
    assert both["text"] == f"one: {alone['text']}\ntwo: {alone['text']}"
    for name, start, box, end in (
        ("mermaid", "flowchart", r'subgraph s\d\["(.*)"\]', "end"),
        ("dot", "digraph", r"subgraph cluster\d {", "}"),
    ):
        lines = [line.strip() for line in both[name].splitlines()]
        assert sum(line.startswith(start) for line in lines) == 1, "one graph a file"
        boxes = [at for at, line in enumerate(lines) if re.fullmatch(box, line)]
        ends = [at for at, line in enumerate(lines) if line == end]
        assert len(boxes) == 2 and boxes[0] < ends[0] < boxes[1] < ends[1]
        first, second = (lines[a + 1 : b] for a, b in zip(boxes, ends, strict=False))
        runs = len(declare(spec))
        for at, drawn in enumerate((first, second)):
            ids = {word for line in drawn for word in re.findall(r"\bs?\d?r\d+\b", line)}
            assert ids == {f"s{at}r{n}" for n in range(runs)}, "no run belongs to both"
    assert 'label="two: A table"' in both["dot"]
    assert '["two: A table"]' in both["mermaid"]


def test_mermaid_keeps_labels_inside_of_their_quotes(spec: Spec) -> None:
    picture = draw({"t": spec}, "mermaid")
    assert '["Net #34;A#34; #92; #60;b#62; #38; co: teacher"]' in picture
    for line in picture.splitlines():
        assert line.count('"') in (0, 2), line


def test_graphviz_strings_end_where_labels_end(spec: Spec) -> None:
    picture = draw({"t": spec}, "dot")
    strings = re.findall(r'label=("(?:[^"\\]|\\.)*")', picture)
    assert strings[0] == r'"Net \"A\" \\ <b> &amp; co: teacher"'
    assert re.sub(r'"(?:[^"\\]|\\.)*"', "", picture).count('"') == 0
    assert picture.endswith("}\n")
