"""What a plan costs as JSON, for programs: the keys that version 1.1 of a plan adds.

In: costs. Out: plain values, as ``docs/plan.schema.json`` describes them. What nobody knows is null, never 0.
"""

from __future__ import annotations

from banc.digest import Json
from banc.machine import Device
from banc.plan.costs import Costs, Total
from banc.plan.step import Plan, Run, Wait
from banc.stage.kinds import Address


def record_costs(plan: Plan, costs: Costs) -> dict[str, Json]:
    """The costs of the whole plan."""
    on_disk, stores = costs.bytes, costs.stores
    disk = on_disk.disk
    return {
        "device": record_device(costs.device),
        "run": record_total(costs.total(step.address for step in plan.of(Run))),
        "wait": record_total(costs.total(step.address for step in plan.of(Wait))),
        "bytes": {
            "outputs": on_disk.writes,
            "unknown": on_disk.unknown,
            "restored": on_disk.restores,
            "checkpoints": on_disk.meanwhile,
            "free": None if disk is None else disk.free,
            "free_for_cache": None if disk is None else disk.free if disk.cache is None else disk.cache,
            "missing": on_disk.missing,
        },
        "stored_teacher_outputs": {
            "stores": stores.stores,
            "passes": stores.passes,
            "seconds": _rounded(stores.seconds),
            "bytes": stores.bytes,
            "passes_spared": stores.spared,
            "seconds_spared": _rounded(stores.spared_seconds),
        },
    }


def record_cost(address: Address, costs: Costs) -> dict[str, Json]:
    """The costs of one stage; empty if it neither will nor may run."""
    work = costs.work.get(address)
    if work is None:
        return {}
    estimate = costs.estimates[address]
    value: dict[str, Json] = {
        "seconds": _rounded(estimate.seconds),
        "low": _rounded(estimate.low),
        "high": _rounded(estimate.high),
        "basis": estimate.basis,
        "bytes": work.writes,
    }
    if work.network is not None:
        value |= {
            "network": work.network.slug,
            "parameters": work.network.parameters,
            "multiply_adds": work.network.multiply_adds,
            "images_trained": work.trained,
            "images_passed": work.passed + work.tested + work.trained * len(work.live),
        }
    return {"cost": value}


def record_device(device: Device) -> dict[str, Json]:
    """The device for which times are estimated."""
    return {"name": device.name, "gpu": device.gpu, "cores": device.cores, "processes": device.processes}


def record_total(total: Total) -> dict[str, Json]:
    """The estimated time of several stages."""
    return {
        "seconds": _rounded(total.seconds),
        "low": _rounded(total.low),
        "high": _rounded(total.high),
        "seconds_by_basis": {basis: _rounded(part) for basis, part in total.shares.items()},
        "unknown": total.unknown,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
