"""``banc report --against``: the tables of a revision beside those of now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from banc.compiler import SpecGraph
    from banc.git import Revision
    from banc.report.cells import FilledTable


def report_changes(
    root: Path,
    specs: Sequence[SpecGraph],
    format: Literal["terminal", "markdown", "latex", "typst", "csv", "json"],
    since: str,
) -> str:
    """What changed in each spec's table since the revision ``since``, of which git knows spec and results.

    Raises:
        SpecError: a spec had faults at that revision.
        UsageError: git knows no such revision, or the format is not one of text, Markdown and JSON.
        BancError: results are damaged, or git refuses.
    """
    from banc.errors import UsageError
    from banc.git import find_revision
    from banc.report.changes import changes
    from banc.report.formats.changes_text import changes_json, changes_text
    from banc.report.report import filled

    if format not in ("terminal", "markdown", "json"):
        hint = "expected `--format` terminal, markdown or json"
        raise UsageError(f"changes are not written as `--format {format}`", hint=hint)
    revision = find_revision(root, since)
    before = [_before(root, revision, spec) for spec in specs]
    now = filled(root, [spec.layout for spec in specs])
    several = [changes(old, new) for old, new in zip(before, now, strict=True)]
    if format == "json":
        return changes_json(several, since)
    return changes_text(several, since, markdown=format == "markdown")


def _before(root: Path, revision: Revision, spec: SpecGraph) -> FilledTable | None:
    """The table that a spec's file was; None where there was none."""
    from banc.compiler import graph_of
    from banc.language.load import load_at
    from banc.language.named import path_in
    from banc.paths import RESULTS
    from banc.report.collect import collect_committed
    from banc.report.tabulate import tabulate
    from banc.stage.files import DETAILS
    from banc.stage.files import RESULTS as NUMBERS

    path = path_in(root, spec.loaded.source.file)
    if path not in revision.files():
        return None
    (layout,) = graph_of(root, load_at(revision, path), smoke=spec.smoke).layouts.values()

    def committed(name: str) -> bytes | None:
        try:
            return revision.read(f"{RESULTS}/{layout.spec}/{name}")
        except OSError:
            return None

    wanted = {address for addresses in layout.scores.values() for address in addresses}
    wanted |= set(layout.teachers.values())
    return tabulate(layout, *collect_committed(committed(NUMBERS), committed(DETAILS), layout.spec, wanted))
