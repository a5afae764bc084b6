"""The readable part of an address from a person's own names."""

from __future__ import annotations

import re

LONGEST = 100
"""Characters of a slug at most. It stands in names of files with more around it, and these have 255."""


def slug_of(*words: str) -> str:
    """Words in the letters that a slug may have; what has none of them is dropped, and what is too long."""
    plain = (re.sub("[^a-z0-9]+", "-", word.lower()).strip("-") for word in words)
    return "-".join(word for word in plain if word)[:LONGEST].rstrip("-")
