"""Edit someone else's list by inserting whole lines: every other byte stays as it was."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final, NamedTuple

from agent.core.arxiv.ids import base_id, find_ids
from agent.core.catalog.blocks import split_lines
from agent.core.catalog.formats.style import Found, Style
from agent.core.catalog.listed import find_listed
from agent.core.catalog.parse import Catalog, Heading, Section, entry_of, parse
from agent.core.catalog.pieces.dates import MONTH_OF_ID, format_date
from agent.core.catalog.places import counts_months
from agent.core.catalog.printing.candidates import format_candidates, format_entry
from agent.core.catalog.printing.facts import printed_day
from agent.core.catalog.reading.titles.nicknames import nickname_of
from agent.core.catalog.siblings.rows import title_count
from agent.core.catalog.spots import Spot, find_spot, headings_fall
from agent.core.catalog.words import escape, printed_title
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

_CODE: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_BULLET: Final = re.compile(r"\A[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?")
"""A list marker with the indentation before it, or that alone."""

_COUNTED: Final = "its titles are counted, and others would have to be counted anew"
_SEVERAL: Final = "its rows hold several papers each, and only its readers know which this one belongs to"

_ESCAPED: Final = re.compile(r"\\.")

_ROUNDS: Final = 24
"""So often a night is printed in plainer forms until Markdown reads every entry as meant."""


class Addition(Record):
    """A paper that is to become an entry of the leaf's section; ``summary`` is one sentence on it, empty for none."""

    leaf: str
    paper: Paper
    summary: str = ""


class Inserted(Record):
    """An inserted entry: ``line`` (1-based) is its first line in the new text, ``entry`` its source without line end.

    ``added`` are the first and last line that are new: the entry, the blank lines that set it off, perhaps a heading.
    """

    paper_id: str
    leaf: str
    line: int
    entry: str
    added: tuple[int, int]


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


class _Plan(NamedTuple):
    """A paper with its spot and style; ``choice`` is how many forms have failed, ``heading`` the new one above it."""

    addition: Addition
    spot: Spot
    style: Style
    choice: int = 0
    heading: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[int, str, tuple[str, ...]]:
        """What is equal for the papers that stand together."""
        return (self.spot.after, self.addition.leaf, self.heading)


class _Settled(NamedTuple):
    """A text with the entries of some plans, and the plans that no form was found for."""

    text: str
    inserted: tuple[Inserted, ...]
    plans: tuple[_Plan, ...]
    failed: tuple[_Plan, ...]


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
    plans: list[_Plan] = []
    for addition in new:
        section = catalog.sections.get(addition.leaf)
        if section is None:
            by_hand.append(_by_hand(addition, Style(), _why_missing(headings, addition.leaf)))
        else:
            spot = find_spot(section, addition.paper)
            style = _style_at(section, spot, addition)
            if section.holds_several:
                plain = Style(prefix="")
                by_hand.append(_by_hand(addition, plain, _why_no_row(section, _SEVERAL)))
            elif _miscounts(section, spot):
                by_hand.append(_by_hand(addition, style, _why_no_row(section, _COUNTED)))
            else:
                plans.append(_Plan(addition, spot, style))
    done = _settle(catalog, headings, _in_order(plans, catalog))
    for plan in done.failed if len(plans) > 1 else ():
        # It may have been refused for what stood beside it: it is tried once more with what is settled.
        again = _settle(catalog, headings, [*done.plans, plan._replace(choice=0)])
        if not again.failed:
            done = again._replace(failed=tuple(other for other in done.failed if other is not plan))
    by_hand += [_by_hand(plan.addition, plan.style, _why_misread(catalog, plan)) for plan in done.failed]
    place = {addition.paper.id: number for number, addition in enumerate(additions)}
    return Edit(
        text=done.text,
        inserted=tuple(sorted(done.inserted, key=lambda one: place[one.paper_id])),
        already=tuple(already),
        by_hand=tuple(sorted(by_hand, key=lambda one: place[one.paper_id])),
    )


