"""Label mode: a person grades every paper of a night without seeing what the judge said, and readers are compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from agent.core.escaping import one_line
from agent.core.survey.taxonomy import Taxonomy
from agent.errors import ConfigError
from agent.files import list_files
from agent.records import NO_LEAF, Grade, Label, Paper
from agent.review import pages
from agent.review.forms import field, read_form
from agent.review.inbox import TITLE_SHOWN
from agent.sources.files.label_file import LabelFile
from agent.sources.files.records import read_labels

if TYPE_CHECKING:
    from agent.review.agreement import Agreement
    from agent.review.app import ReviewPage

GRADES: Final[Mapping[str, Grade]] = {"0": 0, "1": 1, "2": 2, "3": 3}
SECONDARY: Final = 2
JUDGE: Final = "the judge"
_NIGHT: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class NightProgress(NamedTuple):
    """A night with how many papers a judge was asked about, and how many of them this reader has labelled."""

    day: date
    judged: int
    labelled: int


class LabelRow(NamedTuple):
    """One paper of a night in the list; ``grade`` is null until it is labelled."""

    paper_id: str
    title: str
    grade: Grade | None
    section: str


@dataclass(frozen=True)
class LabelCard:
    """All that label mode shows of one paper: nothing that a judge said."""

    paper_id: str
    title: str
    authors: str
    categories: tuple[str, ...]
    comment: str
    links: tuple[pages.Link, ...]
    abstract: tuple[pages.Segment, ...]
    grade: Grade | None
    primary: str
    secondary: tuple[str, ...]


def routes(page: ReviewPage) -> list[Route]:
    """Return the routes of label mode."""
    mode = Labelling(page)
    return [
        Route("/labels", mode.nights),
        Route("/labels/{day}", mode.desk),
        Route("/labels/{day}/card", mode.card),
        Route("/labels/{day}/label", mode.label, methods=["POST"]),
        Route("/labels/{day}/agreement", mode.agreement),
        Route("/labels/{day}/labels.jsonl", mode.export),
    ]


class Labelling:
    """Answers the requests of label mode."""

    def __init__(self, page: ReviewPage) -> None:
        self._page = page
        self._file = LabelFile(page.tools.labels)

    async def nights(self, request: Request) -> Response:
        """Show the nights, with how far this reader is in each."""
        labels = self._read()
        found = self._page.session.store.nights()
        nights = [
            NightProgress(day, len(ids), sum(paper_id in labels for paper_id in ids)) for day, ids in found.items()
        ]
        return self._page.page(request, "nights_to_label.html", "labels", nights=nights, **self._who())

    async def desk(self, request: Request) -> Response:
        """Show a night: its papers, and beside them the one ``at``, else the first without a label."""
        day, papers = self._night(request)
        labels = self._read()
        at = request.query_params.get("at", "")
        first = next((paper for paper in papers if paper.id not in labels), papers[0])
        shown = next((paper for paper in papers if paper.id == at), first)
        return self._page.page(
            request,
            "label_desk.html",
            "labels",
            day=day,
            rows=[_row(paper, labels.get(paper.id)) for paper in papers],
            done=sum(paper.id in labels for paper in papers),
            leaves=self._taxonomy.leaves,
            no_leaf=NO_LEAF,
            **self._label_card(shown, labels.get(shown.id)),
            **self._who(),
        )

    async def card(self, request: Request) -> Response:
        """Show a paper; ``section`` is a leaf that is chosen, as primary one unless ``primary`` is given too."""
        day, papers = self._night(request)
        asked = request.query_params
        paper = _find(papers, asked.get("paper", ""))
        shown = self._label_card(paper, self._read().get(paper.id))
        if chosen := asked.get("section", ""):
            primary = asked.get("primary", "")
            named = [leaf for leaf in (*asked.getlist("also"), chosen) if leaf != primary] if primary else []
            secondary = tuple(dict.fromkeys(named))[:SECONDARY]
            shown["card"] = replace(shown["card"], primary=primary or chosen, secondary=secondary)
        return self._page.html("label_card.html", day=day, **shown, labels=self._headings())

    async def label(self, request: Request) -> Response:
        """Save a label, and show the next paper without one."""
        form = await read_form(request)
        day, papers = self._night(request)
        paper = _find(papers, field(form, "paper"))
        grade = field(form, "grade") or field(form, "grade_first")
        secondary = tuple(str(value) for value in form.getlist("also"))
        label = check(self._taxonomy, paper.id, grade, field(form, "section"), secondary)
        try:
            self._file.save(label)
        except OSError as error:
            raise ConfigError(f"{self._file.path}: {error.strerror}; the label was not saved") from None
        except ValueError as error:
            raise ConfigError(f"{error}; the label was not saved: put that line right") from None
        labels = self._read()
        at = papers.index(paper)
        after = [*papers[at + 1 :], *papers[:at]]
        shown = next((each for each in after if each.id not in labels), papers[min(at + 1, len(papers) - 1)])
        return self._page.html(
            "labelled.html",
            day=day,
            rows=[_row(each, labels.get(each.id)) for each in papers],
            done=sum(each.id in labels for each in papers),
            labels=self._headings(),
            words=f"{paper.id}: grade {label.grade}" + (f", {label.primary}" if label.primary else ""),
            **self._label_card(shown, labels.get(shown.id)),
        )

    async def agreement(self, request: Request) -> Response:
        """Compare this reader with the others and with the judge, once the whole night is labelled."""
        day, papers = self._night(request)
        mine = self._read()
        missing = sum(paper.id not in mine for paper in papers)
        compared: list[Agreement] = []
        if not missing:
            others = {**self._others(), JUDGE: self._judge(papers)}
            ids = [paper.id for paper in papers]
            compared = [await run_in_threadpool(_compare, name, ids, mine, theirs) for name, theirs in others.items()]
        titles = {paper.id: one_line(paper.title[:TITLE_SHOWN]) for paper in papers}
        return self._page.page(
            request,
            "agreement.html",
            "labels",
            day=day,
            missing=missing,
            compared=[each for each in compared if each.n],
            titles=titles,
            **self._who(),
        )

    async def export(self, request: Request) -> Response:
        """Send this reader's labels, in the format that ``triage eval --labels`` reads."""
        day, _ = self._night(request)
        if not self._file.path.exists():
            raise HTTPException(404, "nothing is labelled yet")
        name = f"labels-{day}-{self._page.tools.reader}.jsonl"
        return FileResponse(self._file.path, filename=name, media_type="application/jsonl")

    @property
    def _taxonomy(self) -> Taxonomy:
        return self._page.session.survey.taxonomy

    def _headings(self) -> dict[str, str]:
        return self._taxonomy.labels | {NO_LEAF: "No section fits"}

    def _who(self) -> dict[str, object]:
        return {"reader": self._page.tools.reader, "path": str(self._file.path), "labels": self._headings()}

    def _read(self) -> dict[str, Label]:
        try:
            return self._file.read()
        except (OSError, ValueError) as error:
            raise ConfigError(f"the labels cannot be read: {error}; put the file right") from None

    def _others(self) -> dict[str, dict[str, Label]]:
        """Return the labels of the other readers: the files beside this reader's. Raises SourceError."""
        files = [path for path in list_files(self._file.path.parent, ".jsonl") if path != self._file.path]
        return {path.stem: {label.id: label for label in read_labels(path)} for path in files}

    def _judge(self, papers: list[Paper]) -> dict[str, Label]:
        judged = self._page.session.store.latest_judgments(paper.id for paper in papers)
        return {
            each.paper_id: Label(id=each.paper_id, grade=each.grade, primary=each.primary if each.grade else None)
            for each in judged.values()
        }

    def _night(self, request: Request) -> tuple[date, list[Paper]]:
        text = request.path_params["day"]
        store = self._page.session.store
        nights = {day.isoformat(): ids for day, ids in store.nights().items()} if _NIGHT.fullmatch(text) else {}
        papers = [paper for paper_id in nights.get(text, ()) if (paper := store.paper(paper_id))]
        if not papers:
            raise HTTPException(404, f"no paper of the night {text[:20]!r} was judged here")
        return date.fromisoformat(text), papers

    def _label_card(self, paper: Paper, label: Label | None) -> dict[str, Any]:
        segments, _ = pages.mark_quotes(paper.abstract, ())
        card = LabelCard(
            paper_id=paper.id,
            title=one_line(paper.title[: pages.TEXT_SHOWN]) or paper.id,
            authors=pages.authors_shown(paper.authors),
            categories=tuple(one_line(name[:40]) for name in paper.categories[:8]),
            comment=one_line((paper.comment or "")[: pages.TEXT_SHOWN]),
            links=pages.links_of(paper),
            abstract=segments,
            grade=label.grade if label else None,
            primary=(label.primary or "") if label else "",
            secondary=label.secondary if label else (),
        )
        return {"card": card, "current": paper.id}


