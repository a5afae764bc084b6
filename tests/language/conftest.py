"""Specs as text: what the language makes of them, without a file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest

from banc.language.check import check
from banc.language.fault import Fault
from banc.language.positions import positions
from banc.language.source import Source, SpecError
from banc.language.spec import Spec
from banc.language.structure import structure

SMALL = """\
banc   = 1
title  = "A small table"
data   = "digits"
recipe = "wide-resnet"
seeds  = [0, 1]

[models]
net  = { family = "densenet-bc", depth = 16, growth = 8, third_transition = true }
wide = { family = "wide-resnet", depth = 10, widening = 1 }

[lineages.ban]
models      = "net"
generations = 2

[table]
rows    = "net"
columns = ["teacher", "ban-1", "ban-2"]
"""

Read = Callable[[str], Spec]
Faults = Callable[[str], list[Fault]]


def source_of(text: str) -> Source:
    return Source("spec.toml", "spec", text, tomllib.loads(text), positions(text))


@pytest.fixture(scope="session")
def small() -> str:
    """A spec without faults, short enough to be broken by hand."""
    return SMALL


@pytest.fixture(scope="session")
def read() -> Read:
    """A text's spec, which must have neither errors nor warnings."""

    def of(text: str) -> Spec:
        source = source_of(text)
        spec = structure(source)
        assert check(source, spec) == []
        return spec

    return of


@pytest.fixture(scope="session")
def faults_of() -> Faults:
    """A text's faults, warnings among them."""

    def of(text: str) -> list[Fault]:
        source = source_of(text)
        try:
            return check(source, structure(source))
        except SpecError as error:
            return error.faults

    return of