def _settle(catalog: Catalog, headings: Mapping[str, Heading], plans: list[_Plan]) -> _Settled:
    """Return the text with the plans' entries, each in the first form in which Markdown reads all of them as meant."""
    failed: list[_Plan] = []
    for _ in range(_ROUNDS if plans else 0):
        changed, inserted = _apply(catalog, plans)
        wrong = _misread(catalog, parse(changed, headings), plans, inserted)
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
    return format_entry(addition.paper, _numbered(_style_at(section, spot, addition), section, spot, addition.paper, 0))


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


def _in_order(plans: Sequence[_Plan], catalog: Catalog) -> list[_Plan]:
    """Return the plans with those of one spot in the order of the section; a new heading is made but once."""
    kept: list[_Plan] = []
    groups: dict[tuple[int, str, tuple[str, ...]], list[_Plan]] = {}
    for plan in plans:
        planned = plan._replace(heading=plan.spot.before if plan.spot.opens else ())
        groups.setdefault(planned.place, []).append(planned)
    for group in _share_years(_by_period([*groups.values()], catalog)):
        order = catalog.sections[group[0].addition.leaf].order
        if order in ("newest first", "oldest first"):
            group.sort(key=lambda plan: printed_day(plan.addition.paper), reverse=order == "newest first")
        elif order == "alphabetical":
            group.sort(key=lambda plan: printed_title(plan.addition.paper).casefold())
        headed = any(line.strip() and not re.fullmatch(r"[-*_]{3,}|<[bh]r ?/?>", line) for line in group[0].spot.before)
        gap = catalog.sections[group[0].addition.leaf].gap
        for number, plan in enumerate(group):
            spot = plan.spot
            if headed or spot.anchor is None or not (spot.before or spot.first):
                spot = spot._replace(
                    before=spot.before if number == 0 else gap, behind=spot.behind if number == len(group) - 1 else ()
                )
            kept.append(plan._replace(spot=spot))
    return kept


def _by_period(groups: Sequence[list[_Plan]], catalog: Catalog) -> list[list[_Plan]]:
    """Return the groups with those below new headings at one place in the order of the headings there."""

    def key(group: list[_Plan]) -> int:
        day = printed_day(group[0].addition.paper).toordinal()
        return -day if headings_fall(catalog.sections[group[0].addition.leaf]) else day

    return sorted(groups, key=lambda group: key(group) if group[0].heading else 0)


def _share_years(groups: Sequence[list[_Plan]]) -> Iterator[list[_Plan]]:
    """Yield the groups, those of one new year below one heading of it: the first alone opens the year."""
    opened: tuple[int, str, tuple[str, ...]] | None = None
    for group in groups:
        after, leaf, heading = group[0].place
        if heading and opened and opened[:2] == (after, leaf):
            same = [
                line
                for line, other in takewhile(lambda pair: pair[0] == pair[1], zip(heading, opened[2], strict=False))
            ]
            if any(line.strip() for line in same):
                blanks = [*takewhile(lambda line: not line.strip(), heading)]
                before = (*blanks, *heading[len(same) :])
                group = [plan._replace(spot=plan.spot._replace(before=before)) for plan in group]
        opened = group[0].place if heading else None
        yield group


