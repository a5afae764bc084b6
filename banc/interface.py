"""banc for Python programs: ``banc.load``, ``banc.compile``, ``banc.results`` and ``banc.load_model``.

The same as the commands, with values instead of text. Whatever a person can cause is a ``BancError``. Heavy
packages are imported by the function that needs them: ``load_model`` alone imports torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from banc.errors import BancError, UsageError
from banc.paths import workspace

if TYPE_CHECKING:
    from torch import nn

    from banc.compiler import Compiled
    from banc.language.spec import Spec
    from banc.report.runs import RunResults


def load(path: Path | str) -> Spec:
    """Reads and checks a spec, as ``banc check`` does, but builds no network.

    Returns:
        The spec: frozen, with the keys of docs/spec.md as fields, and what it leaves out as defaults.

    Raises:
        SpecError: it has faults; ``faults`` lists them with code, place and legal values.
    """
    from banc.language.load import load as load_spec

    return load_spec(path).spec


def compile(  # noqa: A001 - as a person calls it: `banc.compile`
    *specs: Path | str,
    root: Path | str | None = None,
    check: bool = False,
    smoke: bool = False,
    force: bool = False,
) -> Compiled:
    """Links specs into ``dvc.yaml``, ``params.yaml`` and ``pipelines/``, as ``banc compile`` does.

    Args:
        specs: files, relative to the current folder; none: all of the workspace's ``spec/``.
        root: a folder in the workspace; None: the current folder.
        check: writes nothing, and raises where a generated file is not up to date.
        smoke: links the specs' smoke runs.
        force: removes stages that a ``dvc repro`` at work may still need.

    Returns:
        ``write`` and ``remove`` are the files that were written and removed, ``files`` has the text of all of
        them by path, ``warnings`` what is not wrong but odd.

    Raises:
        SpecError: a spec has faults.
        UsageError: there is no workspace or no spec; a file that a person wrote would be overwritten; DVC is
            at work; with ``check``, files are not up to date.
        BancError: the file system refuses.
    """
    from banc.cli.check_networks import check_with_networks
    from banc.compiler import apply, link_specs
    from banc.language.load import has_errors
    from banc.language.source import SpecError
    from banc.paths import find_specs

    where = _workspace(root)
    checked = check_with_networks([Path(spec) for spec in specs] or find_specs(where), run_code=True)
    if has_errors(checked.faults):
        raise SpecError(list(checked.faults))
    compiled = link_specs(where, checked.loaded, smoke=smoke)
    if not check:
        apply(where, compiled, force=force)
    elif stale := (*compiled.write, *compiled.remove):
        more = f" and {len(stale) - 1} more" if stale[1:] else ""
        raise UsageError(
            f"`{stale[0]}`{more} is not up to date", hint="compile again, without `check`, and commit it"
        )
    return compiled


def results(spec: Path | str, *, root: Path | str | None = None, smoke: bool = False) -> RunResults:
    """Every run of a spec, with its numbers as far as they are there, at any moment of a run.

    Args:
        spec: a table's name, such as ``table2`` for ``spec/table2.toml``; or a spec's path.
        root: a folder in the workspace; None: the current folder.
        smoke: those of the spec's smoke run.

    Returns:
        Records, one a run and seed; ``to_frame()`` makes a pandas DataFrame of them.

    Raises:
        SpecError: the spec has faults.
        UsageError: there is no such spec.
        BancError: a file with metrics is damaged.
    """
    from banc.compiler import graph_of
    from banc.language.declare import declare
    from banc.language.load import load as load_spec
    from banc.report.runs import run_results
    from banc.stage.kinds import Import, Score

    where = _workspace(root)
    loaded = load_spec(_spec_file(where, spec))
    graph = graph_of(where, loaded, smoke=smoke)
    (name,) = graph.layouts
    order = {run: number for number, run in enumerate(declare(loaded.spec))}
    runs = [
        (use, address)
        for address, linked in graph.stages.items()
        if isinstance(linked.stage, Score)
        for use in linked.uses
    ]
    runs.sort(key=lambda run: (order[run[0].model or "", run[0].column or ""], run[0].seed or 0))
    elsewhere = {
        address
        for address, linked in graph.stages.items()
        if isinstance(linked.stage, Score)
        and any(isinstance(graph.stages[member].stage, Import) for member in linked.stage.members)
    }
    return run_results(where, name, runs, elsewhere)


def load_model(root: Path | str, run: str, *, seed: int | None = None) -> nn.Module:
    """A trained network, on the CPU and in evaluation mode.

    It reads images float32 (B, C, H, W), normalised by the channels' ``mean`` and ``std`` in the data stage's
    ``data.json``, and gives logits float32 (B, classes). Torch's random numbers go on as if it had not been
    called.

    Args:
        root: a folder in the workspace.
        run: as the spec names it, ``densenet/ban-2``, or ``table2:densenet/ban-2`` where linked specs differ;
            or the address of a ``train`` or ``import`` stage.
        seed: the spec's seed; may be left out where there is one.

    Raises:
        UsageError: nothing linked has that name or seed, several have, or it is an ensemble and no network.
        BancError: the network is not trained yet, or its file is damaged.
    """
    from banc.stage import files
    from banc.stage.index import read_index
    from banc.stage.kinds import NETWORKS, Import
    from banc.stage.names import find_stage

    where = _workspace(root)
    index = read_index(where)
    address = find_stage(index, run, seed=seed)
    kind = index.stages[address].kind
    if kind not in NETWORKS:
        raise UsageError(f"`{run}` is no network", hint="expected a run, such as `densenet/ban-1`")
    path = where / files.folder(address) / files.MODEL
    if not path.is_file():
        made = "imported" if kind == Import.KIND else "trained"
        raise BancError(
            f"`{run}` is not {made}: there is no `{path.relative_to(where)}`",
            hint="`dvc repro` makes it; `dvc pull` fetches it where that ran elsewhere",
        )
    from banc.runner.trained import trained

    return trained(where, path)


def _workspace(root: Path | str | None) -> Path:
    return workspace(None if root is None else Path(root))


def _spec_file(root: Path, spec: Path | str) -> Path:
    """The file that ``spec`` means: a path as it is, a name in the workspace."""
    if isinstance(spec, Path) or "/" in spec or spec.endswith(".toml"):
        return Path(spec)
    from banc.paths import SPECS, find_specs
    from banc.stage.index import INDEX, read_index

    path = root / SPECS / f"{spec}.toml"
    if path.is_file():
        return path
    linked = read_index(root).specs if (root / INDEX).is_file() else {}
    if spec in linked:
        return root / linked[spec].path
    names = sorted({path.stem for path in find_specs(root)} | set(linked))
    raise UsageError(
        f"no spec `{spec}` in `{SPECS}/`", hint=f"expected one of {', '.join(names)}, or a path to a spec"
    )
