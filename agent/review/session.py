"""The data of one review page: the open state folder, the list as it is now, and the lists of papers, kept fresh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from agent.core.catalog.edits import Addition
from agent.core.night.drafts import summary_of
from agent.core.night.typed_entries import PlacedEntry, place
from agent.core.survey.survey import Survey, headings_of
from agent.database.store import Store
from agent.errors import ConfigError
from agent.ports import Delivery, Nearest
from agent.records import Decision, Draft, Paper
from agent.review.inbox import Inbox
from agent.workflow import feedback

PLACES_KEPT: Final = 256
TITLE_TAKEN: Final = 2_000
"""Characters of a title from which on the list is not read with it: a million of them would take seconds."""

OpenStore = Callable[[], AbstractContextManager[Store]]


@dataclass(frozen=True)
class Tools:
    """The means that the page is given: how to open and read things, and how to deliver, by the same code as a nightly
    run.

    ``build_delivery`` takes ``patch`` or ``pr``; ``preview`` returns the patch that would be written; ``build_nearest``
    takes seconds and is called once, beside the serving; ``reader`` names the person in front of the page.
    """

    open_store: OpenStore
    load_survey: Callable[[Store], Survey]
    build_nearest: Callable[[], Nearest]
    build_delivery: Callable[[Survey, Store, str], Delivery]
    preview: Callable[[Survey, Store, Sequence[Draft]], str]
    catalog: Path
    labels: Path
    reader: str
    now: Callable[[], datetime]


class Session:
    """Everything the page shows comes from here. Not safe for threads: the server calls it from one."""

    def __init__(self, tools: Tools, store: Store) -> None:
        """Raises ConfigError when the list cannot be read."""
        self.tools = tools
        self.store = store
        self.nearest: Nearest | None = None
        self.nearest_problem = ""
        self._stamp = _stamp(tools.catalog)
        self._survey = tools.load_survey(store)
        self._inbox = Inbox(store)
        self._listed: dict[Decision, bool] = {}
        self._accepted: tuple[object, list[Draft]] | None = None
        self._places: dict[tuple[Paper, str, str | None, str], PlacedEntry | None] = {}

    @property
    def survey(self) -> Survey:
        """The list under care, read again when its file has changed. Raises ConfigError when it cannot be read."""
        if (stamp := _stamp(self.tools.catalog)) != self._stamp:
            self._survey = self.tools.load_survey(self.store)
            self._stamp = stamp
            self._places.clear()
            self._listed.clear()
        return self._survey

    @property
    def inbox(self) -> Inbox:
        """The lists of papers, read again when a run or another page has changed them."""
        if self._inbox.version != self.store.review_version():
            self._inbox = Inbox(self.store)
        return self._inbox

    def paper(self, paper_id: str) -> Paper:
        """Return a paper. Raises ConfigError for an id that was never listed here."""
        paper = self.store.paper(paper_id)
        if paper is None:
            raise ConfigError(f"{paper_id[:80]!r} is no paper that was ever listed here; load the page again")
        return paper

    def place(self, paper: Paper, leaf: str, typed: str | None = None) -> PlacedEntry | None:
        """Return the list with the paper's entry in this section, None when the list has the paper already.

        Raises ConfigError when no entry can be put there, or the typed text would not read as one.
        """
        if len(paper.title) > TITLE_TAKEN:
            raise ConfigError(f"the title of {paper.id} is too long for an entry ({len(paper.title)} > {TITLE_TAKEN})")
        survey, summary = self.survey, summary_of(self.store.latest_judgment(paper.id))
        key = (paper, leaf, typed, summary)  # a run may read or judge the paper again
        if key not in self._places:
            headings = headings_of(survey.taxonomy)
            addition = Addition(leaf=leaf, paper=paper, summary=summary)
            placed = place(survey.catalog.text, headings, addition, typed)
            if len(self._places) >= PLACES_KEPT:
                self._places.pop(next(iter(self._places)))
            self._places[key] = placed
        return self._places[key]

    def accepted(self, inbox: Inbox | None = None) -> list[Draft]:
        """Return what was accepted here and is not in the list yet, as it will be delivered.

        ``inbox`` are the lists of papers, if they were just looked at.
        """
        survey, now = self.survey, ((inbox or self.inbox).version, self._stamp)
        if self._accepted is None or self._accepted[0] != now:
            self._accepted = now, feedback.accepted_drafts(self.store, survey, self._listed)
        return self._accepted[1]

    def pull_request(self) -> str | None:
        """Return the pull request that the drafts are in, None when they were delivered last as a patch, or never."""
        newest = self.store.last_delivered()
        return newest.pr_url if newest else None


def _stamp(catalog: Path) -> tuple[int, int] | None:
    try:
        found = catalog.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
