from __future__ import annotations

from banc.cli.tree import Branch, drawn

STUDENT = Branch("student", ("recipe     many words about a recipe",), (Branch("teacher", ("labels",)),))
TREE = Branch("number", ("seed 0     one", "seed 1     two"), (STUDENT, Branch("data")))


def test_a_tree_is_drawn() -> None:
    assert list(drawn(TREE)) == [
        "number",
        "│ seed 0     one",
        "│ seed 1     two",
        "├─ student",
        "│  │ recipe     many words about a recipe",
        "│  └─ teacher",
        "│       labels",
        "└─ data",
    ]


def test_a_long_note_goes_on_below_its_text() -> None:
    lines = list(drawn(TREE, 30))
    assert lines[4:6] == ["│  │ recipe     many words", "│  │            about a recipe"]
    assert lines[:4] == list(drawn(TREE))[:4]
    words = " ".join(line.strip("│ ") for line in drawn(TREE, 1)).split()
    assert words == " ".join(line.strip("│ ") for line in drawn(TREE)).split()
