"""The lists of the review page: what a score meant in the past, which paper comes next."""

from __future__ import annotations

from agent.core.night.drafts import create_draft
from agent.database.review_steps import PaperState
from agent.records import Decision, DecisionKind
from agent.review.inbox import Inbox, PaperRow, Tab, neighbour
from tests.support.desk import DRAFT, HOMELESS, NOW, OTHER_DRAFT, QUEUED, Desk
from tests.support.fakes import judgment, paper


def decide(desk: Desk, number: int, score: float, kind: DecisionKind) -> None:
    listed = paper(f"2511.7{number:04}")
    with desk.store() as store:
        store.save_papers([listed])
        said = judgment(listed.id, score, "water")
        store.save_judgments([(listed, said)])
        draft = create_draft(desk.survey, listed, said, "water", ())
        decision = Decision(paper_id=listed.id, kind=kind)
        store.take_step(listed.id, PaperState(draft=draft, decision=decision), "ann", NOW)


def test_a_score_is_explained_by_at_least_ten_decisions_of_its_band(desk: Desk) -> None:
    for number in range(9):
        decide(desk, number, 0.71 + number / 200, DecisionKind.REJECTED if number < 3 else DecisionKind.EDITED)
    decide(desk, 90, 0.69, DecisionKind.REJECTED)
    with desk.store() as store:
        assert Inbox(store).share_accepted(0.75) is None
    decide(desk, 91, 0.79, DecisionKind.ACCEPTED)
    with desk.store() as store:
        assert Inbox(store).share_accepted(0.75) == (7, 10, 0.7)
        assert Inbox(store).share_accepted(0.65) is None


def test_following_one_paper_gives_what_reading_all_gives(desk: Desk) -> None:
    with desk.store() as store:
        inbox = Inbox(store)
        for paper_id, state in (
            (DRAFT, PaperState()),
            (QUEUED, PaperState(dismissed=True)),
            (OTHER_DRAFT, PaperState(draft=store.review_state(OTHER_DRAFT).draft)),
        ):
            store.take_step(paper_id, state, "ann", NOW)
            inbox.update(store, paper_id)
            afresh = Inbox(store)
            for tab in (Tab.DRAFTS, Tab.DECIDED):
                assert sorted(map(_told, inbox.rows(tab))) == sorted(map(_told, afresh.rows(tab)))
            assert inbox.version == afresh.version


def _told(row: PaperRow) -> tuple[str, str, str, str]:
    return row.paper_id, row.section, row.status, row.by


def test_the_next_paper_is_the_one_below_else_the_one_above(desk: Desk) -> None:
    with desk.store() as store:
        rows = Inbox(store).rows(Tab.QUEUE)
    first, second = (row.paper_id for row in rows)
    assert {first, second} == {QUEUED, HOMELESS}
    assert (neighbour(rows, first), neighbour(rows, second)) == (second, first)
    assert neighbour(rows, "2511.99999") == first
    assert neighbour(rows[:1], first) is None
    assert neighbour([], first) is None
