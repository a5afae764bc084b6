"""What a spec took, as HTML.

In: costs. Out: a paragraph and a table.
"""

from __future__ import annotations

from banc.document.document import Cost
from banc.document.html.text import duration, plural, text


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
    rows = "".join(
        f'<tr><th scope="row">{text(run.network)}, {text(run.label)}</th>'
        f'<td class="n" data-v="{run.training:.3f}">{duration(run.training) if run.timed else "…"}</td>'
        f'<td class="n" data-v="{run.storing:.3f}">{duration(run.storing) if run.storing else ""}</td>'
        f'<td class="n">{run.timed}/{run.of}</td></tr>\n'
        for run in cost.runs
    )
    return (
        f'{whole}{saved}<div class="scroll" tabindex="0" role="region" aria-label="Time by run">'
        '<table class="results"><thead><tr><th scope="col">Run, all seeds</th>'
        '<th scope="col" class="n">Training</th><th scope="col" class="n">Storing outputs</th>'
        f'<th scope="col" class="n">Timed</th></tr></thead><tbody>{rows}</tbody></table></div>'
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
