"""The spec language: from TOML text to a checked ``Spec``, or every fault of a phase at once."""
