"""What is said in words of a committed table is what its numbers say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import nct, t

from banc.report.report import report_differences
from tests.docs.test_tables import committed


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("committed")


@pytest.fixture(scope="module")
def differences(checkout: Path, root: Path, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Each difference of a table's committed results to one of its columns, in full precision."""
    name, to = request.param
    return json.loads(report_differences(root, [committed(checkout, root, name)], "json", to))


STUDY = pytest.mark.parametrize("differences", [("study", "teacher")], indirect=True, scope="module")
REDUCED = pytest.mark.parametrize(
    "differences", [("distillation-reduced", "baseline")], indirect=True, scope="module"
)


def detectable(standard_error: float, n: int) -> float:
    """The true difference that a test at 5 % finds with 80 % power."""
    low, high = 0.0, 10 * standard_error
    while high - low > 1e-4:
        middle = (low + high) / 2
        found = nct.sf(t.ppf(0.975, n - 1), n - 1, middle / standard_error)
        low, high = (middle, high) if found < 0.8 else (low, middle)
    return high


@STUDY
def test_what_the_study_could_see(checkout: Path, differences: list[dict[str, Any]]) -> None:
    page = (checkout / "docs/study.md").read_text()
    errors = [row["standard_error"] for row in differences]
    assert f"standard error of a difference is {min(errors):.2f} to {max(errors):.2f} points" in page
    least, most = (detectable(error, 20) for error in (min(errors), max(errors)))
    assert f"true difference is at least {least:.2f} to {most:.2f} points" in page


@STUDY
def test_how_many_seeds_the_study_would_need(
    checkout: Path, root: Path, differences: list[dict[str, Any]]
) -> None:
    page = (checkout / "docs/study.md").read_text()
    results = json.loads((root / "results/study/results.json").read_text())["scores"]
    scores = committed(checkout, root, "study").scores
    pairs = zip(scores["wide-resnet", "ban-l-1"], scores["wide-resnet", "teacher"], strict=True)
    gaps = [results[student]["test_error"] - results[teacher]["test_error"] for student, teacher in pairs]
    mean = sum(gaps) / 20
    variance = sum((gap - mean) ** 2 for gap in gaps) / 19
    (row,) = (row for row in differences if row["column"] == "ban-l-1")
    images = row["standard_error"] ** 2 - variance / 20
    assert f"vary by {variance**0.5:.2f} points between seeds" in page
    assert f"finite test set adds {images**0.5:.2f} to the standard error" in page
    seeds = variance / ((0.3 / 2.8) ** 2 - images)
    assert f"about {round(seeds, -1):.0f} seeds" in page
    assert f"in {sum(gap < 0 for gap in gaps)} of 20 seeds" in page


PAPERS = ("kd", "kd-ls", "dkd", "dist")
"""Columns with the weights of the papers. Those with ``-tuned`` behind them have weights that were chosen."""


@REDUCED
def test_what_the_papers_weights_do(checkout: Path, differences: list[dict[str, Any]]) -> None:
    page = (checkout / "docs/distillation.md").read_text()
    first, *others = sorted(
        (row for row in differences if row["column"] in PAPERS), key=lambda row: row["difference"]
    )
    assert (first["row"], first["column"], first["told_apart"]) == ("vgg13 -> vgg8", "kd", False)
    assert f"lower by {-first['difference']:.1f} points, inside the noise" in page
    low, high = others[0]["difference"], others[-1]["difference"]
    assert f"the other seven are higher by {low:.1f} to {high:.1f} points, five of them told apart" in page
    assert (len(others), sum(row["told_apart"] for row in others)) == (7, 5)


@REDUCED
def test_what_the_tuned_methods_could_show(checkout: Path, differences: list[dict[str, Any]]) -> None:
    page = (checkout / "docs/distillation.md").read_text()
    tuned = [row for row in differences if row["column"].removesuffix("-tuned") in PAPERS]
    tuned = [row for row in tuned if row["column"].endswith("-tuned")]
    assert not any(row["told_apart"] for row in tuned)
    errors = sorted(row["standard_error"] for row in tuned)
    assert f"student alone are {errors[0]:.2f} to {errors[-1]:.2f} points with six seeds" in page
    seeds = [
        next(n for n in range(3, 99) if detectable(error * (6 / n) ** 0.5, n) <= 0.4)
        for error in (errors[0], errors[-1])
    ]
    (said,) = re.findall(r"takes (\d+) to (\d+) seeds", page)
    assert [int(number) for number in said] == seeds
