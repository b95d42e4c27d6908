"""The review page: what each address shows, and what each form does. Knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Final
from urllib.parse import quote

from agent.core.night.decisions import REFUSED, Decision, DecisionKind
from agent.core.night.drafts import create_draft
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.records import NO_LEAF, Draft, Grade, Label, Paper
from agent.review.pages import Html, Inbox, Item, Night, Secrets
from agent.sources.files.label_file import LabelFile

NIGHT: Final = "/night/"
NIGHTS_SHOWN: Final = 30
RUNS_LOOKED_AT: Final = 50
SECONDARY: Final = 2
GRADES: Final[Mapping[str, Grade]] = {"0": 0, "1": 1, "2": 2, "3": 3}

Form = Mapping[str, list[str]]
OpenStore = Callable[[], AbstractContextManager[Store]]


class ReviewPage:
    """The pages ``/`` (drafts and queue) and ``/night/YYYY-MM-DD`` (label a whole night), and their forms.

    Each request opens the store for itself, so that a nightly run is never kept waiting.
    """

    def __init__(self, survey: Survey, open_store: OpenStore, labels: LabelFile, now: Callable[[], datetime]) -> None:
        self._survey = survey
        self._open_store = open_store
        self._labels = labels
        self._now = now
        self._html = Html(survey.taxonomy, labels.path)
        self._actions = {
            "/refuse": self._refuse,
            "/place": self._place,
            "/dismiss": self._dismiss,
            "/restore": self._restore,
            "/label": self._label,
        }

    def show(self, path: str, *, token: str, form_token: str, nonce: str) -> str | None:
        """Return the HTML of a page, None for an unknown one. Raises ValueError or OSError for a spoilt labels file."""
        secrets = Secrets(token=token, form_token=form_token, nonce=nonce)
        labels = self._labels.read()
        with self._open_store() as store:
            if path == "/":
                return self._html.inbox(_inbox(store, labels), secrets)
            nights = store.nights()
            day = next((day for day in nights if path == f"{NIGHT}{day}"), None)
            if day is None:
                return None
            papers = [paper for paper_id in nights[day] if (paper := store.paper(paper_id))]
            items = [Item(paper=paper, label=labels.get(paper.id)) for paper in papers]
            return self._html.night(day, items, secrets)

    def act(self, path: str, form: Form) -> str:
        """Do what the form asks; return where to go on: the page it came from, at the next paper.

        Raises ValueError, saying what was wrong, for a form that cannot be followed; OSError when labels are not kept.
        """
        action = self._actions.get(path)
        if action is None:
            raise ValueError(f"there is no action {path!r}")
        with self._open_store() as store:
            paper = store.paper(_one(form, "paper"))
            if paper is None:
                raise ValueError(f"{_one(form, 'paper')!r} is no paper that was ever listed here")
            action(store, paper, form)
        day = _one(form, "day")
        page = f"{NIGHT}{date.fromisoformat(day)}" if day else "/"
        return f"{page}#{quote(_one(form, 'next'), safe='')}"

    def _refuse(self, store: Store, paper: Paper, form: Form) -> None:
        self._check_open(store, paper)
        store.decide(Decision(paper_id=paper.id, kind=DecisionKind.REJECTED, note=REFUSED), self._now())

    def _place(self, store: Store, paper: Paper, form: Form) -> None:
        """Draft the paper for the section named: a draft is moved there, a queued paper becomes one."""
        leaf = _one(form, "leaf")
        if leaf not in self._survey.taxonomy.leaf_ids:
            raise ValueError(f"{leaf!r} is not a section; choose one from the list")
        if not any(paper.id == queued.id for queued in store.queued()):
            self._check_open(store, paper)
        judgment = store.latest_judgment(paper.id)
        if judgment is None:
            raise ValueError(f"{paper.id} was never judged; there is nothing to draft it from")
        store.place(create_draft(self._survey, paper, judgment, leaf, nearest=()), self._now())

    def _dismiss(self, store: Store, paper: Paper, form: Form) -> None:
        if not any(paper.id == queued.id for queued in store.queued()):
            raise ValueError(f"{paper.id} is not in the queue any more; load the page again")
        store.dismiss(paper.id, self._now())

    def _restore(self, store: Store, paper: Paper, form: Form) -> None:
        """Take back a refusal or a dismissal."""
        if paper.id in store.dismissed():
            return store.undo_dismissal(paper.id, self._now())
        if not any(paper.id == draft.paper_id for draft in _refused(store)):
            raise ValueError(f"{paper.id} was not refused here; load the page again")
        store.decide(Decision(paper_id=paper.id, kind=DecisionKind.UNDECIDED), self._now())

    def _label(self, store: Store, paper: Paper, form: Form) -> None:
        grade = GRADES.get(_one(form, "grade"))
        if grade is None:
            raise ValueError(f"{_one(form, 'grade')!r} is not a grade; allowed: {', '.join(GRADES)}")
        primary = _one(form, "primary").strip()
        secondary = tuple(leaf for text in form.get("secondary", []) if (leaf := text.strip()))
        if grade == 0:
            # Out is out: what stands in the section fields does not belong to the answer.
            primary, secondary = "", ()
        leaves = self._survey.taxonomy.leaf_ids
        for leaf, allowed in ((primary, ("", NO_LEAF, *leaves)), *((leaf, leaves) for leaf in secondary)):
            if leaf not in allowed:
                raise ValueError(
                    f"{leaf!r} is not a section id; allowed: {', '.join(leaves)}, and {NO_LEAF} as primary"
                )
        if len({primary, *secondary}) != 1 + len(secondary) or len(secondary) > SECONDARY:
            raise ValueError(f"name each section once: one primary, at most {SECONDARY} others")
        if not primary and (grade >= 2 or secondary):
            raise ValueError(f"grade {grade} with these sections needs a primary one, or {NO_LEAF}; go back and add it")
        self._labels.save(Label(id=paper.id, grade=grade, primary=primary or None, secondary=secondary))

    def _check_open(self, store: Store, paper: Paper) -> None:
        if not any(paper.id == draft.paper_id for draft in store.open_drafts()):
            raise ValueError(f"{paper.id} is not an open draft any more; load the page again")
        if place := _pull_request(store):
            raise ValueError(f"drafts are decided in the pull request {place}")


def _inbox(store: Store, labels: Mapping[str, Label]) -> Inbox:
    drafts = [(draft, paper) for draft in store.open_drafts() if (paper := store.paper(draft.paper_id))]
    queue = [(paper, judgment) for paper in store.queued() if (judgment := store.latest_judgment(paper.id))]
    nights = list(store.nights().items())[:NIGHTS_SHOWN]
    return Inbox(
        drafts=tuple(Item(paper=paper, draft=draft, label=labels.get(paper.id)) for draft, paper in drafts),
        queue=tuple(Item(paper=paper, judgment=judgment, label=labels.get(paper.id)) for paper, judgment in queue),
        refused=_refused(store),
        dismissed=tuple(paper for paper_id in store.dismissed() if (paper := store.paper(paper_id))),
        nights=tuple(Night(day=day, judged=len(ids), labelled=sum(i in labels for i in ids)) for day, ids in nights),
        pull_request=_pull_request(store),
    )


def _refused(store: Store) -> tuple[Draft, ...]:
    """Return what was refused on this page, the latest first: a refusal on GitHub is taken back there."""
    decided = reversed(store.decisions())
    return tuple(
        draft for draft, decision in decided if (decision.kind, decision.note) == (DecisionKind.REJECTED, REFUSED)
    )


def _pull_request(store: Store) -> str | None:
    """Return the pull request that the drafts are in, None when they were delivered last as a patch, or never."""
    reports = (report for _, report in store.runs(RUNS_LOOKED_AT))
    return next((report.pr_url for report in reports if report.pr_url or report.patch), None)


def _one(form: Form, field: str) -> str:
    values = form.get(field, [""])
    if len(values) != 1:
        raise ValueError(f"the field {field!r} was sent {len(values)} times")
    return values[0]
