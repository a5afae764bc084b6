"""A spec as a person names it: by its file, or by its name, which is what its table is called.

In: an argument. Out: a path; whether there is such a file, and whether it is a spec, says who reads it.
"""

from __future__ import annotations

from pathlib import Path

METAVAR = "[SPEC]..."
"""How the help names such arguments."""


def spec_path(text: str) -> Path:
    """``table2`` means ``spec/table2.toml``, where there is no file ``table2``."""
    from banc.errors import UsageError
    from banc.paths import find_specs, workspace

    path = Path(text)
    if path.name != text or path.suffix or path.exists():
        return path
    try:
        found = find_specs(workspace())
    except UsageError:
        return path
    return next((spec for spec in found if spec.stem == text), path)
