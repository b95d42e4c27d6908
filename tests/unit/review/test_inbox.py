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


def test_a_dismissed_paper_that_a_run_drafted_since_is_a_draft_with_what_a_reviewer_made_of_it(desk: Desk) -> None:
    with desk.store() as store:
        listed, said = store.paper(QUEUED), store.latest_judgment(QUEUED)
        assert listed is not None and said is not None
        draft = create_draft(desk.survey, listed, said, "water", ())
        night = store.runs(1)[0][1].model_copy(update={"drafts": (draft,)})
        store.take_step(QUEUED, PaperState(dismissed=True), "ann", NOW)
        store.finish_run(night.model_copy(update={"run_id": "second"}), {}, (), NOW)
        found = Inbox(store).find(QUEUED)
        assert found is not None and found[0] is Tab.DRAFTS
        accepted = Decision(paper_id=QUEUED, kind=DecisionKind.ACCEPTED, section="water", by="ann", unlisted=True)
        store.take_step(QUEUED, PaperState(draft=draft, decision=accepted), "ann", NOW)
        store.finish_run(night.model_copy(update={"run_id": "under way meanwhile"}), {}, (), NOW)
        assert store.review_state(QUEUED).decision == accepted


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


def test_a_decision_that_a_night_read_is_of_whoever_made_it(desk: Desk) -> None:
    with desk.store() as store:
        draft = store.review_state(DRAFT).draft
        accepted = Decision(paper_id=DRAFT, kind=DecisionKind.ACCEPTED, by="ann", unlisted=True)
        store.take_step(DRAFT, PaperState(draft=draft, decision=accepted), "ann", NOW)
        store.decide(Decision(paper_id=DRAFT, kind=DecisionKind.REJECTED, by="ben"), NOW, instead_of=accepted)
        found = Inbox(store).find(DRAFT)
        assert found is not None
        assert (found[1].status, found[1].by) == ("rejected", "ben")
