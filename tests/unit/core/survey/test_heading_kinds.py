"""Headings that are subjects, places inside one, or about the list itself."""

from __future__ import annotations

import pytest

from agent.core.survey.heading_kinds import is_administration, is_place


@pytest.mark.parametrize(
    "heading",
    [
        "2024",
        "📅 2023",
        "2022 and earlier",
        "Before 2020",
        "Papers in 2021",
        "2019-2021",
        "ACL 2023",
        "NeurIPS'22",
        "ICLR",
        "May 2024",
        "2024/05",
        "arXiv",
        "Journals 2020",
        "2023年",
        "2023年及以前",
        "A",
        "A - C",
        "#",
        "0-9",
        "(2024)",
        ":calendar: 2024",
        "Conference Papers",
        "2024 Q1",
    ],
)
def test_years_venues_and_letters_are_places(heading: str) -> None:
    assert is_place(heading)


@pytest.mark.parametrize(
    "heading",
    [
        "Surveys",
        "RAG",
        "Papers",
        "Others",
        "GPT-4",
        "Security",
        "Long Context",
        "Datasets",
        "3.2 Memory",
        "AI 2027 Scenarios",
        "Science",
        "数据集",
        "Main Tracks of Reasoning",
        "4. Creation",
    ],
)
def test_subjects_are_no_places(heading: str) -> None:
    assert not is_place(heading)


@pytest.mark.parametrize(
    "heading",
    [
        "News",
        "🔔 News",
        "News and Updates",
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
