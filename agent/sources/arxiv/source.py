"""The default source: RSS for tonight's announcements, the API to fill in and to verify. Either alone is enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from agent.core.arxiv import coverage, schedule
from agent.errors import SourceError
from agent.records import Listing, Window
from agent.sources.arxiv.http import ArxivHttp
from agent.sources.arxiv.query_api import ArxivApi
from agent.sources.arxiv.rss import ArxivRss

_ALONE: Final = {
    "api": "RSS is used alone",
    "rss": "the API is used alone, which knows no paper that was held back for days, or newly cross-listed",
}
"""By the reading that failed, what the night is without."""


class ArxivNightly:
    """Both readings of arXiv, judged together by ``agent.core.arxiv.coverage``."""

    name = "arxiv"

    def __init__(
        self,
        http: ArxivHttp,
        rss: ArxivRss,
        api: ArxivApi,
        categories: Sequence[str],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = http
        self._rss = rss
        self._api = api
        self._categories = categories
        self._now = now

    def listing(self, window: Window) -> Listing:
        """Return the union of both readings; an open end of the window is the latest announcement. The notes say
        which reading failed, how the two differ, and how many requests were made.

        The feed is asked when tonight is in the window, or when the API left a day incomplete.
        Raises SourceError when neither could be read.
        """
        latest = schedule.latest_day(self._now())
        until = window.until or latest
        window = Window(since=window.since or until, until=until)
        errors: dict[str, str] = {}
        before = self._http.requests
        api = self._ask(self._api, window, errors)
        if until < latest and all(row.complete for row in api.coverage):
            return self._noted(api, before, errors)
        rss = self._ask(self._rss, window, errors)
        if len(errors) == 2:
            raise SourceError("; ".join(errors.values()))
        return self._noted(coverage.combine(rss, api), before, errors)

    def _noted(self, listing: Listing, before: int, errors: dict[str, str]) -> Listing:
        spent = f"arXiv: {self._http.requests - before} requests, at least {self._http.delay:g} s apart"
        lost = (f"{error}: {_ALONE[name]}" for name, error in errors.items())
        return listing.model_copy(update={"notes": (*listing.notes, *lost, spent)})

    def _ask(self, source: ArxivRss | ArxivApi, window: Window, errors: dict[str, str]) -> Listing:
        """Return the listing, or an empty and incomplete one, its error noted in ``errors``."""
        try:
            return source.listing(window)
        except SourceError as error:
            reason = str(error)
        errors[source.name] = f"{source.name} could not be read ({reason})"
        assert window.since is not None and window.until is not None
        days = schedule.announcement_days(window.since, window.until)
        return Listing(
            papers=(),
            coverage=coverage.rows_for(days, self._categories, (), source.name, lambda _day, _category: reason),
        )
