"""Plain values to a ``Spec``, or every misfit at once.

In: a ``Source``. Out: a ``Spec`` whose names are still strings. Knows the language's shape, not its
meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from cattrs.errors import AttributeValidationNote, ForbiddenExtraKeysError, IterableValidationNote

from banc.config.constraints import user_fields
from banc.config.converter import TAGS, Rejected, TagRejected, members, new_converter, spell
from banc.config.model import DenseNetBC, Model
from banc.config.objective import Objective
from banc.language.codes import Code
from banc.language.fault import Fault, nearest
from banc.language.positions import KeyPath
from banc.language.source import FAULTS, Source, SpecError
from banc.language.spec import Control, Ensemble, Lineage, Pair, Pretrained, RecipeText, Spec, Sweep, Transfer
from banc.language.sweeps import with_numbers
from banc.language.table_spec import TableSpec
from banc.language.whole_names import whole_names
from banc.language.with_digests import with_digests

_CODES = {
    "type": Code.WRONG_TYPE,
    "range": Code.OUT_OF_RANGE,
    "choice": Code.UNKNOWN_CHOICE,
    "empty": Code.EMPTY_TEXT,
}
_CHOOSING = {"best", "best_epoch", "checkpoint", "early_stopping", "epoch", "patience", "select", "selection"}
"""Keys by which people ask for the best epoch on the test set."""
_SMOOTHING = {"label_smoothing", "label-smoothing", "smoothing", "smooth"}
_WEIGHTS = {"weight", "weights", "member_weights"}


def _converter() -> Any:
    converter = new_converter()
    plain = converter.get_structure_hook(RecipeText)

    def recipe(value: Any, _: Any) -> Any:
        if isinstance(value, str):
            value = {"preset": value}
        elif not isinstance(value, Mapping):
            raise Rejected("type", f"expected a string or a table, found {spell(value)}", value=value)
        return plain(value, RecipeText)

    converter.register_structure_hook(RecipeText, recipe)
    return converter


_CONVERTER = _converter()
_TAG_OF = {cls: TAGS[union][0] for union in TAGS for cls in members(union).values()}


def structure(source: Source) -> Spec:
    """The spec that the text says.

    Raises:
        SpecError: values of a wrong type or out of range, unknown or missing keys; all of them.
    """
    values, faults = whole_names(source)
    values, more = _with_skeletons(source, values)
    faults += more
    values, more = with_digests(source, values)
    faults += more
    try:
        spec = _CONVERTER.structure(values, Spec)
    except (ExceptionGroup, Rejected, KeyError, ForbiddenExtraKeysError) as error:
        faults += islice(_faults(source, error, (), Spec), FAULTS)
    if not faults:
        return spec  # type: ignore[no-any-return]
    slips = {fault.near for fault in faults if fault.code is Code.UNKNOWN_KEY}
    # A misspelt key is missing too, but that is one fault.
    kept = [fault for fault in faults if fault.code is not Code.MISSING_KEY or fault.legal[0] not in slips]
    raise SpecError(sorted(kept, key=lambda fault: (fault.span.line, fault.span.column)))


def misfits_of_number(
    source: Source, path: KeyPath, base: Objective, key: str, value: object
) -> Iterator[Fault]:
    """The faults of ``value`` at ``path`` in the spec, if it were the field ``key`` of ``base``."""
    try:
        with_numbers(base, {key: value})  # type: ignore[dict-item]
    except (ExceptionGroup, Rejected) as error:
        for fault in _faults(source, error, path, type(base)):
            yield source.fault(fault.code, path, fault.message.partition(": ")[2], legal=fault.legal)


def _faults(source: Source, error: BaseException, path: KeyPath, cls: Any) -> Iterator[Fault]:
    """The leaves of cattrs' exception groups, each with its place; ``cls`` is the table around it."""
    match error:
        case ExceptionGroup():
            inside = getattr(error, "cl", cls)
            for inner in error.exceptions:
                yield from _faults(source, inner, (*path, *_step(inner)), inside)
        case _ if path[2:3] == ("skeleton",) and (len(path) > 3 or not isinstance(error, KeyError)):
            return  # the skeleton is a model, which has this fault where it stands
        case Rejected(reason="missing-tag"):
            yield _missing_tag(source, path, error)
        case TagRejected():
            path = (*path, error.tag)
            message = f"{dotted(path)}: {error.message}"
            yield source.fault(Code.UNKNOWN_CHOICE, path, message, legal=error.legal, word=error.value)
        case Rejected():
            message = f"{dotted(path)}: {error.message}"
            if error.reason == "type" and path[:-1] in _FULL_OF_NAMES:
                message += _home(source, path)
            word = error.value if error.reason == "choice" else None
            yield source.fault(_CODES[error.reason], path, message, legal=error.legal, word=word)
        case ForbiddenExtraKeysError():
            for key in sorted(error.extra_fields):
                yield _unknown_key(source, (*path, key), error.cl)
        case KeyError():
            yield _missing_key(source, path, cls)
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


