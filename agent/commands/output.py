"""What a person sees in the terminal: data on stdout, progress and the summary line on stderr."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from agent.core.audit.findings import Finding
from agent.core.night.decisions import Decision
from agent.records import Coverage, Draft, Paper, RunReport

STDERR = Console(stderr=True)
STDOUT = Console()
if not STDOUT.is_terminal:
    STDOUT.width = 160  # a file or a pipe has no width; 80 columns would break every cell
CALENDAR_DAYS = 14
QUEUE_SHOWN = 20


class Bar:
    """A progress bar on stderr that shows itself only to a person."""

    def __init__(self, what: str = "judging") -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=STDERR, transient=True, disable=not STDERR.is_terminal)
        self._task = self._progress.add_task(what, total=None)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, total: int) -> None:
        self._progress.update(self._task, total=total)

    def advance(self) -> None:
        self._progress.advance(self._task)


def say(line: str) -> None:
    """Print one line on stderr, as it is, however long."""
    STDERR.print(line, soft_wrap=True, highlight=False, markup=False)


def show_drafts(reports: Sequence[RunReport]) -> None:
    """Print the drafts, and alone on a plain line where each night delivered them."""
    drafts = [draft for report in reports for draft in report.drafts]
    if drafts:
        STDOUT.print(_drafts(drafts))
    for place in dict.fromkeys(place for report in reports for place in (report.patch, report.pr_url) if place):
        STDOUT.print(place, soft_wrap=True, highlight=False, markup=False)


def _drafts(drafts: Sequence[Draft]) -> Table:
    """Return one row per draft: score, section, title and the quote that carries it."""
    table = Table(show_lines=True)
    table.add_column("score", justify="right")
    table.add_column("section", ratio=2)
    table.add_column("paper", ratio=3)
    table.add_column("quote", ratio=4)
    for draft in drafts:
        paper = Text(draft.title).append(f"\n{draft.paper_id}", style="dim")
        quote = Text("\n".join(f"“{quote}”" for quote in draft.evidence))
        table.add_row(f"{draft.score:.2f}", Text(draft.heading), paper, quote)
    return table


def findings_table(findings: Sequence[Finding], entries: int, resolved: int) -> Table:
    """Return what is wrong in the list, line by line, with the proposal and how sure it is."""
    heading = f"{len(findings)} findings; {entries} entries, {resolved} of them resolved"
    table = Table("line", "kind", "entry", "what is wrong", "proposal", "sure", title=heading, show_lines=True)
    for finding in findings:
        proposal = finding.proposed_id or ""
        entry, detail = Text(finding.entry_title or "-"), Text(finding.detail)
        table.add_row(str(finding.line), finding.kind, entry, detail, proposal, finding.confidence)
    return table


def summary_line(report: RunReport) -> str:
    """Return the one line that cron keeps: what was listed, where it went, what is missing, its cost, every note."""
    short = sorted({row.day.isoformat() for row in report.coverage if not row.complete})
    what = f" = {buckets_text(report)}" if report.listed else "" if short else ": a quiet night"
    parts = [f"{report.listed} listed{what}"]
    if short:
        parts.append(f"INCOMPLETE {', '.join(short)}")
    if report.failures:
        parts.append(f"{len(report.failures)} failed: {report.failures[0].reason}")
    if report.cost.calls:
        usd = "price unknown" if report.cost.usd is None else f"${report.cost.usd:.4f}"
        parts.append(f"{report.cost.calls} calls, {usd}")
    parts.append(f"judge {report.judge.name} {report.judge.model}")
    parts.extend(report.notes)
    return "triage: " + "; ".join(parts)


def status_tables(
    coverage: Sequence[Coverage], today: date, runs: Sequence[tuple[datetime, RunReport]], queue: Sequence[Paper]
) -> list[Table]:
    """Return what ``triage status`` shows: the calendar, the queue, the last runs with their cost."""
    waiting = Table("paper", "announced", "title", title=f"queue: {len(queue)} relevant papers wait for a person")
    for paper in queue[:QUEUE_SHOWN]:
        waiting.add_row(paper.id, str(paper.announced), Text(paper.title))
    if len(queue) > QUEUE_SHOWN:
        waiting.add_row("...", "", f"and {len(queue) - QUEUE_SHOWN} more; --json has them all")
    return [_calendar(coverage, today), waiting, _runs(runs)]


def decisions_table(decided: Sequence[tuple[Draft, Decision]]) -> Table:
    """Return what people decided on the drafts, as rows for evals: paper, decision, where it is now."""
    table = Table("paper", "decision", "drafted for", "now in", "title", "note", title="decisions")
    for draft, decision in decided:
        where = decision.section or "-"
        table.add_row(draft.paper_id, decision.kind, draft.section, where, Text(draft.title), Text(decision.note))
    return table


def _calendar(rows: Sequence[Coverage], until: date) -> Table:
    """Return the last days: per category the papers listed, ``!`` where a day is incomplete."""
    categories = sorted({row.category for row in rows})
    table = Table("day", *categories, title=f"coverage, last {CALENDAR_DAYS} days")
    for offset in range(CALENDAR_DAYS - 1, -1, -1):
        day = until - timedelta(days=offset)
        cells = [_cell([row for row in rows if row.day == day and row.category == name]) for name in categories]
        table.add_row(f"{day:%a %Y-%m-%d}", *cells)
    return table


def _cell(rows: Sequence[Coverage]) -> str:
    if not rows:
        return "-"
    best = max(rows, key=lambda row: (row.complete, row.listed))
    return str(best.listed) if best.complete else f"{best.listed} ! {best.reason or ''}".rstrip()


def _runs(runs: Sequence[tuple[datetime, RunReport]]) -> Table:
    table = Table("ended", "source", "judge", "listed", "buckets", "calls", "tokens in/out", "usd", title="last runs")
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


def buckets_text(report: RunReport) -> str:
    return ", ".join(f"{count} {bucket}" for bucket, count in report.buckets.items() if count)