def _numbered(style: Style, section: Section, spot: Spot, paper: Paper, count: int) -> Style:
    """Return the style with the list number of the ``count``-th new entry, a paper; equal numbers stay equal."""
    match = re.fullmatch(r"(\D*)(\d+)(\D+)", style.prefix)
    if match is None:
        return style
    if counts_months(section.found):
        return replace(style, prefix=f"{match[1]}{format_date(MONTH_OF_ID, printed_day(paper))}{match[3]}")
    if style.number:
        return replace(style, prefix=f"{match[1]}{style.number}{match[3]}")
    number = int(match[2])
    if spot.anchor is not None and spot.anchor in section.found:
        place = next((place.found for place in section.places if spot.anchor in place.found), section.found)
        numbers = [int(n[0]) for f in place if (n := re.search(r"\d+", f.prefix))]
        at = [f.prefix for f in place]
        here = place.index(spot.anchor)
        neighbour = at[here - 1] if here else at[1] if len(at) > 1 else ""
        same = neighbour.strip() == style.prefix.strip() and 2 * len(set(numbers)) <= len(numbers) + 1
        same = same or (len(at) == 1 and section.repeats_numbers())
        falling = len(numbers) > 1 and numbers[0] > numbers[1]
        if same:
            step = 0
        elif spot.first:
            step = 1 + count if falling and here == 0 else 0
        else:
            step = 1 + count
        number += step
        if spot.opens and not section.repeats_numbers():
            number = 1 + count
    else:
        number += count
    return replace(style, prefix=f"{match[1]}{number}{match[3]}")


def _miscounts(section: Section, spot: Spot) -> bool:
    """Say whether the titles of a table are counted, and the new row does not stand where the next number does."""
    here = title_count(spot.anchor.exemplar) if spot.anchor is not None and not spot.opens else None
    if here is None or spot.anchor is None:
        return False
    at = section.found.index(spot.anchor)
    above, below = section.found[at - 1] if at else None, next(iter(section.found[at + 1 : at + 2]), None)
    up = title_count(above.exemplar) if above is not None and above.last_line + 1 == spot.anchor.line else None
    down = title_count(below.exemplar) if below is not None and spot.anchor.last_line + 1 == below.line else None
    if spot.first:
        return up is not None or down != here - 1
    return down is not None or (up or 0) != here - 1


def _apply(catalog: Catalog, plans: Sequence[_Plan]) -> tuple[str, list[Inserted]]:
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
        style = _numbered(style, section, spot, plan.addition.paper, count)
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


def _misread(old: Catalog, new: Catalog, plans: Sequence[_Plan], inserted: Sequence[Inserted]) -> set[str]:
    """Return the ids of the papers whose entry is not read as meant, or whose section reads otherwise now."""
    at = {(one.leaf, one.line): one for one in inserted}
    planned = {plan.addition.paper.id: plan for plan in plans}
    wrong = set(planned)
    harmed: set[str] = set()
    starts = sorted((one.added[0], one.added[1] - one.added[0] + 1) for one in inserted)
    for leaf, section in new.sections.items():
        before = old.sections.get(leaf)
        kept: list[Found] = []
        for found in section.found:
            one = at.get((leaf, found.line))
            if one is None:
                kept.append(found)
            elif _reads_as(entry_of(leaf, found, section.page), one, planned[one.paper_id]):
                wrong.discard(one.paper_id)
        if before is None or _spans(kept, starts) != [(f.line, f.end_line) for f in before.found]:
            harmed.add(leaf)
    if harmed or new.missing != old.missing or len(new.parts) < len(old.parts):
        near = {one.paper_id for one in inserted if one.leaf in harmed}
        wrong |= near or {one.paper_id for one in inserted}
    return wrong


