"""The protocols through which the workflow reaches the world, and the records that hand them over to one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.core.night.decisions import WantedEntry
from agent.core.survey.known_papers import Known
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.records import Coverage, Decision, Delivered, Draft, JudgeIdentity, Judgment, Listing, Paper, Usage, Window


class Source(Protocol):
    """A source of announcements."""

    @property
    def name(self) -> str: ...

    def listing(self, window: Window) -> Listing:
        """Return the papers announced in the window, each once, and how complete each day is.

        Raises SourceError when nothing at all could be read; a day that is short is a ``Coverage`` row, not an error.
        """


class Judge(Protocol):
    """A judge that decides whether a paper belongs, and where."""

    @property
    def identity(self) -> JudgeIdentity: ...

    @property
    def usage(self) -> Usage:
        """Tokens and money spent so far by this object."""

    def prepare(self, tonight: Sequence[Paper]) -> None:
        """Prepare for the papers that are listed tonight. Called once, before the first ``judge``."""

    async def judge(self, paper: Paper) -> Judgment:
        """Judge one paper. Raises JudgeError when there is no valid judgment; its message is the reason.

        Raises AnswerPending when a later run will have one.
        """


class Progress(Protocol):
    """A receiver of the judging's progress."""

    def begin(self, total: int) -> None: ...

    def advance(self) -> None: ...


class Unwatched:
    """Implements Progress for when nobody looks."""

    def begin(self, total: int) -> None:
        """Nothing to show."""

    def advance(self) -> None:
        """Nothing to show."""


class Delivery(Protocol):
    """A way for drafts to reach the person who reviews them."""

    def publish(self, wanted: Sequence[WantedEntry]) -> tuple[str, ...]:
        """Show, where drafts were delivered to, what was decided on the review page.

        Return the papers that stand there as wanted; of the others it is to be told again. Raises DeliveryError.
        """

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
class NightPlan:
    """The choices of one run, from the command line and the settings.

    ``covered`` is what earlier runs know of the days in ``window``, which a person has ``chosen`` (or the program has).
    ``budget`` is the largest number of drafts and
    ``min_score`` the lowest score of one. ``rejudge`` judges again what earlier runs decided; ``reuse_judgments``
    takes a stored judgment of the same judge instead of asking again; ``reconsider`` reopens drafts that were refused
    by closing a pull request; ``stop_before_judging`` ends the run once it is known which papers would be judged.
    ``reads_batches`` takes up again the papers whose batch was not finished in an earlier run; without it they wait.
    ``repeats_undecided`` lists, besides the window's papers, all that an earlier run left undecided. ``reviewed``:
    somebody reads the review text of this run, so that the queue belongs into it.
    """

    run_id: str
    window: Window
    covered: Sequence[Coverage]
    categories: Sequence[str]
    cross_lists: bool
    budget: int
    min_score: float
    rejudge: bool = False
    reuse_judgments: bool = True
    reconsider: bool = False
    stop_before_judging: bool = False
    reads_batches: bool = False
    repeats_undecided: bool = True
    reviewed: bool = True
    chosen: bool = False


@dataclass(frozen=True)
class Services:
    """The parts that do the work of one run, the list that it is done for, and the choices of this night.

    ``nearest`` and ``relevance`` come from the local judge, whoever judges: the listed papers most like a paper, and
    how likely it is in scope (from 0 to 1), which orders the papers to judge.
    """

    plan: NightPlan
    survey: Survey
    source: Source
    judge: Judge
    delivery: Delivery
    store: Store
    nearest: Nearest
    relevance: Callable[[Paper], float]
    now: Callable[[], datetime]
    progress: Progress
