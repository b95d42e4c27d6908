"""What people did with earlier drafts: heard at the start of a night, before anything new is drafted."""

from __future__ import annotations

from agent.core.decisions import Kind, as_listed, reconsiderable
from agent.errors import DeliveryError
from agent.ports import Services


def hear(s: Services) -> tuple[list[str], str | None]:
    """Write down what people did with earlier drafts.

    Return the papers they want drafted all the same, and why their decisions could not be read (None: they were).
    """
    for draft in s.store.open_drafts():
        if (paper := s.store.paper(draft.paper_id)) and s.survey.lists(paper):
            s.store.decide(as_listed(draft, s.survey.catalog.entries), s.now())
    try:
        heard = s.delivery.read_back(s.store.changeable_drafts())
    except DeliveryError as error:
        return [], str(error)
    wanted = [decision.paper_id for decision in heard if decision.kind is Kind.PROMOTED]
    for decision in heard:
        if decision.kind is not Kind.PROMOTED:
            s.store.decide(decision, s.now())
    s.store.reopen(
        draft.paper_id
        for draft, decision in s.store.decisions()
        if (s.reconsider and reconsiderable(decision)) or (decision.kind is Kind.REJECTED and draft.paper_id in wanted)
    )
    drafted = s.store.drafted()
    return [paper_id for paper_id in wanted if paper_id not in drafted], None
