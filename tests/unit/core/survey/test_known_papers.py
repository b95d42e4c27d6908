"""The knowledge of the listed papers: joined by title, each paper once, twins found."""

from __future__ import annotations

from agent.core.survey import known_papers, taxonomy
from agent.core.survey.known_papers import Known
from agent.records import Entry, EntryRef, PaperRecord, Summary
from tests.support.fakes import paper

TREE = taxonomy.parse(
    {
        "survey.yaml": "title: t\nsubject: s\ntiers: [{id: t, name: T, question: q, test: x}]\n"
        "scope: {in_scope: [a], out_of_scope: [b]}\nrelevance: {out: o, adjacent: a, in_scope: i, core: c}\n"
        "placement: [p]\n",
        "a.yaml": "section: A\nname: A\ntier: t\nheadline: true\nleaves:\n"
        "  - {id: one, heading: One, definition: d, must: m, belongs: [b]}\n"
        '  - {id: two, heading: Two, definition: d, must: m, belongs: [b], odd: ["Sieve: Filtering Web Pages"]}\n',
    }
)
SIEVE = "Sieve: Filtering Web Pages"


def entry(line: int, title: str, section: str = "one", url: str | None = None) -> Entry:
    return Entry(line=line, end_line=line, section_id=section, title=title, url=url, raw=f"- {title}")


def record(key: str, title: str | None, abstract: str | None, *refs: tuple[int, str], **fields: object) -> PaperRecord:
    entries = tuple(EntryRef(line=line, section_id="one", entry_title=printed) for line, printed in refs)
    given = {"key": key, "title": title, "abstract": abstract, "entries": entries}
    return PaperRecord.model_validate(given | fields)


def summary(key: str, words: str, *refs: tuple[int, str], title: str | None = None) -> Summary:
    return Summary(record=record(key, title, None, *refs), summary=words, operation="It does.")


def build(
    entries: list[Entry], records: tuple[PaperRecord, ...] = (), summaries: tuple[Summary, ...] = ()
) -> tuple[Known, ...]:
    merged = known_papers.merge(records, summaries)
    return known_papers.build(entries, merged, summaries, TREE).papers


def test_a_paper_listed_in_two_sections_is_known_once_with_both_homes() -> None:
    (only,) = build([entry(3, SIEVE, "one"), entry(9, SIEVE, "two")])
    assert (only.leaves, only.odd_leaves, only.odd) == (("one", "two"), ("two",), False)
    assert only.exemplary_leaves == ("one",)


def test_an_entry_filed_oddly_everywhere_teaches_nothing() -> None:
    (only,) = build([entry(9, SIEVE, "two")])
    assert (only.odd, only.exemplary_leaves) == (True, ())


def test_records_are_joined_by_printed_title_when_the_lines_have_moved() -> None:
    found = record("sieve", "Filtering Web Pages with Sieve", "The abstract.", (3, SIEVE), arxiv_id="2401.00001")
    (only,) = build([entry(30, SIEVE, url="https://arxiv.org/abs/2402.99999")], (found,))
    assert only.titles == ("Filtering Web Pages with Sieve", SIEVE)
    assert (only.text, only.ids) == ("The abstract.", frozenset({"arxiv:2401.00001"}))


def test_two_printed_titles_of_one_record_are_one_paper() -> None:
    found = record("sieve", None, None, (3, SIEVE), (4, "Another Printed Name"))
    own = summary("sieve", "Own words.", (3, SIEVE), (4, "Another Printed Name"), title="Sieve")
    (only,) = build([entry(3, SIEVE), entry(4, "Another Printed Name")], (found,), (own,))
    assert (only.text, only.operation) == ("Own words.", "It does.")
    assert set(only.titles) == {"Sieve", SIEVE, "Another Printed Name"}


def test_the_abstract_wins_over_our_own_words_and_these_over_nothing() -> None:
    own = summary("sieve", "Own words.", (3, SIEVE))
    synced = record("sieve", SIEVE, "The abstract.", (3, SIEVE))
    assert [build([entry(3, SIEVE)], *given)[0].text for given in [((synced,), (own,)), ((), (own,)), ((), ())]] == [
        "The abstract.",
        "Own words.",
        "",
    ]


def test_a_paper_is_found_by_id_or_title_and_left_out_with_its_twins() -> None:
    papers = (
        Known(key="a", titles=("Sieving the Crawled Web Carefully",), leaves=("one",)),
        Known(key="b", titles=("Sieving the Crawled Web Carefully",), leaves=("two",)),
        Known(
            key="c", titles=("Quite Other Things about Tools",), ids=frozenset({"arxiv:2401.00001"}), leaves=("one",)
        ),
    )
    whole = known_papers.Knowledge(papers)
    by_title = whole.about(paper("2511.00001", title="Sieving the crawled web, carefully", authors=()))
    assert by_title == {"a", "b"}
    assert whole.about(paper("2401.00001", title="Quite other things about tools: a study")) == {"c"}
    assert whole.about(paper("2511.00002", title="Nothing Anyone Listed before Today")) == frozenset()
    assert [known.key for known in whole.without(by_title).papers] == ["c"]
    assert whole.without(frozenset()) is whole
