"""A drawn list as the program extends it, compared with what is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from agent.core.audit.check import audit, read_cases
from agent.core.audit.findings import FindingKind
from agent.core.catalog.blocks import split_lines
from agent.core.catalog.edits import Addition, Edit, insert
from agent.core.catalog.outlines.outline import outline
from agent.core.catalog.parse import Catalog, Heading, parse
from agent.core.papers.matching import catalog_identities, index, paper_identity
from evals.benchmarks.styles.document import Draw, LeftOut
from evals.benchmarks.styles.entries import Written, print_entry
from evals.benchmarks.styles.grammar.papers import Invented
from evals.benchmarks.styles.grammar.pieces import PLAIN
from evals.benchmarks.styles.grammar.style import Style, print_piece
from evals.benchmarks.styles.lists import DrawnList, group_key, right_places, with_paper

FAILURES: Final = ("known", "by hand", "line", "place", "around", "other lines", "audit")
"""A listed paper is not known; a left-out one is left to people; its entry is printed otherwise, at another place, or
with other blank lines or headings around it; another line was changed; the audit of the list found something."""


class Failure(NamedTuple):
    """What went wrong: one of ``FAILURES``, with what was expected and what came, and which pieces of a line."""

    kind: str
    expected: str
    found: str
    pieces: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """A list, how many of its papers are known, how many left-out ones are right, and all that went wrong."""

    draw: Draw
    known: int
    right: int
    failures: tuple[Failure, ...]


Insert = Callable[[str, Mapping[str, Heading], Sequence[Addition]], Edit]


def compare(draw: Draw, insert: Insert = insert) -> Outcome:
    """Return what the program makes of a list: what it knows, what ``insert`` inserts, what its audit says."""
    text = draw.drawn.text()
    headings = leaves(draw.drawn, text)
    catalog = parse(text, headings)
    unknown = _unknown(draw, catalog)
    failures = [Failure("known", title, "") for title in unknown]
    right = 0
    for one in draw.left_out:
        failure = _insert(insert, draw.drawn, text, headings, one)
        right += failure is None
        failures += [failure] if failure else []
    summaries = draw.drawn.style.has("summary")
    edit = insert(text, headings, [_addition(one, summarised=summaries) for one in draw.left_out])
    if not _keeps(edit, text):
        failures.append(Failure("other lines", text, edit.text))
    failures += _audit(catalog, draw.drawn) or _audit(parse(edit.text, headings), draw.drawn)
    return Outcome(draw, len(draw.drawn.entries) - len(unknown), right, tuple(failures))


def leaves(drawn: DrawnList, text: str) -> dict[str, Heading]:
    """Return the headings of the drawn sections as the program's outline has them."""
    found = {}
    for at, part in enumerate(drawn.parts):
        texts = [heading.text for heading in outline(text).headings if heading.text.endswith(part.name)]
        named = [part.words] if part.words in texts else texts
        found[f"s{at}"] = Heading(title=named[0] if named else part.words)
    return found


def _unknown(draw: Draw, catalog: Catalog) -> list[str]:
    titles = index(catalog_identities(catalog.entries))
    identities = [(entry.paper, paper_identity(entry.paper.as_paper())) for entry in draw.drawn.entries]
    return [paper.title for paper, one in identities if not (one.ids & catalog.mentioned_ids or titles.find(one))]


def _addition(one: LeftOut, *, summarised: bool) -> Addition:
    return Addition(leaf=f"s{one.part}", paper=one.paper.as_paper(), summary=one.paper.summary if summarised else "")


def _insert(insert: Insert, drawn: DrawnList, text: str, headings: dict[str, Heading], one: LeftOut) -> Failure | None:
    """Return what is wrong with the list once one paper is inserted, None when all is right."""
    edit = insert(text, headings, [_addition(one, summarised=drawn.style.has("summary"))])
    made = {place: after.text() for place, after in with_paper(drawn, one.part, one.paper)}
    if edit.text in made.values():
        return None
    entries = dict(drawn.parts[one.part].groups).get(group_key(drawn.style, one.paper), ())
    place = right_places(drawn.style, entries, one.paper)[0]
    expected = print_entry(drawn.style, Written(one.paper), place + 1)
    if not edit.inserted:
        said = "taken for listed" if edit.already else "; ".join(str(each) for each in edit.by_hand)
        return Failure("by hand", expected, said)
    if not _keeps(edit, text):
        return Failure("other lines", expected, edit.inserted[0].entry)
    entry = edit.inserted[0].entry
    if entry not in (expected, expected.lstrip()):
        return Failure("line", expected, entry, _differing(drawn.style, one.paper, expected, entry))
    place_found = _surroundings(edit)
    around = [_lines_around(right, expected) for right in made.values()]
    kind = "around" if any(place_found[1] == each[1] for each in around) else "place"
    return Failure(kind, around[0][0], place_found[0])


def _differing(style: Style, paper: Invented, expected: str, found: str) -> tuple[str, ...]:
    """Return which pieces of the expected lines the found ones do not have; ``punctuation`` where they have all."""
    if found == re.sub(r"/pdf/([\d.]+\d)(\.pdf)?", r"/abs/\1", expected):
        return ("address",)
    lines = style.lines if style.table is None else tuple(column.slots for column in style.table.columns)
    texts = {slot.piece: print_piece(style.forms, slot.piece, paper, PLAIN) for line in lines for slot in line}
    same_address = found.replace("/abs/", "/pdf/") if "/pdf/" in expected else found
    missing = [piece for piece, text in texts.items() if text.replace(".pdf", "") not in same_address]
    return tuple(missing) or ("punctuation",)


def _surroundings(edit: Edit) -> tuple[str, tuple[str, str]]:
    return _lines_around(edit.text, edit.inserted[0].entry)


def _lines_around(text: str, entry: str) -> tuple[str, tuple[str, str]]:
    """Return the lines around an entry, and the last one before and the first one behind that are not blank."""
    before, _, behind = text.partition(entry)
    above = [line for line in before.splitlines() if line.strip()][-1:]
    below = [line for line in behind.splitlines() if line.strip()][:1]
    shown = "".join(before.splitlines(keepends=True)[-3:]) + entry + "".join(behind.splitlines(keepends=True)[:4])
    return shown, ("".join(above).strip(), "".join(below).strip())


def _keeps(edit: Edit, text: str) -> bool:
    """Return whether all old lines are there as they were; the last may have got a line end."""
    new = set(edit.added_lines)
    kept = [line for number, line in enumerate(split_lines(edit.text), 1) if number not in new]
    return [line.rstrip("\n") for line in kept] == [line.rstrip("\n") for line in split_lines(text)]


def _audit(catalog: Catalog, drawn: DrawnList) -> list[Failure]:
    """Return what the audit says without asking anyone, but for papers that it cannot check so, and for the missing
    link of an entry that the list has without one: that is true."""
    unlinked = [one.paper.title for one in drawn.entries if "http" not in print_entry(drawn.style, one, 1)]
    tails = [title.rpartition(": ")[2] for title in unlinked]  # what stands before may be printed apart
    failures = []
    for one in audit(catalog, read_cases(catalog.entries, []), {}):
        line = catalog.lines[one.line - 1]
        is_true = one.kind is FindingKind.MISSING_LINK and any(tail in line for tail in tails)
        if one.kind is not FindingKind.UNRESOLVED and not is_true:
            failures.append(Failure("audit", "", f"{one.kind} {line!r}: {one.detail}"))
    return failures
