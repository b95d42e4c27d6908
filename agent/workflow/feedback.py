"""Store what reviewers decided about earlier drafts (merged, edited, moved, deleted, or commented on).

Runs first, so that tonight's selection knows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agent.core.night.decisions import (
    REFUSED,
    WantedEntry,
    as_decided,
    as_listed,
    find_entries,
    is_news,
    reconsiderable,
)
from agent.core.survey.survey import Survey
from agent.database.review_steps import PaperState
from agent.database.store import Store
from agent.errors import DeliveryError
from agent.ports import Delivery, Services
from agent.records import Decision, DecisionKind, Draft, Paper


class Feedback(NamedTuple):
    """The decisions of reviewers beyond the drafts in the store.

    ``wanted`` are papers to be drafted all the same; ``refused`` are papers that an earlier pull request proposed and
    people refused, of which the store knows nothing (its state was lost). ``notes`` say which requests are not
    followed, ``problem`` why the decisions could not be read (None: they were).
    """

    wanted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str | None = None


def read_feedback(s: Services) -> Feedback:
    """Store what reviewers decided about earlier drafts, and return what else they said."""
    _mark_listed(s)
    _store_listed(s)
    try:
        publish(s.store, s.delivery)
        known = _known(s.store)
        unpublished = s.store.unpublished()
        proposed = [draft for draft in s.store.changeable_drafts() if draft.paper_id not in unpublished]
        decided = s.delivery.read_back(proposed)
    except DeliveryError as error:
        return Feedback(problem=str(error))
    wanted = [one.paper_id for one in decided if one.kind is DecisionKind.PROMOTED]
    asked = {draft.paper_id for draft in proposed}
    _store_news(s, known, [one for one in decided if one.kind is not DecisionKind.PROMOTED and one.paper_id in asked])
    kept = _reopen(s, wanted)
    drafted = s.store.drafted()
    refused = [one for one in decided if one.kind is DecisionKind.REJECTED and not _asks_again(s, one)]
    return Feedback(
        wanted=tuple(paper_id for paper_id in wanted if paper_id not in drafted),
        refused=tuple(one.paper_id for one in refused if one.paper_id not in drafted),
        notes=tuple(
            f"{each.paper_id}: someone asked for a draft, but {each.by} refused it on the review page; undo that there"
            for each in kept
        ),
    )


def _store_listed(s: Services) -> None:
    """Store what the list has of earlier drafts, as it has it: people took them over by hand."""
    known, drafts = _known(s.store), s.store.changeable_drafts()
    papers = s.store.papers(draft.paper_id for draft in drafts)
    listed = [each for each in drafts if each.paper_id in papers and s.survey.contains(papers[each.paper_id])]
    _store_news(s, known, [as_listed(draft, s.survey.catalog.entries) for draft in listed])


def _reopen(s: Services, wanted: Sequence[str]) -> list[Decision]:
    """Forget refusals of papers that are wanted or asked about again; return those that stand all the same.

    A request stands on the pull request until its paper does too, which may be many nights: it takes back no later no
    of the review page.
    """
    rejected = [decision for _, decision in s.store.decisions() if decision.kind is DecisionKind.REJECTED]
    requested = [each for each in rejected if each.paper_id in wanted]
    forgotten = [each for each in rejected if _asks_again(s, each) or (each in requested and each.note != REFUSED)]
    s.store.reopen([each.paper_id for each in forgotten], s.now())
    return [each for each in requested if each.note == REFUSED]


def _asks_again(s: Services, refusal: Decision) -> bool:
    return s.plan.reconsider and reconsiderable(refusal)


def publish(store: Store, delivery: Delivery) -> None:
    """Bring what was decided on the review page to where drafts were delivered. Raises DeliveryError."""
    # Read before the states: pushing takes seconds, and a step that is taken meanwhile is not shown by it.
    steps = store.unpublished_steps()
    ids = dict.fromkeys(step.paper_id for step in steps)
    # All at once: where nothing is shown, as in a patch, the steps of years are unpublished.
    papers, states, by = store.papers(ids), store.review_states(ids), store.reviewers()
    wanted = [_wanted_entry(papers[each], states[each], by.get(each)) for each in ids if each in papers]
    if wanted and (shown := set(delivery.publish(wanted))):
        # Of a paper that was decided otherwise meanwhile, another page may have pushed the newer state before the older
        # one was pushed here: its steps stay unpublished, so that it is pushed again.
        as_shown = {each for each, state in store.review_states(shown).items() if state == states[each]}
        store.mark_published([step for step in steps if step.paper_id in as_shown])


def _wanted_entry(paper: Paper, state: PaperState, reviewer: str | None) -> WantedEntry:
    """Return how a paper is to stand in the list after the steps on it; a step taken back restores the words too."""
    draft, decision = state.draft, state.decision
    section: str | None
    entry: str | None
    if draft is None or (decision is not None and decision.kind is DecisionKind.REJECTED):
        section, entry = None, None
    elif decision is None:
        section, entry = draft.section, draft.entry
    else:
        section, entry = decision.section or draft.section, decision.entry
        if decision.kind is DecisionKind.EDITED:
            entry = entry or decision.note
    return WantedEntry(paper_id=paper.id, title=paper.title, section=section, entry=entry, by=reviewer or "a reviewer")


def accepted_drafts(store: Store, survey: Survey, seen: dict[Decision, bool] | None = None) -> list[Draft]:
    """Return the drafts that were accepted on the review page and that the list does not have yet, as accepted.

    ``seen`` remembers, from call to call with the same list, which decisions the list shows.
    """
    seen = {} if seen is None else seen
    accepted = [(draft, decision) for draft, decision in store.decisions() if decision.unlisted]
    for draft, decision in accepted:
        if decision not in seen:
            seen[decision] = _is_listed(store, survey, draft, decision)
    return [as_decided(draft, decision) for draft, decision in accepted if not seen[decision]]


def _mark_listed(s: Services) -> None:
    """Note that the list has what was accepted on the review page: taking it out again is up to people from now on."""
    for draft, decision in s.store.decisions():
        if decision.unlisted and _is_listed(s.store, s.survey, draft, decision):
            s.store.decide(decision.model_copy(update={"unlisted": False}), s.now(), instead_of=decision)


def _is_listed(store: Store, survey: Survey, draft: Draft, decision: Decision) -> bool:
    """Return whether the list has an accepted draft; a reviewer may have typed another title, then its id tells."""
    paper = store.paper(draft.paper_id)
    if paper is None or survey.contains(paper):
        return True
    return decision.entry is not None and bool(find_entries(paper.id, paper.title, survey.catalog.entries))


def _known(store: Store) -> dict[str, Decision]:
    return {decision.paper_id: decision for _, decision in store.decisions()}


def _store_news(s: Services, known: Mapping[str, Decision], seen: Sequence[Decision]) -> None:
    """Store what is seen and not ``known``; a step that a reviewer took since that was read is newer, and stays."""
    for decision in seen:
        earlier = known.get(decision.paper_id)
        if is_news(earlier, decision):
            s.store.decide(decision, s.now(), instead_of=earlier)
