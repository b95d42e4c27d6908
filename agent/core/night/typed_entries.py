"""Entries as a reviewer typed them, put into the list in the place of those that were drafted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.core.catalog.edits import Addition, Edit, Inserted, insert, replace_lines
from agent.core.catalog.parse import Heading, parse
from agent.core.night.decisions import find_entries
from agent.errors import ConfigError
from agent.records import ByHand, Entry, Record


class PlacedEntry(Record):
    """A list with one entry more: its whole ``text``, and where and how the entry stands in it (``line`` 1-based)."""

    text: str
    line: int
    entry: str


class WordsOfPaper(Record):
    """The words that a paper's entry in a section is to have, with what else the paper is known by."""

    paper_id: str
    title: str
    leaf: str
    words: str


def insert_typed(
    text: str, headings: Mapping[str, Heading], additions: Sequence[Addition], typed: Mapping[str, str]
) -> Edit:
    """Return the list with the papers' entries; ``typed`` holds, by paper id, the text that a reviewer wrote instead.

    A paper whose typed text Markdown would not read as one entry of its section is left to people, with that text.
    """
    edit = insert(text, headings, additions)
    titles = {addition.paper.id: addition.paper.title for addition in additions}
    changed, refused = edit.text, dict[str, ByHand]()
    for one in sorted(edit.inserted, key=lambda one: -one.line):
        if (words := typed.get(one.paper_id)) and words != one.entry:
            try:
                changed = _replace(changed, headings, one, titles[one.paper_id], words)
            except ConfigError as error:
                why = f"as it was typed it cannot be inserted: {error}"
                refused[one.paper_id] = ByHand(paper_id=one.paper_id, leaf=one.leaf, entry=words, reason=why)
    if not refused:
        return edit.model_copy(update={"text": changed})
    rest = insert_typed(text, headings, [each for each in additions if each.paper.id not in refused], typed)
    return rest.model_copy(update={"by_hand": (*rest.by_hand, *refused.values())})


def place(
    text: str, headings: Mapping[str, Heading], addition: Addition, typed: str | None = None
) -> PlacedEntry | None:
    """Return the list with this paper's entry, as drafted or as ``typed``; None when the list has the paper already.

    Raises ConfigError when Markdown would not read the typed text as one entry of the section, and when no entry can be
    inserted there.
    """
    edit = insert(text, headings, [addition])
    for one in edit.by_hand:
        raise ConfigError(one.reason)
    if not edit.inserted:
        return None
    (inserted,) = edit.inserted
    if typed is None or typed == inserted.entry:
        return PlacedEntry(text=edit.text, line=inserted.line, entry=inserted.entry)
    changed = _replace(edit.text, headings, inserted, addition.paper.title, typed)
    return PlacedEntry(text=changed, line=inserted.line, entry=typed)


def _replace(text: str, headings: Mapping[str, Heading], inserted: Inserted, title: str, typed: str) -> str:
    """Return the text with ``typed`` instead of the inserted entry, if it reads back as that one entry."""
    changed = replace_lines(text, inserted.line, inserted.line + inserted.entry.count("\n"), typed)
    before, after = parse(text, headings).entries, parse(changed, headings).entries
    words = WordsOfPaper(paper_id=inserted.paper_id, title=title, leaf=inserted.leaf, words=typed)
    if problem := why_misread(before, after, inserted.line, words):
        raise ConfigError(problem)
    return changed


def why_misread(before: Sequence[Entry], after: Sequence[Entry], line: int, meant: WordsOfPaper) -> str | None:
    """Return why a list does not read as meant since the words stand at ``line``, None when it does.

    ``before`` are the entries of the list with another entry there, ``after`` those with the words in its place.
    """
    mine = [entry for entry in after if entry.line == line]
    others = [_words(entry) for entry in after if entry.line != line]
    if others != [_words(entry) for entry in before if entry.line != line]:
        return "the text would change other entries of the list; write one entry, as its neighbours are"
    height = meant.words.count("\n") + 1
    if [(one.section_id, one.end_line - line + 1) for one in mine] != [(meant.leaf, height)]:
        return f"the text does not read as one entry of section {meant.leaf}; write it as its neighbours"
    if not find_entries(meant.paper_id, meant.title, mine):
        return f"the text names neither {meant.paper_id} nor the title of the paper; keep one of them"
    return None


def _words(entry: Entry) -> tuple[str, str]:
    return entry.section_id, entry.raw
