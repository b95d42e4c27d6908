"""``triage backfill``: a long range of announcement days, one night each, so that it can be stopped and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import (
    Budget,
    JudgeName,
    MaxCost,
    Model,
    NoCap,
    Shared,
    Source,
    days,
    now,
    with_shared_options,
)
from agent.errors import OK, PARTIAL, DeliveryError

if TYPE_CHECKING:
    from datetime import date

    from agent.ports import Progress
    from agent.records import RunReport
    from agent.settings import Settings
    from agent.wiring.night import NightOptions


@with_shared_options
def backfill(
    shared: Shared,
    since: Annotated[str, typer.Option(help="First announcement date, YYYY-MM-DD.")],
    until: Annotated[str, typer.Option(help="Last announcement date, YYYY-MM-DD.")],
    source: Source = None,
    judge: JudgeName = None,
    model: Model = None,
    budget: Budget = None,
    max_cost: MaxCost = None,
    no_cap: NoCap = False,
    deliver: Annotated[str, typer.Option(help="patch, pr or none.")] = "none",
) -> None:
    """Judge a long range of days, one night each.

    A backfill that was stopped goes on where it was. Drafts are delivered only with --deliver.
    """
    from agent.commands import output
    from agent.wiring.judges import build_cap
    from agent.wiring.night import NightOptions

    settings = shared.settings(
        source={"kind": source}, judge={"kind": judge, "model": model}, review={"budget": budget}
    )
    first, last = days(since, until)
    cap = build_cap(settings, max_cost, no_cap=no_cap)
    options = NightOptions(since=first, until=last, deliver=deliver, cap=cap)
    reports = []
    with output.Bar() as bar:
        for report in _nights(settings, options, bar):
            reports.append(report)
            output.say(output.summary_line(report))
    result = {"nights": [report.model_dump(mode="json") for report in reports]}
    output.show(result, shared.as_json, lambda: output.show_drafts(reports))
    if undelivered := [report.undelivered for report in reports if report.undelivered]:
        raise DeliveryError(undelivered[-1])
    raise typer.Exit(PARTIAL if any(report.partial for report in reports) else OK)


def _nights(settings: Settings, options: NightOptions, progress: Progress) -> Iterator[RunReport]:
    """Yield the report of each day between ``options.since`` and ``until``, the oldest first.

    A day that an earlier run has read completely is left out. Raises TriageError as a run does; the days before are
    kept.
    """
    import asyncio
    from dataclasses import replace

    from agent.core.arxiv import schedule
    from agent.wiring.night import open_night
    from agent.workflow import graph

    assert options.since is not None and options.until is not None
    for day in schedule.announcement_days(options.since, options.until):
        if _is_done(settings, day):
            continue
        with open_night(settings, replace(options, since=day, until=day), progress, now) as night:
            yield asyncio.run(graph.run(night.services))["report"]


def _is_done(settings: Settings, day: date) -> bool:
    """Say whether every configured category of the day was read completely, and judged."""
    from agent.records import SAVED_LISTING
    from agent.wiring.state import open_state

    with open_state(settings, exclusive=False) as store:
        rows = [row for row in store.coverage(day) if row.day == day and row.source != SAVED_LISTING]
    return {row.category for row in rows if row.complete} >= set(settings.source.categories)