def _spans(found: Sequence[Found], added: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first and last lines that entries had before lines were added, ``added`` as (first, how many)."""
    spans: list[tuple[int, int]] = []
    shift = place = 0
    for entry in found:
        while place < len(added) and added[place][0] <= entry.line:
            shift += added[place][1]
            place += 1
        within = sum(count for first, count in added[place:] if first <= entry.end_line) if place < len(added) else 0
        spans.append((entry.line - shift, entry.end_line - shift - within))
    return spans


def _reads_as(entry: Entry, one: Inserted, plan: _Plan) -> bool:
    """Say whether an entry is read as the one that was printed: its title, its address, its lines, its brackets."""
    paper = plan.addition.paper
    lines = entry.end_line - entry.line == one.entry.count("\n")
    address = base_id(entry.url or "") == paper.id or paper.id in one.entry
    foreign = set(find_ids(one.entry)) - {paper.id, *find_ids(f"{paper.title} {paper.abstract} {paper.comment or ''}")}
    if foreign:
        return False
    title = printed_title(paper)
    name = nickname_of(title)
    titles = {_signs(title), _signs(title + name)}  # the nickname may be printed behind the title again
    if name and name in one.entry:
        titles.add(_signs(title.partition(":")[2]))  # or before it, cut off
    if "|" in one.entry:
        titles.add(_signs(name or title))  # a column of names
    titles.discard("")  # what no letter is left of is the title of no paper
    return lines and address and _signs(entry.title) in titles and _balanced(one.entry, paper, plan.style)


def _signs(text: str) -> str:
    """Return the letters and digits of a title: punctuation at its ends may be taken for the list's own."""
    return "".join(re.findall(r"\w", text.casefold()))


def _balanced(entry: str, paper: Paper, style: Style) -> bool:
    """Say whether brackets and emphasis close; what a title itself has of them is escaped, and does not count."""
    unclosed = 0 if _unclosed(escape(paper.title)) else _unclosed(entry)
    if unclosed and all(_unclosed(sibling.reading.source) != unclosed for sibling in style.siblings):
        return False  # one of the list's own brackets is lost: ``Title[Paper](...)\]``
    bare = _CODE.sub("x", re.sub(r"\\.", "", entry))
    bare = re.sub(r"(?m:(?:^[\s>]*(?:[*+-]|\d{1,9}[.)])|\|\s*\d{1,3}\))(?=\s))", "", bare)
    if "`" in bare or re.search(r"(?<!!)\[\s*\]\(|<a\s[^<>]*>\s*</a>", bare):
        return False  # code that does not end, or a link that nobody sees
    if bare.count("(") != bare.count(")") and paper.title.count("(") == paper.title.count(")"):
        return False
    bold = len(re.findall(r"\*\*", bare))
    return bare.count("[") == bare.count("]") and bold % 2 == 0 and (bare.count("*") - 2 * bold) % 2 == 0


def _unclosed(entry: str) -> int:
    """Return how many escaped square brackets more are opened than closed."""
    signs = _ESCAPED.findall(entry)
    return signs.count("\\[") - signs.count("\\]")


def _retry(catalog: Catalog, plans: Sequence[_Plan], wrong: set[str]) -> tuple[list[_Plan], list[_Plan]]:
    """Return the plans with the next form or place for those that are misread, and what has none left."""
    kept: list[_Plan] = []
    failed: list[_Plan] = []
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


def _by_hand(addition: Addition, style: Style, reason: str) -> ByHand:
    forms = list(format_candidates(addition.paper, style))
    entry = next((form for form in forms if _balanced(form, addition.paper, style)), forms[-1])
    return ByHand(paper_id=addition.paper.id, leaf=addition.leaf, entry=entry, reason=reason)


def _why_missing(headings: Mapping[str, Heading], leaf: str) -> str:
    if leaf not in headings:
        return f"unknown leaf {leaf!r}; the taxonomy has: {', '.join(headings)}"
    return (
        f"the catalog has no section for leaf {leaf}: no heading or bullet reads {headings[leaf].title!r}; "
        "add it to the catalog or correct the leaf's heading in the taxonomy"
    )


def _why_no_row(section: Section, why: str) -> str:
    return (
        f"no row can be inserted in section {section.title!r} of the catalog (leaf {section.leaf}, "
        f"line {section.line}): {why}; insert it by hand"
    )


def _why_misread(catalog: Catalog, plan: _Plan) -> str:
    section = catalog.sections[plan.addition.leaf]
    return (
        f"no entry can be inserted in section {section.title!r} of the catalog (leaf {section.leaf}, "
        f"line {section.line}): Markdown would not read it as one; insert it by hand"
    )
