"""The head of a model card: YAML that model hubs read, between two lines of ``---``.

In: a ``Subject``. Out: text. The keys are those of the Hugging Face Hub's model cards.
"""

from __future__ import annotations

from collections.abc import Mapping

from banc.digest import Json
from banc.emit.yaml import yaml
from banc.export.subject import Subject
from banc.export.words import data_name
from banc.printable import one_line

ACCURACY_DIGITS = 8
"""Digits of an accuracy between 0 and 1: those of the error in percent, which has 6."""


def front_matter(subject: Subject, licence: str | None) -> str:
    """Licence, tags, data set and measured numbers; no ``license`` where nobody said one."""
    return f"---\n{yaml(_values(subject, licence))}---\n"


def _values(subject: Subject, licence: str | None) -> Mapping[str, Json]:
    families = dict.fromkeys(network.stage.model.FAMILY for network in subject.networks)
    students = any(ancestor.teachers for ancestor in subject.ancestors)
    tags = ["banc", "pytorch", "image-classification", *families]
    if students:
        tags += ["knowledge-distillation", "born-again-networks"]
    if subject.ensemble:
        tags.append("ensemble")
    data = data_name(subject.source)
    metrics = subject.metrics
    on = metrics.on.capitalize()
    measured = (
        ("accuracy", f"{on} accuracy", round(1 - metrics.error / 100, ACCURACY_DIGITS)),
        ("error", f"{on} error in percent", metrics.error),
        ("cross_entropy", f"{on} loss in nats", metrics.loss),
    )
    head: dict[str, Json] = {} if licence is None else {"license": licence}
    head |= {
        "library_name": "pytorch",
        "pipeline_tag": "image-classification",
        "tags": tags,
        "datasets": [data.hub],
        "metrics": ["accuracy"],
        "model-index": [
            {
                "name": one_line(subject.name),
                "results": [
                    {
                        "task": {"type": "image-classification"},
                        "dataset": {"type": data.hub, "name": one_line(data.name), "split": metrics.on},
                        "metrics": [
                            {"type": kind, "name": name, "value": value} for kind, name, value in measured
                        ],
                    }
                ],
            }
        ],
    }
    return head
