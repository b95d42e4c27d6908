"""Words that stand where there is nothing to say, such as ``N/A``."""

from __future__ import annotations

from typing import Final

from agent.core.catalog.pieces.labels import Label, label_of

EMPTY: Final = frozenset({"n/a", "na", "none", "null", "tbd", "\u65e0", "\u6682\u65e0"})
"""What stands where there is nothing to say."""


def says_none(text: str) -> Label | None:
    """Return what words say there is none of: code, as ``None`` or ``Code: None`` do, or a page. None: no such."""
    key, _, value = text.replace("\uff1a", ":").rpartition(":")
    if value.strip().casefold() not in EMPTY:
        return None
    return (label_of(key) if key else "code") or "code"
