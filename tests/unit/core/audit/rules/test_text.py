"""Faults in the text itself: headings, contents, stray lines, characters, naked addresses."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.audit.check import Finding, FindingKind, ids_to_ask, read_cases
from agent.core.catalog.parse import Heading, parse
from tests.support.audit_cases import (
    as_papers,
    audit_of,
    by_id,
    clean_list,
    entry,
    invented,
    listed_under_care,
    paper,
    small,
)
from tests.support.catalogs import LISTS

CARE = audit_of(listed_under_care(), (), {})


def lines_of(kind: FindingKind) -> list[int]:
    return [finding.line for finding in CARE if finding.kind is kind]


def headings(text: str) -> list[tuple[int, str]]:
    catalog = parse(text, {"a": Heading(title="A")})
    return [(f.line, f.detail) for f in audit_of(catalog, (), {}) if f.kind is FindingKind.HEADING_MISMATCH]


def test_all_six_broken_lines_of_the_list_under_care_are_found_with_their_repair() -> None:
    assert lines_of(FindingKind.MOJIBAKE) == [14, 118, 149, 152, 227, 246]
    details = " ".join(finding.detail for finding in CARE if finding.kind is FindingKind.MOJIBAKE)
    for repaired in ("\u00d7", "Tülu", "Dolly—Introducing", "🔥"):
        assert repaired in details


def test_its_stray_line_its_naked_address_and_its_unlinked_bullets_are_found() -> None:
    assert lines_of(FindingKind.STRAY_LINE) == [131]
    assert lines_of(FindingKind.BARE_URL) == [137]
    assert lines_of(FindingKind.MISSING_LINK) == [111, 112, 113, *range(118, 131)]


def test_its_links_used_twice_or_three_times_are_found() -> None:
    shared = [(finding.line, finding.listed_id) for finding in CARE if finding.kind is FindingKind.SHARED_LINK]
    twice, thrice = "2505.15707", "2502.13756"
    assert shared == [(103, twice), (235, thrice), (237, thrice), (262, thrice), (269, twice)]


def test_its_heading_jumps_and_missing_headings_are_found() -> None:
    details = {finding.line: finding.detail for finding in CARE if finding.kind is FindingKind.HEADING_MISMATCH}
    assert "no heading 4.1 Annotation above it" in details[196]
    assert "level 5 follows level 3" in details[196]
    assert "level 3, other headings" in details[195]
    assert "level 5, other headings" in details[200]
    assert "not in the contents" in details[298]
    assert "there is no such heading" in details[33]
    nowhere = [line for line, detail in details.items() if "leads nowhere" in detail]
    assert len(nowhere) == 15
    assert set(details) == {33, 61, 62, 71, 95, 195, 196, 200, 298, *nowhere}


def test_nothing_is_found_in_a_clean_list_of_the_same_size() -> None:
    catalog, records = clean_list()
    papers = by_id(as_papers(records))
    assert len(catalog.entries) == len(listed_under_care().entries) == 144
    assert (
        audit_of(catalog, records, {i: papers.get(i) for i in ids_to_ask(read_cases(catalog.entries, records))}) == ()
    )


@pytest.mark.parametrize("name", ["badges", "tables", "crlf"])
def test_lists_in_other_styles_have_no_wrong_id_and_their_planted_one_is_found(name: str) -> None:
    catalog = parse(*LISTS[name])
    right = {i: paper(i, e.title) for e in catalog.entries for i in ids_to_ask(read_cases([e], ()))}
    assert not {f.kind for f in audit_of(catalog, (), right)} & {
        FindingKind.WRONG_ID,
        FindingKind.DEAD_LINK,
        FindingKind.UNRESOLVED,
    }
    (planted,) = invented([sorted(right)[0]])
    (finding,) = [f for f in audit_of(catalog, (), right | {planted.id: planted}) if f.kind is FindingKind.WRONG_ID]
    assert finding.listed_id == planted.id


def test_lists_in_other_styles_are_blamed_only_for_what_is_wrong_in_them() -> None:
    found: dict[str, list[Finding]] = {name: list(audit_of(parse(*LISTS[name]), (), {})) for name in LISTS}
    wrong = {name: {f.kind for f in findings} - {FindingKind.UNRESOLVED} for name, findings in found.items()}
    assert wrong["badges"] == wrong["tables"] == set()
    strays = [f.detail for f in found["crlf"] if f.kind is FindingKind.STRAY_LINE]
    assert ["a line that strayed" in detail for detail in strays] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "# L\n- [A](#a)\n## A\n### B\n## C\n",
        "# L\n- [📚 A](#-a)\n- [B & C](#b--c)\n- [B](#b)\n- [B](#b-1)\n## 📚 A\n## B & C\n## B\n## B\n",
        '# L\n- [A](#top)\n<a id="top"></a>\n## A\n',
        "# L\n## A\n## 2024\n## 2023\n## 2021\n",
        "# L\n## A\n## 3D Data\n## 10 Papers to Start With\n",
        "# L\n## A\n#### B\n#### C\n## D\n#### E\n",
        "# L\n- [1. A](#1-a)\n- 2 B\n## 1. A\n## 2. B\n## Contributing\n",
        "# L\n## 1 A\n### 1.1 B\n### 1.2 C\n## 2 D\n### 2.1 E\n",
        "# L\n- [1. A](#1-a)\n\n<h2>1. A</h2>\n\n### 2025\n\n<h5>Old</h5>\n",
    ],
)
def test_headings_in_order_are_left_alone(text: str) -> None:
    assert headings(text) == []


def test_a_line_below_the_title_may_be_a_heading_for_its_size_alone() -> None:
    text = "# L\n#### A University\n## A\n- [T](https://x.org)\n#### B\n"
    found = audit_of(parse(text, {"a": Heading(title="A")}), (), {})
    assert [one.line for one in found if one.kind is FindingKind.HEADING_MISMATCH] == [5]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("# L\n## A\n#### B\n", 3, "level 4 follows level 2"),
        ("# L\n- [A](#b)\n## A\n", 2, "#b leads nowhere"),
        ("# L\n## 1 A\n## 3 C\n", 3, "no heading 2 before it"),
        ("# L\n## 1 A\n## 1 B\n", 3, "the number of line 2 again"),
        ("# L\n## 1 A\n## 3 C\n## 2 B\n", 4, "out of order after 3"),
        ("# L\n- [1 A](#1-a)\n- 2 B\n## 1 A\n## 2 C\n", 3, "the heading in line 5 reads '2 C'"),
        ("# L\n- [1 A](#1-a)\n## 1 A\n## 2 B\n", 4, "not in the contents"),
    ],
)
def test_a_heading_out_of_order_is_found(text: str, line: int, what: str) -> None:
    assert [found for at, found in headings(text) if at == line and what in found]


@given(st.text(alphabet="# -[]()1234.ab\n*|é—", max_size=300))
def test_any_text_can_be_audited(text: str) -> None:
    catalog = parse(text, {"a": Heading(title="a"), "1.1": Heading(title="1.1 b")})
    for finding in audit_of(catalog, (), {}):
        assert 1 <= finding.line <= len(catalog.lines)


def test_nothing_is_found_in_a_section_of_a_thousand_different_papers() -> None:
    words = [
        "".join(pair) for pair in product(("ba", "ku", "ri", "to", "me", "lo"), ("ndo", "rim", "sta", "vel", "gno"))
    ]
    titles = [" ".join(random.Random(n).sample(words, 7)) for n in range(1000)]
    catalog = small(*(entry(title, f"2401.{n + 1:05}") for n, title in enumerate(titles)))
    papers = by_id(paper(f"2401.{n + 1:05}", title) for n, title in enumerate(titles))
    assert [f for f in audit_of(catalog, (), papers) if f.kind is not FindingKind.DUPLICATE_ENTRY] == []
