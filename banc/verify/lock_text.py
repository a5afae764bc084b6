"""The text of a ``dvc.lock``: the one place that knows YAML."""

from __future__ import annotations

from typing import Any


def stages_of(text: str) -> dict[str, Any]:
    """What a lock says of each stage, by the stage's name.

    Raises:
        ValueError: that is not what DVC writes.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        stages = YAML(typ="safe", pure=False).load(text)["stages"]
    except (YAMLError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("no lock") from error
    if not isinstance(stages, dict):
        raise ValueError("no table of stages")
    return stages
