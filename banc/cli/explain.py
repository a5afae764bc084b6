"""``banc explain``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from banc.provenance.node import Explanation
    from banc.provenance.subject import Subject
    from banc.provenance.trace import Number
    from banc.report.collect import AllDetails
    from banc.stage.kinds import Address
    from banc.state.state import State


def explain(
    what: Annotated[
        list[str],
        typer.Argument(
            help="A number, a cell, a run or a stage; before it, if specs differ, the spec.",
            metavar="[SPEC] STAGE",
        ),
    ],
    seed: Annotated[int | None, typer.Option(help="Only this seed, with the digest of every file.")] = None,
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Show what would run again if this changed.")
    ] = False,
    format: Annotated[
        Literal["text", "json"], typer.Option(help="Text for people, JSON for programs.")
    ] = "text",
) -> None:
    """Show where a table's number or a stage comes from, and what depends on it.

    From a cell back to its metrics, the networks and their teachers, and the data: each with its file, its
    line of the spec, its digests and versions, and what `dvc repro` would do with it now, and why. Changes
    nothing; needs no GPU, no network and no data. Keys of a spec are explained by `banc manual`, codes of
    `banc check` by `banc explain-error`.

        banc explain 17.42                         (the cell that shows it)

        banc explain densenet/ban-2                (a cell, by row and column)

        banc explain table2 densenet/ban-2 --seed 0

        banc explain densenet/teacher --if-changed

        banc explain train-densenet-bc-22-12-labels-s0-0123456789ab
    """
    from banc.cli.explain_names import refuse_other_topics
    from banc.cli.fitted import say
    from banc.cli.show_explain import lines
    from banc.cli.terminal import wants_color, width
    from banc.errors import UsageError
    from banc.paths import workspace
    from banc.printable import printable_json
    from banc.provenance.record import record

    if len(what) > 2:
        raise UsageError(
            f"`banc explain` takes one stage, and before it its spec, not {len(what)} names",
            hint='quote a name that has spaces: `banc explain "Wide-ResNet 28/teacher"`',
        )
    refuse_other_topics(what[-1])
    explanation = explanation_of(workspace(), what, seed=seed)
    if format == "json":
        print(printable_json(json.dumps(record(explanation), indent=1, allow_nan=False)))
    else:
        # Into a pipe a line is a line: somebody may search in it.
        across = width(sys.stdout) if sys.stdout.isatty() else None
        shown = lines(explanation, if_changed=if_changed, color=wants_color(sys.stdout), width=across)
        say(shown)


def explanation_of(root: Path, what: Sequence[str], *, seed: int | None = None) -> Explanation:
    """The explanation of ``what``, one word or a spec and a word, in the workspace ``root``.

    Raises:
        SpecError: a spec that is linked, or named, has faults.
        UsageError: there is no such thing.
        BancError: a file is damaged, or cannot be read.
    """
    from banc.cli.explain_names import asked_specs, name_of
    from banc.cli.explain_number import cell_that_shows, number_in
    from banc.compiler import graphs_of
    from banc.graph.link import link
    from banc.plan.plan import plan
    from banc.plan.stale import stale
    from banc.provenance.places import Places
    from banc.provenance.subject import above, find_subject
    from banc.provenance.trace import Known
    from banc.provenance.trace import explain as trace
    from banc.read_state import read_state

    graphs = graphs_of(root, asked_specs(root, what))
    graph = link([one.graph for one in graphs])
    spec, name = name_of(graph, what)
    if (number := number_in(name)) is not None:
        spec, name, of_seed = cell_that_shows(root, graph, number, spec)
        seed = of_seed if seed is None else seed
    subject = find_subject(graph, name, spec=spec, seed=seed)
    state = read_state(root, graph, facts_of=above(graph, subject))
    places = {
        name_of_table: Places(one.loaded, file)
        for one in graphs
        for name_of_table, file in one.graph.paths.items()
    }
    numbers = _numbers(root, state, subject, sorted(graph.paths))
    linked = not stale(graph, state)
    details = _details(root, subject)
    known = Known(graph, places, state, plan(graph, state), numbers, details)
    return trace(known, subject, linked=linked)


def _details(root: Path, subject: Subject) -> AllDetails:
    """What else is known of the scores of a cell, where it shows something else than errors."""
    from banc.provenance.subject import CellSubject
    from banc.report.collect import NO_DETAILS, collect_details

    if not isinstance(subject, CellSubject) or subject.layout.columns[0].quantity in ("error", "parameters"):
        return NO_DETAILS
    layout, scores = subject.layout, set(subject.scores)
    teachers = {layout.teachers[score] for score in scores if score in layout.teachers}
    return collect_details(root, scores | teachers, layout.spec)


def _numbers(root: Path, state: State, subject: Subject, specs: Iterable[str]) -> dict[Address, Number]:
    """The finished scores of ``subject``, and where they stand: a stage's own file, or committed results."""
    from banc import paths
    from banc.provenance.subject import CellSubject
    from banc.provenance.trace import Number
    from banc.report.collect import collect_scores
    from banc.stage.files import METRICS, RESULTS, folder

    if isinstance(subject, CellSubject):
        wanted, specs = set(subject.scores), [subject.layout.spec]
    else:
        wanted = {subject.address} if subject.address.startswith("score-") else set()
    numbers: dict[Address, Number] = {}
    for spec in specs:
        for address, metrics in collect_scores(root, wanted - numbers.keys(), spec).items():
            own = f"{folder(address)}/{METRICS}"
            file = own if own in state.files else f"{paths.RESULTS}/{spec}/{RESULTS}"
            numbers[address] = Number(metrics, file)
    return numbers
