"""A spec as a person names it: by its file, or by its name, which is what its table is called.

In: an argument. Out: a path; whether it is a spec, says who reads it.
"""

from __future__ import annotations

from pathlib import Path

METAVAR = "[SPEC]..."
"""How the help names such arguments."""

SHOWN = 12
"""Specs that are named where one is not found, at most."""


def spec_path(text: str) -> Path:
    """``table2`` means ``spec/table2.toml``, where there is no file ``table2``.

    Raises:
        UsageError: it is no path, and no spec is called so.
    """
    from banc.errors import UsageError
    from banc.language.fault import nearest
    from banc.paths import SPECS, find_specs, workspace

    path = Path(text)
    if path.name != text or path.suffix or path.exists():
        return path
    try:
        found = find_specs(workspace())
    except UsageError:
        return path
    specs = {spec.stem: spec for spec in found}
    if text not in specs:
        near = nearest(text, specs)
        guess = f"did you mean `{near}`? " if near else ""
        names = ", ".join(f"`{name}`" for name in list(specs)[:SHOWN])
        more = f" and {len(specs) - SHOWN} more" if len(specs) > SHOWN else ""
        raise UsageError(f"no spec is called `{text}`", hint=f"{guess}`{SPECS}/` has {names}{more}")
    return specs[text]
