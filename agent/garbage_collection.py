"""The pace of Python's garbage collector while lists are read."""

from __future__ import annotations

import gc
from typing import Final

_THRESHOLDS: Final = (1_000_000, 20, 20)
"""https://docs.python.org/3/library/gc.html#gc.set_threshold"""


def collect_rarely() -> None:
    """Let the collector run less often than by default: a list is read into many small objects that stay, and it would
    walk over all of them again and again; up to its first question, a night makes half a million of them.
    """
    gc.set_threshold(*_THRESHOLDS)
