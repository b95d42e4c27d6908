"""Texts of one mark again and again: hostile pages that take minutes where the time is quadratic in their length."""

from __future__ import annotations

import pytest

from agent.core.arxiv.tex import decode_accents
from agent.core.audit.rules.anchors import find_targets
from agent.core.catalog.blocks import HeadingLine
from agent.core.catalog.formats.inline import scan
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.sections import Heading, locate_headings
from agent.core.papers.matching import identifiers_in
from agent.core.survey.drafting.draft_taxonomy import draft_taxonomy

LENGTH = 120_000


@pytest.mark.parametrize("mark", ["<a href=x>", "<a href=x ", "<!--", "](", "*[", "[*", "<h1>", "<summary>"])
def test_marks_that_nothing_closes_are_read_once(mark: str) -> None:
    source = mark * (LENGTH // len(mark))
    nodes = scan(source, 0, len(source), {})
    assert (nodes[0].start, nodes[-1].end) == (0, len(source))
    assert not [node for node in nodes if node.kind == "link"]


@pytest.mark.parametrize("mark", ["<a ", "<h1>", "<h1 ", "<"])
def test_tags_that_nothing_closes_are_no_place_of_the_page(mark: str) -> None:
    assert find_targets(["# Tools\n", mark * (LENGTH // len(mark))], [1]) == {"tools"}


def test_a_link_without_an_id_of_openreview_names_no_paper() -> None:
    assert not identifiers_in("openreview.net/forum?a&" * (LENGTH // 23))


def test_formulas_that_are_not_closed_stay_as_they_are() -> None:
    text = "\\(" * (LENGTH // 2)
    assert decode_accents(text) == text


def test_a_text_as_long_as_a_book_is_no_list_of_authors() -> None:
    assert read_names("Ada Miller, " * (LENGTH // 12), sure=True) is None
    assert read_names(", ".join(["Ada Miller"] * 500), sure=True) is not None


def test_an_address_of_nothing_but_slashes_is_read_once() -> None:
    address = "/" * 20_000 + ".x"
    draft = draft_taxonomy(f"# List\n\n## Tools\n- [A Paper]({address})\n\n## Others\n- [A Note](notes.md)\n")
    assert [leaf.heading for leaf in draft.leaves] == ["Tools"]


def test_many_headings_of_one_name_serve_a_leaf_each_in_order() -> None:
    lines = [HeadingLine(2, "Tools", number, number) for number in range(20_000)]
    found = locate_headings(lines, {str(number): Heading(title="Tools") for number in range(20_000)})
    assert [line.line for line in found.values()] == list(range(20_000))
