"""Whether a paper speaks of a list's subject, told by the titles of the list alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.judges.local.subject import Announcements, Subject, count_words, read_reference, words_of
from agent.records import Paper
from tests.support.fakes import paper

POTS = (
    "Kilns that Plan: Firing Clay by Agents",
    "Firing Clay Pots with Language Models",
    "Glass Blowing in Zero Gravity",
    "Glass Beads from Waste",
    "Blowing Glass with Robots",
    "Windows Blown by Hand",
    "Glass Blowing Policies from Video",
)
CLAY = paper(
    "2511.00001", title="Clay Firing Schedules", abstract="We fire clay pots in kilns. Clay firing is learned."
)
FOREIGN = (
    paper("2511.00002", title="Hand Tracking in Football", abstract="Players are tracked by hand and by camera."),
    paper("2511.00003", title="Graph Search for Warehouses", abstract="Robots queue at crossings. We route them."),
    paper("2511.00004", title="Galaxies", abstract="A telescope measures the redshift of galaxies and of their gas."),
    paper("2511.00005", title="Tokenizers for Proteins", abstract="Proteins are long strings. We train tokenizers."),
)
LISTS = (
    "Awesome-Code-LLM",
    "Awesome-GraphRAG",
    "Awesome-LLM-Reasoning",
    "Awesome-Scientific-Language-Models",
    "LLM-Agents-Papers",
    "LLM-eval-survey",
)


@pytest.mark.parametrize("night", [(CLAY,), (CLAY, *FOREIGN), FOREIGN], ids=["one", "five", "four others"])
def test_a_paper_of_the_subject_stands_out_in_a_night_of_any_size_and_others_do_not(night: tuple[Paper, ...]) -> None:
    subject = Subject(POTS, Announcements(night))
    assert subject.margin(CLAY) > 0
    assert max(subject.margin(each) for each in FOREIGN) < 0


def test_one_rare_word_in_common_is_a_coincidence() -> None:
    subject = Subject(["Exoplanet Atmospheres", "Transit Timing of Hot Jupiters"], Announcements(()))
    assert subject.margin(paper("2511.1", title="Transit Tickets", abstract="Fares are set by zone.")) <= 0
    assert subject.margin(paper("2511.2", title="Exoplanet Transit", abstract="A hot one.")) > 0


def test_a_word_that_the_whole_night_has_tells_little() -> None:
    galaxies = [
        paper(f"2511.{n:05}", title=f"Galaxy Survey {n}", abstract="Galaxies and their dust lanes.") for n in range(200)
    ]
    titles = ["Galaxy Survey of Dust", "Dust Lanes of Galaxies", "Quasars behind Galaxies"]
    alone, among = Subject(titles, Announcements(())), Subject(titles, Announcements(galaxies))
    assert among.margin(galaxies[0]) < alone.margin(galaxies[0])


def test_a_paper_does_not_speak_against_itself() -> None:
    with_it, without = Subject(POTS, Announcements([CLAY])), Subject(POTS, Announcements(()))
    assert abs(with_it.margin(CLAY) - without.margin(CLAY)) < 0.05 * without.margin(CLAY)


@settings(max_examples=30, deadline=None)
@given(st.permutations(POTS), st.permutations(FOREIGN))
def test_neither_the_order_of_titles_nor_of_announcements_matters(titles: list[str], papers: list[Paper]) -> None:
    shuffled, as_they_are = Subject(titles, Announcements(papers)), Subject(POTS, Announcements(FOREIGN))
    assert shuffled.margin(CLAY) == pytest.approx(as_they_are.margin(CLAY), abs=1e-9)


@given(st.text(max_size=40), st.text(max_size=80))
def test_any_text_has_a_margin(title: str, abstract: str) -> None:
    words_of(title)
    assert Subject(POTS, Announcements(())).margin(paper("2511.1", title=title, abstract=abstract)) < 1000


def test_the_reference_counts_words_of_announcements_and_holds_no_text() -> None:
    texts, counts = read_reference()
    assert texts == 3000 and 1000 < counts["model"] < texts and min(counts.values()) >= 3
    assert words_of("calls called calling Call") == {"call"} and "call" in counts
    assert count_words(["Two words", "Words"], 2) == "2\nword\t2\n"


@pytest.mark.parametrize("name", LISTS)
def test_the_titles_of_real_lists_tell_their_own_papers_from_others(shared_data: Path, name: str) -> None:
    with (shared_data / "lists" / name / "listed.jsonl").open(encoding="utf-8") as lines:
        titles = [json.loads(line)["title"] for line in lines]
    kept, left = titles[: len(titles) * 4 // 5], titles[len(titles) * 4 // 5 :]
    subject = Subject(kept, Announcements(FOREIGN))
    own = [subject.margin(paper(f"2511.{n:05}", title=title, abstract="")) for n, title in enumerate(left)]
    assert sum(each > 0 for each in own) > len(own) / 3
    assert max(subject.margin(each) for each in FOREIGN) < 0
