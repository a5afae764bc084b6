"""What a spec took, as HTML.

In: costs. Out: a paragraph and a table.
"""

from __future__ import annotations

from banc.document.document import Cost, EnergySum, RunCost
from banc.document.html.text import duration, plural, text
from banc.stage.energy import watt_hours


def cost_html(cost: Cost) -> str:
    """Sums in words, then hours by run; of a workspace without times, that there are none."""
    saved = _saved(cost)
    if not cost.timed:
        return (
            f"<p>No times are known here: this workspace ran none of the {cost.stages:,} stages.</p>{saved}"
        )
    whole = (
        f"<p><b>{duration(cost.seconds)}</b> in all for {plural(cost.timed, 'stage')}"
        + (
            f" of {cost.stages:,}; the times of the others are not known here"
            if cost.timed < cost.stages
            else ""
        )
        + (f", on {text('; '.join(cost.devices))}" if cost.devices else "")
        + ".</p>"
    )
    energy = '<th scope="col" class="n">Energy</th>' if cost.energy else ""
    rows = "".join(
        f'<tr><th scope="row">{text(run.network)}, {text(run.label)}</th>'
        f'<td class="n" data-v="{run.training:.3f}">{duration(run.training) if run.timed else "…"}</td>'
        f'<td class="n" data-v="{run.storing:.3f}">{duration(run.storing) if run.storing else ""}</td>'
        f'<td class="n">{run.timed}/{run.of}</td>{_drawn(run) if cost.energy else ""}</tr>\n'
        for run in cost.runs
    )
    return (
        f"{whole}{_energy(cost.energy)}{saved}"
        '<div class="scroll" tabindex="0" role="region" aria-label="Time by run">'
        '<table class="results"><thead><tr><th scope="col">Run, all seeds</th>'
        '<th scope="col" class="n">Training</th><th scope="col" class="n">Storing outputs</th>'
        f'<th scope="col" class="n">Timed</th>{energy}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _drawn(run: RunCost) -> str:
    value, words = ("", "…") if run.joules is None else (f"{run.joules:.0f}", watt_hours(run.joules))
    return f'<td class="n" data-v="{value}">{words}</td>'


def _energy(energy: EnergySum | None) -> str:
    if energy is None:
        return ""
    parts = [
        f"{watt_hours(joules)} of {device} in {plural(stages, 'stage')}"
        for joules, device, stages in (
            (energy.gpus, "GPUs", energy.gpu_stages),
            (energy.cpus, "CPUs with their memory", energy.cpu_stages),
        )
        if stages
    ]
    unknown = f" What {plural(energy.unknown, 'stage')} drew is not known." if energy.unknown else ""
    return (
        f"<p>Energy: <b>{watt_hours(energy.gpus + energy.cpus)}</b>: {'; '.join(parts)}.{unknown} "
        "Counters are of whole devices; stages that ran on one at once have equal shares of it.</p>"
    )


def _saved(cost: Cost) -> str:
    if cost.saved is None:
        return ""
    spared = cost.saved.passes - cost.saved.stored
    verb = "saves" if spared >= 0 else "costs"
    time = ""
    if cost.saved.seconds is not None:
        time = f", about {duration(abs(cost.saved.seconds))} at the speed of storing"
    return (
        f"<p>Students look up {cost.saved.passes:,} outputs of teachers, for which {cost.saved.stored:,} "
        f"forward passes are made once: storing {verb} {abs(spared):,} forward passes{time}.</p>"
    )
