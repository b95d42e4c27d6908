"""Leave an entry to people: as it would be printed, with the reason why it was not inserted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agent.core.catalog.formats.style import Style
from agent.core.catalog.inserting.additions import Addition, Plan
from agent.core.catalog.inserting.reread import is_balanced
from agent.core.catalog.parse import Catalog, Heading
from agent.core.catalog.parsing.leaf_section import Section
from agent.core.catalog.printing.candidates import format_candidates
from agent.records import ByHand

COUNTED: Final = "its titles are counted, and others would have to be counted anew"
SEVERAL: Final = "its rows hold several papers each, and only its readers know which this one belongs to"


def left_by_hand(addition: Addition, style: Style, reason: str) -> ByHand:
    forms = list(format_candidates(addition.paper, style))
    entry = next((form for form in forms if is_balanced(form, addition.paper, style)), forms[-1])
    return ByHand(paper_id=addition.paper.id, leaf=addition.leaf, entry=entry, reason=reason)


def why_missing(headings: Mapping[str, Heading], leaf: str) -> str:
    if leaf not in headings:
        return f"unknown leaf {leaf!r}; the taxonomy has: {', '.join(headings)}"
    return (
        f"the catalog has no section for leaf {leaf}: no heading or bullet reads {headings[leaf].title!r}; "
        "add it to the catalog or correct the leaf's heading in the taxonomy"
    )


def why_no_row(section: Section, why: str) -> str:
    return (
        f"no row can be inserted in section {section.title!r} of the catalog (leaf {section.leaf}, "
        f"line {section.line}): {why}; insert it by hand"
    )


def why_misread(catalog: Catalog, plan: Plan) -> str:
    section = catalog.sections[plan.addition.leaf]
    return (
        f"no entry can be inserted in section {section.title!r} of the catalog (leaf {section.leaf}, "
        f"line {section.line}): Markdown would not read it as one; insert it by hand"
    )
