"""One reading of a night serves all lists of a database that ask for the same."""

from __future__ import annotations

import pytest

from agent.database.shared.database import SharedDatabase
from agent.database.shared.listings import SharedListings
from agent.errors import SourceError
from agent.records import Coverage, Window
from agent.sources.arxiv.shared_reading import SharedReading
from tests.support.fakes import NIGHT, ScriptedSource, paper

TONIGHT = Window(since=NIGHT, until=NIGHT)


def row(*, complete: bool) -> Coverage:
    return Coverage(day=NIGHT, category="cs.CL", source="scripted", listed=1, complete=complete)


@pytest.fixture
def listings(shared_state: str) -> SharedListings:
    return SharedListings(SharedDatabase(shared_state))


def test_what_is_complete_is_read_once_by_lists_that_ask_for_the_same(listings: SharedListings) -> None:
    source = ScriptedSource([paper("2511.00001")], [row(complete=True)])
    categories = [("cs.CL", "cs.LG"), ("cs.LG", "cs.CL"), ("cs.CL",)]
    read = [SharedReading(source, listings, each).listing(TONIGHT) for each in categories]
    assert len(source.asked) == 2
    assert {listing.papers for listing in read} == {(paper("2511.00001"),)}
    assert read[1].notes == ("arXiv: read once for several lists",)
    SharedReading(source, listings, ("cs.CL",)).listing(Window(since=NIGHT.replace(day=12), until=NIGHT))
    SharedReading(source, listings, ("cs.CL",), "without cross-lists").listing(TONIGHT)
    assert len(source.asked) == 4


def test_what_is_incomplete_or_failed_is_read_again_by_the_next_list(listings: SharedListings) -> None:
    short = ScriptedSource([paper("2511.00001")], [row(complete=False)])
    broken = ScriptedSource(error="arXiv: no answer")
    for _ in range(2):
        SharedReading(short, listings, ()).listing(TONIGHT)
        with pytest.raises(SourceError, match="no answer"):
            SharedReading(broken, listings, ()).listing(TONIGHT)
    assert (len(short.asked), len(broken.asked)) == (2, 2)
