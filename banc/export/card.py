"""``README.md`` of an export: a model card for people, under the head that model hubs read.

In: a ``Subject``, and how the program compared with the run. Out: Markdown. Every number comes from the run's
files; errors are rounded to two digits after the point, and stand unrounded in the head and in
``config.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from banc import __version__
from banc.export.front_matter import front_matter
from banc.export.load_words import load_words
from banc.export.subject import Ancestor, Network, Subject
from banc.export.words import data_name, model_name, numbers, objective_name
from banc.report.formats.markdown import escape_markdown
from banc.report.wording import wording

if TYPE_CHECKING:
    from banc.export.program import Check

_LAYERS = {"stem": "first", "classifier": "last"}


def card(subject: Subject, check: Check | None, digests: Mapping[str, str], licence: str | None) -> str:
    """The whole card.

    Args:
        check: None where the export has no program.
        digests: the SHA-256 of the other files of the export, by name.
        licence: its identifier; None where nobody said one.
    """
    parts = [
        front_matter(subject, licence),
        f"# {escape_markdown(subject.name)}\n",
        _what(subject),
        f"## {subject.metrics.on.capitalize()} error\n",
        _errors(subject),
        "## Teachers\n",
        _teachers(subject),
        "## Training\n",
        *(_training(subject, network) for network in subject.networks),
        "## Made with\n",
        _made_with(subject),
        "## Files\n",
        _files(subject, check, digests),
        "## How to load it\n",
        load_words(subject, program=check is not None),
        "## Literature\n",
        "T. Furlanello, Z. C. Lipton, M. Tschannen, L. Itti, A. Anandkumar: Born Again Neural Networks. ICML "
        "2018, [arXiv 1805.04770](https://arxiv.org/abs/1805.04770).\n",
    ]
    if licence is None:
        parts.append(
            "## Licence\n\nNot stated. If you publish these files, add `license:` to the head of this page.\n"
        )
    return "\n".join(parts)


def percent(error: float) -> str:
    """An error as people read it: ``4.70 %``."""
    return f"{error:.2f} %"


def _what(subject: Subject) -> str:
    image = subject.image
    networks = subject.networks
    kinds = _listed(dict.fromkeys(escape_markdown(model_name(network.stage.model)) for network in networks))
    what = f"An ensemble of {len(networks)} networks ({kinds})" if subject.ensemble else f"A {kinds}"
    averaged = f", the mean of whose {subject.average} it gives" if subject.ensemble else ""
    return (
        f"{what} with {subject.metrics.parameters:,} parameters{averaged}. It sorts images of "
        f"{image.height}x{image.width} pixels and {image.channels} channel{'s' * (image.channels > 1)} into "
        f"{image.classes} classes. It was trained on {subject.training_images:,} images of "
        f"{escape_markdown(data_name(subject.source).name)} by "
        f"banc, as the run {escape_markdown(subject.run)} of the spec {escape_markdown(subject.spec)}.\n"
    )


def _errors(subject: Subject) -> str:
    metrics, column = subject.metrics, subject.column
    lines = [
        f"- This {'ensemble' if subject.ensemble else 'network'}: **{percent(metrics.error)}** of "
        f"{metrics.images:,} {metrics.on} images; cross-entropy {metrics.loss:.4f} nats."
    ]
    if column.of > 1:
        pieces = wording(column, "error", 2).pieces
        spread = " and sample standard deviation" if "spread" in pieces else ""
        lines.append(
            f"- The same run over the spec's seeds, mean{spread}: {pieces['value']} "
            f"{pieces.get('spread', '')}".rstrip()
            + f" %, n = {column.n} of {column.of} seeds."
        )
    lines.append("- The weights are those of the last epoch; no epoch was chosen by its test error.")
    return "\n".join(lines) + "\n"


def _teachers(subject: Subject) -> str:
    ancestors = subject.ancestors
    if not any(ancestor.teachers for ancestor in ancestors):
        return "None: it learned from the labels alone.\n"
    rows = [
        (
            str(place),
            escape_markdown(ancestor.name),
            "not known here" if ancestor.seed is None else str(ancestor.seed),
            "not known here" if ancestor.error is None else percent(ancestor.error),
            _learned_from(ancestor),
        )
        for place, ancestor in enumerate(ancestors, 1)
    ]
    first = "The first is this network." if not subject.ensemble else "The members come first."
    error = f"{subject.metrics.on} error"
    table = _table(("", "network", "trained with seed", error, "learned from"), rows)
    return f"{first} Each student starts from new weights.\n\n{table}"


def _learned_from(ancestor: Ancestor) -> str:
    if ancestor.objective is None:
        return "not known here: no stage trained it"
    from_teachers = [f"number {place + 1}" for place in ancestor.teachers]
    if not from_teachers:
        return "the labels"
    layers = [_LAYERS[name] for name in ancestor.shares]
    shared = f", whose {_listed(layers)} layer it took over" if layers else ""
    return f"{_listed(from_teachers)} (`{ancestor.objective}`){shared}"


def _training(subject: Subject, network: Network) -> str:
    stage = network.stage
    rows = [("seed", str(stage.seed)), ("objective", objective_name(stage.objective))]
    rows += [(f"objective.{key}", json.dumps(value)) for key, value in numbers(stage.objective).items()]
    rows += [(f"recipe.{key}", json.dumps(value)) for key, value in numbers(stage.recipe).items()]
    rows += [
        (f"network.{key}", escape_markdown(json.dumps(value, ensure_ascii=False)))
        for key, value in numbers(stage.model).items()
    ]
    head = f"Member {escape_markdown(network.name)}:\n\n" if subject.ensemble else ""
    return head + _table(("", ""), rows)


def _made_with(subject: Subject) -> str:
    rows: dict[tuple[str, str], None] = {}
    for network in subject.networks:
        for made_with in (*network.made_with_before, network.made_with):
            rows |= {(escape_markdown(key), _text(value)): None for key, value in made_with.items()}
    began = any(network.made_with_before for network in subject.networks)
    more = "It went on from a checkpoint with other versions or on another device.\n\n" if began else ""
    return f"{more}{_table(('', ''), sorted(rows))}\nExported by banc {__version__}.\n"


def _text(value: str) -> str:
    """A digest as it is, where it is one; everything else escaped."""
    return (
        f"`{value}`" if value.isalnum() and value.isascii() and len(value) == 64 else escape_markdown(value)
    )


def _files(subject: Subject, check: Check | None, digests: Mapping[str, str]) -> str:
    rows = [
        (f"`{file}`", f"weights of `{network.address}`, as its run stored them")
        for file, network in zip(subject.weight_files(), subject.networks, strict=True)
    ]
    rows.append(("`config.json`", "network, input, output, classes and test error, for programs"))
    compared = ""
    if check is not None:
        rows.append(("`model.pt2`", "the whole as a torch.export program"))
        compared = (
            "\nThe program computes in float32. When it was exported, its outputs for the first "
            f"{check.images} test images differed from those that the run stored by at most "
            f"{check.difference:.2g}.\n"
        )
        if any(network.description.precision != "float32" for network in subject.networks):
            compared += "The run computed its test error in bfloat16.\n"
    table = _table(("file", "what", "SHA-256"), [(*row, f"`{digests[row[0].strip('`')]}`") for row in rows])
    stages = [("score", subject.score), ("data", subject.data)]
    stages += [(escape_markdown(ancestor.name), ancestor.address) for ancestor in subject.ancestors]
    addresses = _table(("stage", "address"), [(name, f"`{address}`") for name, address in stages])
    outputs = _table(
        ("network", "SHA-256 of its logits over the test set"),
        [(escape_markdown(network.name), f"`{network.outputs_digest}`") for network in subject.networks],
    )
    return f"{table}{compared}\nbanc's addresses of the stages that made it:\n\n{addresses}\n{outputs}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