def _compare(name: str, ids: list[str], mine: dict[str, Label], theirs: dict[str, Label]) -> Agreement:
    """Compare two readers. The libraries that this needs take seconds to load, so it happens beside the requests."""
    from agent.review import agreement

    return agreement.compare(name, ids, mine, theirs)


def check(taxonomy: Taxonomy, paper_id: str, grade: str, primary: str, secondary: tuple[str, ...]) -> Label:
    """Return the label that a reader gave. Raises ConfigError, saying what is wrong, for one that cannot be."""
    if grade not in GRADES:
        raise ConfigError(f"{grade[:20]!r} is not a grade; allowed: {', '.join(GRADES)}")
    number = GRADES[grade]
    if number == 0:
        return Label(id=paper_id, grade=0, primary=None)  # out is out, whatever section was chosen before
    leaves = taxonomy.leaf_ids
    for leaf, allowed in ((primary, ("", NO_LEAF, *leaves)), *((leaf, leaves) for leaf in secondary)):
        if leaf not in allowed:
            raise ConfigError(f"{leaf[:80]!r} is not a section; press m and choose one")
    if len({primary, *secondary}) != 1 + len(secondary) or len(secondary) > SECONDARY:
        raise ConfigError(f"name each section once: one primary, at most {SECONDARY} others")
    if not primary and (number >= 2 or secondary):
        raise ConfigError(f"grade {number} needs a section, or {NO_LEAF}; press m and choose it first")
    return Label(id=paper_id, grade=number, primary=primary or None, secondary=secondary)


def _find(papers: list[Paper], paper_id: str) -> Paper:
    found = next((paper for paper in papers if paper.id == paper_id), None)
    if found is None:
        raise ConfigError(f"{paper_id[:80]!r} is no paper of this night; load the page again")
    return found


def _row(paper: Paper, label: Label | None) -> LabelRow:
    title = one_line(paper.title[:TITLE_SHOWN]) or paper.id
    return LabelRow(paper.id, title, label.grade if label else None, (label.primary or "") if label else "")
