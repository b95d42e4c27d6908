"""Links to headings of the page, as GitHub makes their anchors."""

from __future__ import annotations

import pytest

from agent.core.audit.check import FindingKind
from agent.core.audit.rules.anchors import comparable, find_targets, slug
from agent.core.catalog.parse import Heading, parse
from tests.support.audit_cases import audit_of

BADGE = "[![Awesome](https://awesome.re/badge.svg)](https://awesome.re)"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        (f"# My List {BADGE}", "my-list-"),
        ("## Section I:  Tool Use", "section-i--tool-use"),
        ("## 3.1 What's New? (2024)", "31-whats-new-2024"),
        ("### 🔔 News", "-news"),
        ("## :star: Star History", "star-star-history"),
        ("## Feedback&Reflection", "feedbackreflection"),
        ("### Tools & Agents", "tools--agents"),
        ("## 数据集", "数据集"),
        ("###  1. <a name='模型'></a>模型", "1-模型"),
        ("## `code` and *more* ##", "code-and-more"),
        ("## [Linked](https://example.org) heading", "linked-heading"),
        ("## snake_case-name", "snake_case-name"),
        ("##  Two   Blanks ", "two---blanks"),
    ],
)
def test_the_anchor_of_a_heading_is_github_s(heading: str, anchor: str) -> None:
    assert comparable(anchor) in find_targets([heading + "\n"], [1])


def test_equal_headings_are_counted_and_tags_can_be_targets() -> None:
    lines = ["## Others\n", '<a name="here"></a>\n', "## Others\n", '<h2 id="there">Others</h2>\n', "<p id=where>\n"]
    targets = find_targets(lines, [1, 3])
    assert {"others", "others-1", "others-2", "here", "there", "where"} <= targets and "others-3" not in targets


def test_marks_stay_and_signs_go() -> None:
    assert slug("Naïve Café — C++ / C#") == "naïve-café--c--c"


def test_links_to_badged_and_spaced_headings_lead_somewhere() -> None:
    text = (
        f"# My List {BADGE}\n\n- [My List](#my-list-)\n- [Section I:  Tool Use](#section-i--tool-use)\n\n"
        "## Section I:  Tool Use\n\n- [Knives as Interfaces](https://arxiv.org/abs/2302.00002). arXiv 2023.\n"
    )
    headings = {"tool": Heading(title="Section I:  Tool Use")}
    assert not [f for f in audit_of(parse(text, headings), (), {}) if f.kind is FindingKind.HEADING_MISMATCH]
    wrong = parse(text.replace("#section-i--tool-use", "#section-i-tool-use"), headings)
    (found,) = [f for f in audit_of(wrong, (), {}) if f.kind is FindingKind.HEADING_MISMATCH]
    assert "the anchor #section-i-tool-use leads nowhere" in found.detail
