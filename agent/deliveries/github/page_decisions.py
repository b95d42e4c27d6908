"""Brings the lines of an open pull request in line with what was decided on the review page."""

from __future__ import annotations

from agent.core.catalog.edits import InsertPapers, remove_entry
from agent.core.night.decisions import WantedEntry, find_entries, squeeze
from agent.core.night.typed_entries import WordsOfPaper
from agent.deliveries.github.git import Clone
from agent.deliveries.github.moves import Move, ReadEntries, change_words, move_to_leaf
from agent.deliveries.github.texts import page_message


def commit_wanted_entry(
    clone: Clone, tip: str, wanted: WantedEntry, read_entries: ReadEntries, insert: InsertPapers
) -> str:
    """Commit what a reviewer decided on top of ``tip``, and return the new tip: the same one if it is so already.

    People's words stay when a line is only moved. Raises NotMoved when no entry can be put into the section, or what
    was typed would not read as one there.
    """
    before = clone.text(tip)
    found = find_entries(wanted.paper_id, wanted.title, read_entries(before))
    here = next((entry for entry in found if entry.section_id == wanted.section), None)
    text, action = before, "Keep"
    if wanted.section is None:
        action = "Drop"
        for entry in reversed(found):
            text = remove_entry(text, entry)
    elif here is not None:
        action = "Edit"
        if wanted.entry is not None and squeeze(here.raw) != squeeze(wanted.entry):
            meant = WordsOfPaper(paper_id=wanted.paper_id, title=wanted.title, leaf=here.section_id, words=wanted.entry)
            text = change_words(before, here, meant, read_entries)
    else:
        action = f"Move to {wanted.section}" if found else f"Add to {wanted.section}"
        words = wanted.entry or (found[0].raw if found else None)
        move = Move(paper_id=wanted.paper_id, title=wanted.title, leaf=wanted.section, words=words)
        text = move_to_leaf(before, move, found, insert, read_entries)
    if text == before:
        return tip
    return clone.commit(tip, text, page_message(action, wanted.title, wanted.by))
