"""The static page of one night: drafts with their quotes, the queue, coverage, spend, and the last nights in plots.

Everything a paper says is escaped by the template. The page loads nothing and runs no script.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from agent.core.arxiv.ids import abs_url
from agent.core.escaping import one_line
from agent.core.night.buckets import why_it_waits
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.errors import ConfigError
from agent.records import Bucket, Draft, Paper, RunReport
from agent.review import pages

NIGHTS_PLOTTED: Final = 30
RUNS_SEARCHED: Final = 400
QUEUE_SHOWN: Final = 200
NIGHTS_NAMED: Final = 5
_HERE: Final = Path(__file__).parent
_STYLE: Final = _HERE.parent / "static" / "page.css"


class DraftShown(NamedTuple):
    """A draft with the abstract of its paper, quotes marked, and what people decided (empty: nothing yet)."""

    draft: Draft
    url: str
    authors: str
    abstract: tuple[pages.Segment, ...]
    decision: str


class QueuedShown(NamedTuple):
    """A paper of the queue, and why it waits."""

    paper: Paper
    url: str
    score: float
    section: str
    why: str


def find_run(store: Store, night: date | None) -> tuple[datetime, RunReport]:
    """Return the newest finished run, or the run of ``night``. Raises ConfigError when there is none.

    Several runs may have read that day, because later nights read it again. A run whose window ends on the day is
    preferred, then the run that judged most papers, then the newest.
    """
    runs = store.runs(RUNS_SEARCHED)
    if not runs:
        raise ConfigError("no run has finished yet; run `triage run`")
    if night is None:
        return runs[0]
    reading = [run for run in runs if _reads(run[1], night)]
    if not reading:
        last = sorted({str(report.window["to"]) for _, report in runs if report.window.get("to")}, reverse=True)
        known = f"the last nights are {', '.join(last[:NIGHTS_NAMED])}" if last else "run `triage run`"
        raise ConfigError(f"--night {night}: no run read that day; {known}")
    return max(reading, key=lambda run: (run[1].window.get("to") == night, _judged(run[1])))


def render(survey: Survey, store: Store, ended: datetime, report: RunReport) -> str:
    """Return the page of a run. Raises ConfigError when the plots cannot be drawn (matplotlib is in ``report``)."""
    templates = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["plain"] = one_line
    window, queue = report.window, _queue(survey, store)
    return templates.get_template("night.html.j2").render(
        style=Markup(_STYLE.read_text("utf-8")),
        survey=survey.taxonomy.title,
        report=report,
        ended=ended,
        night=window.get("to") or ended.date(),
        drafts=_drafts(store, report),
        queue=queue[:QUEUE_SHOWN],
        queue_length=len(store.queued()),
        labels=survey.taxonomy.labels,
        plots=[Markup(svg) for svg in _plots(store)],
    )


def _reads(report: RunReport, night: date) -> bool:
    first, last = report.window.get("from"), report.window.get("to")
    return bool(first and last and first <= night <= last)


def _judged(report: RunReport) -> int:
    return sum(report.buckets.get(bucket, 0) for bucket in (Bucket.DRAFTED, Bucket.QUEUED, Bucket.REJECTED))


def _drafts(store: Store, report: RunReport) -> list[DraftShown]:
    decided = {draft.paper_id: decision.kind.value for draft, decision in store.decisions()}
    shown = []
    for draft in report.drafts or store.drafts_of(report.run_id):
        paper = store.paper(draft.paper_id)
        segments, _ = pages.mark_quotes(paper.abstract if paper else "", draft.evidence)
        authors = pages.authors_shown(draft.authors)
        shown.append(DraftShown(draft, abs_url(draft.paper_id), authors, segments, decided.get(draft.paper_id, "")))
    return shown


def _queue(survey: Survey, store: Store) -> list[QueuedShown]:
    leaves = survey.taxonomy.leaf_ids
    found = []
    queued = store.queued()
    judged = store.latest_judgments(paper.id for paper in queued)
    for paper in queued:
        if judgment := judged.get(paper.id):
            section = judgment.primary if judgment.primary in leaves else ""
            why = one_line(why_it_waits(paper, judgment, leaves))
            found.append(QueuedShown(paper, abs_url(paper.id), judgment.score, section or "", why))
    return sorted(found, key=lambda each: -each.score)


def _plots(store: Store) -> Sequence[str]:
    try:
        from agent.review.report import figures
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{error.name} is not installed, which draws the plots: pip install 'paper-triage[report]', or pip install "
            f"'.[report]' in a clone of the program"
        ) from None
    runs = [
        figures.Run(
            name=str(report.window.get("to") or f"{ended:%Y-%m-%d}"),
            buckets={Bucket(bucket): count for bucket, count in report.buckets.items()},
            usd=None if report.cost.usd is None else float(report.cost.usd),
        )
        for ended, report in reversed(store.runs(NIGHTS_PLOTTED))
    ]
    return [figures.judged(runs), *([figures.spent(runs)] if any(run.usd for run in runs) else [])]
