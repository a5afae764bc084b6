"""The compiler: specs in, the generated files of the workspace out.

In: a workspace and spec paths. Out: which files are to be written and removed, then the writing: the
compiling half writes nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import evolve, frozen

from banc import paths
from banc.emit.emit import DVC_YAML, emit
from banc.errors import BancError, UsageError
from banc.graph.expand import expand
from banc.graph.graph import Graph
from banc.graph.link import link
from banc.graph.lower import lower
from banc.jobs.journal import refuse_beside_jobs
from banc.language.fault import Fault
from banc.language.load import Loaded, load_all
from banc.language.smoke import SUFFIX
from banc.language.smoke import smoke as smoke_of
from banc.paths import CURVES, MARK, PARAMS_YAML, write_atomically
from banc.running import running
from banc.stage.address import is_address
from banc.stage.kinds import Table
from banc.stage.layout import Layout


@frozen
class Compiled:
    """What linking some specs gives."""

    specs: tuple[Loaded, ...]
    graph: Graph
    files: dict[str, str]
    """Every generated file's text, by path in the workspace."""
    write: tuple[str, ...]
    """Files that are missing or differ."""
    remove: tuple[str, ...]
    """Generated files of stages that are no longer linked."""
    warnings: tuple[Fault, ...]
    shared: int
    """Stages that more than one of the specs needs."""


@frozen
class SpecGraph:
    """A spec, and its graph or that of its smoke run."""

    loaded: Loaded
    graph: Graph
    """Of this spec alone."""
    smoke: bool

    @property
    def layout(self) -> Layout:
        """Of its table."""
        (layout,) = self.graph.layouts.values()
        return layout

    def with_layout(self, layout: Layout) -> SpecGraph:
        """The same with another layout of its table."""
        return evolve(self, graph=evolve(self.graph, layouts={layout.spec: layout}))


def graphs_of(root: Path, specs: Mapping[Path, bool]) -> tuple[SpecGraph, ...]:
    """The graphs of ``specs``, each with whether its smoke run is meant. Two paths to one spec are one.

    Raises:
        SpecError: a spec has faults.
        UsageError: a spec is outside of the workspace.
    """
    graphs = []
    for loaded in load_all(list(specs)):
        smoke = specs[Path(loaded.source.file)]
        graphs.append(SpecGraph(loaded, graph_of(root, loaded, smoke=smoke), smoke))
    return tuple(graphs)


def graph_of(root: Path, loaded: Loaded, *, smoke: bool = False) -> Graph:
    """One spec's graph, or that of its smoke run (``language.smoke``)."""
    try:
        where = _place(root, loaded)
    except ValueError:
        raise UsageError(
            f"`{loaded.source.file}` is outside of the workspace `{root}`",
            hint=f"copy it into `{paths.SPECS}/`, so that the workspace is complete",
        ) from None
    if smoke:
        return lower(expand(smoke_of(loaded.spec), loaded.source.name + SUFFIX), where)
    return lower(expand(loaded.spec, loaded.source.name), where)


def _place(root: Path, loaded: Loaded) -> str:
    """Where a spec lies in the workspace; at a revision, where it lay then and at which.

    Raises:
        ValueError: outside of it.
    """
    if loaded.source.revision is not None:
        return loaded.source.file
    return Path(loaded.source.file).resolve().relative_to(root).as_posix()


def compile_specs(root: Path, specs: Sequence[Path], *, smoke: bool = False) -> Compiled:
    """Links ``specs``, or their smoke runs, and compares with what the workspace holds. Writes nothing.

    Raises:
        SpecError: a spec has faults.
        UsageError: a file that banc would write was written by a person.
    """
    return link_specs(root, load_all(specs), smoke=smoke)


