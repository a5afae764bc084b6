"""Born-again networks as a compiler for experiments: a TOML spec in, a reproducible table out.

A Python program has ``load``, ``compile``, ``results`` and ``load_model``; docs/python.md shows them. They
are imported when first asked for, so that ``import banc`` and every command stay quick.
"""

__version__ = "0.1.0"

__all__ = ["BancError", "UsageError", "__version__", "compile", "load", "load_model", "results"]

_HOMES = {"BancError": "banc.errors", "UsageError": "banc.errors"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module `banc` has no attribute `{name}`")
    from importlib import import_module

    value = getattr(import_module(_HOMES.get(name, "banc.interface")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
