"""What the cache has lost and may have again before DVC comes to it.

Two stages can write the same bytes: two networks of one kind have the same ``model.json``. If the cache has
lost these bytes, the stage that DVC comes to first runs, and brings them back for the other one, which is
then kept or restored. In which order DVC comes to stages that do not hang on one another depends on the file
system, so a plan can only say: wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from attrs import evolve

from banc.plan.asked import Asked
from banc.plan.decide import Changed, Decision, Inputs, Known, Unknown, decide
from banc.stage.files import MADE_WITH
from banc.stage.kinds import Address
from banc.state.state import Entry


class Regain:
    """Who may bring back what, in one graph."""

    def __init__(
        self,
        stages: Mapping[Address, Asked],
        upstream: Mapping[Address, tuple[Address, ...]],
        known: Mapping[Address, Known],
        decisions: Mapping[Address, Decision],
    ) -> None:
        """``decisions``: as if nothing came back."""
        self._stages, self._upstream, self._known = stages, upstream, known
        self._makers: dict[str, list[Address]] = {}
        for address, decision in decisions.items():
            if isinstance(decision, Changed | Unknown):
                for made in dict.fromkeys(_makes(stages[address], known[address])):
                    self._makers.setdefault(made, []).append(address)

    def by(self, address: Address, inputs: Inputs) -> tuple[Address, ...]:
        """The stages that may spare ``address``, which would run, its run; none: it runs for certain."""
        stage, known = self._stages[address], self._known[address]
        makers: dict[Address, None] = {}

        def cached(md5: str) -> bool:
            if known.cached(md5):
                return True
            names = (
                _name(path)
                for entry in _entries(known)
                for path, file in entry.outputs.items()
                if file.md5 == md5
            )
            # The first is enough: a cache that was emptied can have a thousand of them.
            other = next(
                (
                    other
                    for made in (md5, *names)
                    for other in self._makers.get(made, ())
                    if other != address and not self._hangs_on(other, address)
                ),
                None,
            )
            if other is None:
                return False
            makers[other] = None
            return True

        if isinstance(decide(stage, evolve(known, cached=cached), inputs), Changed):
            return ()
        return tuple(makers)

    def _hangs_on(self, address: Address, on: Address) -> bool:
        """Whether ``on`` stands above ``address``."""
        above, seen = [address], {address}
        while above:
            for other in self._upstream[above.pop()]:
                if other == on:
                    return True
                if other not in seen:
                    seen.add(other)
                    above.append(other)
        return False


def _makes(stage: Asked, known: Known) -> Iterator[str]:
    """The bytes that a stage is known to have made, by MD5; and the names of files that are alike."""
    for entry in _entries(known):
        yield from (file.md5 for file in entry.outputs.values() if file.md5)
    yield from (name for path in stage.outputs if (name := _name(path)) in MADE_WITH)


def _entries(known: Known) -> Iterator[Entry]:
    if known.entry is not None:
        yield known.entry
    yield from known.runs.values()


def _name(path: str) -> str:
    return PurePosixPath(path).name
