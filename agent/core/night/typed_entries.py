"""Entries as a reviewer typed them, put into the list in the place of those that were drafted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.core.catalog.blocks import split_lines
from agent.core.catalog.edits import Addition, Edit, Inserted, insert
from agent.core.catalog.parse import Heading, parse
from agent.core.night.decisions import find_entries
from agent.errors import ConfigError
from agent.records import Entry, Record


class PlacedEntry(Record):
    """A list with one entry more: its whole ``text``, and where and how the entry stands in it (``line`` 1-based)."""

    text: str
    line: int
    entry: str


def insert_typed(
    text: str, headings: Mapping[str, Heading], additions: Sequence[Addition], typed: Mapping[str, str]
) -> Edit:
    """Return the list with the papers' entries; ``typed`` holds, by paper id, the text that a reviewer wrote instead.

    Raises ConfigError when Markdown would not read a typed text as one entry of its section.
    """
    edit = insert(text, headings, additions)
    titles = {addition.paper.id: addition.paper.title for addition in additions}
    changed = edit.text
    for inserted in sorted(edit.inserted, key=lambda one: -one.line):
        if (words := typed.get(inserted.paper_id)) and words != inserted.entry:
            changed = _replace(changed, headings, inserted, titles[inserted.paper_id], words)
    return edit.model_copy(update={"text": changed})


def place(
    text: str, headings: Mapping[str, Heading], addition: Addition, typed: str | None = None
) -> PlacedEntry | None:
    """Return the list with this paper's entry, as drafted or as ``typed``; None when the list has the paper already.

    Raises ConfigError as ``insert_typed`` does, and when no entry can be inserted there.
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
    lines = list(split_lines(text))
    first, height = inserted.line - 1, inserted.entry.count("\n") + 1
    last = lines[first + height - 1]
    end = last[len(last.rstrip("\r\n")) :]
    between = end or (lines[0][len(lines[0].rstrip("\r\n")) :] or "\n")
    words = between.join(typed.split("\n")) + end
    changed = "".join([*lines[:first], words, *lines[first + height :]])
    before, after = parse(text, headings).entries, parse(changed, headings).entries
    mine = [entry for entry in after if entry.line == inserted.line]
    others = [_words(entry) for entry in after if entry.line != inserted.line]
    if others != [_words(entry) for entry in before if entry.line != inserted.line]:
        raise ConfigError("the text would change other entries of the list; write one entry, as its neighbours are")
    if len(mine) != 1 or mine[0].section_id != inserted.leaf or mine[0].raw != words.rstrip("\r\n"):
        raise ConfigError(f"the text does not read as one entry of section {inserted.leaf}; write it as its neighbours")
    if not find_entries(inserted.paper_id, title, mine):
        raise ConfigError(f"the text names neither {inserted.paper_id} nor the title of the paper; keep one of them")
    return changed


def _words(entry: Entry) -> tuple[str, str]:
    return entry.section_id, entry.raw
