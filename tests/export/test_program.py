"""What was exported, loaded where there is no banc; and what cannot be exported."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from banc.errors import BancError
from banc.export import program as module
from banc.export.gather import gather
from banc.export.program import Program, write_program
from banc.runner.score import average_of
from banc.stage.index import read_index
from banc.stage.names import find_stage

ALONE = """
import sys, warnings
warnings.simplefilter("error")
sys.modules["banc"] = None  # as if it were not installed
try:
    import banc
except ImportError:
    pass
else:
    raise SystemExit("banc is there")
import numpy, torch
from safetensors.numpy import load_file, save_file
images, *calls = sys.argv[1:]
images = torch.from_numpy(numpy.load(images)).float() / 255
for folder, out, weights in zip(calls[::3], calls[1::3], calls[2::3]):
    program = torch.export.load(f"{folder}/model.pt2").module()
    with torch.inference_mode():
        parts = [program(images[:1]), program(images[1:4]), program(images[4:])]
    numpy.save(out, torch.cat(parts).numpy())
    save_file(load_file(f"{folder}/{weights}"), out + ".safetensors")
print(sorted(name for name in sys.modules if name.split(".")[0] == "banc"))
"""

ROUNDING = 1e-5
"""Relative to the largest output. The program's weights lie in memory in another order than the run's, so
sums are rounded otherwise: by some 1e-7, the last of the 24 bits of a number, a few times over ten layers."""


@pytest.fixture(scope="module")
def alone(
    ran: Path, network: Path, ensemble: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[Path, tuple[Any, dict[str, Any]]]:
    """Of each export: the program's outputs and the (first) weights, as a process without banc reads them."""
    images = stage(ran, "dense/ban-2", 0, "data") / "test_images.npy"
    folder = tmp_path_factory.mktemp("alone")
    calls = {network: ("a.npy", "model.safetensors"), ensemble: ("b.npy", "model-1.safetensors")}
    arguments = [text for export, call in calls.items() for text in (export, *call)]
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE, images, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "['banc']\n"), done.stderr
    return {
        export: (np.load(folder / out), load_file(folder / f"{out}.safetensors"))
        for export, (out, _) in calls.items()
    }


def stage(root: Path, run: str, seed: int, kind: Any = None) -> Path:
    return root / "runs" / find_stage(read_index(root), run, seed=seed, kind=kind)


def test_a_network_gives_its_outputs_without_banc(ran: Path, network: Path, alone: Any) -> None:
    outputs, weights = alone[network]
    run = stage(ran, "dense/ban-2", 0)
    stored = np.load(run / "outputs.npy")
    assert (outputs.dtype, outputs.shape) == (np.float32, stored.shape)
    assert np.abs(outputs - stored).max() <= ROUNDING * np.abs(stored).max()
    assert (outputs.argmax(1) == stored.argmax(1)).all()
    ours = load_file(run / "model.safetensors")
    assert ours.keys() == weights.keys()
    assert all((weights[name] == tensor).all() for name, tensor in ours.items())
    assert (network / "model.safetensors").read_bytes() == (run / "model.safetensors").read_bytes()


def test_an_ensemble_of_logits_gives_their_mean() -> None:
    torch.manual_seed(0)
    networks = [torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 4)) for _ in range(3)]
    images = torch.rand(5, 3, 2, 2)
    outputs = Program(networks, [0.5] * 3, [0.25] * 3, "logits").eval()(images)
    logits = torch.stack([network((images - 0.5) / 0.25) for network in networks])
    assert torch.allclose(outputs, torch.log_softmax(logits.mean(0), 1), atol=1e-6)
    members = [torch.log_softmax(each, 1).detach().double().numpy() for each in logits]
    assert np.abs(outputs.detach().numpy() - average_of(members, "logits")).max() < 1e-6


