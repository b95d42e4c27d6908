"""A drafted taxonomy as the files of ``taxonomy/``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import yaml

from agent.core.survey.drafting.draft_records import LeafDraft, SectionDraft, TaxonomyDraft
from agent.core.survey.taxonomy import SURVEY_FILE

MARK: Final = "# draft: review"
"""Stands above every text that nobody has read yet."""


def to_files(draft: TaxonomyDraft) -> dict[str, str]:
    """Return the files of ``taxonomy/``, as name -> YAML text."""
    return {SURVEY_FILE: _survey_yaml(draft)} | {section.file: _section_yaml(section) for section in draft.sections}


def invented_lines(draft: TaxonomyDraft) -> str:
    """Return the papers that were invented for the leaves as JSON lines, each title once; empty if there are none."""
    papers = {paper.title: paper for leaf in draft.leaves for paper in leaf.invented}
    rows = (json.dumps(paper.model_dump(), ensure_ascii=False) for paper in papers.values())
    return "".join(f"{row}\n" for row in rows)


def _survey_yaml(draft: TaxonomyDraft) -> str:
    scope = {
        "in_scope": list(draft.in_scope),
        "condition": draft.condition,
        "out_of_scope": list(draft.out_of_scope),
    }
    parts = [
        "# What holds for the whole list, drafted from the list itself. Nobody has read the texts below a line\n"
        f"# '{MARK.removeprefix('# ')}' yet: correct them, then delete that line.\n",
        _dump({"title": draft.title}),
        f"{MARK}\n",
        _dump({"subject": draft.subject}),
        f"{MARK}\n",
        _dump({"scope": scope}),
        f"{MARK}\n",
        _dump({"relevance": dict(draft.grades)}),
    ]
    return "".join(parts)


def _section_yaml(section: SectionDraft) -> str:
    head = {"section": section.section, "name": section.name}
    if section.parent:
        head["parent"] = section.parent
    return _dump(head) + "leaves:\n" + "\n".join(leaf_yaml(leaf) for leaf in section.leaves)


def leaf_yaml(leaf: LeafDraft) -> str:
    """Return the leaf as it stands below ``leaves:`` in the file of its section."""
    record: dict[str, object] = {"id": leaf.id, "heading": leaf.heading, "definition": leaf.definition}
    record |= {key: value for key, value in (("must", leaf.must), ("belongs", list(leaf.belongs))) if value}
    record |= {key: list(value) for key, value in (("details", leaf.details), ("exemplars", leaf.exemplars)) if value}
    if not leaf.papers:
        record |= {"secondary_by_default": True, "note": "none of its entries links to a paper"}
    return f"  {MARK}\n" + "".join(_indented(_dump([record])))


def _indented(text: str) -> Iterator[str]:
    yield from (f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _dump(value: object) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110)
