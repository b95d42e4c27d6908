"""Numeric work in a single thread: several threads may add up in another order, and then scores differ."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which numpy, scipy and scikit-learn use one thread."""
    limiter: AbstractContextManager[object] = _controller().limit(limits=1)
    return limiter


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    """Return what knows the loaded libraries: finding them takes longer than most of the work."""
    return ThreadpoolController()
