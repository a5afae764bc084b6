"""``banc gc``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from banc.gc.garbage import Item
    from banc.gc.kept import Kept
    from banc.git import Revision


def gc(
    yes: Annotated[
        bool, typer.Option("--yes", "--delete", help="Delete it. Otherwise it is only shown.")
    ] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", help="Keep what this revision needs, too. Can be repeated.", metavar="REV"),
    ] = None,
    all_commits: Annotated[
        bool, typer.Option("--all-commits", help="Keep what any commit needs, not only the newest ones.")
    ] = False,
    no_refs: Annotated[
        bool,
        typer.Option(
            "--no-refs", help="Keep only what the work tree, HEAD and --keep need: no branches, no tags."
        ),
    ] = False,
    shared_cache: Annotated[
        bool,
        typer.Option("--shared-cache", help="Delete in DVC's cache even if other workspaces may use it."),
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Show every item.")] = False,
    format: Annotated[
        Literal["text", "json"], typer.Option(help="Text for people, JSON for programs.")
    ] = "text",
) -> None:
    """Show, or delete, what no spec needs any more: runs, checkpoints, and their bytes in DVC's cache.

    Needed is what a spec reaches in the work tree, at HEAD, or at the newest commit of any branch or tag, and
    what is linked there. Only files that banc or DVC wrote are deleted; committed files, entries of dvc.lock
    among them, stay. Nothing is deleted while DVC or a stage runs, or if a spec at one of these revisions
    cannot be read.

        banc gc

        banc gc --yes

        banc gc --all-commits --keep origin/main

        banc gc --format json
    """
    from banc.cli.fitted import say
    from banc.cli.show_gc import line, lines
    from banc.cli.words import count, size
    from banc.gc.delete import delete
    from banc.gc.garbage import garbage
    from banc.gc.inventory import inventory
    from banc.gc.kept import kept
    from banc.gc.record import record
    from banc.jobs.journal import refuse_beside_jobs
    from banc.paths import workspace
    from banc.printable import printable_json
    from banc.running import nobody_at_work, running

    root = workspace()
    revisions, where = _revisions(root, keep or [], all_commits=all_commits, refs=not no_refs)
    commits = [revision.commit for revision in revisions]
    if yes:
        refuse_beside_jobs(root, "nothing is deleted")
        with nobody_at_work(root):
            needed = kept(root, revisions)
            _refuse_unreadable(needed)
            there = inventory(root)
            unneeded = garbage(needed, there, shared_cache=shared_cache)
            deleted: list[Item] = []

            def done(item: Item) -> None:
                deleted.append(item)
                if format == "text":
                    say([f"deleted {line(item)}"])

            try:
                delete(root, unneeded, done)
            finally:  # whatever stops it, it says what is gone
                if format == "json":
                    told = record(
                        needed, there, unneeded, revisions=commits, shared_cache=shared_cache, deleted=deleted
                    )
                    print(printable_json(json.dumps(told, indent=1)))
        if format == "text":
            freed = size(sum(item.size for item in deleted))
            say([f"{count(len(deleted), 'item')} deleted, {freed}; entries of dvc.lock stay"])
        return
    needed, there = kept(root, revisions), inventory(root)
    unneeded = garbage(needed, there, shared_cache=shared_cache)
    if format == "json":
        told = record(
            needed, there, unneeded, revisions=commits, shared_cache=shared_cache, running=running(root)
        )
        print(printable_json(json.dumps(told, indent=1)))
        _refuse_unreadable(needed)
        return
    versions = f"{needed.specs} versions of " if needed.specs > needed.files else ""
    need = f"{versions}{count(needed.files, 'spec')} need{'s' if needed.specs == 1 else ''}"
    sizes = f"{count(len(unneeded.items), 'item')}, {size(unneeded.size)}"
    say(
        [
            f"kept: {count(len(needed.addresses), 'stage')} that {need}, of {where}",
            *lines(unneeded, there, every=every, shared_cache=shared_cache),
            f"{sizes}; nothing was deleted: `--yes` does it",
            *(f"{who} is running: until it has ended, nothing can be deleted" for who in running(root)),
        ]
    )
    _refuse_unreadable(needed)


def _revisions(
    root: Path, keep: list[str], *, all_commits: bool, refs: bool
) -> tuple[tuple[Revision, ...], str]:
    """What is kept beside the work tree, and how to say it."""
    from banc.cli.words import count
    from banc.errors import UsageError
    from banc.git import find_revision, has_history, head, history, tips

    if all_commits and not refs:
        raise UsageError("`--all-commits` keeps every commit, and `--no-refs` few", hint="choose one of them")
    named = [find_revision(root, name) for name in keep]
    if not has_history(root):
        return tuple(named), "the work tree, which is in no git repository"
    current = head(root)
    more = history(root) if all_commits else tips(root) if refs else ()
    revisions = {revision.commit: revision for revision in (*([current] if current else []), *named, *more)}
    words = "commit" if all_commits else "revision"
    return tuple(revisions.values()), f"the work tree and {count(len(revisions), words)}"


def _refuse_unreadable(needed: Kept) -> None:
    from banc.errors import UsageError

    if needed.unreadable:
        reasons = "".join(f"\n  {name}: {why}" for name, why in needed.unreadable)
        raise UsageError(
            f"what is needed is not known, so nothing is deleted: these specs cannot be read{reasons}",
            hint="correct or delete them, or the branch that has them; or leave branches and tags out by "
            "`--no-refs`, and name by `--keep` those that you need",
        )
