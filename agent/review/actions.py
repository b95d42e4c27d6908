"""The actions of a reviewer on the page: decide on a paper, take a step back, deliver what was accepted."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from agent.core.night import review_text
from agent.core.night.decisions import REFUSED
from agent.core.night.drafts import NEAREST_SHOWN, create_draft, split_homeless
from agent.core.night.review_text import Waiting
from agent.database.review_steps import PaperState, Step
from agent.errors import ConfigError
from agent.records import Decision, DecisionKind, Delivered, Draft, Paper
from agent.review.inbox import Tab
from agent.review.session import Session

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Unicode's category Cc, without tab and line feed. With a NUL git takes the list for a binary file."""


class ActionDone(NamedTuple):
    """The action in words for the reviewer, and the paper it was done to."""

    paper_id: str
    words: str


def accept(session: Session, paper_id: str, section: str, typed: str | None) -> ActionDone:
    """Accept a paper for a section, with the text of its entry if the reviewer typed one.

    Raises ConfigError for what cannot be accepted: no such section, a text that is no entry, a paper the list has.
    """
    paper = session.paper(paper_id)
    if section not in session.survey.taxonomy.leaf_ids:
        raise ConfigError(f"{section[:80]!r} is not a section; press m and choose one")
    typed = _clean(typed)
    drafted = session.place(paper, section)
    if drafted is None:
        raise ConfigError(f"the list has {paper_id} already; reject the draft, or take the other entry out first")
    placed = session.place(paper, section, typed)
    before = session.store.review_state(paper_id)
    draft = before.draft or _new_draft(session, paper, section)
    own = typed if placed and typed and placed.entry != drafted.entry else None
    if section != draft.section:
        kind, note = DecisionKind.MOVED, f"moved from {draft.section}"
    elif own is not None:
        kind, note = DecisionKind.EDITED, own.strip()
    else:
        kind, note = DecisionKind.ACCEPTED, ""
    decision = Decision(
        paper_id=paper_id,
        kind=kind,
        section=section,
        by=session.tools.reader,
        note=note,
        entry=own,
        unlisted=True,
    )
    _take(session, paper_id, PaperState(draft=draft, decision=decision))
    where = session.survey.heading(section)
    return ActionDone(paper_id, f"{kind.value.capitalize()} {'to' if kind is DecisionKind.MOVED else 'in'} {where}")


def reject(session: Session, paper_id: str) -> ActionDone:
    """Reject a draft, or take a queued paper out of the queue. Raises ConfigError for any other paper."""
    session.paper(paper_id)
    before = session.store.review_state(paper_id)
    found = session.inbox.find(paper_id)
    if found is None or found[0] is Tab.FAILED:
        raise ConfigError(f"{paper_id} is neither a draft nor in the queue any more; load the page again")
    if before.draft is None:
        _take(session, paper_id, PaperState(dismissed=True))
        return ActionDone(paper_id, "Dismissed from the queue")
    decision = Decision(paper_id=paper_id, kind=DecisionKind.REJECTED, by=session.tools.reader, note=REFUSED)
    _take(session, paper_id, PaperState(draft=before.draft, decision=decision))
    return ActionDone(paper_id, "Rejected")


def undo(session: Session) -> ActionDone:
    """Take this reviewer's last step back that is not taken back yet.

    Raises ConfigError when there is none, or someone else decided on the same paper since.
    """
    step = session.store.last_step(session.tools.reader)
    if step is None:
        raise ConfigError("there is nothing to undo")
    if who := _decided_since(session, step):
        raise ConfigError(f"{who} decided on {step.paper_id} after you; decide again instead")
    inbox = session.inbox
    session.store.undo_step(step, session.tools.now())
    inbox.update(session.store, step.paper_id)
    return ActionDone(step.paper_id, f"Undone: {_name(step.after)}")


def apply(session: Session) -> Delivered:
    """Deliver what was accepted, by the code of a nightly run: as a patch, or on the pull request (a new one, if that
    of the last run is closed by now).

    What was accepted for a section that the taxonomy has no more waits; the notes say so.
    Raises TriageError when it cannot be delivered; the decisions are kept.
    """
    drafts = session.accepted()
    kind = "pr" if session.pull_request() else "patch"
    if kind == "pr":
        drafts = [*drafts, *session.store.open_drafts()]
    survey, store, now = session.survey, session.store, session.tools.now()
    reports = store.runs(1)
    drafts, homeless = split_homeless(drafts, survey.taxonomy.leaf_ids)
    if not drafts or not reports:
        left_out = "".join(f"; {note}" for note in homeless)
        raise ConfigError(f"nothing was accepted that the list does not have; accept a draft first{left_out}")
    run_id = f"{now:%Y%m%d-%H%M%S-%f}"
    report = reports[0][1].model_copy(update={"run_id": run_id})
    queued = store.queued()
    judged = store.latest_judgments(paper.id for paper in queued)
    queue = [Waiting(paper=paper, judgment=judged[paper.id]) for paper in queued if paper.id in judged]
    body = review_text.render(report, survey.taxonomy, drafts, queue)
    delivered = session.tools.build_delivery(survey, store, kind).deliver(run_id, drafts, body)
    return delivered.model_copy(update={"notes": (*delivered.notes, *homeless)})


def _take(session: Session, paper_id: str, after: PaperState) -> None:
    inbox = session.inbox  # as others left it, so that this step alone is new to it
    session.store.take_step(paper_id, after, session.tools.reader, session.tools.now())
    inbox.update(session.store, paper_id)


def _decided_since(session: Session, step: Step) -> str | None:
    """Return who changed the state of a paper since this step, on the page or by what a run read; None: nobody."""
    newest, now = session.store.latest_step(step.paper_id), session.store.review_state(step.paper_id)
    if newest is not None and newest.number != step.number:
        return newest.by
    if _without_listing(now) == _without_listing(step.after):
        return None
    return (now.decision.by if now.decision else None) or "a run"


def _without_listing(state: PaperState) -> PaperState:
    """Return a state as it was before a run noted that the list has the paper, which decides nothing."""
    decision = state.decision and state.decision.model_copy(update={"unlisted": True})
    return state.model_copy(update={"decision": decision})


def _new_draft(session: Session, paper: Paper, section: str) -> Draft:
    """Return a draft of a paper that has none yet, as a nightly run would have made it."""
    judgment = session.store.latest_judgment(paper.id)
    if judgment is None:
        raise ConfigError(f"{paper.id} was never judged; the next run asks about it again")
    near = session.nearest(paper, NEAREST_SHOWN, section) if session.nearest else ()
    return create_draft(session.survey, paper, judgment, section, [known.title for known in near])


def _clean(typed: str | None) -> str | None:
    """Return the typed text with the line ends of a text file, without control characters (copied from a PDF, say) and
    without blank lines around it; None for nothing.
    """
    if typed is None:
        return None
    text = _CONTROL.sub("", typed.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip("\n").rstrip() or None


def _name(after: PaperState) -> str:
    return after.decision.kind.value if after.decision else "dismissed" if after.dismissed else "put back"
