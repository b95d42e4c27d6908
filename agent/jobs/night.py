"""One night of one list of a fleet: run, told to its watchers, and summed up in a line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from agent.deliveries.notifications import Notifier
from agent.errors import OK, PARTIAL, DeliveryError, InUseError, TriageError
from agent.jobs.fleet_file import Fleet, FleetList
from agent.jobs.folders import load_list_settings
from agent.ports import Progress
from agent.records import RunReport
from agent.settings import Settings
from agent.wiring.deliveries import build_notifier
from agent.wiring.judges import asks_a_model, build_cap
from agent.wiring.night import NightOptions, open_night
from agent.wiring.state import open_state
from agent.workflow import graph

if TYPE_CHECKING:
    from agent.judges.openai.spending_cap import SpendingCap


@dataclass(frozen=True)
class NightWanted:
    """Which night: of a list, named so that it is not done twice (None: a run as any other), and its days (None: those
    that are open).

    ``job`` and ``attempt`` say which of the runs of that name it is: a job of the queue is tried several times.
    ``deliver`` None: as the fleet says, ``budget`` None: as the list says. ``session`` is what a shared database calls
    the run; ``overrides`` are settings from the command line.
    """

    chosen: FleetList
    name: str | None = None
    job: int = 0
    attempt: int = 0
    since: date | None = None
    until: date | None = None
    deliver: str | None = None
    budget: int | None = None
    session: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NightEnded:
    """How a night ended: the exit code that a command would have, its summary line (with the watchers that could not be
    told), its report if there is one.

    ``retry``: another attempt may do better. ``spent`` is what it cost in US dollars however it ended; a request whose
    answer was lost counts in full.
    """

    list_name: str
    code: int
    line: str
    report: RunReport | None = None
    retry: bool = False
    spent: float = 0.0


class Ledger(Protocol):
    """Who keeps the money of a day, and how nights ended."""

    def begin(self, wanted: NightWanted, own: float | None) -> float | None:
        """Return what a night may spend, in US dollars, given its own cap (None: no cap)."""

    def end(self, wanted: NightWanted, ended: NightEnded) -> None:
        """Write down how a night ended, whether or not it was begun here."""


def run_night(
    fleet: Fleet,
    wanted: NightWanted,
    progress: Progress,
    now: Callable[[], datetime],
    *,
    summarise: Callable[[RunReport], str],
    ledger: Ledger,
) -> NightEnded:
    """Run one night and return how it ended, which is in the ledger too; a designed error is an end as well.

    Where the ledger cannot be written the night is done in part, and its line says so.
    """
    ended = _end_of(_NightRun(wanted, progress, now, summarise, ledger), fleet)
    try:
        ledger.end(wanted, ended)
    except TriageError as error:
        line = f"{ended.line}; what it spent could not be written down: {error}"
        return replace(ended, code=ended.code or PARTIAL, line=line, retry=True)
    return ended


@dataclass(frozen=True)
class _NightRun:
    """A night that is wanted, with the means to run it."""

    wanted: NightWanted
    progress: Progress
    now: Callable[[], datetime]
    summarise: Callable[[RunReport], str]
    ledger: Ledger


def _end_of(night: _NightRun, fleet: Fleet) -> NightEnded:
    wanted, summarise = night.wanted, night.summarise
    name, cap, notifier = wanted.chosen.name, None, Notifier()
    try:
        settings = load_list_settings(fleet, wanted.chosen, **wanted.overrides)
        earlier = _read_attempts(settings, wanted)
        if done := next((each for each in earlier if not each.partial and each.undelivered is None), None):
            return NightEnded(name, OK, f"{summarise(done)}; done by an earlier attempt", done)
        cap, notifier = build_cap(settings), build_notifier(settings)
        if cap.limit is not None:
            cap.limit = max(Decimal(0), cap.limit - _spent_by(wanted, earlier))
        report = _run(night, settings, cap, notifier)
    except TriageError as error:
        retry = error.exit_code > 2 or isinstance(error, InUseError)
        spent = float(cap.spent) if cap else 0.0
        line = "; ".join([f"triage: {error}", *notifier.problems])
        return NightEnded(name, error.exit_code, line, retry=retry, spent=spent)
    line, spent = "; ".join([summarise(report), *notifier.problems]), float(cap.spent)
    if report.undelivered:
        line = f"{line}; not delivered: {report.undelivered}"
        return NightEnded(name, DeliveryError.exit_code, line, report, retry=True, spent=spent)
    retry = report.partial and cap.limit != 0  # when the money of the day is used up, the next night asks
    return NightEnded(name, PARTIAL if report.partial else OK, line, report, retry=retry, spent=spent)


def _read_attempts(settings: Settings, wanted: NightWanted) -> tuple[RunReport, ...]:
    """Return the reports of the earlier runs of this name, none for a run as any other."""
    if wanted.name is None:
        return ()
    with open_state(settings, exclusive=False) as store:
        return store.reports_of(f"{wanted.name}-")


def _spent_by(wanted: NightWanted, earlier: Sequence[RunReport]) -> Decimal:
    """Return what the earlier attempts of the same job spent: the list's own cap is for all of them together."""
    attempts = (each for each in earlier if each.run_id.startswith(f"{wanted.name}-{wanted.job}-"))
    return sum((each.cost.usd or Decimal(0) for each in attempts), Decimal(0))


def _run(night: _NightRun, settings: Settings, cap: SpendingCap, notifier: Notifier) -> RunReport:
    wanted = night.wanted
    asks = asks_a_model(settings) and cap.limit is not None
    granted = night.ledger.begin(wanted, float(cap.limit or 0) if asks else None)
    cap.limit = None if granted is None else Decimal(str(granted))
    options = NightOptions(
        since=wanted.since,
        until=wanted.until,
        deliver=wanted.deliver or wanted.chosen.deliver,
        cap=cap,
        budget=wanted.budget,
        run_id=f"{wanted.name}-{wanted.job}-{wanted.attempt}" if wanted.name else None,
        session=wanted.session,
    )
    with notifier.watching(), open_night(settings, options, night.progress, night.now) as opened:
        report = asyncio.run(graph.run(opened.services))["report"]
    notifier.report_end(night.summarise(report), well=report.undelivered is None)
    return report
