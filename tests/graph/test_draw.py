from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from banc.graph.draw import draw
from banc.spec.declare import declare
from banc.spec.language import Spec

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
    assert draw(read_spec(re.sub("labels = .*", "", TEXT)), "text") == (
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
    mermaid, dot, text = draw(spec, "mermaid"), draw(spec, "dot"), draw(spec, "text")
    edges = 6 + 4  # from teachers to students, from members to ensembles
    assert len(re.findall(r"^    r\d+(?:\[\"|\(\[\")", mermaid, flags=re.MULTILINE)) == len(runs)
    assert len(re.findall(r"^    r\d+ (?:-->|-\.->)", mermaid, flags=re.MULTILINE)) == edges
    assert len(re.findall(r"^  r\d+ \[label=", dot, flags=re.MULTILINE)) == len(runs)
    assert len(re.findall(r"^  r\d+ -> r\d+ \[", dot, flags=re.MULTILINE)) == edges
    assert len(re.findall(r"[├└]── ", text)) == len(runs)


def test_mermaid_keeps_labels_inside_of_their_quotes(spec: Spec) -> None:
    picture = draw(spec, "mermaid")
    assert '["Net &quot;A&quot; \\ &lt;b> &amp; co: teacher"]' in picture
    for line in picture.splitlines():
        assert line.count('"') in (0, 2), line


def test_graphviz_strings_end_where_labels_end(spec: Spec) -> None:
    picture = draw(spec, "dot")
    strings = re.findall(r'label=("(?:[^"\\]|\\.)*")', picture)
    assert json.loads(strings[0]) == 'Net "A" \\ <b> & co: teacher'
    assert re.sub(r'"(?:[^"\\]|\\.)*"', "", picture).count('"') == 0
    assert picture.endswith("}\n")
