"""Replays finished stages in a scratch folder and compares.

In: a workspace, and which of its stages. Out: a verdict a stage, as soon as there is one. Writes nothing
but into ``.banc/verify/``, which is gone at the end.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from attrs import evolve
from rich.console import Console

from banc.digest import Json
from banc.errors import BancError, UsageError
from banc.runner.execute import execute
from banc.stage import files
from banc.stage.index import read_index
from banc.stage.kinds import Address, Stage
from banc.stage.names import OfRun, label
from banc.verify.choose import LinkedStage, choose, linked
from banc.verify.compare import ENVIRONMENT, Difference, Different, Identical, compare
from banc.verify.locks import Locks
from banc.verify.scratch import furnished, scratch
from banc.verify.verdict import Change, Outcome, Verdict

_SIGNAL = 128
"""Exit codes above it say that someone asked a stage to stop."""


def verify(
    root: Path,
    asked: Sequence[str],
    sample: int | None,
    console: Console,
    *,
    seed: int | None = None,
    kind: OfRun | None = None,
) -> Generator[Verdict, None, None]:
    """Verifies the stages that ``choose`` gives. ``console`` shows how far each is.

    Who does not take all verdicts closes the generator, so that the scratch folder goes.

    Raises:
        UsageError: a name is that of no linked stage; BANC_DEVICE or BANC_THREADS cannot be followed.
        BancError: nothing is finished, a ``dvc.lock`` is damaged, or someone asked to stop.
    """
    index = read_index(root)
    stages = linked(root, index)
    chosen = choose(root, index, stages, asked, sample, seed=seed, kind=kind)
    locks = Locks(root)
    with scratch(root) as folder:
        for number, address in enumerate(chosen, 1):
            name = label(index, address)
            name_line = f"{number}/{len(chosen)} {address}" + (f" ({name})" if name else "")
            console.print(name_line, markup=False, highlight=False, soft_wrap=True)
            file = index.stages[address].file
            yield evolve(_verify(root, folder, address, stages, locks, console, file), name=name)


def _verify(
    root: Path,
    folder: Path,
    address: Address,
    stages: Mapping[Address, LinkedStage],
    locks: Locks,
    console: Console,
    file: str | None,
) -> Verdict:
    linked_stage = stages[address]
    stage, entry = linked_stage.stage, locks.entry(address, linked_stage.parameters)
    if entry:
        edited = tuple(locks.edits(address, stage, linked_stage.parameters, entry, file))
    else:
        edited = tuple(locks.removed(address, stage, linked_stage.parameters)) if stage else ()

    def verdict(
        outcome: Outcome,
        compared: dict[str, Difference] | None = None,
        environment: tuple[Change, ...] = (),
        reason: str = "",
    ) -> Verdict:
        return Verdict(address, outcome, compared or {}, environment, edited, entry is not None, reason)

    if stage is None:
        return verdict("failed", reason=linked_stage.fault)
    outputs = [f"{files.folder(stage)}/{name}" for name in files.writes(stage)]
    for what, names in (("output", outputs), ("input", files.reads(stage, file))):
        if missing := [name for name in names if not (root / name).is_file()]:
            others = f" and {len(missing) - 1} more" if missing[1:] else ""
            return verdict("missing", reason=f"{what} `{missing[0]}`{others} is not there")
    with furnished(root, folder, stage):
        try:
            execute(folder, stage, address, console, file=file)
        except BancError as error:
            if isinstance(error, UsageError) and _readable(stages, stage):
                raise
            if error.exit_code > _SIGNAL:
                raise _stopped(error) from error
            return verdict("failed", reason=error.message.removeprefix(f"{address}: "))
        compared = {Path(name).name: compare(folder / name, root / name) for name in outputs}
        return verdict(_outcome(compared), compared, _environment(root, folder, stage))


def _readable(stages: Mapping[Address, LinkedStage], stage: Stage) -> bool:
    """Whether the stages that ``stage`` reads are linked as ``banc compile`` wrote them.

    Then a wrong call is one of this command, and concerns every stage.
    """
    return all(address in stages and stages[address].stage for address in files.parents(stage))


def _outcome(compared: dict[str, Difference]) -> Outcome:
    if any(isinstance(difference, Different) for difference in compared.values()):
        return "different"
    return (
        "identical"
        if all(isinstance(difference, Identical) for difference in compared.values())
        else "within tolerance"
    )


def _environment(root: Path, folder: Path, stage: Stage) -> tuple[Change, ...]:
    """What a stage was made with, where that is not what its replay was made with."""
    name = next((name for name in files.writes(stage) if name in files.MADE_WITH), None)
    if name is None:
        return ()
    where = f"{files.folder(stage)}/{name}"
    now = _facts(folder / where)[ENVIRONMENT[0]]
    facts = _facts(root / where)
    before = facts.get(ENVIRONMENT[1])
    changes = []
    for made_with in (facts.get(ENVIRONMENT[0]), *(before if isinstance(before, list) else ())):
        then = made_with if isinstance(made_with, dict) else {}
        changes += [
            Change(key, str(then.get(key, "unknown")), str(now.get(key, "none")))
            for key in sorted(now.keys() | then.keys())
            if then.get(key) != now.get(key)
        ]
    return tuple(dict.fromkeys(changes))


def _facts(path: Path) -> dict[str, Json]:
    """What is known of a stage; nothing where someone has damaged that."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _stopped(error: BancError) -> BancError:
    stopped = BancError(
        error.message, hint="`runs/` is unchanged; the next `banc verify` starts from the beginning"
    )
    stopped.exit_code = error.exit_code
    return stopped
