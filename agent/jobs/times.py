"""The moments of a cron line in a time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import croniter


class Times(croniter.croniter):  # type: ignore[misc]
    """The moments of a cron line, in seconds, from ``start`` on (None: from now on): one that the clock shows again
    after it was set back counts once. Raises ValueError or KeyError for a line that is none.
    """

    def __init__(self, cron: str, time_zone: str, start: datetime | None = None) -> None:
        self._zone = ZoneInfo(time_zone)
        super().__init__(cron, start.astimezone(self._zone) if start else datetime.now(self._zone))

    def get_next(self, ret_type: type = float, start_time: float | None = None, update_current: bool = True) -> float:
        found = float(super().get_next(float, start_time))
        return found if not self._shown_again(found) else self.get_next()

    def get_prev(self, ret_type: type = float, start_time: float | None = None, update_current: bool = True) -> float:
        found = float(super().get_prev(float, start_time))
        return found if not self._shown_again(found) else self.get_prev()

    def _shown_again(self, moment: float) -> bool:
        return datetime.fromtimestamp(moment, self._zone).fold == 1
