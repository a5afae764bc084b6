"""Plain values to a ``Spec``, or every misfit at once.

In: a ``Source``. Out: a ``Spec`` whose names are still strings. Knows the language's shape, not its
meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from cattrs.errors import AttributeValidationNote, ForbiddenExtraKeysError, IterableValidationNote

from banc.config.converter import TAGS, Rejected, TagRejected, members, new_converter
from banc.spec.codes import Code
from banc.spec.fault import Fault
from banc.spec.language import Ensemble, Lineage, RecipeText, Spec, Table, Transfer
from banc.spec.positions import KeyPath
from banc.spec.source import Source, SpecError

_CODES = {
    "type": Code.WRONG_TYPE,
    "range": Code.OUT_OF_RANGE,
    "choice": Code.UNKNOWN_CHOICE,
    "missing-tag": Code.MISSING_KEY,
}
_CHOOSING = {"best", "best_epoch", "checkpoint", "early_stopping", "epoch", "patience", "select", "selection"}
"""Keys by which people ask for the best epoch on the test set."""


def _converter() -> Any:
    converter = new_converter()
    plain = converter.get_structure_hook(RecipeText)

    def recipe(value: Any, _: Any) -> Any:
        return plain({"preset": value} if isinstance(value, str) else value, RecipeText)

    converter.register_structure_hook(RecipeText, recipe)
    return converter


_CONVERTER = _converter()
_TAG_OF = {cls: TAGS[union][0] for union in TAGS for cls in members(union).values()}


def structure(source: Source) -> Spec:
    """The spec that the text says.

    Raises:
        SpecError: values of a wrong type or out of range, unknown or missing keys; all of them.
    """
    values, faults = _with_skeletons(source)
    if faults:
        raise SpecError(faults)
    try:
        return _CONVERTER.structure(values, Spec)  # type: ignore[no-any-return]
    except (ExceptionGroup, Rejected, KeyError, ForbiddenExtraKeysError) as error:
        faults = list(_faults(source, error, ()))
    near = {(fault.span, fault.near) for fault in faults if fault.code is Code.UNKNOWN_KEY}
    slips = {word for _, word in near if word}
    kept = [
        fault
        for fault in faults
        if fault.code is not Code.MISSING_KEY or fault.legal[:1] not in {(slip,) for slip in slips}
    ]
    raise SpecError(sorted(kept, key=lambda fault: (fault.span.line, fault.span.column)))


def _faults(source: Source, error: BaseException, path: KeyPath) -> Iterator[Fault]:
    """The leaves of cattrs' exception groups, each with its place."""
    match error:
        case ExceptionGroup():
            for inner in error.exceptions:
                yield from _faults(source, inner, (*path, *_step(inner)))
        case TagRejected():
            yield source.fault(
                Code.UNKNOWN_CHOICE, (*path, error.tag), error.message, legal=error.legal, word=error.value
            )
        case Rejected():
            message = f"{dotted(path)}: {error.message}" if path else error.message
            if error.reason == "type":
                message += _home(source, path)
            yield source.fault(
                _CODES[error.reason],
                path,
                message,
                legal=error.legal,
                word=error.value if error.reason == "choice" else None,
                at_key=error.reason == "missing-tag",
            )
        case ForbiddenExtraKeysError():
            for key in sorted(error.extra_fields):
                yield _unknown_key(source, (*path, key), error.cl)
        case KeyError():
            (key,) = error.args
            parent = path[:-1]
            place = f"`[{dotted(parent)}]`" if parent else "the spec"
            yield source.fault(
                Code.MISSING_KEY, parent, f"`{key}` is missing in {place}", at_key=True, legal=(str(key),)
            )
        case _:
            raise AssertionError(f"a misfit that no rule explains: {error!r}") from error


def _step(error: BaseException) -> KeyPath:
    """The key or index by which an exception group led here."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return (note.name.rstrip("_"),)
        if isinstance(note, IterableValidationNote):
            return (note.index,)
    return ()


def _unknown_key(source: Source, path: KeyPath, cls: type) -> Fault:
    key, parent = path[-1], path[:-1]
    if "recipe" in parent and key in _CHOOSING:
        message = f"`{key}` would choose an epoch by its test error; the last epoch is the result"
        return source.fault(Code.TEST_SET_CHOICE, path, message, at_key=True)
    legal = keys(cls)
    place = f"in `[{dotted(parent)}]`" if parent else "at the top of the spec"
    message = f"unknown key `{key}` {place}{_home(source, path)}"
    return source.fault(Code.UNKNOWN_KEY, path, message, at_key=True, legal=legal, word=key)


def keys(cls: Any) -> tuple[str, ...]:
    """The keys that a table of this type may hold."""
    tag = (_TAG_OF[cls],) if cls in _TAG_OF else ()
    return (*tag, *(field.name.rstrip("_") for field in attrs.fields(cls)))


_HOMES = (
    ("[]", keys(Spec)),
    ("[recipe]", keys(RecipeText)),
    ("[lineages.<name>]", keys(Lineage)),
    ("[transfers.<name>]", keys(Transfer)),
    ("[ensembles.<name>]", keys(Ensemble)),
    ("[table]", keys(Table)),
)
"""Each table's header and its keys."""


def _home(source: Source, path: KeyPath) -> str:
    """Where a misplaced key belongs, if its name or its value tells: a header may be missing above it."""
    key, parent = path[-1] if path else "", path[:-1]
    value: Any = source.values
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return ""  # inside of a skeleton, which stands elsewhere
    homes = [place for place, names in _HOMES if key in names and place != f"[{dotted(parent)}]"]
    if isinstance(value, Mapping):
        homes = ["[models]"] if "family" in value else ["[ensembles]"] if "members" in value else homes
    elif parent == ("table",) and isinstance(value, str) and not homes:
        homes = ["[table.labels]"]
    if not homes:
        return ""
    places = " or ".join("the top, above the first header" if it == "[]" else f"`{it}`" for it in homes)
    return f"; `{key}` belongs to {places}: is a header missing above this line?"


def dotted(path: KeyPath) -> str:
    """A key path as TOML spells it: ``models."a.b".depth``, ``seeds[1]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = part.replace("-", "").replace("_", "").isalnum() and part.isascii()
            text += ("." if text else "") + (part if plain else f'"{part}"')
    return text


def _with_skeletons(source: Source) -> tuple[dict[str, Any], list[Fault]]:
    """The values, with each ``skeleton = "<model>"`` replaced by that model's own table."""
    models = source.values.get("models")
    if not isinstance(models, Mapping):
        return source.values, []
    made, faults = dict(models), []
    for name, model in models.items():
        if isinstance(model, Mapping) and isinstance(named := model.get("skeleton"), str):
            legal = tuple(
                other
                for other, it in models.items()
                if isinstance(it, Mapping) and it.get("family") == "densenet-bc"
            )
            if named not in legal:
                message = f"`{named}` is no densenet-bc of this spec"
                path = ("models", name, "skeleton")
                faults.append(source.fault(Code.UNKNOWN_NAME, path, message, legal=legal, word=named))
            else:
                bones = {key: value for key, value in models[named].items() if key != "family"}
                made[name] = {**model, "skeleton": bones}
    return {**source.values, "models": made}, faults
