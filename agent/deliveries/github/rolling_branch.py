"""One branch with one rolling pull request, as the deliveries of drafts and of repairs share it.

The branch is only ever appended to, and nothing is forced: people's commits stay. A run that dies anywhere is repaired
by the next one, on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import tenacity

from agent.deliveries.github.api import GitHub, Pull, Refused
from agent.deliveries.github.branches import Place, Situation, choose, look
from agent.deliveries.github.comments import say_once
from agent.deliveries.github.git import Clone, Raced
from agent.deliveries.github.texts import conflict_comment
from agent.errors import DeliveryError
from agent.records import Delivered

TRIES: Final = 3
"""How often a delivery is begun anew when someone else pushes in between."""


@dataclass(frozen=True)
class Change:
    """The change of a delivery to the branch: its new tip, and the text of its pull request.

    ``notes`` say what could not be done without being a failure.
    """

    tip: str
    title: str
    body: str
    notes: tuple[str, ...] = ()


MakeChange = Callable[[Place, str, str], Change]
"""(where it goes, tip to build on, tip of the base) -> the change."""


class RollingBranch:
    """The branch ``branch`` (or ``branch-2``, ... when people's unmerged work is on it), made from ``base``."""

    def __init__(
        self, clone: Clone, github: GitHub, *, base: str, branch: str, catalog_path: str, labels: Sequence[str] = ()
    ) -> None:
        self.clone = clone
        self.github = github
        self._base = base
        self._branch = branch
        self._catalog_path = catalog_path
        self._labels = list(labels)

    @contextmanager
    def opened(self) -> Iterator[Situation]:
        """Hold the clone and the connection, and say what the remote looks like. Raises DeliveryError."""
        with self.clone.opened(), self.github.opened():
            yield look(self.clone, self.github, self._base, self._branch)

    def base_tip(self, seen: Situation) -> str:
        return seen.heads[self._base]

    def deliver(self, make: MakeChange) -> Delivered:
        """Append what ``make`` commits, and describe it in the pull request, which is opened if there is none.

        A change without a commit opens nothing. When someone else pushes in between, all is made anew. Raises
        DeliveryError, the conflict with the base included; then the remote is as it was.
        """
        retry = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Raced), stop=tenacity.stop_after_attempt(TRIES), reraise=True
        )
        delivered: Delivered = retry(self._deliver, make)
        return delivered

    def _deliver(self, make: MakeChange) -> Delivered:
        with self.opened() as seen:
            base_tip = self.base_tip(seen)
            place = choose(self.clone, seen, self._base)
            start = base_tip if place.replace or place.tip is None else place.tip
            merged = self.clone.merge(start, base_tip, f"Merge {self._base} into {place.branch}")
            if merged is None:
                raise self._conflict(place)
            change = make(place, merged, base_tip)
            if change.tip == base_tip and place.pull is None:
                return Delivered(notes=change.notes)
            if place.replace and place.tip:
                self.clone.delete(place.branch, place.tip)
            if change.tip != place.tip:
                self.clone.push(change.tip, place.branch)
            pull = place.pull or self._open(place, change)
            notes = [*change.notes, *self._describe(pull, change)]
            return Delivered(pr_url=pull.html_url, notes=tuple(notes))

    def _open(self, place: Place, change: Change) -> Pull:
        """Open the pull request. If GitHub will not, the branch made for it goes again: nothing is left half-done."""
        try:
            return self.github.create_pull(title=change.title, body=change.body, branch=place.branch, target=self._base)
        except DeliveryError as error:
            # 422 may mean that there is one already, and the answer to an earlier try may have been lost.
            surely_none = isinstance(error, Refused) and error.status != 422
            found = [] if surely_none else self.github.pulls(place.branch)
            if made := next((pull for pull in found if pull.state == "open"), None):
                return made
            if place.tip is None or place.replace:
                self.clone.delete(place.branch, change.tip)
            raise

    def _describe(self, pull: Pull, change: Change) -> Iterator[str]:
        """Bring text and labels of the pull request up to date, and yield what GitHub refuses of it.

        The entries are on the branch by now: a text or label that GitHub does not take is no failure.
        """
        if pull.title != change.title or (pull.body or "").replace("\r\n", "\n").strip() != change.body.strip():
            try:
                self.github.update_pull(pull.number, title=change.title, body=change.body)
            except Refused as error:
                if error.status != 422:
                    raise
                yield f"the text of {pull.html_url} is that of an earlier run: {error}"
        if not set(self._labels) <= {label.name for label in pull.labels}:
            try:
                self.github.add_labels(pull.number, self._labels)
            except Refused as error:
                yield f"{pull.html_url} has no label {', '.join(self._labels)}: {error}"

    def _conflict(self, place: Place) -> DeliveryError:
        where = f"branch {place.branch}"
        if place.pull:
            where = place.pull.html_url
            text = conflict_comment(self._base, place.branch, self._catalog_path)
            say_once(self.github, place.pull, {f"conflict {place.tip}": text})
        return DeliveryError(
            f"{self._base} no longer merges into {place.branch}: resolve the conflict on {where}; "
            "nothing was changed there, the next run delivers"
        )
