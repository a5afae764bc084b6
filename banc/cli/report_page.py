"""``banc report --format html`` and ``--plots``: the report as a document.

In: specs. Out: a ``Document`` of what is finished now, as a page or as pictures in a folder.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from banc.cli.patient import patient

if TYPE_CHECKING:
    from banc.document.document import Document
    from banc.stage.layout import Spread

PAUSE = 5
"""Seconds between two looks at the workspace, and after which the browser loads the page anew."""

MAX_TIME_FRACTION = 0.2
"""Upper bound on the fraction of time that goes into making pages: large ones are made more rarely."""


def document_of(root: Path, wanted: Mapping[Path, bool], spread: Spread | None = None) -> Document:
    """The document of specs, each with whether its smoke run is meant.

    Args:
        spread: what stands after a mean; None: what the spec says.

    Raises:
        SpecError: a spec has faults.
        BancError: a file of the workspace is damaged.
    """
    from attrs import evolve

    from banc.compiler import graphs_of
    from banc.document.gather import gather
    from banc.machine import this_device

    specs = graphs_of(root, wanted)
    if spread is not None:
        specs = tuple(spec.with_layout(evolve(spec.layout, spread=spread)) for spec in specs)
    return gather(root, specs, this_device(), time.time())


def page_text(root: Path, wanted: Mapping[Path, bool], spread: Spread | None = None) -> str:
    """The page; arguments and errors are those of ``document_of``, and that matplotlib is not installed."""
    from banc.document.html.page import page

    return page(document_of(root, wanted, spread))


def watch_page(look: Callable[[], Document], write: Callable[[str], None]) -> None:
    """Keeps a page current until everything is finished, or Ctrl-C.

    The last page no longer asks the browser to load it anew.
    """
    from banc.document.html.page import page

    last: list[Document] = []
    try:
        _keep_current(look, write, last)
    except KeyboardInterrupt:
        if last:
            write(page(last[-1]))
        print("stopped; the page stays as it is", file=sys.stderr)


def serve_page(look: Callable[[], Document], port: int) -> None:
    """The same on a port of this machine, for its own browsers. Ctrl-C ends it, also when all is finished.

    Args:
        port: 0: any that is free.

    Raises:
        UsageError: the port is taken, or may not be taken.
    """
    from banc.cli.page_server import PageServer
    from banc.document.html.page import page

    server = PageServer(port)
    try:
        server.show(page(patient(look), refresh=PAUSE))
        with server:
            print(f"the page is at {server.url}; Ctrl-C ends this and stops nothing else", flush=True)
            _keep_current(look, server.show, [])
            print("everything is finished; the page stays until Ctrl-C", flush=True)
            Event().wait()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)


def _keep_current(look: Callable[[], Document], write: Callable[[str], None], last: list[Document]) -> None:
    """Writes a page whenever something has changed, until everything is finished.

    Args:
        last: gets the document of each page.
    """
    from banc.document.html.page import page

    while True:
        begun = time.monotonic()
        document = patient(look)
        if not last or document != last[-1]:
            last[:] = [document]
            write(page(document, refresh=None if document.finished else PAUSE))
        if document.finished:
            return
        took = time.monotonic() - begun
        time.sleep(max(PAUSE, took / MAX_TIME_FRACTION - took))


def write_plots(root: Path, wanted: Mapping[Path, bool], folder: Path) -> None:
    """Writes the pictures of each spec into ``folder``, in the place of earlier ones of their names.

    Raises:
        UsageError: ``folder`` is no folder.
        BancError: matplotlib is not installed; a file cannot be written.
    """
    from banc.document.pictures.paper import paper_files
    from banc.errors import UsageError
    from banc.paths import write_bytes_atomically

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder", hint="name one that is there, or that is to be made")
    # All are drawn before one is written.
    pictures = [file for report in document_of(root, wanted).reports for file in paper_files(report)]
    for name, content in pictures:
        write_bytes_atomically(folder / name, content)
    print(f"wrote {len(pictures)} pictures into {folder}")


def crate_text(root: Path, wanted: Mapping[Path, bool]) -> str:
    """The provenance of one spec's table as JSON-LD (``document.crate``).

    Raises:
        UsageError: several specs are meant.
        SpecError: the spec has errors.
        BancError: a file of the workspace is damaged.
    """
    import json

    from banc import __version__
    from banc.compiler import graphs_of
    from banc.document.crate import METADATA, crate, sources
    from banc.errors import UsageError
    from banc.read_state import read_state

    specs = graphs_of(root, wanted)
    if len(specs) != 1:
        raise UsageError(
            f"an RO-Crate is of one table, and {len(specs)} specs are meant",
            hint=f"name one: `banc report SPEC --format ro-crate --output {METADATA}`",
        )
    graph, layout = specs[0].graph, specs[0].layout
    state = read_state(root, graph)
    there = frozenset(name for name in sources(graph) if (root / name).is_file())
    value = crate(graph, layout, state, there, __version__, time.time())
    return json.dumps(value, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
