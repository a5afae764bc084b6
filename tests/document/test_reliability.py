from __future__ import annotations

import pytest

from banc.document.document import Document


def test_the_bins_of_all_seeds_are_put_together(document: Document) -> None:
    dense, wide = document.reports[0].reliability
    assert [line.label for line in dense.lines] == ["teacher", "ban-1", "cwtm-1", "ban-2", "ens"]
    line = dense.lines[0]
    # The first bin has no images.
    assert line.counts == tuple(30 * at for at in range(1, dense.bins))
    assert line.confidence[0] == pytest.approx(1.5 / dense.bins)
    assert line.accuracy[0] == pytest.approx(1.3 / dense.bins)
    details, scores = document.reports[0].table.details, document.reports[0].runs[0].scores.values()
    assert line.ece == pytest.approx(sum(details[score].quality.calibration_error for score in scores) / 3)
    assert len(wide.lines) == 2
