"""The names of authors, as entries print them."""

from __future__ import annotations

import pytest

from agent.core.catalog.pieces.names import Manner, format_names, read_names


def test_a_team_is_named_whole_where_others_are_by_surname() -> None:
    surnames = Manner(most=1, et_al=" et al.", name="surname")
    assert format_names(["PAN Team", "Ada Miller"], surnames) == "PAN Team et al."
    assert format_names(["Ada Miller", "PAN Team"], surnames) == "Miller et al."
    assert format_names(["Garden AI"], Manner(name="initials")) == "Garden AI"


def test_names_with_the_family_first_are_read_and_printed_so() -> None:
    names, manner = read_names("Miller, Ada; Chen, Bo") or ((), Manner())
    assert names == ("Miller, Ada", "Chen, Bo")
    assert format_names(["Carla Diaz", "Dan Evans"], manner) == "Diaz, Carla; Evans, Dan"


@pytest.mark.parametrize("key", ["TL;DR", "TL;DR:", "TLDR", "tl;dr", "**TL;DR**"])
def test_what_leads_to_a_summary_is_no_list_of_surnames(key: str) -> None:
    assert read_names(key, sure=True) is None