def test_an_ensemble_gives_the_log_of_its_mean_probabilities(ran: Path, ensemble: Path, alone: Any) -> None:
    outputs, weights = alone[ensemble]
    members = [stage(ran, f"dense/{column}", 1) for column in ("teacher", "ban-1")]
    logits = [torch.from_numpy(np.load(run / "outputs.npy")).double() for run in members]
    expected = average_of([torch.log_softmax(each, 1).numpy() for each in logits], "probabilities")
    assert np.abs(outputs - expected).max() <= ROUNDING * np.abs(expected).max()
    labels = np.load(stage(ran, "dense/both", 1, "data") / "test_labels.npy")
    error = 100 * np.mean(outputs.argmax(1) != labels)
    assert error == pytest.approx(json.loads((ensemble / "config.json").read_text())["test_error"])
    first = json.loads((ensemble / "config.json").read_text())["networks"][0]["address"]
    ours = load_file(ran / "runs" / first / "model.safetensors")
    assert ours.keys() == weights.keys()
    assert all((weights[name] == tensor).all() for name, tensor in ours.items())
    stored = {(run / "model.safetensors").read_bytes() for run in members}
    assert {path.read_bytes() for path in ensemble.glob("model-*.safetensors")} == stored


def test_a_program_says_nothing_of_the_machine_that_made_it(ran: Path, network: Path, checkout: Path) -> None:
    with zipfile.ZipFile(network / "model.pt2") as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    for place in (checkout, ran, Path.home(), sys.prefix):
        assert str(place).encode() not in content


def test_torchvisions_networks_can_be_programs() -> None:
    from torchvision.models import resnet18

    network = Program([resnet18(num_classes=3).eval()], [0.1, 0.2, 0.3], [0.4, 0.5, 0.6]).eval()
    exported = torch.export.export(
        network,
        (torch.zeros(2, 3, 32, 32),),
        dynamic_shapes={"images": {0: torch.export.Dim("batch", min=1)}},
        strict=False,
    )
    images = torch.rand(3, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(exported.module()(images), network(images))


def test_code_that_depends_on_the_batch_is_one_message(export: Callable[..., Any], tmp_path: Path) -> None:
    done = export("batch/teacher", "--seed", "0", tmp_path / "odd")
    assert done.code == 1
    error, hint = done.err.splitlines()
    assert error.startswith("error: `batch teacher seed 0` cannot be made a program: `networks/odd.py`: ")
    assert "(batch)" in error
    assert "or on how many images there are" in hint


def test_code_that_depends_on_numbers_is_one_message(
    ran: Path, export: Callable[..., Any], tmp_path: Path
) -> None:
    done = export("number/teacher", "--seed", "0", tmp_path / "odd")
    assert (done.code, done.out) == (1, "")
    code = (ran / "networks/odd.py").read_text().splitlines()
    line = next(number for number, text in enumerate(code, 1) if "1e9" in text)
    assert f"error: `number teacher seed 0` cannot be made a program: `networks/odd.py:{line}`: " in done.err
    assert "`--no-program` writes everything else" in done.err
    assert len(done.err.splitlines()) == 2, "torch's own pages about it are not shown"
    assert list(tmp_path.iterdir()) == []
    assert export("number/teacher", "--seed", "0", "--no-program", tmp_path / "odd").code == 0
    assert {path.name for path in (tmp_path / "odd").iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
    }
    assert "model.pt2" not in (tmp_path / "odd/README.md").read_text()


def test_a_program_that_gives_other_outputs_is_not_written(
    ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = gather(ran, read_index(ran), "dense/ban-2", 0)
    other = gather(ran, read_index(ran), "dense/ban-2", 1)
    assert write_program(ran, subject, tmp_path / "a.pt2").difference < 1e-4
    monkeypatch.setattr(module, "_stored", lambda _, images: np.load(other.networks[0].outputs)[:images])
    with pytest.raises(BancError, match=r"gives other outputs than `dense ban-2 seed 0` stored"):
        write_program(ran, subject, tmp_path / "b.pt2")


def test_a_run_in_bfloat16_becomes_a_program_in_float32(
    ran: Path, export: Callable[..., Any], tmp_path: Path
) -> None:
    assert export("half/coarse", "--seed", "0", tmp_path / "half").code == 0
    assert "The run computed its test error in bfloat16." in (tmp_path / "half/README.md").read_text()
    stored = np.load(stage(ran, "half/coarse", 0) / "outputs.npy")
    images = np.load(stage(ran, "half/coarse", 0, "data") / "test_images.npy")
    program = torch.export.load(tmp_path / "half/model.pt2").module()
    with torch.inference_mode():
        outputs = program(torch.from_numpy(images).float() / 255).numpy()
    assert outputs.dtype == np.float32
    # Numbers of 8 bits, through ten layers.
    assert 0 < np.abs(outputs - stored).max() < 0.1 * np.abs(stored).max()
