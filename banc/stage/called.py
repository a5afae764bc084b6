"""What people call stages, so that no two have one name.

In: stages, each with its uses. Out: the names of each, in the order of its uses. A name is short
(``densenet ban-1 seed 0``) unless several stages would have it: then each says what tells it apart from the
others, which is how it is made, or which spec means it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import add

from attrs import frozen

from banc.config.recipe import Augmentation
from banc.stage.index import Use, by_name
from banc.stage.kinds import Address, Data, Predict, Score, Stage

_SHOWN = 2
"""So many names of one stage are said in a line."""


def called(stages: Mapping[Address, tuple[Stage, Iterable[Use]]]) -> dict[Address, tuple[str, ...]]:
    """The names of all ``stages``. Each name is of one stage alone."""
    groups: dict[str, list[_Named]] = {}
    for address, (stage, uses) in stages.items():
        for use in uses:
            groups.setdefault(use.called(stage.KIND), []).append(_Named(address, stage, use))
    told: dict[Address, dict[Use, str]] = {address: {} for address in stages}
    owners: dict[str, set[Address]] = {}
    for short, group in groups.items():
        for named, name in zip(group, _told_apart(short, group), strict=True):
            told[named.address][named.use] = name
            owners.setdefault(name, set()).add(named.address)
    return {
        address: tuple(
            # Two names of people can read alike all the same: `a b` of `c`, and `a` of `b c`.
            dict.fromkeys(
                names[use] if len(owners[names[use]]) == 1 else f"{names[use]} {_digest(address)}"
                for use in sorted(names, key=by_name)
            )
        )
        for address, names in told.items()
    }


def spoken(names: Sequence[str]) -> str:
    """A stage's names as text: ``densenet ban-1 seed 0; alias ban-1 seed 0 and 1 more``."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return "; ".join(names[:_SHOWN]) + more


@frozen
class _Named:
    """A stage by one of its names."""

    address: Address
    stage: Stage
    use: Use


def _told_apart(short: str, group: Sequence[_Named]) -> list[str]:
    """A name for each of a group that has one short name: the first of these that tells its stages apart."""
    facts = _facts({named.address: named.stage for named in group})
    made = [facts[named.address] for named in group]
    meant = [f"{named.use.spec}: {short}" for named in group]
    plain = [short] * len(group)
    for names in (plain, [short + how for how in made], meant, [*map(add, meant, made)]):
        pairs = {(name, named.address) for name, named in zip(names, group, strict=True)}
        if len(set(names)) == len(pairs):
            return names
    return plain


def _facts(stages: Mapping[Address, Stage]) -> dict[Address, str]:
    """How each of ``stages`` is made, as far as they differ: `` with pad 1 and no flip``."""
    if len({stage.KIND for stage in stages.values()}) > 1:
        return dict.fromkeys(stages, "")
    words = {address: _words(stage) for address, stage in stages.items()}
    differs = [len(set(column)) > 1 for column in zip(*words.values(), strict=True)]
    said = {
        address: [word for word, other in zip(of_stage, differs, strict=True) if other and word]
        for address, of_stage in words.items()
    }
    return {
        address: f" {'with ' if isinstance(stages[address], Predict) else ''}{' and '.join(few)}"
        if few
        else ""
        for address, few in said.items()
    }


def _words(stage: Stage) -> tuple[str, ...]:
    """What a stage's short name does not say of it. Stages of one kind have as many words."""
    match stage:
        case Data(source=source):
            return (source.slug,)
        case Predict(views=views, seed=seed, epochs=epochs):
            over = "every view" if seed is None else f"{epochs} epoch{'' if epochs == 1 else 's'}"
            return (*_views(views), over, "" if seed is None else f"training seed {seed}")
        case Score(on=on):
            return (f"on {on} images",)
        case _:
            return ()


def _views(views: Augmentation) -> tuple[str, ...]:
    return (
        f"pad {views.pad}",
        f"fill {views.fill}",
        "flip" if views.flip else "no flip",
        f"cutout {views.cutout}" if views.cutout else "no cutout",
        f"mixup {views.mixup}" if views.mixup else "no mixup",
    )


def _digest(address: Address) -> str:
    return address.rpartition("-")[2]
