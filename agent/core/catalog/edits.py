"""Edit someone else's list by inserting whole lines: every other byte stays as it was."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from agent.core.catalog.blocks import split_lines
from agent.core.catalog.formats.style import Style
from agent.core.catalog.inserting.additions import Addition, Inserted, Plan
from agent.core.catalog.inserting.by_hand import COUNTED, SEVERAL, left_by_hand, why_misread, why_missing, why_no_row
from agent.core.catalog.inserting.numbers import miscounts, numbered
from agent.core.catalog.inserting.order import in_order
from agent.core.catalog.inserting.reread import misread_papers
from agent.core.catalog.listed import find_listed
from agent.core.catalog.parse import Catalog, Heading, Section, parse
from agent.core.catalog.printing.candidates import format_candidates, format_entry
from agent.core.catalog.spots import Spot, find_spot
from agent.records import ByHand, Entry, Paper, Record

__all__ = [
    "Addition",
    "ByHand",
    "Edit",
    "InsertPapers",
    "Inserted",
    "draft_entry",
    "insert",
    "move_entry",
    "remove_entry",
    "replace_lines",
]

_BULLET: Final = re.compile(r"\A[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?")
"""A list marker with the indentation before it, or that alone."""
_ROUNDS: Final = 24
"""So often a night is printed in plainer forms until Markdown reads every entry as meant."""


class Edit(Record):
    """The new text, what is new in it, the ids of papers that were in the list already, and what is left to people."""

    text: str
    inserted: tuple[Inserted, ...]
    already: tuple[str, ...]
    by_hand: tuple[ByHand, ...] = ()

    @property
    def added_lines(self) -> tuple[int, ...]:
        """Return the numbers (1-based) of all new lines of the new text."""
        return tuple(line for one in self.inserted for line in range(one.added[0], one.added[1] + 1))


InsertPapers = Callable[[str, Sequence[tuple[str, str]]], Edit]
"""(catalog text, pairs of paper id and leaf) -> the text with the papers' entries, without those it lists already."""


class _Settled(NamedTuple):
    """A text with the entries of some plans, and the plans that no form was found for."""

    text: str
    inserted: tuple[Inserted, ...]
    plans: tuple[Plan, ...]
    failed: tuple[Plan, ...]


def insert(text: str, headings: Mapping[str, Heading], additions: Sequence[Addition]) -> Edit:
    """Insert each paper as an entry of its section, printed and placed as its neighbours are, all at once.

    A section that has the newest first gets it at the top, one in alphabetical order in its place, any other at the
    end; below the heading of its year where the section has such. If the file ends without a line end and a new line
    comes last, it is set off by one before it and has none itself; so the original text is what remains when the added
    lines are taken out with the line end that set them off.

    Nothing is raised. What has no section, or what Markdown would not read as just this entry in any form tried, is
    left to people, with its text; everything else is inserted.
    """
    catalog = parse(text, headings)
    listed = find_listed(catalog, [addition.paper for addition in additions])
    new = [addition for addition, known in zip(additions, listed, strict=True) if not known]
    already = [addition.paper.id for addition, known in zip(additions, listed, strict=True) if known]
    by_hand: list[ByHand] = []
    plans: list[Plan] = []
    for addition in new:
        section = catalog.sections.get(addition.leaf)
        if section is None:
            by_hand.append(left_by_hand(addition, Style(), why_missing(headings, addition.leaf)))
        else:
            spot = find_spot(section, addition.paper)
            style = _style_at(section, spot, addition)
            if section.holds_several:
                plain = Style(prefix="")
                by_hand.append(left_by_hand(addition, plain, why_no_row(section, SEVERAL)))
            elif miscounts(section, spot):
                by_hand.append(left_by_hand(addition, style, why_no_row(section, COUNTED)))
            else:
                plans.append(Plan(addition, spot, style))
    done = _settle(catalog, headings, in_order(plans, catalog))
    for plan in done.failed if len(plans) > 1 else ():
        # It may have been refused for what stood beside it: it is tried once more with what is settled.
        again = _settle(catalog, headings, [*done.plans, plan._replace(choice=0)])
        if not again.failed:
            done = again._replace(failed=tuple(other for other in done.failed if other is not plan))
    by_hand += [left_by_hand(plan.addition, plan.style, why_misread(catalog, plan)) for plan in done.failed]
    place = {addition.paper.id: number for number, addition in enumerate(additions)}
    return Edit(
        text=done.text,
        inserted=tuple(sorted(done.inserted, key=lambda one: place[one.paper_id])),
        already=tuple(already),
        by_hand=tuple(sorted(by_hand, key=lambda one: place[one.paper_id])),
    )


def _settle(catalog: Catalog, headings: Mapping[str, Heading], plans: list[Plan]) -> _Settled:
    """Return the text with the plans' entries, each in the first form in which Markdown reads all of them as meant."""
    failed: list[Plan] = []
    for _ in range(_ROUNDS if plans else 0):
        changed, inserted = _apply(catalog, plans)
        wrong = misread_papers(catalog, parse(changed, headings), plans, inserted)
        if not wrong:
            return _Settled(changed, tuple(inserted), tuple(plans), tuple(failed))
        plans, lost = _retry(catalog, plans, wrong)
        failed += lost
        if not plans:
            break
    return _Settled(catalog.text, (), (), (*failed, *plans))


