from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.core.papers.resolve import choose, queries, record_of, resolve
from agent.errors import SourceError
from agent.records import Entry, Paper
from tests.replicas.arxiv_query import parse


def entry(
    title: str, url: str | None = None, line: int = 1, year: int | None = 2024, authors: tuple[str, ...] = ()
) -> Entry:
    return Entry(
        line=line, end_line=line, section_id="4.1", title=title, url=url, year=year, authors=authors, raw=title
    )


def paper(
    paper_id: str, title: str, abstract: str = "", year: int = 2023, authors: tuple[str, ...] = ("Ada Lovelace",)
) -> Paper:
    day = date(year, 5, 5)
    return Paper(id=paper_id, title=title, abstract=abstract, authors=authors, announced=day, published=day)


class Library:
    """A lookup over a few papers: every search returns all of them. ``broken`` searches fail, by number."""

    def __init__(self, papers: Sequence[Paper], broken: Sequence[int] = ()) -> None:
        self.papers, self.broken = papers, broken
        self.asked: list[str] = []

    def find_ids(self, ids: Sequence[str]) -> Sequence[Paper]:
        self.asked.append("ids " + " ".join(ids))
        return [p for p in self.papers if p.id in ids]

    def find(self, query: str) -> Sequence[Paper]:
        self.asked.append(query)
        if len(self.asked) - 1 in self.broken:
            raise SourceError("arXiv: HTTP 503")
        return self.papers


LINK = "https://arxiv.org/abs/2305.00001"
QUILT = paper("2305.00001", "Quilting Small Models from Large Corpora")
OTHER = paper("2305.00002", "Spin Waves in Layered Magnets")


def test_a_listed_id_is_believed_when_its_title_agrees() -> None:
    library = Library([QUILT, OTHER])
    (found,) = resolve([entry("Quilting small models from large corpora", LINK)], (), library)
    assert (found.paper, found.how) == (QUILT, "id")
    assert library.asked == ["ids 2305.00001"]


def test_behind_a_wrong_id_the_paper_is_found_by_its_title() -> None:
    (found,) = resolve([entry(QUILT.title, "https://arxiv.org/abs/2305.00002")], (), Library([QUILT, OTHER]))
    assert (found.paper, found.how) == (QUILT, "title")


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        (f"{QUILT.title} II", "We go on quilting small models."),
        ("A Comparison of Quilts", "We compare Quilts, a patchwork of small models from large corpora, with others."),
    ],
)
def test_a_paper_that_stands_under_a_wrong_id_does_not_win_by_its_likeness(title: str, abstract: str) -> None:
    listed = entry(f"Quilts: {QUILT.title}", "https://arxiv.org/abs/2305.00002")
    (found,) = resolve([listed], (), Library([paper("2305.00002", title, abstract), QUILT]))
    assert found.paper == QUILT


def test_an_anthology_or_openreview_entry_is_found_through_its_arxiv_twin() -> None:
    for url in ("https://aclanthology.org/2024.acl-long.840/", "https://openreview.net/forum?id=abc", None):
        (found,) = resolve([entry(QUILT.title, url)], (), Library([OTHER, QUILT]))
        assert found.paper == QUILT


def test_all_listed_ids_are_asked_for_together_and_an_impossible_one_not_at_all() -> None:
    library = Library([QUILT, OTHER])
    entries = [entry(QUILT.title, LINK, 1), entry(OTHER.title, "https://arxiv.org/abs/2305.00002", 2)]
    list(resolve([*entries, entry("Nothing Known", "https://arxiv.org/abs/2313.00001", 3)], (), library))
    assert library.asked[0] == "ids 2305.00001 2305.00002"
    assert not any(asked.startswith("ids") for asked in library.asked[1:])


def test_other_authors_mean_another_paper() -> None:
    assert choose(entry(QUILT.title, authors=("Grace Hopper",)), [QUILT]) is None
    assert choose(entry(QUILT.title, authors=("A. Lovelace",)), [QUILT]) == QUILT


