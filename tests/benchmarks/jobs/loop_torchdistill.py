"""An epoch by torchdistill, set up and driven as its users do it: a configuration and a distillation box.

The networks are ours, by its registry. Its loss is cross-entropy plus KL divergence, which is ours less
the teacher's entropy: a constant, so the gradient is the same. The epoch alone is measured, as of the
plain loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from job import BATCH, IMAGES, MODELS, RECIPE, SHAPE, Images
from torch.utils.data import RandomSampler
from torchdistill.core.distillation import get_distillation_box
from torchdistill.misc.log import MetricLogger, SmoothedValue
from torchdistill.models.registry import get_model, register_model

from banc.models.build import build


def prepare(
    model: str, workers: int, device: str = "cpu", images: int = IMAGES, batch: int = BATCH
) -> Callable[[], float]:
    register_model(lambda: build(MODELS[model], SHAPE), key=model)
    student, teacher = get_model(model), get_model(model)
    # It leaves a teacher in the mode that it has: the work of a frozen one is that of evaluation.
    teacher.eval()
    datasets = {"train": Images(images)}
    place = torch.device(device)
    settings = configuration(workers, batch)
    box = get_distillation_box(
        teacher.to(place), student.to(place), datasets, settings, place, None, distributed=False, lr_factor=1
    )
    return lambda: epoch(box, place)


def configuration(workers: int, batch: int) -> dict[str, Any]:
    """What its users write as YAML."""
    loader = {"batch_size": batch, "num_workers": workers, "persistent_workers": workers > 0}
    loss = {
        "student_module_path": ".",
        "student_module_io": "output",
        "teacher_module_path": ".",
        "teacher_module_io": "output",
        "temperature": 1.0,
        "alpha": 1.0,
        "beta": 1.0,
        "reduction": "batchmean",
    }
    return {
        "num_epochs": 1,
        "train_data_loader": {
            "dataset_id": "train",
            "sampler": {"class_or_func": RandomSampler, "kwargs": {}},
            "kwargs": loader,
        },
        "teacher": {"forward_proc": "forward_batch_only", "requires_grad": False},
        "student": {"forward_proc": "forward_batch_only", "requires_grad": True},
        "optimizer": {
            "key": "SGD",
            "kwargs": {
                "lr": RECIPE.learning_rate,
                "momentum": RECIPE.momentum,
                "nesterov": RECIPE.nesterov,
                "weight_decay": RECIPE.weight_decay,
            },
        },
        "criterion": {
            "key": "WeightedSumLoss",
            "kwargs": {"sub_terms": {"kd": {"criterion": {"key": "KDLoss", "kwargs": loss}, "weight": 1.0}}},
        },
    }


def epoch(box: Any, device: torch.device) -> float:
    """The mean loss."""
    log = MetricLogger(delimiter="  ")
    log.add_meter("lr", SmoothedValue(window_size=1, fmt="{value}"))
    box.pre_epoch_process(epoch=0)
    for images, labels, more in log.log_every(box.train_data_loader, 100, "epoch"):
        images, labels = images.to(device), labels.to(device)
        loss = box.forward_process(images, labels, more)
        box.post_forward_process(loss=loss)
        log.update(loss=loss.item(), lr=box.optimizer.param_groups[0]["lr"])
    box.post_epoch_process()
    return log.meters["loss"].global_avg
