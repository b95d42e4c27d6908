"""Print what commands yield: data on stdout, as JSON or in words; the progress bar and the summary line on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from agent.core.escaping import as_plain_markdown, printable
from agent.errors import ConfigError, DiskFullError, is_disk_full
from agent.files import exists
from agent.records import Draft, RunReport
from agent.streams import log, logs_json, writes_unicode

STDERR = Console(stderr=True)
STDOUT = Console()
_WIDTH_UNKNOWN: Final = 80
if not STDOUT.is_terminal and STDOUT.width == _WIDTH_UNKNOWN:
    STDOUT.width = 160  # a file or a pipe has no width (COLUMNS gives it one); 80 columns would break every cell


class Bar:
    """A progress bar on stderr that shows itself only to a person. Until it is known how much there is, it says so."""

    def __init__(self, what: str = "judging", *, time_left: bool = False) -> None:
        time = TimeRemainingColumn() if time_left else TimeElapsedColumn()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), time)
        self._progress = Progress(
            *columns, console=STDERR, transient=True, disable=logs_json() or not STDERR.is_terminal
        )
        self._what = what
        self._task = self._progress.add_task(f"reading what there is for {what}", total=None)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, total: int) -> None:
        self._progress.update(self._task, description=self._what, total=total)

    def advance(self) -> None:
        self._progress.advance(self._task)


def write_lines(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object a line. Raises what ``write_text`` raises."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def write_text(path: Path, text: str, option: str = "") -> None:
    """Write a file. Raises ConfigError, which names the ``option`` that gave it, when it cannot be written, and
    DiskFullError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        if is_disk_full(error):
            raise DiskFullError(path) from None
        raise _unwritable(f"{option} {path}".lstrip(), error) from None


def check_writable(path: Path) -> None:
    """Check that a file can be written there, and leave none behind. Raises ConfigError when it cannot."""
    there = exists(path)
    try:
        path.open("a").close()
        if not there:
            path.resolve().unlink()  # what a symbolic link names; the link itself was there
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: object, error: OSError) -> ConfigError:
    return ConfigError(f"{path}: {error.strerror}; give a writable path")


def show(result: object, as_json: bool, in_words: Callable[[], object]) -> None:
    """Print a result as one JSON object, or in words for a person."""
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=not writes_unicode()))
    else:
        in_words()


def show_fields(found: Mapping[str, object]) -> None:
    """Print one field a line, as it is."""
    typer.echo("\n".join(f"{name}: {value}" for name, value in found.items()))


def say(line: str) -> None:
    """Print one line on stderr, however long, without what a terminal would obey; with --log-json as an object."""
    if logs_json():
        log(line)
    else:
        STDERR.print(printable(line), soft_wrap=True, highlight=False, markup=False)


def show_drafts(reports: Sequence[RunReport]) -> None:
    """Print the drafts, and alone on a plain line where each night delivered them."""
    drafts = [draft for report in reports for draft in report.drafts]
    if drafts:
        STDOUT.print(_drafts(drafts))
    show_places(reports)


def show_places(reports: Sequence[RunReport]) -> None:
    """Print alone on a plain line where each night delivered its drafts."""
    places = [report.pr_url or (report.patch and short_path(report.patch)) for report in reports]
    for place in dict.fromkeys(filter(None, places)):
        STDOUT.print(place, soft_wrap=True, highlight=False, markup=False)


def short_path(path: str) -> str:
    """Return a path as one types it here: from the working directory when it is inside."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def make_table(*headers: str, title: str | None = None, show_lines: bool = False) -> Table:
    """Return a table whose cells are broken over lines where a terminal is narrow, and never cut: ids, paths and
    addresses are there to be copied.
    """
    table = Table(title=title, show_lines=show_lines)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def cell(text: str) -> Text:
    """Return a table's cell: the words of papers, people and servers without what a terminal would obey."""
    return Text(printable(text))


def _drafts(drafts: Sequence[Draft]) -> Table:
    """Return one row per draft: score, section, title and the quote that carries it."""
    table = Table(show_lines=True)
    table.add_column("score", justify="right")
    table.add_column("section", ratio=2, overflow="fold")
    table.add_column("paper", ratio=3, overflow="fold")
    table.add_column("quote", ratio=4, overflow="fold")
    for draft in drafts:
        paper = cell(draft.title).append(f"\n{draft.paper_id}", style="dim")
        quote = cell("\n".join(f"“{quote}”" for quote in draft.evidence))
        table.add_row(f"{draft.score:.2f}", cell(draft.heading), paper, quote)
    return table


def add_job_summary(path: Path, line: str, review_text: str) -> None:
    """Append the summary line and the reviewer's text to the summary of a GitHub Actions job.

    GitHub shows at most 1 MiB of it. A file that cannot be written costs a line on stderr: the night itself is done.
    """
    try:
        with path.open("a", encoding="utf-8") as summary:
            summary.write(f"{as_plain_markdown(line)}\n\n{review_text}\n")
    except OSError as error:
        say(f"triage: the job summary was not written ({error.strerror})")


def summary_line(report: RunReport) -> str:
    """Return the one line that cron keeps: what was listed, where it went, what is missing, its cost, every note."""
    unread = sorted((row for row in report.coverage if not row.complete), key=lambda row: row.day)
    short = list(dict.fromkeys(row.day.isoformat() for row in unread))
    what = f" = {buckets_text(report)}" if report.listed else "" if short else ": a quiet night"
    parts = [f"{report.listed} listed{what}"]
    if short:
        parts.append(f"INCOMPLETE {', '.join(short)}")
        parts.append(unread[0].reason or "no reason given")
        if report.source == "rss":
            parts.append("`triage run --source arxiv` asks the API, too")
    if report.failures:
        parts.append(f"{len(report.failures)} failed: {report.failures[0].reason}")
    if report.cost.calls:
        usd = "price unknown" if report.cost.usd is None else f"${report.cost.usd:.4f}"
        parts.append(f"{report.cost.calls} calls, {usd}")
    parts.append(f"judge {report.judge.name} {report.judge.model}")
    if report.patch:
        parts.append(f"read {Path(short_path(report.patch)).with_suffix('.md')}, then git apply")
    parts.extend(report.notes)
    return "triage: " + "; ".join(parts)


def buckets_text(report: RunReport) -> str:
    """Return the buckets that hold papers, as in ``86 rejected, 10 drafted``."""
    return ", ".join(f"{count} {bucket}" for bucket, count in report.buckets.items() if count)
