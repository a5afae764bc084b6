"""What happens while a plan is run, as values: for whoever shows it."""

from __future__ import annotations

from attrs import frozen

from banc.stage.kinds import Address


@frozen
class Begins:
    """A stage's command starts."""

    address: Address
    gpu: str
    """Which it got, as CUDA_VISIBLE_DEVICES names them; empty: none."""


@frozen
class Ran:
    """A stage's command has ended well."""

    address: Address
    seconds: float


@frozen
class Spared:
    """A stage need not run: DVC keeps it, or has restored it."""

    address: Address
    restored: bool


@frozen
class Found:
    """A stage ran before and was not recorded; now it is going to be."""

    address: Address


@frozen
class Failed:
    """A stage failed, or could not be recorded."""

    address: Address
    why: str
    """In a line."""


@frozen
class Halted:
    """A stage was stopped with all others, and goes on from its checkpoint the next time."""

    address: Address
    why: str
    """In a line."""


Event = Begins | Ran | Spared | Found | Failed | Halted
