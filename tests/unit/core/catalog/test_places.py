"""Headings that only name a year, a venue or a letter."""

from __future__ import annotations

import pytest

from agent.core.catalog.places import is_place


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
        "RowNet: Straight Rows for Everyone (2025)",
    ],
)
def test_subjects_are_no_places(heading: str) -> None:
    assert not is_place(heading)
