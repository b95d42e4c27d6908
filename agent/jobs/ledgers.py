"""What the nights of a day may spend together, kept in the fleet's database or, without one, for one command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from agent.database.shared.database import SharedDatabase
from agent.database.shared.nights import FleetNights
from agent.errors import TriageError
from agent.jobs.fleet_file import Fleet
from agent.jobs.folders import load_settings
from agent.jobs.night import Ledger, NightEnded, NightWanted
from agent.wiring.state import open_state

_RUNS_LOOKED_AT: Final = 50


def open_ledger(fleet: Fleet, now: Callable[[], datetime], session: str | None = None) -> Ledger:
    """Return the ledger of the fleet; ``session`` is what its database calls who writes in it (None: this process)."""
    if fleet.state_url:
        return SharedLedger(fleet, FleetNights(SharedDatabase(fleet.state_url, session)), now)
    return OwnLedger(fleet, now)


class SharedLedger:
    """In the database: also for workers on other machines."""

    def __init__(self, fleet: Fleet, nights: FleetNights, now: Callable[[], datetime]) -> None:
        self._fleet, self._nights, self._now = fleet, nights, now
        self._number: int | None = None

    def begin(self, wanted: NightWanted, own: float | None) -> float | None:
        """Reserve what the night may spend, of what is left today."""
        self._number, granted = self._begin(wanted, own)
        return granted

    def _begin(self, wanted: NightWanted, own: float | None) -> tuple[int, float | None]:
        return self._nights.begin(
            wanted.chosen.name, wanted.name or "", self._now(), most=own, limit=self._fleet.max_cost_usd_per_day
        )

    def end(self, wanted: NightWanted, ended: NightEnded) -> None:
        """Write down how the night ended, and give back what it did not spend."""
        number = self._begin(wanted, 0.0)[0] if self._number is None else self._number
        self._number = None
        self._nights.end(number, self._now(), code=ended.code, line=ended.line, spent=_spent(ended))


class OwnLedger:
    """For the nights of one command, from what the runs of today have cost."""

    def __init__(self, fleet: Fleet, now: Callable[[], datetime]) -> None:
        self._fleet, self._now = fleet, now
        self._left: float | None = None

    def begin(self, wanted: NightWanted, own: float | None) -> float | None:
        """Return what is left of the day's money, at most the night's own cap."""
        limit = self._fleet.max_cost_usd_per_day
        if limit is None or own is None:
            return own
        if self._left is None:
            self._left = limit - sum(self._spent_today(name) for name in (each.name for each in self._fleet.lists))
        return max(0.0, min(own, self._left))

    def end(self, wanted: NightWanted, ended: NightEnded) -> None:
        """Take what the night has spent off the day's money."""
        if self._left is not None:
            self._left -= _spent(ended) or 0.0

    def _spent_today(self, name: str) -> float:
        today = self._now().astimezone(UTC).date()
        try:
            settings = load_settings(self._fleet, self._fleet.list_named(name))
            with open_state(settings, exclusive=False) as store:
                runs = store.runs(_RUNS_LOOKED_AT)
        except TriageError:
            return 0.0  # its own night says what is wrong with the list
        return float(sum(report.cost.usd or 0 for ended, report in runs if ended.date() == today))


def _spent(ended: NightEnded) -> float | None:
    """Return what a night has spent; None when it ended in the middle, or asked a model whose price is not known."""
    if ended.report is not None:
        cost = ended.report.cost
        return float(cost.usd) if cost.usd is not None else (None if cost.calls else 0.0)
    return 0.0 if ended.code in (2, 3) else None
