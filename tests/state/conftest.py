from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file below the workspace, as if a minute ago."""

    def write(name: str, content: str | bytes, ago: float = 60.0) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        when = time.time() - ago
        os.utime(path, (when, when))
        return path

    return write
