"""Edit someone else's list by inserting whole lines: every other byte stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agent.core.arxiv import ids as arxiv_ids
from agent.core.catalog.formats.printing import format_entry, printed_title
from agent.core.catalog.parse import Catalog, Heading, Section, parse
from agent.core.papers import matching
from agent.errors import ConfigError
from agent.records import Entry, Paper, Record

InsertPapers = Callable[[str, Sequence[tuple[str, str]]], str]
"""(catalog text, pairs of paper id and leaf) -> the text with the papers' entries, without those it lists already."""


class Addition(Record):
    """A paper that is to become an entry of the leaf's section."""

    leaf: str
    paper: Paper


class Inserted(Record):
    """An inserted entry: ``line`` (1-based) is its place in the new text, ``entry`` the line without its line end."""

    paper_id: str
    leaf: str
    line: int
    entry: str


class Edit(Record):
    """The new text, what is new in it, and the ids of papers that were in the list already."""

    text: str
    inserted: tuple[Inserted, ...]
    already: tuple[str, ...]


def insert(text: str, headings: Mapping[str, Heading], additions: Sequence[Addition]) -> Edit:
    """Insert each paper as one line at the end of its section's entries, in the section's style, in the order given.

    A line glued to the last entry stays with it, so the new line goes below both. If the file ends without a line end
    and the new line comes last, it is set off by one before it and has none itself; so the original text is what
    remains when each inserted line is taken out with the line end that set it off.

    Raises ConfigError when the leaf has no section in the list, or Markdown would read the line as anything but a new
    entry there (as after list number 999999999, the last there is).
    """
    catalog = parse(text, headings)
    new, already = _split(catalog.entries, additions)
    inserted: list[Inserted] = []
    while new:
        # One paper per section at a time: the second finds the first there and goes below it.
        batch = list({addition.leaf: addition for addition in reversed(new)}.values())
        catalog, placed = _place(catalog, headings, batch)
        inserted = [*_moved(inserted, placed), *placed]
        new = [addition for addition in new if addition not in batch]
    order = [addition.paper.id for addition in additions]
    return Edit(
        text=catalog.text,
        inserted=tuple(sorted(inserted, key=lambda one: order.index(one.paper_id))),
        already=tuple(already),
    )


def _split(entries: Sequence[Entry], additions: Sequence[Addition]) -> tuple[list[Addition], list[str]]:
    """Return the additions that are not in the list yet, nor twice among themselves, and the ids of the others."""
    listed = matching.index(matching.catalog_identities(entries))
    # Matching needs words; a title of signs only is known by being printed the same.
    printed = {(entry.title, entry.url) for entry in entries}
    identities: list[matching.Identity] = []
    new: list[Addition] = []
    already: list[str] = []
    for addition in additions:
        paper = addition.paper
        identity = matching.paper_identity(paper)
        line = (printed_title(paper), arxiv_ids.abs_url(paper.id))
        twice = any(identity.ids & other.ids or matching.same_paper(identity, other) for other in identities)
        if twice or line in printed or listed.find(identity):
            already.append(paper.id)
        else:
            new.append(addition)
            identities.append(identity)
    return new, already


def _place(
    catalog: Catalog, headings: Mapping[str, Heading], batch: Sequence[Addition]
) -> tuple[Catalog, list[Inserted]]:
    """Insert papers of different sections. All at once if that works, else one by one, each where it does."""
    sections = [_section(catalog, headings, addition.leaf) for addition in batch]
    places = [section.insert_after[0] for section in sections]
    if tried := _try(catalog, headings, batch, places):
        return tried
    if len(batch) > 1:
        inserted: list[Inserted] = []
        for addition in batch:
            catalog, placed = _place(catalog, headings, [addition])
            inserted = [*_moved(inserted, placed), *placed]
        return catalog, inserted
    for place in sections[0].insert_after[1:]:
        if tried := _try(catalog, headings, batch, [place]):
            return tried
    raise ConfigError(
        f"no entry can be inserted in section {sections[0].title!r} of the catalog (leaf {batch[0].leaf}, line "
        f"{sections[0].line}): Markdown would not read it as one; write the first entry there by hand"
    )


def _try(
    catalog: Catalog, headings: Mapping[str, Heading], batch: Sequence[Addition], places: Sequence[int]
) -> tuple[Catalog, list[Inserted]] | None:
    """Return the list with each paper after its place, or None if Markdown reads anything but just these entries."""
    lines = list(catalog.lines)
    inserted: list[Inserted] = []
    for addition, after in sorted(zip(batch, places, strict=True), key=lambda pair: pair[1]):
        entry = format_entry(addition.paper, catalog.sections[addition.leaf].style)
        inserted.append(
            Inserted(paper_id=addition.paper.id, leaf=addition.leaf, line=after + len(inserted) + 1, entry=entry)
        )
        lines[inserted[-1].line - 1 : inserted[-1].line - 1] = [entry]
        _end_lines(lines, inserted[-1].line - 1)
    changed = parse("".join(lines), headings)
    papers = {addition.paper.id: addition.paper for addition in batch}
    return (changed, inserted) if _only_added(catalog, changed, inserted, papers) else None


def _end_lines(lines: list[str], index: int) -> None:
    """Give the inserted line the line end of the one before it; the last line of a file may have none to give."""
    before = lines[index - 1]
    if line_end := _line_end(before):
        lines[index] += line_end
    else:
        lines[index - 1] += _line_end(lines[0]) or "\n"


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _only_added(old: Catalog, new: Catalog, inserted: Sequence[Inserted], papers: Mapping[str, Paper]) -> bool:
    at = {one.line: one for one in inserted}
    added = {entry.line: entry for entry in new.entries if entry.line in at}
    kept = [entry for entry in new.entries if entry.line not in at]
    as_printed = all(
        (entry.section_id, entry.raw) == (at[line].leaf, at[line].entry)
        and entry.title == printed_title(papers[at[line].paper_id])
        and entry.url == arxiv_ids.abs_url(at[line].paper_id)
        for line, entry in added.items()
    )
    return as_printed and len(added) == len(inserted) and kept == [_shifted(entry, inserted) for entry in old.entries]


def _shift(line: int, inserted: Sequence[Inserted]) -> int:
    """Return where an old line is now."""
    for one in sorted(inserted, key=lambda one: one.line):
        line += one.line <= line
    return line


def _shifted(entry: Entry, inserted: Sequence[Inserted]) -> Entry:
    line = _shift(entry.line, inserted)
    return entry.model_copy(update={"line": line, "end_line": entry.end_line + line - entry.line})


def _moved(earlier: Sequence[Inserted], placed: Sequence[Inserted]) -> list[Inserted]:
    return [one.model_copy(update={"line": _shift(one.line, placed)}) for one in earlier]


def _section(catalog: Catalog, headings: Mapping[str, Heading], leaf: str) -> Section:
    if leaf not in headings:
        raise ConfigError(f"unknown leaf {leaf!r}; the taxonomy has: {', '.join(headings)}")
    if leaf not in catalog.sections:
        raise ConfigError(
            f"the catalog has no section for leaf {leaf}: no heading or bullet reads {headings[leaf].title!r}; "
            "add it to the catalog or correct the leaf's heading in the taxonomy"
        )
    return catalog.sections[leaf]
