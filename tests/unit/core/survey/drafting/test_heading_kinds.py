"""Headings that are about the list itself."""

from __future__ import annotations

import pytest

from agent.core.survey.drafting.heading_kinds import is_administration


@pytest.mark.parametrize(
    "heading",
    [
        "News",
        "🔔 News",
        "News and Updates",
        "Update Log:",
        "Table of Contents",
        "Table of Content (ToC)",
        "Contributing",
        "🎉 Contribution",
        "How to Contribute",
        "Contributing to this paper list",
        "License",
        "Citation",
        "Cite us",
        "Star History",
        ":star: Star History",
        "Acknowledgements",
        "目录",
        "Project Maintainers & Contributors",
        "Other Awesome Lists",
        "Contact Us",
        "5. Citation",
    ],
)
def test_what_a_list_says_about_itself_is_administration(heading: str) -> None:
    assert is_administration(heading)


@pytest.mark.parametrize(
    "heading",
    [
        "Newsworthiness",
        "Citation Recommendation",
        "Contact-Rich Manipulation",
        "Overview",
        "Survey",
        "Table QA",
    ],
)
def test_subjects_are_no_administration(heading: str) -> None:
    assert not is_administration(heading)
