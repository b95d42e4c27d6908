"""Repairs of what is sure: the smallest edits inside the lines they name, nothing added, removed or reformatted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from agent.core.arxiv.ids import abs_url
from agent.core.audit.findings import Finding, FindingKind
from agent.core.audit.rules.text import repair_mojibake
from agent.core.catalog.blocks import split_lines
from agent.core.escaping import as_plain_markdown, without_mentions
from agent.records import Record

_TITLES: Final = {
    FindingKind.WRONG_ID: "Point links to the papers they name",
    FindingKind.DEAD_LINK: "Replace links that lead nowhere",
    FindingKind.MISSING_LINK: "Link papers that are only named",
    FindingKind.MOJIBAKE: "Repair characters read in the wrong encoding",
    FindingKind.NOW_PUBLISHED: "Name the venue of papers published since",
}
"""The kinds that can be repaired, with the subject of their commit, in the order in which they are applied."""


class Repair(Record):
    """One line (1-based, line end included) as it was and as it shall be."""

    finding: Finding
    before: str
    after: str


class Repairs(Record):
    """The repairs, by kind in the order of the commits, and the questions left to a person."""

    done: tuple[tuple[FindingKind, tuple[Repair, ...]], ...]
    asked: tuple[Finding, ...]


def plan_repairs(text: str, findings: Sequence[Finding]) -> Repairs:
    """Return the repairs of the high-confidence findings, each kind on top of the one before it.

    A finding without a safe edit is asked instead, and so is a link on a line that may be a duplicate: which of
    the two entries stays is for a person to say.
    """
    lines = list(split_lines(text))
    double = {finding.line for finding in findings if finding.kind is FindingKind.DUPLICATE_ENTRY}
    done: list[tuple[FindingKind, tuple[Repair, ...]]] = []
    for kind in _TITLES:
        repairs = []
        for finding in findings:
            if finding.kind is kind and finding.confidence == "high" and finding.line not in double:
                before = lines[finding.line - 1]
                after = _EDITS[kind](before, finding)
                if after is not None and after != before:
                    repairs.append(Repair(finding=finding, before=before, after=after))
                    lines[finding.line - 1] = after
        if repairs:
            done.append((kind, tuple(repairs)))
    repaired = {id(repair.finding) for _, repairs_ in done for repair in repairs_}
    return Repairs(done=tuple(done), asked=tuple(f for f in findings if id(f) not in repaired))


def apply_repairs(text: str, repairs: Sequence[Repair]) -> str:
    """Return the text with each repair made where its line still reads as it did, in its place or, alone, elsewhere."""
    lines = list(split_lines(text))
    for repair in repairs:
        at = repair.finding.line - 1
        if at >= len(lines) or lines[at] != repair.before:
            places = [i for i, line in enumerate(lines) if line == repair.before]
            if len(places) != 1:
                continue
            at = places[0]
        lines[at] = repair.after
    return "".join(lines)


def commit_message(kind: FindingKind, repairs: Sequence[Repair]) -> str:
    """Return the message of one kind's commit: what was done, and the evidence line by line."""
    rows = (f"- line {r.finding.line}: {without_mentions(r.finding.detail)}" for r in repairs)
    return f"{_TITLES[kind]} ({len(repairs)})\n\n" + "\n".join(rows) + "\n"


def repairs_text(repairs: Repairs) -> str:
    """Return the text beside the patch or in the pull request: what was repaired and why, and the open questions."""
    count = sum(len(made) for _, made in repairs.done)
    parts = [f"# Audit: {count} repairs, {len(repairs.asked)} questions\n"]
    for kind, made in repairs.done:
        parts.append(f"\n## {_TITLES[kind]} ({len(made)})\n")
        parts += [_row(repair.finding) for repair in made]
    if repairs.asked:
        parts.append(f"\n## Questions ({len(repairs.asked)})\nNothing was changed here: it takes someone who knows.\n")
        parts += [_row(finding) for finding in repairs.asked]
    return "".join(parts)


def _row(finding: Finding) -> str:
    named = f" **{as_plain_markdown(finding.entry_title)}**" if finding.entry_title else ""
    return f"- line {finding.line}, {finding.kind} ({finding.confidence}):{named} {as_plain_markdown(finding.detail)}\n"


def _replace_id(line: str, finding: Finding) -> str | None:
    """Put the right id where the wrong one is printed, its version with it; the form of the link stays."""
    if finding.listed_id is None or finding.proposed_id is None:
        return None
    printed = rf"(?<!\d)(?<!\d\.){re.escape(finding.listed_id)}(?:v\d+)?(?!\d)"
    return re.sub(printed, finding.proposed_id, line, flags=re.IGNORECASE)


def _add_link(line: str, finding: Finding) -> str | None:
    """Put the printed title into a link; not where it holds or stands in markup of its own."""
    title = finding.entry_title or ""
    if finding.proposed_id is None or re.search(r"[\[\]()]", line):
        return None
    return _replace_once(re.escape(title), f"[{title}]({abs_url(finding.proposed_id)})", line)


def _name_venue(line: str, finding: Finding) -> str | None:
    """Put the venue where ``arXiv 2024`` is printed."""
    if finding.replacement is None:
        return None
    return _replace_once(r"(?<![\w./-])(?:arxiv|corr|preprint),? ?\d{4}(?!\d|\.\d)", finding.replacement, line)


def _repair_characters(line: str, finding: Finding) -> str | None:
    return repair_mojibake(line)


def _replace_once(pattern: str, new: str, line: str) -> str | None:
    """Return the line with the one match replaced; None when there is none, or more than one to choose from."""
    if len(re.findall(pattern, line, re.IGNORECASE)) != 1:
        return None
    return re.sub(pattern, lambda _: new, line, flags=re.IGNORECASE)


_EDITS: Final[dict[FindingKind, Callable[[str, Finding], str | None]]] = {
    FindingKind.WRONG_ID: _replace_id,
    FindingKind.DEAD_LINK: _replace_id,
    FindingKind.MISSING_LINK: _add_link,
    FindingKind.MOJIBAKE: _repair_characters,
    FindingKind.NOW_PUBLISHED: _name_venue,
}