def draft_entry(catalog: Catalog, addition: Addition) -> str:
    """Return the entry as ``insert`` would print it if it were the only new one. Raises KeyError without a section."""
    section = catalog.sections[addition.leaf]
    spot = find_spot(section, addition.paper)
    return format_entry(addition.paper, numbered(_style_at(section, spot, addition), section, spot, addition.paper, 0))


def _style_at(section: Section, spot: Spot, addition: Addition) -> Style:
    """Return how an entry is printed at a spot."""
    style = section.style_at(spot.anchor)
    last = section.last_number()
    return replace(style, summary=addition.summary, opens=spot.opens, number=last and last + 1)


def remove_entry(text: str, entry: Entry) -> str:
    """Return the text without the whole lines of the entry; every other byte stays."""
    lines = list(split_lines(text))
    return "".join(lines[: entry.line - 1] + lines[entry.end_line :])


def move_entry(text: str, entry: Entry, placed: Entry) -> str:
    """Return ``text``, in which ``placed`` was just inserted, with the words of ``entry`` in its stead.

    The bullet, its indentation and the line ends are those of the new place; the words stay as people left them.
    """
    bullet = _BULLET.match(split_lines(text)[placed.line - 1])
    words = (bullet[0] if bullet else "") + _BULLET.sub("", entry.raw.rstrip("\r\n"), count=1)
    return replace_lines(text, placed.line, placed.end_line, words)


def replace_lines(text: str, line: int, end_line: int, words: str) -> str:
    """Return the text with ``words`` instead of some lines (1-based, inclusive), with the line ends that those had."""
    lines = list(split_lines(text))
    end = _line_end(lines[end_line - 1])
    between = end or _line_end(lines[0]) or "\n"
    lines[line - 1 : end_line] = [between.join(re.split(r"\r\n?|\n", words)) + end]
    return "".join(lines)


def _apply(catalog: Catalog, plans: Sequence[Plan]) -> tuple[str, list[Inserted]]:
    """Return the text with all planned entries, and where each is."""
    lines = list(catalog.lines)
    end = _line_end(lines[0]) if lines else "\n"
    inserted: list[Inserted] = []
    counts: Counter[tuple[int, str, tuple[str, ...]]] = Counter()
    totals = Counter(plan.place for plan in plans)
    pieces: list[str] = []
    at = shift = further = 0
    for plan in sorted(plans, key=lambda plan: plan.spot.after):
        section, spot = catalog.sections[plan.addition.leaf], plan.spot
        count = counts[plan.place]
        counts[plan.place] += 1
        count = totals[plan.place] - 1 - count if spot.first else count  # the last number stands first
        style = replace(plan.style, number=plan.style.number and plan.style.number + further, count=count)
        further += plan.style.number > 0
        style = numbered(style, section, spot, plan.addition.paper, count)
        entry = _candidate(plan.addition.paper, style, plan.choice)
        pieces += lines[at : spot.after]
        at = spot.after
        body = entry.split("\n")
        block = [*spot.before, *body, *spot.behind]
        near = (_line_end(lines[spot.after - 1]) if spot.after else "") or end or "\n"
        if pieces and not _line_end(pieces[-1]):
            pieces[-1] += near
            pieces += [line + near for line in block[:-1]] + [block[-1]]
        else:
            pieces += [line + near for line in block]
        first = spot.after + shift + 1
        start = first + len(spot.before)
        inserted.append(
            Inserted(
                paper_id=plan.addition.paper.id,
                leaf=plan.addition.leaf,
                line=start,
                entry=entry,
                added=(first, first + len(block) - 1),
            )
        )
        shift += len(block)
    return "".join(pieces + lines[at:]), inserted


def _candidate(paper: Paper, style: Style, choice: int) -> str:
    candidates = list(format_candidates(paper, style)) if choice else [format_entry(paper, style)]
    return candidates[min(choice, len(candidates) - 1)]


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _retry(catalog: Catalog, plans: Sequence[Plan], wrong: set[str]) -> tuple[list[Plan], list[Plan]]:
    """Return the plans with the next form or place for those that are misread, and what has none left."""
    kept: list[Plan] = []
    failed: list[Plan] = []
    for plan in plans:
        if plan.addition.paper.id not in wrong:
            kept.append(plan)
            continue
        places = catalog.sections[plan.addition.leaf].insert_after[:_ROUNDS]
        tries = plan.spot.tries + 1
        if plan.spot.anchor is None and tries < len(places):
            kept.append(plan._replace(spot=plan.spot._replace(after=places[tries], tries=tries)))
            continue
        forms = sum(1 for _ in format_candidates(plan.addition.paper, plan.style))
        if plan.choice + 1 < forms:
            # The second best first, then the plainest: most of what is between fails for the same reason.
            again = plan.spot if plan.spot.anchor else plan.spot._replace(after=places[0], tries=0)
            kept.append(plan._replace(choice=plan.choice + 1 if plan.choice < 2 else forms - 1, spot=again))
        else:
            failed.append(plan)
    return kept, failed
