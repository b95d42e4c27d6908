"""Moves the entry of a paper into another section of the list, as a reviewer asked for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from agent.core.catalog.edits import Edit, InsertPapers, move_entry, remove_entry
from agent.core.night.decisions import find_entries
from agent.core.night.typed_entries import WordsOfPaper, why_misread
from agent.records import Entry, Record

ReadEntries = Callable[[str], Sequence[Entry]]
"""Catalog text -> its entries."""


class NotMoved(Exception):
    """Why the list cannot show a paper in the section asked for, in words for people."""


class Move(Record):
    """A paper with the section that it is to stand in; ``words`` are those of its entry, null for those of a draft.

    ``title`` is the one by which its new entry is found when that does not carry the id.
    """

    paper_id: str
    title: str
    leaf: str
    words: str | None


def move_to_leaf(text: str, move: Move, found: Sequence[Entry], insert: InsertPapers, read: ReadEntries) -> str:
    """Return the text with the paper's entry in the section instead of those ``found``, which may be none.

    The entry keeps its words where they read as one entry there too, and has those of a draft where they do not: a
    bullet is no row of a table. Raises NotMoved when nothing can be inserted there; everything then stays as it is.
    """
    without = text
    for entry in reversed(found):
        without = remove_entry(without, entry)
    edit = insert(without, [(move.paper_id, move.leaf)])
    if edit.text == without:
        raise NotMoved(f"{move.paper_id} cannot be put into section {move.leaf}: {_why_not(edit, move)}")
    placed = find_entries(move.paper_id, move.title, read(edit.text))
    if move.words is None or not placed or _form(move.words) != _form(placed[0].raw):
        return edit.text
    meant = WordsOfPaper(paper_id=move.paper_id, title=move.title, leaf=move.leaf, words=move.words)
    try:
        return change_words(edit.text, placed[0], meant, read)
    except NotMoved:
        return edit.text


def change_words(text: str, here: Entry, meant: WordsOfPaper, read: ReadEntries) -> str:
    """Return the text with other words in the place of the entry ``here``, which keeps its bullet.

    Raises NotMoved when the list would not read as one entry of the section there, and the same everywhere else.
    """
    changed = move_entry(text, here.model_copy(update={"raw": meant.words}), here)
    if problem := why_misread(read(text), read(changed), here.line, meant):
        raise NotMoved(f"the entry of {meant.paper_id} keeps its words: {problem}")
    return changed


def _form(words: str) -> tuple[str, int]:
    """Return how an entry begins (a list marker, a pipe, a tag, hashes or none of these), and the pipes of a row."""
    begins = re.match(r"\s*([-*+](?=\s)|\d{1,9}[.)](?=\s)|\||<\w+|#+(?=\s)|)", words)
    mark = begins[1].casefold() if begins else ""
    if mark == "|":
        return mark, len(re.findall(r"(?<!\\)\|", words))
    return "marker" if re.fullmatch(r"[-*+]|\d+[.)]", mark) else mark, 0


def _why_not(edit: Edit, move: Move) -> str:
    for one in edit.by_hand:
        return one.reason
    if move.paper_id in edit.already:
        return "the list has this paper in another entry; change that one, or move the line by hand"
    return "the state of the last runs is lost, and with it what is known of the paper; move the line by hand"
