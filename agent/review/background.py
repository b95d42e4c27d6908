"""The work beside the requests: the search for the nearest listed papers is prepared, and decisions are published."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import Final

from starlette.concurrency import run_in_threadpool

from agent.core.survey.survey import Survey
from agent.database.review_steps import UnpublishedStep
from agent.database.store import DatabaseError
from agent.errors import TriageError
from agent.review.session import Session, Tools
from agent.workflow import feedback

NEAREST_KEPT: Final = 256
"""Searches: the paper that is decided on was searched for when it was shown."""


class Background:
    """The tasks of one page. ``unpublished`` says why decisions are not on the pull request yet (empty: they are)."""

    def __init__(self, tools: Tools, session: Session) -> None:
        self._tools = tools
        self._session = session
        self._publisher: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.unpublished = ""
        self.clone = asyncio.Lock()
        """Held by whoever writes to the pull request: all use the same clone."""

    def start(self) -> None:
        """Prepare the search, and publish what an earlier page left to be published."""
        self._begin(self._learn(), self._tell_not_learned)
        self.publish()

    def cancel(self) -> None:
        """End all tasks: what they had not done yet is done by the next page or run."""
        for task in self._tasks:
            task.cancel()

    def publish(self) -> None:
        """Bring what was decided to the pull request that holds the drafts, if one does."""
        idle = self._publisher is None or self._publisher.done()
        if idle and self._session.pull_request() and self._session.store.unpublished():
            self._publisher = self._begin(self._publish_all(), self._tell_unpublished)

    def _begin(self, work: Coroutine[None, None, None], tell: Callable[[str], None]) -> asyncio.Task[None]:
        """Start work beside the requests; ``tell`` is called with the reason when it ends in an error."""

        def end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()):
                tell(self._explain(error))

        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(end)
        return task

    def _explain(self, error: BaseException) -> str:
        if isinstance(error, DatabaseError):
            error = self._session.store.designed_error(error)
        return str(error) if isinstance(error, TriageError) else f"not foreseen: {type(error).__name__}: {error}"

    async def _learn(self) -> None:
        """Prepare the search for the nearest listed papers; until then the drafts' own are shown."""
        found = await run_in_threadpool(self._tools.build_nearest)
        self._session.nearest = lru_cache(maxsize=NEAREST_KEPT)(found)

    def _tell_not_learned(self, why: str) -> None:
        self._session.nearest_problem = f"The nearest listed papers are not searched for: {why}"

    async def _publish_all(self) -> None:
        """Publish until no step is left: those that are taken meanwhile come in the next round."""

        def publish(survey: Survey) -> None:
            with self._tools.open_store() as store:
                feedback.publish(store, self._tools.build_delivery(survey, store, "pr"))

        tried: tuple[UnpublishedStep, ...] = ()
        while (steps := self._session.store.unpublished_steps()) not in ((), tried):
            tried = steps
            async with self.clone:
                await run_in_threadpool(publish, self._session.survey)
        self.unpublished = ""

    def _tell_unpublished(self, why: str) -> None:
        self.unpublished = f"Kept here, but not on the pull request yet: {why}"
