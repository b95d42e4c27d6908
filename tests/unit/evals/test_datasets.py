"""The papers to judge: bad input is one clear line, partly matching input is counted and used."""

from __future__ import annotations

from datetime import date

import pytest

from agent.core.survey.known_papers import Known
from agent.errors import ConfigError
from agent.records import EvalEntry, Label, Paper, PaperRecord
from evals import datasets
from tests.support.eval_cases import DAY, paper

LEAVES = ("3.1.1", "3.1.2", "4.1.1", "6.1.1")
NEXT_DAY = date(2025, 11, 14)


def everything(paper: Paper) -> bool:
    return True


def known(key: str, *leaves: str, ids: str = "", title: str = "A title", odd: bool = False) -> Known:
    return Known(key=key, titles=(title,), ids=frozenset(ids.split()), leaves=leaves, text="Words.", odd=odd)


def record(key: str, arxiv_id: str) -> PaperRecord:
    return PaperRecord(key=key, title="A title", abstract=None, arxiv_id=arxiv_id)


def test_a_paper_listed_twice_is_one_item_with_both_leaves() -> None:
    (item,) = datasets.list_known([known("a", "6.1.1", "3.1.2", ids="arxiv:2501.00001", odd=True)])
    assert (item.gold, item.paper.id, item.odd) == (("6.1.1", "3.1.2"), "2501.00001", True)
    assert (item.paper.title, item.paper.abstract) == ("A title", "Words.")


def test_an_id_that_is_printed_for_two_papers_is_nobodys() -> None:
    found = datasets.list_known([known(key, "3.1.1", ids="arxiv:2501.00001 acl:2025.acl-long.1") for key in ("a", "b")])
    assert [each.paper.id for each in found] == ["a", "b"]


def test_an_untitled_paper_is_judged_by_its_key() -> None:
    (item,) = datasets.list_known([known("k", "4.1.1", title="")])
    assert item.paper.title == "k"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "no entry"),
        ([("a", ("9.9",))], "unknown leaf '9.9'; known: 3.1.1, "),
        ([("a", ("3.1.1",)), ("a", ("3.1.2",))], "key 'a' is there twice"),
    ],
)
def test_bad_entries_are_one_clear_line(rows: list[tuple[str, tuple[str, ...]]], problem: str) -> None:
    entries = [EvalEntry(key=key, title="T", abstract=None, section_ids=leaves) for key, leaves in rows]
    with pytest.raises(ConfigError, match=problem) as caught:
        datasets.list_entries(entries, LEAVES)
    assert "\n" not in str(caught.value)


def test_partly_matching_labels_are_used_and_counted() -> None:
    papers = [paper("2511.00001"), paper("2511.00002"), paper("2511.00003", day=NEXT_DAY)]
    labels = [label("2511.00001", 3), label("2511.00003", 0), label("2511.99999", 2)]
    nights = datasets.label_nights(papers, labels, LEAVES, everything)
    assert [(night.day, dict(night.labels)) for night in nights.nights] == [
        (DAY, {"2511.00001": 3}),
        (NEXT_DAY, {"2511.00003": 0}),
    ]
    assert (nights.unlabelled, nights.labels_without_paper) == (1, 1)


def test_the_judge_hears_of_unlabelled_papers_of_the_night_but_not_of_other_categories() -> None:
    papers = [paper("2511.00001"), paper("2511.00002"), paper("2511.00003").model_copy(update={"categories": ("x",)})]
    nights = datasets.label_nights(papers, [label("2511.00001", 3)], LEAVES, lambda each: "cs.CL" in each.categories)
    assert [each.id for each in nights.nights[0].papers] == ["2511.00001", "2511.00002"]


def test_a_paper_announced_on_two_days_counts_on_the_first() -> None:
    papers = [paper("2511.00001", day=NEXT_DAY), paper("2511.00001", day=DAY)]
    nights = datasets.label_nights(papers, [label("2511.00001", 3)], LEAVES, everything)
    assert [night.day for night in nights.nights] == [DAY]


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ([], "no label in the file"),
        ([("2511.99999", 3, None)], "none of the 1 papers of the night is among the 1 labels"),
        ([("2511.00001", 3, "9.9")], "2511.00001: unknown leaf '9.9'; known: 3.1.1, "),
        ([("2511.00001", 3, None), ("2511.00001", 0, None)], "2511.00001 is graded 3 and 0"),
    ],
)
def test_bad_labels_are_one_clear_line(labels: list[tuple[str, int, str | None]], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        datasets.label_nights([paper("2511.00001")], [label(*each) for each in labels], LEAVES, everything)
    assert "\n" not in str(caught.value)


def test_a_paper_in_scope_without_a_home_is_a_valid_label() -> None:
    nights = datasets.label_nights([paper("2511.00001")], [label("2511.00001", 2, "NO_LEAF")], LEAVES, everything)
    assert nights.nights[0].labels == {"2511.00001": 2}


def test_all_picks_of_a_night_are_left_out_together_and_nights_without_one_are_dropped() -> None:
    papers = [paper("2501.00001"), paper("2501.00002"), paper("2501.00003"), paper("2501.00004", day=NEXT_DAY)]
    records = [record("a", "2501.00001"), record("b", "2501.00003"), record("not-listed", "2501.00004")]
    keys = {"2501.00001": frozenset({"a"}), "2501.00003": frozenset({"b", "b-again"})}
    (night,) = datasets.pick_nights(papers, records, lambda each: keys.get(each.id, frozenset()), everything)
    assert night.picks == {"2501.00001": "a", "2501.00003": "b"}
    assert night.without == {"a", "b", "b-again"}
    assert len(night.papers) == 3


def test_a_pick_that_was_announced_again_counts_on_its_first_night_alone() -> None:
    papers = [paper("2501.00001", day=NEXT_DAY), paper("2501.00002", day=NEXT_DAY), paper("2501.00001")]
    nights = datasets.pick_nights(papers, [record("a", "2501.00001")], lambda each: frozenset({"a"}), everything)
    assert [(night.day, dict(night.picks)) for night in nights] == [(papers[2].announced, {"2501.00001": "a"})]


def test_a_pick_outside_the_categories_stays_in_its_night() -> None:
    papers = [paper("2501.00001"), paper("2501.00002")]
    (night,) = datasets.pick_nights(
        papers, [record("a", "2501.00001")], lambda each: frozenset({"a"}), lambda each: False
    )
    assert [each.id for each in night.papers] == ["2501.00001"]


def test_a_listing_without_any_pick_is_one_clear_line() -> None:
    with pytest.raises(ConfigError, match="none of the 1 papers is one of the catalog's 1 papers with an arXiv id"):
        datasets.pick_nights([paper("2501.00001")], [record("a", "2501.00009")], lambda each: frozenset(), everything)


def test_the_digest_changes_with_what_is_judged() -> None:
    one, other = (datasets.list_known([known("a", leaf)]) for leaf in ("3.1.1", "3.1.2"))
    assert datasets.digest_listed(one) != datasets.digest_listed(other)


def label(paper_id: str, grade: int, primary: str | None = None) -> Label:
    return Label.model_validate({"id": paper_id, "grade": grade, "primary": primary})
