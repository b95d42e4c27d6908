"""The packages that workers need besides the program itself."""

from __future__ import annotations

from importlib.util import find_spec

from agent.errors import ConfigError


def check_installed() -> None:
    """Check that the queue's packages are installed. Raises ConfigError when they are not."""
    if find_spec("procrastinate") is None or find_spec("croniter") is None:
        raise ConfigError("workers need a queue: pip install 'paper-triage[fleet]'")
