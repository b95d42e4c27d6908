"""The steps of reviewers in the database: taken, taken back one by one, and told apart by who took them."""

from __future__ import annotations

from datetime import UTC, datetime

from agent.database.review_steps import PaperState
from agent.database.store import Store
from agent.records import Decision, DecisionKind, Draft
from tests.support.decision_log import read_log
from tests.support.fakes import IDENTITY, NIGHT

NOW = datetime(2025, 11, 14, 6, tzinfo=UTC)
PAPER = "2511.00001"
DRAFT = Draft(paper_id=PAPER, title="T", section="water", score=0.9, entry="- T", announced=NIGHT, judge=IDENTITY)


def decided(kind: DecisionKind, by: str = "ann") -> PaperState:
    return PaperState(draft=DRAFT, decision=Decision(paper_id=PAPER, kind=kind, by=by))


def test_steps_are_taken_back_in_turn_and_each_leaves_its_mark_in_the_log(store: Store) -> None:
    versions = [store.review_version()]
    for state in (PaperState(dismissed=True), decided(DecisionKind.REJECTED), decided(DecisionKind.MOVED)):
        store.take_step(PAPER, state, "ann", NOW)
        versions.append(store.review_version())
        assert store.review_state(PAPER) == state
    for state in (decided(DecisionKind.REJECTED), PaperState(dismissed=True), PaperState()):
        step = store.last_step("ann")
        assert step is not None
        store.undo_step(step, NOW)
        versions.append(store.review_version())
        assert store.review_state(PAPER) == state
    assert store.last_step("ann") is None
    assert store.drafted() == frozenset()
    told = [row.kind for row in read_log(store)]
    assert told == ["dismissed", "rejected", "moved", "rejected", "dismissed", "dismissal undone"]
    assert len(set(versions)) == len(versions)


def test_each_reviewer_has_steps_of_their_own_and_the_newest_is_known(store: Store) -> None:
    store.take_step(PAPER, decided(DecisionKind.REJECTED), "ann", NOW)
    store.take_step(PAPER, decided(DecisionKind.ACCEPTED, "ben"), "ben", NOW)
    mine, newest = store.last_step("ann"), store.latest_step(PAPER)
    assert mine is not None and newest is not None
    assert (mine.after, newest.by) == (decided(DecisionKind.REJECTED), "ben")
    assert store.reviewers() == {PAPER: "ben"}
    assert store.last_step("eve") is None


def test_what_was_published_is_told_again_after_the_next_step(store: Store) -> None:
    store.take_step(PAPER, decided(DecisionKind.REJECTED), "ann", NOW)
    assert store.unpublished() == (PAPER,)
    store.mark_published(store.unpublished_steps())
    assert store.unpublished() == ()
    step = store.last_step("ann")
    assert step is not None
    store.undo_step(step, NOW)
    assert store.unpublished() == (PAPER,)


def test_a_step_taken_or_taken_back_while_others_are_published_is_still_to_be_published(store: Store) -> None:
    store.take_step(PAPER, decided(DecisionKind.REJECTED), "ann", NOW)
    read = store.unpublished_steps()
    step = store.last_step("ann")
    assert step is not None
    store.undo_step(step, NOW)
    store.mark_published(read)
    assert store.unpublished() == (PAPER,)
    read = store.unpublished_steps()
    store.take_step(PAPER, decided(DecisionKind.MOVED), "ann", NOW)
    store.mark_published(read)
    assert [(step.paper_id, step.undone) for step in store.unpublished_steps()] == [(PAPER, 0)]


def test_the_version_of_the_lists_is_another_one_after_a_night_read_a_decision(store: Store) -> None:
    store.take_step(PAPER, PaperState(draft=DRAFT), "ann", NOW)
    versions = [store.review_version()]
    store.decide(Decision(paper_id=PAPER, kind=DecisionKind.REJECTED, by="ben"), NOW)
    versions.append(store.review_version())
    store.reopen([PAPER], NOW)
    versions.append(store.review_version())
    assert len(set(versions)) == 3
