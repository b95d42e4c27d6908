"""Find the lines that stand between two entries: blank ones, or rules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.style import Found

RULE: Final = re.compile(r"(?:-{3,}|\*{3,}|_{3,}|<br ?/?>|<hr ?/?>|>)")
"""A line that only parts what stands above it from what stands below."""
_SAMPLE: Final = 60


def gap_between(found: Sequence[Found], lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines that stand between two entries, blank ones or rules, as most neighbours have them."""
    told = told_gap(found, lines)
    return default_gap(found) if told is None else told


def default_gap(found: Sequence[Found]) -> tuple[str, ...]:
    """Return the lines between two entries of this kind in a list that does not tell."""
    return ("",) if found and found[0].kind in ("paragraph", "heading") else ()


def told_gap(found: Sequence[Found], lines: Sequence[str]) -> tuple[str, ...] | None:
    """Return the lines between two entries as most neighbours have them; None where no two stand beside each other."""
    gaps: Counter[tuple[str, ...]] = Counter()
    for first, second in zip(found[-_SAMPLE:], found[-_SAMPLE:][1:], strict=False):
        between = tuple(line.strip() for line in lines[first.last_line : second.line - 1])
        if len(between) < 6 and all(not line or RULE.fullmatch(line) for line in between):
            gaps[between] += 1
    return gaps.most_common(1)[0][0] if gaps else None
