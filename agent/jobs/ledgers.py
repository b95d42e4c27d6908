"""The money that the nights of a day may spend, kept in the fleet's database or, without one, beside ``fleet.toml``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from agent.database.shared.database import FileDatabase, SharedDatabase
from agent.database.shared.nights import FleetNights
from agent.jobs.fleet_file import Fleet
from agent.jobs.folders import OWN_FOLDER
from agent.jobs.night import Ledger, NightEnded, NightWanted


def open_ledger(fleet: Fleet, now: Callable[[], datetime], session: str | None = None) -> Ledger:
    """Return the ledger of the fleet; ``session`` is what its database calls who writes in it (None: this process).

    Raises ConfigError when its database cannot be used.
    """
    if fleet.state_url:
        return MoneyLedger(fleet, FleetNights(SharedDatabase(fleet.state_url, session)), now)
    if fleet.max_cost_usd_per_day is not None:
        return MoneyLedger(fleet, FleetNights(FileDatabase(fleet.home / OWN_FOLDER, session)), now)
    return NoLedger()


class MoneyLedger:
    """The attempts at all nights, so that also those count that were killed, or that others begin meanwhile."""

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
        self._nights.end(number, self._now(), code=ended.code, line=ended.line, spent=ended.spent)


class NoLedger:
    """For nights without a database or a limit that they share: each has its own cap only."""

    def begin(self, wanted: NightWanted, own: float | None) -> float | None:
        """Return the night's own cap."""
        return own

    def end(self, wanted: NightWanted, ended: NightEnded) -> None:
        """Keep nothing."""
