from __future__ import annotations

from banc.document.document import Document


def test_a_network_is_a_panel_with_its_generations_then_its_ensembles(document: Document) -> None:
    dense, wide = document.reports[0].generations
    assert dense.ticks == ("teacher", "generation 1", "ban-2", "ens")
    told = [
        (
            one.run.name[1],
            one.tick,
            one.chain,
            None if one.before is None else dense.marks[one.before].run.name[1],
        )
        for one in dense.marks
    ]
    assert told == [
        ("teacher", 0, 0, None),
        ("ban-1", 1, 0, "teacher"),
        ("cwtm-1", 1, 1, "teacher"),
        ("ban-2", 2, 0, "ban-1"),
        ("ens", 3, 0, None),
    ]
    assert dense.chains == ("ban-l", "cwtm")
    # A student of another network's stands beside its own network without a teacher.
    assert [(one.run.name[1], one.tick, one.before) for one in wide.marks] == [
        ("teacher", 0, None),
        ("transfer", 1, 0),
    ]
