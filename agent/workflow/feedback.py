"""What people did with earlier drafts: heard at the start of a night, before anything new is drafted."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.night.decisions import Decision, DecisionKind, as_listed, is_news, reconsiderable
from agent.errors import DeliveryError
from agent.ports import Services


def hear(s: Services) -> tuple[list[str], str | None]:
    """Write down what people did with earlier drafts.

    Return the papers they want drafted all the same, and why their decisions could not be read (None: they were).
    """
    drafts = s.store.changeable_drafts()
    listed = [draft for draft in drafts if (paper := s.store.paper(draft.paper_id)) and s.survey.contains(paper)]
    _note(s, [as_listed(draft, s.survey.catalog.entries) for draft in listed])
    try:
        heard = s.delivery.read_back(s.store.changeable_drafts())
    except DeliveryError as error:
        return [], str(error)
    wanted = [decision.paper_id for decision in heard if decision.kind is DecisionKind.PROMOTED]
    _note(s, [decision for decision in heard if decision.kind is not DecisionKind.PROMOTED])
    s.store.reopen(
        draft.paper_id
        for draft, decision in s.store.decisions()
        if (s.plan.reconsider and reconsiderable(decision))
        or (decision.kind is DecisionKind.REJECTED and draft.paper_id in wanted)
    )
    drafted = s.store.drafted()
    return [paper_id for paper_id in wanted if paper_id not in drafted], None


def _note(s: Services, seen: Sequence[Decision]) -> None:
    known = {decision.paper_id: decision for _, decision in s.store.decisions()}
    for decision in seen:
        if is_news(known.get(decision.paper_id), decision):
            s.store.decide(decision, s.now())
