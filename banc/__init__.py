"""Born-again networks as a compiler for experiments: a TOML spec in, a reproducible table out."""

__version__ = "0.1.0"
