"""One reading of a night serves all lists of a database that ask for the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent import settings
from agent.errors import SourceError
from agent.records import Coverage, Window
from agent.wiring.sources import SharedReading, build_http
from tests.support.fakes import NIGHT, ScriptedSource, paper

TONIGHT = Window(since=NIGHT, until=NIGHT)


def row(*, complete: bool) -> Coverage:
    return Coverage(day=NIGHT, category="cs.CL", source="scripted", listed=1, complete=complete)


@pytest.fixture
def file(tmp_path: Path, shared_state: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    path = tmp_path / "triage.toml"
    path.write_text("")
    return path


def test_what_is_complete_is_read_once_by_lists_with_the_same_categories(file: Path) -> None:
    source = ScriptedSource([paper("2511.00001")], [row(complete=True)])
    categories = [("cs.CL", "cs.LG"), ("cs.LG", "cs.CL"), ("cs.CL",)]
    read = [
        SharedReading(source, settings.load(file, source={"categories": each}), None).listing(TONIGHT)
        for each in categories
    ]
    assert len(source.asked) == 2
    assert {listing.papers for listing in read} == {(paper("2511.00001"),)}
    assert read[1].notes == ("arXiv: read once for several lists",)
    SharedReading(source, settings.load(file), None).listing(Window(since=NIGHT.replace(day=12), until=NIGHT))
    assert len(source.asked) == 3


def test_what_is_incomplete_or_failed_is_read_again_by_the_next_list(file: Path) -> None:
    short = ScriptedSource([paper("2511.00001")], [row(complete=False)])
    broken = ScriptedSource(error="arXiv: no answer")
    for _ in range(2):
        SharedReading(short, settings.load(file), None).listing(TONIGHT)
        with pytest.raises(SourceError, match="no answer"):
            SharedReading(broken, settings.load(file), None).listing(TONIGHT)
    assert (len(short.asked), len(broken.asked)) == (2, 2)


def test_the_nights_of_one_process_share_the_pace(tmp_path: Path) -> None:
    (tmp_path / "triage.toml").write_text("")
    one, other = (build_http(settings.load(tmp_path / "triage.toml")) for _ in range(2))
    assert one is not other and one.last is other.last
