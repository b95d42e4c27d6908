"""Headings against each other and against the table of contents: levels, numbers, anchors that lead nowhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple
from urllib.parse import unquote

from agent.core.audit.findings import Finding, FindingKind
from agent.core.audit.rules.anchors import comparable, find_targets
from agent.core.catalog.blocks import plain
from agent.core.catalog.outlines.outline import outline
from agent.core.catalog.parse import Catalog

# Two digits at most: a year is no number of a section.
_NUMBER: Final = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2})*)\.?\s+(?P<words>\S.*)")


class _Line(NamedTuple):
    """A heading, or a line of the contents. ``number`` is empty without one; ``level`` is 0 in the contents."""

    line: int
    text: str
    level: int
    number: tuple[int, ...]
    words: str


def find_headings(catalog: Catalog) -> Iterator[Finding]:
    """Yield heading_mismatch, one per line with all that is wrong there, in line order."""
    papers = {entry.line for entry in catalog.entries}  # a paper's heading is no part of the outline
    written = [h for h in catalog.parts if h.kind != "summary" and h.line not in papers]
    body = [_read(h.line, h.text, h.level) for h in written]
    contents = _contents(catalog)
    wrong: dict[int, list[str]] = {}
    sized = {h.line for h in written if h.kind == "html"}
    first = min((section.line for section in catalog.sections.values()), default=0)
    for line, what in (
        *(jump for jump in _find_jumps(body, first) if jump[0] not in sized),  # HTML is written for the size
        *_find_levels(body),
        *_find_gaps(body, contents),
        *_find_dead_anchors(catalog),
        *_find_differences(body, contents),
    ):
        if what not in wrong.setdefault(line, []):
            wrong[line].append(what)
    for line in sorted(wrong):
        yield Finding(
            kind=FindingKind.HEADING_MISMATCH,
            line=line,
            entry_title=None,
            detail=f"{catalog.lines[line - 1].strip()!r}: {'; '.join(wrong[line])}",
            confidence="medium",
        )


def _read(line: int, text: str, level: int) -> _Line:
    text = text.strip().strip("[]")
    match = _NUMBER.fullmatch(text)
    number = tuple(int(part) for part in match["number"].split(".")) if match else ()
    return _Line(line, text, level, number, " ".join((match["words"] if match else text).casefold().split()))


def _contents(catalog: Catalog) -> list[_Line]:
    """Return the bullets of the table of contents, up to the next heading: the linked ones, and those with a number."""
    if not catalog.contents:
        return []
    linked = {line.line for line in catalog.contents}
    entries = {entry.line for entry in catalog.entries}
    start = min(linked)
    end = min((h.line for h in catalog.parts if h.line > start and h.kind != "summary"), default=len(catalog.lines) + 1)
    bullets = [b for root in outline(catalog.text).bullets for b in root.walk() if start <= b.line < end]
    lines = [_read(b.line, plain(b.tokens), 0) for b in bullets if b.line not in entries]
    return [line for line in lines if line.number or line.line in linked]


def _find_jumps(body: Sequence[_Line], first: int) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for each heading more than one level below the heading before it.

    What ends above the line of the ``first`` section may be a heading only for its size, as names below a title are. A
    level that no heading has, while several are below it, is one that the list does without.
    """
    levels = [line.level for line in body if line.line >= first]
    for before, after in pairwise(body):
        if after.level <= before.level + 1:
            continue
        skipped = range(before.level + 1, after.level)
        if levels.count(after.level) > 1 and not any(level in skipped for level in levels):
            continue
        if not any(after.line < line.line <= first and line.level <= after.level for line in body):
            yield after.line, f"level {after.level} follows level {before.level}"


def _find_levels(body: Sequence[_Line]) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for each heading at another level than most of those whose numbers are as deep."""
    depths: dict[int, list[_Line]] = {}
    for line in body:
        if line.number:
            depths.setdefault(len(line.number), []).append(line)
    for depth, lines in depths.items():
        usual, count = Counter(line.level for line in lines).most_common(1)[0]
        if count * 2 > len(lines):
            for line in lines:
                if line.level != usual:
                    named = "n." * depth
                    yield line.line, f"level {line.level}, other headings numbered {named[:-1]} have level {usual}"


def _find_gaps(body: Sequence[_Line], contents: Sequence[_Line]) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for each heading whose number is there twice, out of order, or without the number
    before it or above it."""
    there = {line.number for line in body if line.number}
    siblings: dict[tuple[int, ...], list[_Line]] = {}
    for line in body:
        if line.number:
            siblings.setdefault(line.number[:-1], []).append(line)
    names = {line.number: line.text for line in contents if line.number}
    with_parent = {len(line.number) for line in body if line.number[:-1] in there}
    for parent, lines in siblings.items():
        if parent and parent not in there and len(parent) + 1 in with_parent:
            yield lines[0].line, f"no heading {_name(parent, names)} above it"
        for before, after in pairwise(lines):
            due = (*parent, before.number[-1] + 1)
            if after.number == before.number:
                yield after.line, f"the number of line {before.line} again"
            elif after.number[-1] < before.number[-1]:
                yield after.line, f"out of order after {_dotted(before.number)}"
            elif after.number != due:
                yield after.line, f"no heading {_name(due, names)} before it"


def _find_dead_anchors(catalog: Catalog) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for each line of the contents that links to a heading the page does not have."""
    targets = find_targets(catalog.lines, [heading.line for heading in catalog.headings])
    for line in catalog.contents:
        if line.anchor and comparable(unquote(line.anchor)) not in targets:
            yield line.line, f"the anchor #{line.anchor} leads nowhere"


def _find_differences(body: Sequence[_Line], contents: Sequence[_Line]) -> Iterator[tuple[int, str]]:
    """Yield (line, what is wrong) for each number only in the contents or the body, or with other words in each."""
    in_body = {line.number: line for line in body if line.number}
    in_contents = {line.number: line for line in contents if line.number}
    for number, line in in_contents.items():
        if number not in in_body:
            yield line.line, "in the contents, but there is no such heading"
        elif in_body[number].words != line.words:
            yield line.line, f"the heading in line {in_body[number].line} reads {in_body[number].text!r}"
    listed = {number[:-1] for number in in_contents}
    for number, line in in_body.items():
        if number not in in_contents and number[:-1] in listed:
            yield line.line, "not in the contents"


def _dotted(number: tuple[int, ...]) -> str:
    return ".".join(map(str, number))


def _name(number: tuple[int, ...], names: dict[tuple[int, ...], str]) -> str:
    return names.get(number, _dotted(number))