def _missing_key(source: Source, path: KeyPath, cls: Any) -> Fault:
    from banc.language.schema import fields_documents

    *parent, key = path
    message = f"`{key}` is missing {_place(tuple(parent))}"
    if about := fields_documents(cls).get(str(key)):
        first = about.split(". ")[0].rstrip(".")
        message += f": {first[:1].lower()}{first[1:]}"
    return source.fault(Code.MISSING_KEY, tuple(parent), message, at_key=True, legal=(str(key),))


def _missing_tag(source: Source, path: KeyPath, error: Rejected) -> Fault:
    """The tag is not there, or a key that looks like it is."""
    tag, there = str(error.value), _value(source, path)
    known = {key for union in TAGS for cls in members(union).values() for key in keys(cls)}
    if slip := nearest(tag, (key for key in there if key not in known)):
        message = f"unknown key `{slip}` {_place(path)}"
        return source.fault(Code.UNKNOWN_KEY, (*path, slip), message, at_key=True, legal=(tag,), word=slip)
    message = f"`{tag}` is missing {_place(path)}"
    return source.fault(Code.MISSING_KEY, path, message, at_key=True, legal=error.legal)


def _unknown_key(source: Source, path: KeyPath, cls: type) -> Fault:
    key, parent = str(path[-1]), path[:-1]
    if key in _CHOOSING and not (key == "epoch" and isinstance(_value(source, path), int)):
        message = f"`{key}` would choose an epoch by its test error; banc always reports the last epoch"
        return source.fault(Code.TEST_SET_CHOICE, path, message, at_key=True)
    if key in _SMOOTHING:
        message = f"`{key}`: label smoothing is the key `label_smoothing` of a recipe"
        return source.fault(Code.LABEL_SMOOTHING, path, message, at_key=True)
    if key in _WEIGHTS and cls is Ensemble:
        message = f"`{key}`: an ensemble is the plain mean of its members"
        return source.fault(Code.WEIGHTED_MEMBERS, path, message, at_key=True)
    legal, home = keys(cls), _home(source, path)
    message = f"unknown key `{key}` {_place(parent)}{home}"
    # A key that belongs elsewhere is misspelt only where it is a letter away.
    word = key if not home or nearest(key, legal, alike=0.85) else None
    return source.fault(Code.UNKNOWN_KEY, path, message, at_key=True, legal=legal, word=word)


def _place(path: KeyPath) -> str:
    return f"in `[{dotted(path)}]`" if path else "at the top of the spec"


def _value(source: Source, path: KeyPath) -> Any:
    value: Any = source.values
    for part in path:
        value = value[part]
    return value


def keys(cls: Any) -> tuple[str, ...]:
    """The keys that a table of this type may hold."""
    tag = (_TAG_OF[cls],) if cls in _TAG_OF else ()
    return (*tag, *(field.name.rstrip("_") for field in user_fields(cls)))


