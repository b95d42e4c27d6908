"""The graph of a night with one fake per port: buckets, failures, delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.core.survey import taxonomy
from agent.core.survey.survey import Survey
from agent.database.review_steps import PaperState
from agent.database.store import open_store
from agent.errors import ConfigError, SourceError
from agent.records import Bucket, Coverage, Decision, DecisionKind, Judgment, Paper
from agent.workflow.graph import judgment_rows
from tests.support.fakes import NIGHT, KeepingDelivery, ScriptedJudge, ScriptedSource, paper
from tests.support.nights import DRIP, GARDENS, LIST, A, B, C, Nights, counts, said


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Nights]:
    with open_store(tmp_path / "state", exclusive=True) as store:
        yield Nights(store)


async def test_a_night_puts_every_paper_in_its_bucket_and_says_so_for_each(nights: Nights) -> None:
    off = paper("2511.00009", categories=("q-bio.QM",))
    final = await nights.state([A, B, C, DRIP, off], said(A), said(B, 0.8), said(C, 0.1), budget=1)
    expected = {A.id: "drafted", B.id: "queued", C.id: "rejected", DRIP.id: "known", off.id: "off_category"}
    assert final["buckets"] == expected
    assert nights.services is not None
    assert {row["paper_id"]: row["bucket"] for row in judgment_rows(nights.services, final)} == expected
    assert sorted(nights.judge.asked) == nights.judge.prepared == [A.id, B.id, C.id]
    (draft,) = final["report"].drafts
    assert (draft.section, draft.entry.startswith(f"* **[{A.title}](")) == ("water", True)
    assert nights.delivery.delivered == [[A.id]]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scores=st.lists(st.none() | st.floats(0, 1), max_size=8),
    budget=st.integers(0, 4),
    again=st.booleans(),
    data=st.data(),
)
async def test_the_buckets_add_up_on_any_two_nights(
    tmp_path_factory: pytest.TempPathFactory, scores: list[float | None], budget: int, again: bool, data: st.DataObject
) -> None:
    papers = [paper(f"2511.{n:05}", title=f"Title {n}") for n in range(len(scores))]
    judged = [
        said(each, score, data.draw(st.sampled_from(["water", "NO_LEAF", None])))
        for each, score in zip(papers, scores, strict=True)
        if score is not None
    ]
    with open_store(tmp_path_factory.mktemp("state"), exclusive=True) as store:
        two = Nights(store)
        first = await two(papers, *judged, budget=budget)
        assert first.buckets[Bucket.FAILED] == len(first.failures) == scores.count(None)
        assert first.buckets[Bucket.DRAFTED] == len(first.drafts) <= budget
        second = await two(papers, *judged, budget=budget, rejudge=again)
        assert not {d.paper_id for d in first.drafts} & {d.paper_id for d in second.drafts}
        assert second.buckets[Bucket.REPEAT] == (len(first.drafts) if again else len(judged))


async def test_what_was_dismissed_from_the_queue_is_never_proposed_nor_is_its_twin(nights: Nights) -> None:
    assert counts(await nights([A, B], said(A), said(B, 0.8), budget=1)) == {"drafted": 1, "queued": 1}
    nights.store.take_step(B.id, PaperState(dismissed=True), "ann", datetime(2025, 11, 14, tzinfo=UTC))
    assert counts(await nights([A, B], said(B, 0.8), rejudge=True)) == {"repeat": 2}
    twin = C.model_copy(update={"title": B.title})
    assert counts(await nights([twin], said(twin))) == {"queued": 1}


async def test_a_paper_that_was_submitted_twice_is_drafted_where_its_better_twin_is_withdrawn(nights: Nights) -> None:
    withdrawn = A.model_copy(update={"title": B.title, "withdrawn": True})
    report = await nights([withdrawn, B], said(withdrawn, 0.9), said(B, 0.8))
    assert [draft.paper_id for draft in report.drafts] == [B.id]
    assert counts(report) == {"drafted": 1, "queued": 1}


async def test_a_judge_error_costs_one_paper_only_and_the_run_is_partial(nights: Nights) -> None:
    report = await nights([A, B], said(A))
    assert counts(report) == {"drafted": 1, "failed": 1}
    assert [(failure.paper_id, "script" in failure.reason) for failure in report.failures] == [(B.id, True)]
    assert report.partial


async def test_an_error_that_ends_the_run_leaves_no_paper_under_way_and_keeps_what_was_judged(nights: Nights) -> None:
    class Unpaid(ScriptedJudge):
        under_way = 0

        async def judge(self, paper: Paper) -> Judgment:
            if paper.id == C.id:
                raise ConfigError("no such key")
            if paper.id == A.id:
                return self.script[A.id]
            self.under_way += 1
            try:
                await asyncio.Event().wait()
                raise AssertionError("nothing ends this wait but a cancellation")
            finally:
                self.under_way -= 1

    judge = Unpaid({A.id: said(A)})
    with pytest.raises(ConfigError, match="no such key"):
        await nights([A, B, C], judge=judge)
    assert judge.under_way == 0
    assert nights.store.latest_judgment(A.id) == said(A)


@pytest.mark.parametrize(("reuse_judgments", "grade"), [(True, "rejected"), (False, "drafted")])
async def test_answers_brought_along_win_over_what_the_same_judge_once_said(
    nights: Nights, reuse_judgments: bool, grade: str
) -> None:
    await nights([A], said(A, 0.1))
    assert counts(await nights([A], said(A, 0.9), rejudge=True, reuse_judgments=reuse_judgments)) == {grade: 1}


async def test_what_fails_tonight_takes_no_place_in_the_budget_by_what_was_judged_before(nights: Nights) -> None:
    await nights([A, B], said(A, 0.9), said(B, 0.8), budget=0)
    report = await nights([A, B], said(B, 0.8), budget=1, rejudge=True, reuse_judgments=False)
    assert counts(report) == {"drafted": 1, "failed": 1}


async def test_what_the_local_judge_thinks_most_relevant_is_asked_first(nights: Nights) -> None:
    relevance = {A.id: 0.2, B.id: 0.9, C.id: 0.5}
    await nights([A, B, C], said(A), said(B), said(C), relevance=lambda one: relevance[one.id])
    assert nights.judge.asked == [B.id, C.id, A.id], "a cap cuts off the others"


async def test_a_failed_paper_is_asked_last_by_the_next_run_and_counts_as_listed_there(nights: Nights) -> None:
    await nights([B], said(A))
    report = await nights([A, C], said(A), said(B), said(C), relevance=lambda one: 0.9 if one.id == B.id else 0.1)
    assert nights.judge.asked[-1] == B.id
    assert (report.listed, counts(report)) == (3, {"drafted": 3})
    assert (await nights()).listed == 0


async def test_a_failed_paper_that_someone_listed_meanwhile_is_known_once_and_not_for_ever(nights: Nights) -> None:
    await nights([B])
    catalog = LIST.replace("## Pruning", f"* **[{B.title}](https://arxiv.org/abs/{B.id})** (arXiv 2025)\n\n## Pruning")
    assert counts(await nights(catalog=catalog)) == {"known": 1}
    assert (await nights(catalog=catalog)).listed == 0


async def test_what_was_judged_is_not_asked_again_after_a_run_that_did_not_end(nights: Nights) -> None:
    nights.store.save_papers([A])
    nights.store.save_judgments([(A, said(A))])
    report = await nights([A, B], said(B))
    assert nights.judge.asked == [B.id]
    assert counts(report) == {"drafted": 2}


async def test_a_night_with_nothing_to_judge_ends_well_and_delivers_nothing(nights: Nights) -> None:
    report = await nights([DRIP])
    assert (counts(report), report.drafts, report.patch, report.partial) == ({"known": 1}, (), None, False)
    assert nights.delivery.delivered == [[]]


async def test_drafts_that_could_not_be_delivered_are_kept_and_come_with_the_next_run(nights: Nights) -> None:
    nights.delivery = KeepingDelivery(error="the disk is full")
    assert (await nights([A], said(A))).undelivered == "the disk is full"
    nights.delivery = KeepingDelivery()
    report = await nights([A, B], said(B, 0.8))
    assert (counts(report), report.undelivered) == ({"repeat": 1, "drafted": 1}, None)
    assert nights.delivery.delivered == [[A.id, B.id]]
    assert A.title in nights.delivery.bodies[0]


async def test_drafts_of_a_leaf_that_is_gone_do_not_stop_the_night(nights: Nights) -> None:
    await nights([A, B], said(A), said(B, leaf="prune"))
    files = {path.name: path.read_text() for path in (GARDENS / "taxonomy").glob("*.yaml")}
    files["doing.yaml"] = files["doing.yaml"].partition("  - id: prune")[0]
    smaller = Survey.of(taxonomy.parse(files), LIST, (), ())
    report = await nights([C], said(C), survey=smaller)
    assert nights.delivery.delivered[-1] == [A.id, C.id]
    assert any(B.id in note and "prune" in note for note in report.notes)
    assert [draft.paper_id for draft in nights.store.open_drafts()] == [A.id, B.id, C.id]


async def test_a_run_that_stops_before_judging_leaves_nothing_behind(nights: Nights) -> None:
    await nights([A], said(A))
    nights.delivery = KeepingDelivery(decisions=[Decision(paper_id=A.id, kind=DecisionKind.REJECTED)])
    final = await nights.state([A, B], stop_before_judging=True)
    assert final["to_judge"] == [B.id]
    assert (nights.judge.asked, nights.delivery.delivered, nights.decided()) == ([], [], {})
    assert (len(nights.store.runs(9)), set(nights.store.latest_outcomes())) == (1, {A.id})


async def test_a_listing_that_cannot_be_read_ends_the_run_and_stores_nothing(nights: Nights) -> None:
    with pytest.raises(SourceError, match="no such file"):
        await nights([A], source=ScriptedSource([A], error="no such file"))
    assert nights.store.paper(A.id) is None
    assert (nights.store.runs(9), nights.store.latest_outcomes(), nights.store.coverage(NIGHT)) == ((), {}, ())
    assert nights.delivery.delivered == []


async def test_a_withdrawn_paper_waits_for_a_person_whatever_its_score(nights: Nights) -> None:
    gone = A.model_copy(update={"withdrawn": True})
    final = await nights.state([gone, B], said(gone, 0.99), said(B, 0.8))
    assert final["buckets"] == {A.id: "queued", B.id: "drafted"}


async def test_an_incomplete_day_is_partial_and_a_failed_second_reading_does_not_undo_a_complete_one(
    nights: Nights,
) -> None:
    def row(complete: bool) -> Coverage:
        reason = None if complete else "HTTP 503"
        return Coverage(day=NIGHT, category="cs.CL", source="rss", listed=1, complete=complete, reason=reason)

    short = await nights([A], said(A), source=ScriptedSource([A], [row(False)]))
    assert (short.partial, short.coverage[0].reason) == (True, "HTTP 503")
    assert "HTTP 503" in nights.delivery.bodies[-1]
    await nights(source=ScriptedSource([A], [row(True)]))
    again = await nights(source=ScriptedSource([A], [row(False)]), covered=nights.store.coverage(NIGHT))
    assert not again.partial
    assert nights.store.coverage(NIGHT) == (row(True),)


TWIN = B.model_copy(update={"title": A.title, "authors": A.authors})


async def test_two_ids_of_one_paper_are_drafted_once_and_the_other_waits_as_the_same(nights: Nights) -> None:
    report = await nights([TWIN, A, C], said(A, 0.9), said(TWIN, 0.8), said(C, 0.7), budget=2)
    assert [draft.paper_id for draft in report.drafts] == [A.id, C.id]
    assert counts(report) == {"drafted": 2, "queued": 1}
    assert f"same as {A.id}: {A.title}" in nights.delivery.bodies[-1]


async def test_a_paper_that_an_earlier_night_drafted_under_another_id_waits_as_the_same(nights: Nights) -> None:
    await nights([A], said(A))
    assert counts(await nights([TWIN], said(TWIN))) == {"queued": 1}
    assert f"same as {A.id}" in nights.delivery.bodies[-1]
