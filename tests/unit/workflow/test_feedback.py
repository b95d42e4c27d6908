"""The decisions of people on earlier drafts, read at the start of a night: stored, followed, never asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from agent.core.night.decisions import CLOSED, REFUSED, WantedEntry
from agent.database.review_steps import PaperState
from agent.database.store import open_store
from agent.records import Decision, DecisionKind, Draft, Judgment, Paper, RunReport
from agent.workflow.feedback import publish
from tests.support.fakes import KeepingDelivery, ScriptedJudge
from tests.support.nights import EARLIER, LIST, A, B, C, Nights, counts, said

NOW = datetime(2025, 11, 14, 6, tzinfo=UTC)


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Nights]:
    with open_store(tmp_path / "state", exclusive=True) as store:
        yield Nights(store)


DECISIONS = [
    Decision(paper_id=A.id, kind=DecisionKind.ACCEPTED, section="water"),
    Decision(paper_id=A.id, kind=DecisionKind.REJECTED, note="the line was removed"),
    Decision(paper_id=A.id, kind=DecisionKind.MOVED, section="sense", by="editor"),
]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.kind)
async def test_what_a_person_decided_is_stored_and_never_proposed_again(nights: Nights, decision: Decision) -> None:
    await nights([A], said(A))
    nights.delivery = KeepingDelivery(decisions=[decision])
    report = await nights([A], said(A))
    assert counts(report) == {"repeat": 1}
    assert nights.decided() == {A.id: (decision.kind, decision.section)}
    assert nights.delivery.delivered == [[]]
    assert counts(await nights([A], said(A), rejudge=True)) == {"repeat": 1}


async def test_a_decision_that_is_taken_back_opens_the_draft_again(nights: Nights) -> None:
    await nights([A], said(A))
    for kind, delivered in ((DecisionKind.MOVED, []), (DecisionKind.UNDECIDED, [A.id])):
        nights.delivery = KeepingDelivery(decisions=[Decision(paper_id=A.id, kind=kind)])
        await nights()
        assert nights.delivery.delivered == [delivered]


async def test_a_paper_refused_before_the_state_was_lost_is_not_judged_again(nights: Nights) -> None:
    refused = Decision(paper_id=A.id, kind=DecisionKind.REJECTED, note="the line was removed")
    nights.delivery = KeepingDelivery(decisions=[refused])
    assert counts(await nights([A, B], said(B))) == {"repeat": 1, "drafted": 1}
    assert nights.decided() == {}, "there is no draft to decide on"


async def test_reconsider_judges_a_paper_again_that_a_closed_pull_request_refused(nights: Nights) -> None:
    refused = Decision(paper_id=A.id, kind=DecisionKind.REJECTED, note=f"pull request #1 {CLOSED}")
    nights.delivery = KeepingDelivery(decisions=[refused])
    assert counts(await nights([A], said(A), reconsider=True)) == {"drafted": 1}


async def test_an_accepted_paper_is_not_refused_by_a_list_that_lost_it(nights: Nights) -> None:
    await nights([A], said(A))
    for kind in (DecisionKind.ACCEPTED, DecisionKind.REJECTED):
        nights.delivery = KeepingDelivery(decisions=[Decision(paper_id=A.id, kind=kind)])
        await nights()
    assert nights.decided() == {A.id: (DecisionKind.ACCEPTED, None)}


@pytest.mark.parametrize(("note", "again"), [(f"pull request #1 {CLOSED}", [A.id]), ("the line was removed", [])])
async def test_reconsider_proposes_what_a_closed_pull_request_rejected_and_no_more(
    nights: Nights, note: str, again: list[str]
) -> None:
    await nights([A], said(A))
    nights.delivery = KeepingDelivery(decisions=[Decision(paper_id=A.id, kind=DecisionKind.REJECTED, note=note)])
    await nights()
    nights.delivery = KeepingDelivery()
    await nights()
    await nights(reconsider=True)
    assert nights.delivery.delivered == [[], again]


class Asking(KeepingDelivery):
    """A delivery on which someone wrote ``/triage draft ID``, of a paper that is no open draft."""

    def read_back(self, proposed: object) -> tuple[Decision, ...]:
        return self.decisions


def ask_for(one: Paper) -> Asking:
    return Asking(decisions=[Decision(paper_id=one.id, kind=DecisionKind.PROMOTED, by="editor")])


async def test_a_paper_that_a_person_promotes_is_drafted_on_top_of_the_budget(nights: Nights) -> None:
    assert counts(await nights([A, B], said(A), said(B, 0.8), budget=1)) == {"drafted": 1, "queued": 1}
    nights.delivery = ask_for(B)
    report = await nights([C], said(C), budget=1)
    assert [draft.paper_id for draft in report.drafts] == [C.id, B.id]
    assert nights.delivery.delivered == [[A.id, C.id, B.id]]
    assert (await nights(budget=1)).drafts == ()
    assert nights.store.queued() == ()


async def test_a_paper_promoted_while_it_had_failed_is_not_drafted_by_the_next_night_again(nights: Nights) -> None:
    earlier = ScriptedJudge({A.id: said(A, 0.1, judge=EARLIER)})
    earlier.identity = EARLIER
    await nights([A], judge=earlier)
    assert counts(await nights([A], rejudge=True)) == {"failed": 1}
    nights.delivery = ask_for(A)
    assert [draft.paper_id for draft in (await nights()).drafts] == [A.id]
    nights.delivery = KeepingDelivery()
    report = await nights([A], said(A))
    assert (report.drafts, counts(report)) == ((), {"repeat": 1})


async def test_a_rejected_draft_that_a_person_asks_for_is_open_again(nights: Nights) -> None:
    await nights([A], said(A))
    nights.delivery = KeepingDelivery(decisions=[DECISIONS[1]])
    await nights()
    nights.delivery = ask_for(A)
    await nights()
    assert nights.delivery.delivered == [[A.id]]
    assert nights.decided() == {}


async def test_a_promoted_paper_that_nothing_is_known_of_is_named_in_the_report(nights: Nights) -> None:
    nights.delivery = ask_for(B)
    report = await nights([A], said(A))
    assert [draft.paper_id for draft in report.drafts] == [A.id]
    assert any(B.id in note for note in report.notes)


def reject(nights: Nights, one: Paper) -> None:
    """Take the step of a reviewer who rejects an open draft on the review page."""
    before = nights.store.review_state(one.id)
    decision = Decision(paper_id=one.id, kind=DecisionKind.REJECTED, by="ann")
    nights.store.take_step(one.id, before.model_copy(update={"decision": decision}), "ann", NOW)


async def test_a_step_taken_back_while_it_is_pushed_is_pushed_again_and_not_read_back(nights: Nights) -> None:
    class Undoing(KeepingDelivery):
        def publish(self, wanted: Sequence[WantedEntry]) -> tuple[str, ...]:
            step = nights.store.last_step("ann")
            if step is not None:
                nights.store.undo_step(step, NOW)
            return tuple(one.paper_id for one in wanted)

    await nights([A], said(A))
    reject(nights, A)
    nights.delivery = Undoing(decisions=[Decision(paper_id=A.id, kind=DecisionKind.REJECTED)])
    publish(nights.store, nights.delivery)
    assert nights.store.unpublished() == (A.id,)
    assert nights.decided() == {}


async def test_a_step_shown_by_another_page_while_an_older_one_is_pushed_is_pushed_again(nights: Nights) -> None:
    shown: list[str | None] = []

    class Overtaken(KeepingDelivery):
        def publish(self, wanted: Sequence[WantedEntry]) -> tuple[str, ...]:
            if not shown:
                moved = Decision(paper_id=A.id, kind=DecisionKind.MOVED, section="sense", by="ben", unlisted=True)
                before = nights.store.review_state(A.id)
                nights.store.take_step(A.id, before.model_copy(update={"decision": moved}), "ben", NOW)
                nights.store.mark_published(nights.store.unpublished_steps()[1:])
            shown.extend(one.section for one in wanted)
            return tuple(one.paper_id for one in wanted)

    await nights([A], said(A))
    reject(nights, A)
    delivery = Overtaken()
    publish(nights.store, delivery)
    assert nights.store.unpublished() == (A.id,)
    publish(nights.store, delivery)
    assert shown == [None, "sense"]
    assert nights.store.unpublished() == ()


async def test_a_no_on_the_page_is_not_undone_by_a_request_that_stands_on_the_pull_request(nights: Nights) -> None:
    await nights([A, B], said(A), said(B, 0.8), budget=1)
    nights.delivery = ask_for(B)
    nights.delivery.error = "the base no longer merges"
    await nights()
    refused = Decision(paper_id=B.id, kind=DecisionKind.REJECTED, by="ann", note=REFUSED)
    draft = nights.store.review_state(B.id).draft
    nights.store.take_step(B.id, PaperState(draft=draft, decision=refused), "ann", NOW)
    nights.delivery = Asking(decisions=nights.delivery.decisions)
    report = await nights()
    assert nights.delivery.delivered == [[A.id]]
    assert f"{B.id}: someone asked for a draft, but ann refused it on the review page; undo that there" in report.notes


async def test_steps_that_nothing_shows_cost_as_few_queries_as_one(nights: Nights) -> None:
    asked: list[str] = []
    event.listen(nights.store.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counted = []
    await nights([A, B, C], *map(said, (A, B, C)))
    for one in (A, B, C):
        reject(nights, one)
        asked.clear()
        publish(nights.store, nights.delivery)
        counted.append(len(asked))
    assert len(nights.store.unpublished()) == 3
    assert len(set(counted)) == 1


async def test_a_step_taken_while_the_pull_request_is_read_is_newer_than_what_it_says(nights: Nights) -> None:
    class Slow(KeepingDelivery):
        def read_back(self, proposed: Sequence[Draft]) -> tuple[Decision, ...]:
            reject(nights, A)
            return super().read_back(proposed)

    await nights([A], said(A))
    nights.delivery = Slow(decisions=[Decision(paper_id=A.id, kind=DecisionKind.MOVED, section="sense")])
    await nights()
    assert nights.decided() == {A.id: (DecisionKind.REJECTED, None)}


async def test_a_paper_that_is_accepted_while_the_night_drafts_it_is_delivered_once_as_accepted(nights: Nights) -> None:
    class Slow(ScriptedJudge):
        async def judge(self, paper: Paper) -> Judgment:
            draft = drafted.model_copy(update={"paper_id": B.id, "title": B.title})
            accepted = Decision(
                paper_id=B.id, kind=DecisionKind.ACCEPTED, section="sense", entry="- B", by="ann", unlisted=True
            )
            nights.store.take_step(B.id, PaperState(draft=draft, decision=accepted), "ann", NOW)
            return await super().judge(paper)

    (drafted,) = (await nights([A, B], said(A), said(B, 0.8), budget=1)).drafts
    nights.delivery = ask_for(B)
    await nights([C], judge=Slow({C.id: said(C)}))
    assert nights.delivery.delivered == [[B.id, A.id, C.id]]
    assert nights.decided() == {B.id: (DecisionKind.ACCEPTED, "sense")}


def listed_in(heading: str, change: Callable[[str], str] = str) -> Callable[[RunReport], str]:
    """Return what makes the list with the first draft's entry at the top of a section."""
    return lambda report: LIST.replace(f"## {heading}\n", f"## {heading}\n{change(report.drafts[0].entry)}\n")


@pytest.mark.parametrize(
    ("catalog", "kind", "section"),
    [
        (listed_in("Watering"), DecisionKind.ACCEPTED, "water"),
        (listed_in("Sensing"), DecisionKind.MOVED, "sense"),
        (listed_in("Watering", lambda entry: entry.replace("Robot", "Rob")), DecisionKind.EDITED, "water"),
    ],
    ids=["as drafted", "elsewhere", "reworded"],
)
async def test_a_draft_that_stands_in_the_list_is_decided_as_it_stands_there(
    nights: Nights, catalog: Callable[[RunReport], str], kind: DecisionKind, section: str
) -> None:
    first = await nights([A], said(A))
    await nights([A], catalog=catalog(first))
    assert nights.decided() == {A.id: (kind, section)}
    assert nights.delivery.delivered[-1] == []
