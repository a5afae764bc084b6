"""From a checked spec to addressed stages: expand, lower, link. Pure functions of frozen values."""
