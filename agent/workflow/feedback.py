"""What people did with earlier drafts: heard at the start of a night, before anything new is drafted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agent.core.night.decisions import Decision, DecisionKind, as_listed, is_news, reconsiderable
from agent.errors import DeliveryError
from agent.ports import Services


class Heard(NamedTuple):
    """What reviewers decided beyond the drafts in the store.

    ``wanted`` are papers to be drafted all the same; ``refused`` are papers that an earlier pull request proposed and
    people refused, of which the store knows nothing (its state was lost). ``problem`` says why the decisions could not
    be read (None: they were).
    """

    wanted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    problem: str | None = None


def hear(s: Services) -> Heard:
    """Store what reviewers decided about earlier drafts, and return what else they said."""
    drafts = s.store.changeable_drafts()
    listed = [draft for draft in drafts if (paper := s.store.paper(draft.paper_id)) and s.survey.contains(paper)]
    _note(s, [as_listed(draft, s.survey.catalog.entries) for draft in listed])
    proposed = s.store.changeable_drafts()
    try:
        heard = s.delivery.read_back(proposed)
    except DeliveryError as error:
        return Heard(problem=str(error))
    wanted = [decision.paper_id for decision in heard if decision.kind is DecisionKind.PROMOTED]
    asked = {draft.paper_id for draft in proposed}
    _note(s, [one for one in heard if one.kind is not DecisionKind.PROMOTED and one.paper_id in asked])
    forgotten = [
        draft.paper_id
        for draft, decision in s.store.decisions()
        if (s.plan.reconsider and reconsiderable(decision))
        or (decision.kind is DecisionKind.REJECTED and draft.paper_id in wanted)
    ]
    s.store.reopen(forgotten, s.now())
    drafted = s.store.drafted()
    refused = [
        decision.paper_id
        for decision in heard
        if decision.kind is DecisionKind.REJECTED and not (s.plan.reconsider and reconsiderable(decision))
    ]
    return Heard(
        wanted=tuple(paper_id for paper_id in wanted if paper_id not in drafted),
        refused=tuple(paper_id for paper_id in refused if paper_id not in drafted),
    )


def _note(s: Services, seen: Sequence[Decision]) -> None:
    known = {decision.paper_id: decision for _, decision in s.store.decisions()}
    for decision in seen:
        if is_news(known.get(decision.paper_id), decision):
            s.store.decide(decision, s.now())
