"""Small lists of many kinds: a taxonomy is drafted from each, and each leaf takes a paper printed as its neighbours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.core.catalog.blocks import split_lines
from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.parse import parse
from agent.core.papers.matching import identifiers_in
from agent.core.survey.drafting.draft_taxonomy import draft_taxonomy
from agent.records import Paper
from tests.support.catalogs import SPOON, STIR, read, without_inserted

KINDS = Path(__file__).resolve().parents[3] / "fixtures" / "lists" / "kinds"
EXPECTED: Mapping[str, Mapping[str, Any]] = json.loads((KINDS / "expected.json").read_text("utf-8"))
"""By the name of a list and the leaf: how many entries it has, and what is new in it for each of the two papers."""


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_leaf_is_found_and_takes_a_paper_in_its_own_style(name: str) -> None:
    text = read(KINDS / f"{name}.md")
    headings = draft_taxonomy(text).headings
    catalog = parse(text, headings)
    assert {leaf: len(section.found) for leaf, section in catalog.sections.items()} == {
        leaf: told["entries"] for leaf, told in EXPECTED[name].items()
    }
    for leaf, told in EXPECTED[name].items():
        for paper, new in zip((SPOON, STIR), told["new"], strict=True):
            edit = insert(text, headings, [Addition(leaf=leaf, paper=paper)])
            lines = split_lines(edit.text)
            assert "".join(lines[number - 1] for number in edit.added_lines) == new
            assert without_inserted(edit, text) == text
            assert insert(edit.text, headings, [Addition(leaf=leaf, paper=paper)]).already == (paper.id,)


@pytest.mark.parametrize(
    "name",
    [
        "makers-beside-names",
        "methods-in-families",
        "nickname-behind",
        "numbers-through-all-tables",
        "servers-named-behind-venues",
        "table-links-in-first-col",
        "two-lines-a-paper-without-blanks",
    ],
)
@pytest.mark.parametrize("nights", [(SPOON, STIR), (STIR, SPOON)])
def test_a_second_night_prints_its_paper_as_the_first_would_have(name: str, nights: tuple[Paper, Paper]) -> None:
    text = read(KINDS / f"{name}.md")
    headings = draft_taxonomy(text).headings
    for leaf in EXPECTED[name]:
        first, second = (Addition(leaf=leaf, paper=paper) for paper in nights)
        [alone] = insert(text, headings, [second]).inserted
        [later] = insert(insert(text, headings, [first]).text, headings, [second]).inserted
        assert re.sub(r"\A\W*\d+", "", later.entry) == re.sub(r"\A\W*\d+", "", alone.entry)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_paper_that_a_list_links_is_in_one_of_its_entries(name: str) -> None:
    text = read(KINDS / f"{name}.md")
    draft = draft_taxonomy(text)
    entries = parse(text, draft.headings).entries
    told = frozenset[str]().union(*(identifiers_in(entry.raw) for entry in entries))
    lines = [line for number, line in enumerate(split_lines(text), 1) if number not in draft.fenced]
    assert identifiers_in(re.sub(r"\n# Citation\n.*", "", "".join(lines), flags=re.DOTALL)) <= told
