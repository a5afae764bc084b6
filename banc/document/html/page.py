"""Document -> one HTML page.

In: a document. Out: text, equal for equal documents. Needs matplotlib for its pictures, and nothing of the
network; the browser needs neither.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files as resources

from banc.document.document import Document, Progress, SpecReport
from banc.document.html.anchors import anchors_of
from banc.document.html.cost import cost_html
from banc.document.html.differences import differences_html
from banc.document.html.lineage import lineage_svg
from banc.document.html.provenance import provenance_html
from banc.document.html.table import table_html
from banc.document.html.text import duration, figure, plural, text
from banc.document.interval import LEAST
from banc.document.pictures.style import COLOURS
from banc.document.pictures.svg import page_svg


def page(document: Document, *, refresh: int | None = None) -> str:
    """The page.

    Args:
        refresh: seconds after which the browser loads it anew; None: never.

    Raises:
        BancError: matplotlib is not installed.
    """
    reports = document.reports
    title = reports[0].table.layout.title if len(reports) == 1 else f"{len(reports)} tables"
    script, sheet = _resource("page.js"), _palette() + _resource("page.css")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    again = "" if refresh is None else f'<meta http-equiv="refresh" content="{refresh}">\n'
    body = "".join(_report(at, report, alone=len(reports) == 1) for at, report in enumerate(reports))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n{again}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>{sheet}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">To the tables</a>\n'
        f'{_header(document, title)}<main id="main">\n{body}</main>\n'
        f"<footer>Made by <code>banc report --format html</code>, banc {text(document.version)}. "
        "This page is one file: it asks nothing of any network.</footer>\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _header(document: Document, title: str) -> str:
    reports = document.reports
    items = "".join(
        f'<li><a href="#s{at}">{text(report.table.layout.title)}</a></li>'
        for at, report in enumerate(reports)
    )
    contents = f'<nav aria-label="Tables"><ul>{items}</ul></nav>' if len(reports) > 1 else ""
    under = text(reports[0].path) if len(reports) == 1 else ""
    path = f'<p class="path"><code>{under}</code></p>' if under else ""
    return f"<header><h1>{text(title)}</h1>{path}{contents}</header>\n"


def _report(number: int, report: SpecReport, *, alone: bool) -> str:
    layout = report.table.layout
    anchors = anchors_of(number, report.runs)
    title = (
        "" if alone else f'<h2>{text(layout.title)}</h2><p class="path"><code>{text(report.path)}</code></p>'
    )
    parts = [
        ("Results", table_html(report, anchors) + differences_html(report.table)),
        ("Generations", _generations(number, report)),
        ("Sweeps", _sweeps(number, report)),
        ("Training curves", _curves(number, report)),
        ("Ours beside published", _published(number, report)),
        ("Reliability", _reliability(number, report)),
        ("Who learns from whom", _lineage(lineage_svg(report.runs, anchors))),
        ("Cost", cost_html(report.cost)),
        ("How each number was made", provenance_html(report, anchors)),
    ]
    level = 2 if alone else 3
    sections = "".join(
        f"<section><h{level}>{name}</h{level}>{content}</section>\n" for name, content in parts if content
    )
    return f'<article id="s{number}">{title}{_banner(report.progress)}{sections}</article>\n'


def _banner(progress: Progress) -> str:
    """What is finished, in words and as a bar."""
    whole = progress.numbers == progress.scores
    words = [
        f"All {plural(progress.scores, 'number')} are there"
        if whole
        else f"{progress.numbers:,} of {plural(progress.scores, 'number')} are there"
    ]
    words.append(
        f"{progress.finished:,} of {plural(progress.stages, 'stage')} finished"
        if progress.finished or not whole
        else "from committed results; none of their files is in this workspace"
    )
    words += [f"{progress.running:,} running"] if progress.running else []
    words += [f"{progress.failed:,} failed"] if progress.failed else []
    if progress.seconds_left is not None and not whole:
        words.append(f"about {duration(progress.seconds_left)} left")
    share = 100 * progress.numbers / progress.scores if progress.scores else 100
    smoke = (
        "<p><b>A smoke run:</b> its numbers show that the spec works, and mean nothing.</p>"
        if progress.smoke
        else ""
    )
    state = "failed" if progress.failed else "whole" if whole else "partly"
    return (
        f'<div class="banner {state}" role="status"><p>{", ".join(words)}.</p>{smoke}'
        f'<div class="bar" aria-hidden="true"><i style="width:{share:.4g}%"></i></div></div>\n'
    )


def _generations(number: int, report: SpecReport) -> str:
    if not report.generations:
        return ""
    pictures = [
        page_svg(
            panel,
            f"{_on(report)} error of {panel.network} by generation: {', '.join(panel.ticks)}",
            f"g{number}-{at}-",
        )
        for at, panel in enumerate(report.generations)
    ]
    published = " Dashes: published." if any(run.published is not None for run in report.runs) else ""
    few = " Where seeds are few, it may reach beyond the picture."
    if any(run.of < LEAST for run in report.runs):
        few = f" With fewer than {LEAST} seeds there is none."
    return figure(
        pictures,
        "Dots: single seeds; thin lines join a seed's teacher and student. Large marks and thick lines: the "
        f"mean. Bars: its 95 % interval by Student's t.{few} Diamonds: ensembles.{published}",
    )


def _sweeps(number: int, report: SpecReport) -> str:
    if not report.sweeps:
        return ""
    pictures = [
        page_svg(
            panel,
            f"{_on(report)} error of {panel.network} by {panel.field}: {', '.join(panel.values)}",
            f"w{number}-{at}-",
        )
        for at, panel in enumerate(report.sweeps)
    ]
    return figure(
        pictures,
        "Dots: single seeds. Large marks and lines: the mean. Bars: its 95 % interval by Student's t, from "
        f"{LEAST} seeds on. The values stand at equal distances.",
    )


def _curves(number: int, report: SpecReport) -> str:
    if not report.curves:
        return ""
    pictures = [
        page_svg(
            panel, f"Training and {panel.on} error of {panel.network} over its epochs", f"c{number}-{at}-"
        )
        for at, panel in enumerate(report.curves)
    ]
    return figure(
        pictures,
        "Lines: training error over an epoch's views, the mean of the seeds; bands: from the least to the "
        f"largest seed. Marks: {report.curves[0].on} error, where it was measured; the last one counts, and "
        "no epoch is chosen by it. Dotted: the learning rate drops. The beginning of a training may reach "
        "above the picture.",
    )


def _on(report: SpecReport) -> str:
    """``Test``, or ``Validation``, as the table says."""
    return report.table.layout.on.capitalize()


def _published(number: int, report: SpecReport) -> str:
    if not report.published:
        return ""
    known = any(pair.deviation is not None for pair in report.published)
    spread = "what its ± stands for" if known else "how they spread"
    return figure(
        [page_svg(report.published, "Our errors beside the published ones", f"p{number}-")],
        "Ours: the mean of our seeds, with its 95 % interval. How many seeds are behind a published number, "
        f"and {spread}, is not known here.",
        wide=True,
    )


def _reliability(number: int, report: SpecReport) -> str:
    if not report.reliability:
        return ""
    pictures = [
        page_svg(panel, f"Reliability of {panel.network}: accuracy by confidence", f"q{number}-{at}-")
        for at, panel in enumerate(report.reliability)
    ]
    bins = report.reliability[0].bins
    return figure(
        pictures,
        f"{_on(report)} images of all seeds in {bins} equal bins of the largest probability. Below the "
        "dashes a network is surer than it is right. ECE: expected calibration error over these bins, the "
        "mean of the seeds.",
    )


def _lineage(drawing: str) -> str:
    return (
        '<figure><div class="scroll" tabindex="0" role="region" aria-label="Who learns from whom">'
        f"{drawing}</div><figcaption>Arrows lead from a teacher to its student, dashes to an ensemble of its "
        "members. Below each name its error, or its state.</figcaption></figure>\n"
    )


def _palette() -> str:
    light = ";".join(f"{colour.variable}:{colour.light}" for colour in COLOURS)
    dark = ";".join(f"{colour.variable}:{colour.dark}" for colour in COLOURS)
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _resource(name: str) -> str:
    return (resources("banc.document.html") / name).read_text(encoding="utf-8")
