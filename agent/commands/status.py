"""``triage status``: coverage per day and category, the queue, the last runs, the spend, what the local judge knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agent.commands.options import SharedOptions, now, with_shared_options
from agent.errors import FOUND

if TYPE_CHECKING:
    from rich.table import Table

    from agent.records import Coverage, Decision, Draft, Paper, RunReport

CALENDAR_DAYS: Final = 14
QUEUE_SHOWN: Final = 20
CLOCKS_APART_HOURS: Final = 0.25
"""Two machines' clocks may differ by less without meaning."""


@with_shared_options
def status(
    shared: SharedOptions,
    decisions: Annotated[bool, typer.Option(help="List what people decided on the drafts.")] = False,
    max_age: Annotated[
        float | None,
        typer.Option(min=0, help="Exit 1 when the last delivered run ended more than this many hours ago."),
    ] = None,
) -> None:
    """Show coverage, the queue, the last runs and the spend."""
    from agent.commands import output
    from agent.core.arxiv import coverage
    from agent.core.judging import costs
    from agent.records import SAVED_LISTING
    from agent.wiring.labels import count_learned
    from agent.wiring.state import open_state

    settings = shared.settings()
    moment = now()
    today = moment.date()
    with open_state(settings, exclusive=False) as store:
        covered = store.coverage(today - timedelta(days=CALENDAR_DAYS))
        runs, decided, queue = store.runs(10), store.decisions(), store.queued()
        last_success = store.last_success()
        learned = count_learned(settings, store)
    categories = settings.source.categories
    seen = coverage.best(row for row in covered if row.source != SAVED_LISTING and row.category in categories)
    age_hours = None if last_success is None else round((moment - last_success).total_seconds() / 3600, 2)
    spent = costs.total(report.cost for _, report in runs).usd
    result = {
        "coverage": [row.model_dump(mode="json") for row in seen],
        "runs": [report.model_dump(mode="json") | {"ended": ended.isoformat()} for ended, report in runs],
        "queue": [paper.model_dump(mode="json", include={"id", "title", "announced"}) for paper in queue],
        "decisions": [decision.model_dump(mode="json") | {"title": draft.title} for draft, decision in decided],
        "usd": None if spent is None else float(spent),
        "last_success": last_success.isoformat() if last_success else None,
        "age_hours": age_hours,
        "learned": learned.model_dump(),
    }
    tables = [_decisions_table(decided)] if decisions else [*_status_tables(seen, today, runs, queue), learned.words]
    output.show(result, shared.as_json, lambda: output.STDOUT.print(*tables, sep="\n"))
    if max_age is not None and (late := _lateness(age_hours, max_age)):
        output.say(f"triage: {late}")
        raise typer.Exit(FOUND)


def _lateness(age_hours: float | None, max_age: float) -> str | None:
    """Return why a monitor should call for a person, given the hours since the last delivered run; None: all is well.

    A run that ended in the future was told a wrong time, or this command is: its age says nothing.
    """
    log = "see the log of the nightly job"
    if age_hours is None:
        return f"no run was ever delivered, which is over --max-age {max_age:g}; {log}"
    if age_hours < -CLOCKS_APART_HOURS:
        return f"the last delivered run ended {-age_hours} hours from now; set the clocks of this machine and the job's"
    if age_hours > max_age:
        return f"the last delivered run ended {age_hours} hours ago, which is over --max-age {max_age:g}; {log}"
    return None


def _status_tables(
    coverage: Sequence[Coverage], today: date, runs: Sequence[tuple[datetime, RunReport]], queue: Sequence[Paper]
) -> list[Table | str]:
    """Return what ``triage status`` shows: the calendar, the queue, the last runs with their cost."""
    from agent.commands.output import cell, make_table

    if not queue:
        return [_calendar(coverage, today), "queue: no relevant paper waits for a person", _runs(runs)]
    waiting = make_table("paper", "announced", "title", title=f"queue: {len(queue)} relevant papers wait for a person")
    for paper in queue[:QUEUE_SHOWN]:
        waiting.add_row(paper.id, str(paper.announced), cell(paper.title))
    if len(queue) > QUEUE_SHOWN:
        waiting.add_row("...", "", f"and {len(queue) - QUEUE_SHOWN} more; --json has them all")
    return [_calendar(coverage, today), waiting, _runs(runs)]


def _decisions_table(decided: Sequence[tuple[Draft, Decision]]) -> Table:
    """Return what people decided on the drafts, as rows for evals: paper, decision, where it is now."""
    from agent.commands.output import cell, make_table

    table = make_table("paper", "decision", "drafted for", "now in", "title", "note", title="decisions")
    for draft, decision in decided:
        where = decision.section or "-"
        table.add_row(draft.paper_id, decision.kind, draft.section, where, cell(draft.title), cell(decision.note))
    return table


def _calendar(rows: Sequence[Coverage], until: date) -> Table | str:
    """Return the last days: per category the papers listed, ``!`` where a day is incomplete. None read: a sentence."""
    from agent.commands.output import make_table

    if not rows:
        return f"coverage: no announcement of the last {CALENDAR_DAYS} days was read; `triage run` reads arXiv"
    of_day = {(row.day, row.category): row for row in rows}
    categories = sorted({category for _, category in of_day})
    table = make_table("day", *categories, title=f"coverage, last {CALENDAR_DAYS} days")
    for offset in range(CALENDAR_DAYS - 1, -1, -1):
        day = until - timedelta(days=offset)
        cells = [_cell(of_day.get((day, name))) for name in categories]
        table.add_row(f"{day:%a %Y-%m-%d}", *cells)
    return table


def _cell(row: Coverage | None) -> str:
    if row is None:
        return "-"
    return str(row.listed) if row.complete else f"{row.listed} ! {row.reason or ''}".rstrip()


def _runs(runs: Sequence[tuple[datetime, RunReport]]) -> Table:
    from agent.commands.output import buckets_text, make_table

    table = make_table(
        "ended", "source", "judge", "listed", "buckets", "calls", "tokens in/out", "usd", title="last runs"
    )
    for ended, report in runs:
        cost = report.cost
        table.add_row(
            f"{ended:%Y-%m-%d %H:%M}",
            report.source,
            f"{report.judge.name} {report.judge.model}",
            str(report.listed),
            buckets_text(report),
            str(cost.calls),
            f"{cost.input_tokens}/{cost.output_tokens}",
            "?" if cost.usd is None else f"{cost.usd:.4f}",
        )
    return table
