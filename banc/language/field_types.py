"""Types of fields that several tables of a spec have."""

from __future__ import annotations

from typing import Annotated

from banc.config.constraints import Entries, Filled, OneOrMore

Selection = Annotated[tuple[str, ...], OneOrMore(), Entries()]
"""Models and pairs by name; a lineage, a transfer or a control stands for its models or students."""

Columns = Annotated[tuple[str, ...], OneOrMore(), Entries()]
"""Columns of the table by name; a sweep stands for its columns."""

Text = Annotated[str, Filled()]
"""What is printed."""
