"""The nights of all lists of a fleet, one after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from agent.jobs.fleet_file import Fleet, FleetList
from agent.jobs.ledgers import open_ledger
from agent.jobs.night import NightEnded, NightWanted, run_night
from agent.ports import Progress
from agent.records import RunReport


def run_all(
    fleet: Fleet,
    build_wanted: Callable[[FleetList], NightWanted],
    progress: Progress,
    now: Callable[[], datetime],
    *,
    summarise: Callable[[RunReport], str],
) -> Iterator[NightEnded]:
    """Yield how the night of each list ended, in the order of the file; one that fails stops no other."""
    ledger = open_ledger(fleet, now)
    for chosen in fleet.lists:
        yield run_night(fleet, build_wanted(chosen), progress, now, summarise=summarise, ledger=ledger)
