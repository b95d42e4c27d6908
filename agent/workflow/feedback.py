"""What people did with earlier drafts: heard at the start of a night, before anything new is drafted."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.night.decisions import (
    Decision,
    DecisionKind,
    as_decided,
    as_listed,
    find_entries,
    is_news,
    reconsiderable,
)
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.errors import DeliveryError
from agent.ports import Services
from agent.records import Draft


def hear(s: Services) -> tuple[list[str], str | None]:
    """Write down what people did with earlier drafts.

    Return the papers they want drafted all the same, and why their decisions could not be read (None: they were).
    """
    _settle(s)
    drafts = s.store.changeable_drafts()
    listed = [draft for draft in drafts if (paper := s.store.paper(draft.paper_id)) and s.survey.contains(paper)]
    _note(s, [as_listed(draft, s.survey.catalog.entries) for draft in listed])
    try:
        unpublished = s.store.unpublished()
        changeable = [draft for draft in s.store.changeable_drafts() if draft.paper_id not in unpublished]
        heard = s.delivery.read_back(changeable)
    except DeliveryError as error:
        return [], str(error)
    wanted = [decision.paper_id for decision in heard if decision.kind is DecisionKind.PROMOTED]
    _note(s, [decision for decision in heard if decision.kind is not DecisionKind.PROMOTED])
    forgotten = [
        draft.paper_id
        for draft, decision in s.store.decisions()
        if (s.plan.reconsider and reconsiderable(decision))
        or (decision.kind is DecisionKind.REJECTED and draft.paper_id in wanted)
    ]
    s.store.reopen(forgotten, s.now())
    drafted = s.store.drafted()
    return [paper_id for paper_id in wanted if paper_id not in drafted], None


def accepted_drafts(store: Store, survey: Survey) -> list[Draft]:
    """Return the drafts that were accepted on the review page and that the list does not have yet, as accepted."""
    return [
        as_decided(draft, decision)
        for draft, decision in store.decisions()
        if decision.unlisted and not _is_listed(store, survey, draft, decision)
    ]


def _settle(s: Services) -> None:
    """Note that the list has what was accepted on the review page: taking it out again is up to people from now on."""
    for draft, decision in s.store.decisions():
        if decision.unlisted and _is_listed(s.store, s.survey, draft, decision):
            s.store.decide(decision.model_copy(update={"unlisted": False}), s.now())


def _is_listed(store: Store, survey: Survey, draft: Draft, decision: Decision) -> bool:
    """Return whether the list has an accepted draft; a reviewer may have typed another title, then its id tells."""
    paper = store.paper(draft.paper_id)
    if paper is None or survey.contains(paper):
        return True
    return decision.entry is not None and bool(find_entries(paper.id, paper.title, survey.catalog.entries))


def _note(s: Services, seen: Sequence[Decision]) -> None:
    known = {decision.paper_id: decision for _, decision in s.store.decisions()}
    for decision in seen:
        if is_news(known.get(decision.paper_id), decision):
            s.store.decide(decision, s.now())
