"""Holds where metrics are read from, and that damage is told, not guessed around."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from banc.errors import BancError
from banc.report.collect import Results, collect, collect_details
from banc.runner.quality import quality
from banc.stage.details import Details, details_text
from banc.stage.kinds import Address
from banc.stage.layout import Layout
from banc.stage.metrics import metrics_record
from banc.stage.outcomes import outcomes_of

Filled = tuple[Layout, Results]
GOOD = {"test_error": 5, "test_loss": 0.25, "images": 1597, "members": 1, "parameters": 27402}


def commit(root: Path, text: str) -> None:
    path = root / "results/quickstart/results.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_nothing_is_there_before_the_first_run(tmp_path: Path, quickstart: Filled) -> None:
    assert collect(tmp_path, quickstart[0]) == {}


def test_stages_tell_their_metrics(quickstart: Filled, finish: Callable[[Results], Path]) -> None:
    layout, metrics = quickstart
    assert collect(finish(metrics), layout) == metrics


def test_a_fresh_clone_reads_the_committed_results(tmp_path: Path, quickstart: Filled) -> None:
    layout, metrics = quickstart
    commit(tmp_path, json.dumps({"scores": {key: metrics_record(one) for key, one in metrics.items()}}))
    assert collect(tmp_path, layout) == metrics


def test_a_stage_goes_before_the_committed_results(
    quickstart: Filled, finish: Callable[[Results], Path]
) -> None:
    layout, metrics = quickstart
    first, second, *_ = sorted(metrics)
    root = finish({first: metrics[first]})
    old = {key: metrics_record(attrs.evolve(metrics[key], error=99.0)) for key in (first, second)}
    commit(root, json.dumps({"scores": {**old, "score-of-another-table": "whatever"}}))
    found = collect(root, layout)
    assert found.keys() == {first, second}
    assert (found[first].error, found[second].error) == (metrics[first].error, 99.0)


def test_scores_that_no_cell_shows_are_not_read(
    quickstart: Filled, finish: Callable[[Results], Path]
) -> None:
    layout, metrics = quickstart
    root = finish(metrics)
    (root / "runs/score-other-0123456789ab").mkdir()
    (root / "runs/score-other-0123456789ab/metrics.json").write_text("damaged")
    commit(root, "damaged too, but every number is there without it")
    assert collect(root, layout) == metrics


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "\x00",
        "[" * 100_000,
        "[]",
        *(
            json.dumps({**GOOD, key: value})
            for key, value in [
                ("test_error", None), ("test_error", "5"), ("test_error", True), ("test_error", -1),
                ("test_error", 101),
                ("test_error", float("nan")), ("test_loss", float("inf")), ("test_loss", 10**400),
                ("images", 1.5), ("members", 0), ("parameters", -3),
            ]
        ),
        json.dumps({"test_error": 5}),
    ],
)  # fmt: skip
def test_a_damaged_file_is_named(tmp_path: Path, quickstart: Filled, text: str) -> None:
    layout, metrics = quickstart
    address = sorted(metrics)[0]
    (tmp_path / "runs" / address).mkdir(parents=True)
    (tmp_path / "runs" / address / "metrics.json").write_text(text)
    with pytest.raises(BancError) as caught:
        collect(tmp_path, layout)
    assert f"`runs/{address}/metrics.json` is damaged: " in caught.value.message
    assert "dvc repro" in (caught.value.hint or "")


def test_bytes_that_are_no_text_are_damage(tmp_path: Path, quickstart: Filled) -> None:
    layout, metrics = quickstart
    address = sorted(metrics)[0]
    (tmp_path / "runs" / address).mkdir(parents=True)
    (tmp_path / "runs" / address / "metrics.json").write_bytes(b'{"test_error": \xff}')
    with pytest.raises(BancError, match="is damaged"):
        collect(tmp_path, layout)


@pytest.mark.parametrize("value", [None, [], {}, {"scores": []}, {"scores": None}])
def test_damaged_results_are_named(tmp_path: Path, quickstart: Filled, value: Any) -> None:
    commit(tmp_path, json.dumps(value))
    with pytest.raises(BancError, match=r"`results/quickstart/results\.json` is damaged: .*`scores`"):
        collect(tmp_path, quickstart[0])


def test_damaged_results_name_the_score(tmp_path: Path, quickstart: Filled) -> None:
    layout, metrics = quickstart
    address = sorted(metrics)[0]
    commit(tmp_path, json.dumps({"scores": {address: {**GOOD, "test_error": "low"}}}))
    with pytest.raises(BancError, match=f'`test_error` of `{address}` is "low"'):
        collect(tmp_path, layout)


def test_a_whole_number_is_an_error_too(tmp_path: Path, quickstart: Filled) -> None:
    layout, metrics = quickstart
    address = sorted(metrics)[0]
    commit(tmp_path, json.dumps({"scores": {address: GOOD}}))
    assert collect(tmp_path, layout)[address].error == 5.0


def test_of_several_damaged_files_the_first_is_told(
    quickstart: Filled, finish: Callable[[Results], Path]
) -> None:
    """Not the first of a set, which would be another one in each process."""
    layout, metrics = quickstart
    root = finish(metrics)
    for address in metrics:
        (root / f"runs/{address}/metrics.json").write_text("{")
    with pytest.raises(BancError, match=sorted(metrics)[0]):
        collect(root, layout)


def detailed(seed: int) -> Details:
    generator = np.random.default_rng(seed)
    log_probs = np.log(generator.dirichlet(np.ones(10), 40))
    labels = generator.integers(0, 10, 40)
    return Details(quality(log_probs, [log_probs], labels), outcomes_of(log_probs.argmax(1), labels, 10))


def put_details(root: Path, address: Address, details: Details) -> Path:
    folder = root / "runs" / address
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "quality.json").write_text(json.dumps(attrs.asdict(details.quality)))
    np.save(folder / "outcomes.npy", details.outcomes)
    return folder


def test_details_come_from_a_stage_or_else_from_the_committed_ones(
    tmp_path: Path, quickstart: Filled
) -> None:
    first, second, third, *_ = sorted(quickstart[1])
    put_details(tmp_path, first, detailed(1))
    folder = tmp_path / "results/quickstart"
    folder.mkdir(parents=True)
    (folder / "details.json").write_text(details_text({first: detailed(2), second: detailed(3)}))
    found = collect_details(tmp_path, {first, second, third}, "quickstart")
    assert list(found) == [first, second]
    for address, seed in ((first, 1), (second, 3)):
        assert found[address].quality == detailed(seed).quality
        assert (found[address].outcomes == detailed(seed).outcomes).all()


@pytest.mark.parametrize(
    ("name", "text"),
    [("outcomes.npy", "no array"), ("outcomes.npy", ""), ("quality.json", "{"), ("quality.json", "{}")],
)
def test_damaged_details_are_named(tmp_path: Path, quickstart: Filled, name: str, text: str) -> None:
    address = sorted(quickstart[1])[0]
    (put_details(tmp_path, address, detailed(0)) / name).write_text(text)
    with pytest.raises(BancError, match=f"`runs/{address}/{name}` is damaged: "):
        collect_details(tmp_path, {address}, "quickstart")


def test_damaged_committed_details_are_named(tmp_path: Path, quickstart: Filled) -> None:
    address = sorted(quickstart[1])[0]
    folder = tmp_path / "results/quickstart"
    folder.mkdir(parents=True)
    (folder / "details.json").write_text(json.dumps({"scores": {address: {"images": 3}}}))
    with pytest.raises(BancError, match=r"`results/quickstart/details\.json` is damaged: "):
        collect_details(tmp_path, {address}, "quickstart")
