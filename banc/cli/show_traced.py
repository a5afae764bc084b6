"""A stage of an explanation as text: its folder, its digests, what it was made with, and what happens to it.

In: stages, as ``provenance.trace`` has them. Out: lines. Of several seeds each is one line; of a single stage
each of its files is, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from banc.cli.show_plan import why
from banc.plan.reason import Upstream
from banc.plan.step import Keep, Restore, Run, Step, Wait
from banc.printable import cropped, lasted, one_line, utc
from banc.provenance.node import Output, Traced
from banc.stage.files import METRICS, MODEL, OUTPUTS
from banc.stage.kinds import Address

Names = Mapping[Address, str]
"""What people call stages."""

_MAIN = (MODEL, METRICS, OUTPUTS)
"""The file whose digest stands for a stage where there is one line for it."""
_CUT = 12
"""Letters of a digest in such a line, and of that of the code."""
_FILE = 18
"""Letters of a file's name, at least, before its digest."""
_LONGEST = 300
"""Letters of versions and device, which a file of anybody's says."""
_PAINT = {Run: "33", Wait: "36", Restore: "34", Keep: "32"}


def stage_lines(
    stages: Sequence[Traced], names: Names, trains_with: Mapping[Address, int] | None = None, *, color: bool
) -> Iterator[str]:
    """A line each: seed, folder, digest, state; of a single stage, its files too."""
    for stage in stages:
        seed = (trains_with or {}).get(stage.address)
        other = "" if seed is None or seed == stage.seed else f"  trains with {seed}"
        digest = "" if len(stages) == 1 else main_digest(stage)
        took = "" if len(stages) == 1 or stage.timing is None else f"  took {lasted(stage.timing.whole)}"
        yield f"{label(stage)} {folder(stage)}{digest}{other}  {state(stage.step, names, color=color)}{took}"
        if len(stages) == 1:
            yield from file_lines(stage)


def label(stage: Traced) -> str:
    """``seed 0``, or of a store by epoch ``for seed 0``, as wide as the other words before a line."""
    if stage.for_seed is not None:
        return f"for seed {stage.for_seed}".ljust(10)
    return ("stage" if stage.seed is None else f"seed {stage.seed}").ljust(10)


def seeds(stages: Iterable[Traced]) -> str:
    """``, seeds 0, 1``; nothing where there are none."""
    numbers = dict.fromkeys(str(stage.seed) for stage in stages if stage.seed is not None)
    return f", seed{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}" if numbers else ""


def folder(stage: Traced) -> str:
    return f"{PurePosixPath(stage.outputs[0].path).parent}/"


def main_digest(stage: Traced) -> str:
    """The digest of a stage's main output, cut as git cuts its own; nothing where none is recorded."""
    for output in stage.outputs:
        name = PurePosixPath(output.path).name
        if name in _MAIN and (md5 := _recorded(output)):
            return f"  md5 {md5[:_CUT]}"
    return ""


def file_lines(stage: Traced) -> Iterator[str]:
    """Every output that is recorded, with its digest, where it is recorded, and the parameter file."""
    recorded = {PurePosixPath(output.path).name: output for output in stage.outputs if _recorded(output)}
    width = max([_FILE, *map(len, recorded)])

    def line(what: str, told: object) -> str:
        return f"  {what.ljust(width)} {told}"

    yield line("parameters", stage.parameter_file)
    for name, output in recorded.items():
        now, md5 = output.now, _recorded(output)
        changed = "  missing" if now is None else "" if now.md5 == md5 else "  edited since"
        yield line(name, f"md5 {md5}{changed}")
    if recorded:
        yield line("recorded in", stage.lock)
    if stage.timing is not None:
        yield line("took", f"{lasted(stage.timing.whole)}, until {utc(stage.timing.ended)}")


def state(step: Step, names: Names, *, color: bool) -> str:
    """``kept``, or what will happen and why."""

    def named(address: Address) -> str:
        return one_line(names.get(address, address))

    match step.action:
        case Keep():
            text = "kept"
        case Restore():
            text = "will be restored from DVC's cache"
        case Run(Upstream(first)):
            text = f"will run: follows from {named(first)}"
        case Run(reason):
            text = f"will run: {why(reason)}"
        case Wait(on):
            text = f"waits for {named(on[0])}" + (f" and {len(on) - 1} more" if on[1:] else "")
    if color:
        text = f"\x1b[{_PAINT[type(step.action)]}m{text}\x1b[0m"
    if step.holder is not None:
        text += f"; running now, process {step.holder.process}"
    if step.checkpoint is not None and step.kind == "train":
        text += f"; goes on after epoch {step.checkpoint.done} of {step.epochs}"
    return text


def made_with(stages: Iterable[Traced]) -> Iterator[str]:
    """Versions and device, once for all stages that have the same."""
    made: dict[str, list[Traced]] = {}
    for stage in stages:
        if stage.facts is not None:
            for facts in (stage.facts.made_with, *stage.facts.before):
                if facts:
                    made.setdefault(_facts(facts), []).append(stage)
    for text, several in made.items():
        whose = seeds(several).removeprefix(", ") if len(made) > 1 else ""
        yield f"{whose}: {text}" if whose else text


def _facts(facts: Mapping[str, str]) -> str:
    words = (f"{key} {value[:_CUT] if key == 'code' else value}" for key, value in facts.items())
    return cropped(one_line(", ".join(words)), _LONGEST)


def _recorded(output: Output) -> str | None:
    md5 = None if output.recorded is None else output.recorded.md5
    return None if md5 is None else one_line(md5)
