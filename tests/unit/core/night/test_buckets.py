from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.core.night.buckets import bucket_judged, bucket_unjudged, mark_twins
from agent.core.papers import matching
from agent.records import NO_LEAF, Bucket
from tests.support.fakes import judgment, paper

CATEGORIES = ("cs.CL",)


def unjudged(categories: tuple[str, ...] = ("cs.CL",), **given: object) -> Bucket | None:
    rules: dict[str, object] = {"categories": CATEGORIES, "cross_lists": True, "known": False, "earlier": {}} | given
    return bucket_unjudged(paper("2511.00001", categories=categories), **rules)  # type: ignore[arg-type]


def test_a_paper_in_no_configured_category_is_off_category_even_when_known() -> None:
    assert unjudged(("cs.CV",), known=True) is Bucket.OFF_CATEGORY


def test_a_cross_list_counts_only_when_switched_on() -> None:
    assert unjudged(("cs.CV", "cs.CL")) is None
    assert unjudged(("cs.CV", "cs.CL"), cross_lists=False) is Bucket.OFF_CATEGORY


def test_a_listed_paper_is_known_before_it_is_a_repeat() -> None:
    assert unjudged(known=True, earlier={"2511.00001": Bucket.REJECTED}) is Bucket.KNOWN


def test_a_paper_with_a_bucket_from_an_earlier_run_is_a_repeat_but_a_failed_one_is_asked_again() -> None:
    assert unjudged(earlier={"2511.00001": Bucket.QUEUED}) is Bucket.REPEAT
    assert unjudged(earlier={"2511.00001": Bucket.FAILED}) is None


def judged(*judgments: object, budget: int = 10, withdrawn: tuple[str, ...] = ()) -> dict[str, Bucket]:
    return bucket_judged(judgments, leaves=("1.1", "1.2"), budget=budget, min_score=0.5, withdrawn=withdrawn)  # type: ignore[arg-type]


def test_the_best_are_drafted_up_to_the_budget_and_the_rest_is_queued() -> None:
    buckets = judged(judgment("c", 0.6), judgment("a", 0.9), judgment("b", 0.8), budget=2)
    assert buckets == {"a": Bucket.DRAFTED, "b": Bucket.DRAFTED, "c": Bucket.QUEUED}


def test_what_may_not_be_drafted_is_queued_and_takes_no_place_of_the_budget() -> None:
    buckets = judged(
        judgment("homeless", 0.99, NO_LEAF),
        judgment("unquoted", 0.98, evidence=()),
        judgment("contested", 0.97, unsure="far apart"),
        judgment("gone", 0.96),
        judgment("good", 0.6),
        budget=1,
        withdrawn=("gone",),
    )
    assert {k for k, v in buckets.items() if v is Bucket.QUEUED} == {"homeless", "unquoted", "contested", "gone"}
    assert buckets["good"] is Bucket.DRAFTED


def test_below_the_least_score_a_paper_is_rejected_and_at_it_is_not() -> None:
    assert judged(judgment("low", 0.49), judgment("just", 0.5)) == {"low": Bucket.REJECTED, "just": Bucket.DRAFTED}


@given(st.lists(st.floats(0, 1), max_size=30), st.integers(0, 12))
def test_every_judged_paper_ends_in_exactly_one_bucket_whatever_their_order(scores: list[float], budget: int) -> None:
    judgments = [judgment(f"p{i}", score) for i, score in enumerate(scores)]
    buckets = judged(*judgments, budget=budget)
    assert set(buckets) == {j.paper_id for j in judgments}
    assert buckets == judged(*reversed(judgments), budget=budget)
    assert list(buckets.values()).count(Bucket.DRAFTED) <= budget


TITLES = st.sampled_from(["Sieve: Filtering Pages", "SIEVE - filtering pages", "Filtering Pages", "Robots", "?!"])
AUTHORS = st.lists(st.sampled_from(["Ann Lee", "Bo Chi"]), max_size=2).map(tuple)
DOIS = st.sampled_from([None, "10.1/sieve", "10.1/robots"])


@given(st.lists(st.tuples(TITLES, AUTHORS, DOIS), max_size=12))
def test_twins_are_found_as_if_every_paper_were_compared_with_every_better_one(
    given: list[tuple[str, tuple[str, ...], str | None]],
) -> None:
    papers = {
        f"2511.{at:05}": paper(f"2511.{at:05}", title=title, authors=authors, doi=doi)
        for at, (title, authors, doi) in enumerate(given)
    }
    said = [judgment(paper_id, 0.9 - at / 100) for at, paper_id in enumerate(papers)]
    better, expected = dict[str, matching.Identity](), dict[str, str]()
    for paper_id, each in papers.items():
        identity = matching.paper_identity(each)
        same = [key for key, other in better.items() if matching.same_paper(other, identity)]
        if same:
            expected[paper_id] = f"same as {same[0]}: {papers[same[0]].title}"
        else:
            better[paper_id] = identity
    assert {each.paper_id: each.unsure for each in mark_twins(said, papers, ())} == expected