def link_specs(root: Path, loaded: Sequence[Loaded], *, smoke: bool = False) -> Compiled:
    """The same for specs that are loaded.

    Raises:
        UsageError: a file that banc would write was written by a person.
    """
    graphs = [graph_of(root, one, smoke=smoke) for one in loaded]
    graph = link(graphs)
    files = emit(graph)
    _refuse_a_persons(root, [name for name in files if name.endswith((DVC_YAML, PARAMS_YAML))])
    write = tuple(name for name, text in files.items() if _differs(root / name, text))
    stale = (path.relative_to(root).as_posix() for path in _generated(root))
    shared = sum(sum(address in other.stages for other in graphs) > 1 for address in graph.stages)
    return Compiled(
        specs=tuple(loaded),
        graph=graph,
        files=files,
        write=write,
        remove=tuple(sorted(name for name in stale if name not in files)),
        warnings=tuple(fault for one in loaded for fault in one.warnings),
        shared=shared,
    )


def apply(root: Path, compiled: Compiled, *, force: bool = False) -> None:
    """Writes what differs and removes what is no longer linked. Results and ``dvc.lock`` stay.

    Args:
        force: removes it while DVC or a stage is at work too, which may still need it.

    Raises:
        UsageError: something is to be removed while DVC or a stage is at work. Nothing is written then.
        BancError: the file system refuses.
    """
    if compiled.remove and not force and (at_work := running(root)):
        raise UsageError(
            f"{' and '.join(map(str, at_work))} is running in this workspace and may still need "
            f"`{compiled.remove[0]}`" + (f" and {len(more)} more" if (more := compiled.remove[1:]) else ""),
            hint="wait for it or stop it, then compile again; or compile its specs as well; or use "
            "`--force`, and it will fail at the first stage that is gone",
        )
    if compiled.remove and not force:
        refuse_beside_jobs(root, f"`{compiled.remove[0]}` is not removed, which they may still need")
    # Parameters first: at no moment does a stage stand in a dvc.yaml without them.
    for name in sorted(
        compiled.write, key=lambda name: (name.endswith(DVC_YAML), name.count("/") == 0, name)
    ):
        write_atomically(root / name, compiled.files[name])
    for name in compiled.remove:
        try:
            (root / name).unlink(missing_ok=True)
        except OSError as error:
            raise BancError(f"cannot remove `{name}`: {error.strerror}") from error
        with suppress(OSError):  # where a lock or a person's file is left, the folder stays
            (root / name).parent.rmdir()


def trainings(graph: Graph) -> int:
    """How many stages train a network."""
    return sum(linked.stage.KIND == "train" for linked in graph.stages.values())


def tables(graph: Graph) -> int:
    """How many tables there are."""
    return sum(isinstance(linked.stage, Table) for linked in graph.stages.values())


def _differs(path: Path, text: str) -> bool:
    return _read(path) != text.encode()


def _read(path: Path) -> bytes | None:
    """A file's bytes; None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BancError(f"cannot read `{path}`: {(error.strerror or 'no reason given').lower()}") from error


def _refuse_a_persons(root: Path, names: Sequence[str]) -> None:
    """Raises if one of the files holds something that banc did not write."""
    texts = {name: (_read(root / name) or b"").strip() for name in names}
    if theirs := [name for name, text in texts.items() if text and not text.startswith(MARK.encode())]:
        named = ", ".join(f"`{name}`" for name in theirs)
        were, them = ("were", "them") if theirs[1:] else ("was", "it")
        raise UsageError(
            f"{named} {were} not written by banc, and would be overwritten",
            hint=f"move {them} away; your own stages can be in the dvc.yaml of another folder",
        )


def _generated(root: Path) -> list[Path]:
    """What earlier calls wrote into ``pipelines/``."""
    folder = root / paths.PIPELINES
    parameters = [path for path in folder.glob("*/*.json") if is_address(path.stem)]
    groups = [path for path in folder.glob(f"*/{DVC_YAML}") if (_read(path) or b"").startswith(MARK.encode())]
    return [*parameters, *folder.glob(f"*/{CURVES}"), *groups]
