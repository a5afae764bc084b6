"""What it costs that masks of dropout are the same on every device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Start = Callable[..., Callable[[], Any]]
Account = Callable[..., Any]


def test_dropout(start: Start, account: Account) -> None:
    account("dropout", "wide-resnet-16-2", start("dropout"))