_HOMES = (
    ("[]", keys(Spec)),
    ("[recipe]", keys(RecipeText)),
    ("[lineages.<name>]", keys(Lineage)),
    ("[transfers.<name>]", keys(Transfer)),
    ("[controls.<name>]", keys(Control)),
    ("[pairs.<name>]", keys(Pair)),
    ("[sweeps.<name>]", keys(Sweep)),
    ("[ensembles.<name>]", keys(Ensemble)),
    ("[pretrained.<name>]", keys(Pretrained)),
    ("[table]", keys(TableSpec)),
)
"""Each table's header and its keys."""


_FULL_OF_NAMES = {
    ("models",),
    ("lineages",),
    ("transfers",),
    ("controls",),
    ("pairs",),
    ("sweeps",),
    ("pretrained",),
    ("ensembles",),
    ("table", "labels"),
    ("table", "groups"),
}
"""Tables whose keys are names that people give, so that no key is unknown in them."""


def _home(source: Source, path: KeyPath) -> str:
    """Where a misplaced key belongs, if its name or its value tells: a header may be missing above it."""
    key, parent, value = path[-1], path[:-1], _value(source, path)
    homes = [
        place
        for place, names in _HOMES
        if key in names
        and place != f"[{dotted(parent)}]"
        # Columns are called `teacher` and `baseline` too.
        and not (parent[:1] == ("table",) and "<name>" in place)
    ]
    if isinstance(value, Mapping):
        homes = ["[models]"] if "family" in value else ["[ensembles]"] if "members" in value else homes
    elif parent == ("table",) and isinstance(value, str) and not homes and _is_shown(source, str(key)):
        homes = ["[table.labels]"]
    if not homes:
        return ""
    places = " or ".join("the top, above the first header" if home == "[]" else f"`{home}`" for home in homes)
    return f"; `{key}` belongs to {places}: is a header missing above this line?"


def _is_shown(source: Source, name: str) -> bool:
    """Whether ``name`` looks like one of a model or a column, which a label may have."""
    table = source.values.get("table", {})
    columns = table.get("columns", []) if isinstance(table, Mapping) else []
    models = source.values.get("models", {})
    names = [*models, *columns] if isinstance(models, Mapping) and isinstance(columns, list) else []
    return nearest(name, (known for known in names if isinstance(known, str)), alike=0.85) is not None


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


def _with_skeletons(source: Source, values: dict[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The values, with each ``skeleton = "<model>"`` replaced by that model's own table; and its faults."""
    models = values.get("models")
    faults: list[Fault] = []
    if not isinstance(models, Mapping):
        return values, faults
    tables = {name: model for name, model in models.items() if isinstance(model, Mapping)}
    legal = tuple(name for name, model in tables.items() if model.get("family") == DenseNetBC.FAMILY)
    made = dict(models)
    for name, model in tables.items():
        if "skeleton" not in model:
            continue
        path, named = ("models", name, "skeleton"), model["skeleton"]
        if not isinstance(named, str):
            message = f"{dotted(path)}: expected the name of a model, found {spell(named)}"
            faults.append(source.fault(Code.WRONG_TYPE, path, message))
        elif named not in models:
            message = f"this spec has no model `{named}`"
            faults.append(source.fault(Code.UNKNOWN_NAME, path, message, legal=legal, word=named))
        elif named not in legal and tables.get(named, {}).get("family") in list(members(Model)):
            message = f"`{named}` is no {DenseNetBC.FAMILY}, and a skeleton must be one"
            faults.append(source.fault(Code.UNKNOWN_NAME, path, message, legal=legal))
        bones = models[named] if isinstance(named, str) and named in legal else {}
        made[name] = {**model, "skeleton": {key: value for key, value in bones.items() if key != "family"}}
    return {**values, "models": made}, faults
