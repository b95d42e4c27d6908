"""Importing this makes every sleep of this process short: simulated nights wait for servers in simulated time.

It must be imported before the program, which binds ``time.sleep`` in default arguments.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

SHORTER = 50

_sleep = time.sleep
_pause = asyncio.sleep


def _short_sleep(seconds: float) -> None:
    _sleep(seconds / SHORTER)


def _short_pause(delay: float, result: Any = None) -> Any:
    return _pause(delay / SHORTER, result)


time.sleep = partial(_short_sleep)
asyncio.sleep = partial(_short_pause)
