"""Whether a spec means something: names, runs, experiment, table, one phase after the other.

In: a ``Spec`` and the ``Source`` that tells places. Out: warnings, or every fault of the first phase
that has any. Imports no torch: shapes are arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from banc.language.check_experiment import check_experiment
from banc.language.check_headings import check_headings
from banc.language.check_labels import check_labels
from banc.language.check_names import check_names
from banc.language.check_quantities import check_quantities
from banc.language.check_recipe import check_recipe
from banc.language.check_runs import check_runs
from banc.language.check_stores import check_stores
from banc.language.check_sweeps import check_sweeps
from banc.language.check_table import check_table
from banc.language.declare import declare
from banc.language.fault import Fault
from banc.language.source import FAULTS, Source, SpecError
from banc.language.spec import Spec


def check(source: Source, spec: Spec) -> list[Fault]:
    """The warnings of a good spec, in the order of its lines.

    Raises:
        SpecError: the errors of the first phase that has any, and its warnings.
    """
    faults = _first(check_names(source, spec))
    _refuse(faults)
    faults += _first(check_sweeps(source, spec))
    _refuse(faults)
    runs = declare(spec)
    faults += _first(check_runs(source, spec, runs)) + _first(check_quantities(source, spec, runs))
    faults += _first(check_headings(source, spec))
    _refuse(faults)
    faults += _first(check_experiment(source, spec, runs)) + _first(check_table(source, spec, runs))
    faults += _first(check_labels(source, spec))
    faults += _first(check_recipe(source, spec, runs)) + _first(check_stores(source, spec, runs))
    _refuse(faults)
    return _in_order(faults)


def _first(faults: Iterator[Fault]) -> list[Fault]:
    return list(islice(faults, FAULTS))


def _refuse(faults: list[Fault]) -> None:
    if any(fault.severity == "error" for fault in faults):
        raise SpecError(_in_order(faults))


def _in_order(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.span.line, fault.span.column, fault.code.code))
