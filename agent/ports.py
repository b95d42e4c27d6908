"""The seams: what the workflow needs from the world, as small protocols, and all of it together as ``Services``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.core.judging.questions import Brief
from agent.core.night.decisions import Decision
from agent.core.survey.known_papers import Known
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.records import Coverage, Draft, JudgeIdentity, Judgment, Listing, Paper, Record, Usage, Window


class Source(Protocol):
    """Where announcements come from."""

    @property
    def name(self) -> str: ...

    def listing(self, window: Window) -> Listing:
        """Return the papers announced in the window, each once, and how complete each day is.

        Raises SourceError when nothing at all could be read; a day that is short is a ``Coverage`` row, not an error.
        """


class Judge(Protocol):
    """Who decides whether a paper belongs, and where."""

    @property
    def identity(self) -> JudgeIdentity: ...

    @property
    def usage(self) -> Usage:
        """Tokens and money spent so far by this object."""

    def prepare(self, tonight: Sequence[Paper]) -> None:
        """Hear, once and before the first ``judge``, which papers are listed tonight."""

    async def judge(self, paper: Paper) -> Judgment:
        """Judge one paper. Raises JudgeError when there is no valid judgment; its message is the reason."""


class Progress(Protocol):
    """Who is told how far the judging is."""

    def begin(self, total: int) -> None: ...

    def advance(self) -> None: ...


class Delivered(Record):
    """Where the drafts went: a file, a pull request, or (both null) nowhere.

    ``notes`` say what could not be done without being a failure, such as a label that was refused.
    """

    patch: str | None = None
    pr_url: str | None = None
    notes: tuple[str, ...] = ()


InsertPapers = Callable[[str, Sequence[tuple[str, str]]], str]
"""(catalog text, pairs of paper id and leaf) -> the text with the papers' entries, without those it lists already."""


class Delivery(Protocol):
    """How drafts reach the person who reviews them."""

    def read_back(self, proposed: Sequence[Draft]) -> tuple[Decision, ...]:
        """Return what people decided since, at most one decision per paper.

        Papers that ``proposed`` does not name are told too when people refused them: the state that knew them may be
        lost. Raises DeliveryError.
        """

    def deliver(self, run_id: str, drafts: Sequence[Draft], body: str) -> Delivered:
        """Hand over all undecided drafts (tonight's included) with the review text. Doing it twice is doing it once.

        Raises DeliveryError; the drafts stay in the store and are delivered by the next run.
        """


Nearest = Callable[[Paper, int, str], Sequence[Known]]
"""(paper, how many, leaf) -> the listed papers of that leaf that are most like it."""


@dataclass(frozen=True)
class Services:
    """What a run is given: the list under care, the ports, and the choices of this night.

    ``brief`` makes what a model would be asked, whoever judges tonight. ``recall``: what the same judge said of a paper
    before counts and is not asked for again.
    """

    survey: Survey
    source: Source
    judge: Judge
    delivery: Delivery
    store: Store
    brief: Callable[[], Brief]
    nearest: Nearest
    relevance: Callable[[Paper], float]
    window: Window
    covered: Sequence[Coverage]
    categories: Sequence[str]
    cross_lists: bool
    budget: int
    min_score: float
    rejudge: bool
    recall: bool
    reconsider: bool
    stop_before_judging: bool
    run_id: str
    now: Callable[[], datetime]
    progress: Progress
