"""Read a text again with its new entries in it: each must be what was meant, and every other stay as it was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.core.arxiv.ids import base_id, find_ids
from agent.core.catalog.formats.style import Found, Style
from agent.core.catalog.formats.summaries import open_folds
from agent.core.catalog.inserting.additions import Inserted, Plan
from agent.core.catalog.parse import Catalog
from agent.core.catalog.parsing.leaf_section import entry_of
from agent.core.catalog.reading.titles.nicknames import nickname_of
from agent.core.catalog.words import escape, printed_title
from agent.records import Entry, Paper

_CODE: Final = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_UNFOLDING: Final = re.compile(r"<details\b.*?</details>", re.DOTALL)
"""An abstract, which may have brackets of its own."""
_ESCAPED: Final = re.compile(r"\\.")


def misread_papers(old: Catalog, new: Catalog, plans: Sequence[Plan], inserted: Sequence[Inserted]) -> set[str]:
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


def _reads_as(entry: Entry, one: Inserted, plan: Plan) -> bool:
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
    return lines and address and _signs(entry.title) in titles and is_balanced(one.entry, paper, plan.style)


def _signs(text: str) -> str:
    """Return the letters and digits of a title: punctuation at its ends may be taken for the list's own."""
    return "".join(re.findall(r"\w", text.casefold()))


def is_balanced(entry: str, paper: Paper, style: Style) -> bool:
    """Say whether brackets and emphasis close; what a title itself has of them is escaped, and does not count."""
    unclosed = 0 if _unclosed(escape(paper.title)) else _unclosed(entry)
    if unclosed and all(_unclosed(sibling.reading.source) != unclosed for sibling in style.siblings):
        return False  # one of the list's own brackets is lost: ``Title[Paper](...)\]``
    folds = open_folds(entry)
    if folds and all(open_folds(sibling.reading.source) != folds for sibling in style.siblings):
        return False  # all that follows would be folded away
    bare = _CODE.sub("x", re.sub(r"\\.", "", _UNFOLDING.sub("", entry)))
    bare = re.sub(r"(?m:(?:^[\s>]*(?:[*+-]|\d{1,9}[.)])|\|\s*\d{1,3}\))(?=\s))", "", bare)
    if "`" in bare or re.search(r"(?<!!)\[\s*\]\(|<a\s[^<>]*\bhref\b[^<>]*>\s*</a>", bare):
        return False  # code that does not end, or a link that nobody sees
    if bare.count("(") != bare.count(")") and paper.title.count("(") == paper.title.count(")"):
        return False
    bold = len(re.findall(r"\*\*", bare))
    return bare.count("[") == bare.count("]") and bold % 2 == 0 and (bare.count("*") - 2 * bold) % 2 == 0


def _unclosed(entry: str) -> int:
    """Return how many escaped square brackets more are opened than closed."""
    signs = _ESCAPED.findall(entry)
    return signs.count("\\[") - signs.count("\\]")
