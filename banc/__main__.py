"""``python -m banc`` is ``banc``."""

from __future__ import annotations

from banc.cli import main

main()
