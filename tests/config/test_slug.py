from __future__ import annotations

from banc.config.slug import slug_of


def test_words_without_letters_are_dropped() -> None:
    assert slug_of("A", "__", "b--c") == "a-b-c"