def test_a_paper_listed_under_its_nickname_is_known_by_the_abstract_that_introduces_it() -> None:
    named = paper("2305.00003", "Stitching at Scale", "In this work, we propose QLT-3, a patchwork of model weights.")
    listed = entry("QLT-3: Patchwork of Weights for Models")
    assert choose(listed, [named, OTHER]) == named


@pytest.mark.parametrize(
    "abstract",
    [
        "We compare five systems, among them QLT-3, on patchwork of model weights.",  # uses it
        "We propose qlt-3, a patchwork of model weights.",  # another word
        "We propose QLT-3, a new kind of magnet.",  # another thing of that name
        "We propose QLT-30, a patchwork of model weights.",
        "We propose QLT-3-free training for a patchwork of model weights.",
        "We present a study of QLT-3, the patchwork of model weights.",
    ],
)
def test_a_paper_that_only_uses_or_resembles_a_nickname_is_not_the_paper(abstract: str) -> None:
    assert (
        choose(entry("QLT-3: Patchwork of Weights for Models"), [paper("2305.00003", "Stitching at Scale", abstract)])
        is None
    )


def test_a_nickname_is_no_witness_when_the_years_contradict() -> None:
    abstract = "We propose QLT-3, a patchwork of model weights."
    later = paper("2605.00003", "Stitching at Scale", abstract, year=2026)
    assert choose(entry("QLT-3: Patchwork of Weights for Models", year=2024), [later]) is None


def test_with_two_equally_good_papers_no_guess_is_made() -> None:
    twins = [paper(f"2305.0000{n}", "Stitching at Scale", "We propose QLT-3, patchwork of weights.") for n in (3, 4)]
    assert choose(entry("QLT-3: Patchwork of Weights for Models"), twins) is None
    assert choose(entry(QUILT.title), [QUILT, QUILT.model_copy(update={"id": "2305.00009"})]) is None


def test_an_answer_to_a_paper_is_not_the_paper() -> None:
    for title in (f"Revisiting {QUILT.title}", f"Beyond {QUILT.title}", f"{QUILT.title} Considered Harmful"):
        assert choose(entry(QUILT.title), [paper("2405.00001", title)]) is None


def test_a_web_page_is_resolved_only_by_the_very_title() -> None:
    post = entry("Quilting Small Models from Large Corpora & More", "https://blog.example.org/quilting")
    assert choose(post, [QUILT]) is None
    assert choose(entry(QUILT.title, "https://proceedings.example.org/quilting.pdf"), [QUILT]) == QUILT


def test_a_stopped_sync_goes_on_where_it_was() -> None:
    entries = [entry(QUILT.title, None, 1), entry(OTHER.title, None, 2)]
    running = resolve(entries, (), Library([QUILT, OTHER]))
    kept = record_of([next(running)])
    library = Library([QUILT, OTHER])
    rest = list(resolve(entries, kept, library))
    assert [found.entry.line for found in rest] == [2]


def test_an_entry_whose_search_fails_is_unresolved_and_two_in_a_row_stop_the_sync() -> None:
    entries = [entry(f"Unknown Title Number {n}", None, n) for n in range(3)]
    one = list(resolve(entries, (), Library([], broken=[0])))
    assert one[0].how == "arXiv: HTTP 503"
    assert len(one) == 3
    with pytest.raises(SourceError):
        list(resolve(entries, (), Library([], broken=range(99))))


def test_two_entries_of_one_paper_share_a_record_and_an_unresolved_one_has_no_title() -> None:
    entries = [entry(QUILT.title, None, 1), entry(f"Quilt: {QUILT.title}", None, 7), entry("Unknown Thing", None, 9)]
    records = record_of(list(resolve(entries, (), Library([QUILT]))))
    assert [(record.arxiv_id, [ref.line for ref in record.entries]) for record in records] == [
        ("2305.00001", [1, 7]),
        (None, [9]),
    ]
    assert (records[1].title, records[1].abstract) == (None, None)


@given(st.text(max_size=80))
@example("\U00018cd6:0")
def test_whatever_a_title_holds_its_searches_are_valid_queries(title: str) -> None:
    for query in queries(title):
        parse(query)
