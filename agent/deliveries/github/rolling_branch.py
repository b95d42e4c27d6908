"""One branch with one rolling pull request, as the deliveries of drafts and of repairs share it.

The branch is only ever appended to, and nothing is forced: people's commits stay. A run that dies anywhere is repaired
by the next one, on any machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import tenacity
from pydantic import SecretStr

from agent.deliveries.github.answers import Pull
from agent.deliveries.github.api import GitHub
from agent.deliveries.github.branches import RemoteState, TargetBranch, choose_branch, read_remote
from agent.deliveries.github.comments import comment_once
from agent.deliveries.github.git import Clone, RemoteMoved
from agent.deliveries.github.rest import CallRefused
from agent.deliveries.github.texts import conflict_comment, is_title_of_ours
from agent.errors import ConfigError, DeliveryError
from agent.records import ByHand, Delivered

TRIES: Final = 3
"""How often a delivery is begun anew when someone else pushes in between."""


@dataclass(frozen=True)
class BranchChange:
    """The change of a delivery to the branch: its new tip, and the text of its pull request.

    ``notes`` say what could not be done without being a failure, ``by_hand`` which entries are left to people.
    """

    tip: str
    title: str
    body: str
    notes: tuple[str, ...] = ()
    by_hand: tuple[ByHand, ...] = ()


MakeChange = Callable[[TargetBranch, str, str], BranchChange]
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
        self.catalog_path = catalog_path
        self._labels = list(labels)

    @contextmanager
    def opened(self) -> Iterator[RemoteState]:
        """Hold the clone and the connection, and say what the remote looks like. Raises DeliveryError."""
        with self.clone.opened(), self.github.opened():
            yield read_remote(self.clone, self.github, self._base, self._branch)

    def base_tip(self, seen: RemoteState) -> str:
        return seen.heads[self._base]

    def deliver(self, make: MakeChange) -> Delivered:
        """Append what ``make`` commits, and describe it in the pull request, which is opened if there is none.

        A change without a commit opens nothing. When someone else pushes in between, all is made anew. Raises
        DeliveryError, the conflict with the base included; then the remote is as it was.
        """
        retry = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(RemoteMoved), stop=tenacity.stop_after_attempt(TRIES), reraise=True
        )
        delivered: Delivered = retry(self._deliver, make)
        return delivered

    def _deliver(self, make: MakeChange) -> Delivered:
        with self.opened() as seen:
            base_tip = self.base_tip(seen)
            target = choose_branch(self.clone, seen, self._base)
            start = base_tip if target.replace or target.tip is None else target.tip
            merged = self.clone.merge(start, base_tip, f"Merge {self._base} into {target.branch}")
            if merged is None:
                raise self._conflict(target)
            change = make(target, merged, base_tip)
            if change.tip == base_tip and target.pull is None:
                return Delivered(notes=change.notes, by_hand=change.by_hand)
            if target.replace and target.tip:
                target = self._without_leftover(seen, target, target.tip)
            if change.tip != target.tip:
                self.clone.push(change.tip, target.branch, target.tip)
                if target.pull and self.github.pull(target.pull.number).state != "open":
                    raise ended_meanwhile(target.pull)
            pull = target.pull or self._open(target, change)
            notes = [*change.notes, *self._describe(pull, change)]
            return Delivered(pr_url=pull.html_url, notes=tuple(notes), by_hand=change.by_hand)

    def _without_leftover(self, seen: RemoteState, target: TargetBranch, tip: str) -> TargetBranch:
        """Delete a leftover branch; where a rule of the repository keeps branches, the name never used is taken."""
        try:
            self.clone.delete(target.branch, tip)
        except RemoteMoved:
            raise
        except DeliveryError:
            return TargetBranch(seen.names[-1], None, None)
        return replace(target, tip=None)

    def _open(self, target: TargetBranch, change: BranchChange) -> Pull:
        """Open the pull request. If GitHub will not, the branch made for it goes again: nothing is left half-done."""
        try:
            title, body = change.title, change.body
            return self.github.create_pull(title=title, body=body, branch=target.branch, target=self._base)
        except DeliveryError as error:
            # 422 may mean that there is one already, and the answer to an earlier try may have been lost.
            surely_there = "pull request already exists" in str(error)
            surely_none = isinstance(error, CallRefused) and error.status != 422
            found = [] if surely_none else self.github.pulls(target.branch)
            if made := next((pull for pull in found if pull.state == "open"), None):
                return made
            if target.tip is None and not surely_there:
                # Lists lag behind: without its branch, one that is not listed yet would be closed. What counts is why
                # GitHub did not open one, also where it keeps the branch.
                with suppress(DeliveryError):
                    self.clone.delete(target.branch, change.tip)
            raise

    def _describe(self, pull: Pull, change: BranchChange) -> Iterator[str]:
        """Bring text and labels of the pull request up to date, and yield what GitHub refuses of it.

        The entries are on the branch by now: a text or label that GitHub does not take is no failure. A title that
        people gave stays.
        """
        title = change.title if is_title_of_ours(pull.title, change.title) else pull.title
        if pull.title != title or (pull.body or "").replace("\r\n", "\n").strip() != change.body.strip():
            try:
                self.github.update_pull(pull.number, title=title, body=change.body)
            except CallRefused as error:
                if error.status != 422:
                    raise
                yield f"the text of {pull.html_url} is that of an earlier run: {error}"
        if not set(self._labels) <= {label.name for label in pull.labels}:
            try:
                self.github.add_labels(pull.number, self._labels)
            except CallRefused as error:
                yield f"{pull.html_url} has no label {', '.join(self._labels)}: {error}"

    def _conflict(self, target: TargetBranch) -> DeliveryError:
        where = f"branch {target.branch}"
        if target.pull:
            where = target.pull.html_url
            text = conflict_comment(self._base, target.branch, self.catalog_path)
            comment_once(self.github, target.pull, {f"conflict {target.tip}": text})
        return DeliveryError(
            f"{self._base} no longer merges into {target.branch}: resolve the conflict on {where}; "
            "nothing was changed there, the next run delivers"
        )


def ended_meanwhile(pull: Pull) -> DeliveryError:
    """Return the error of a night whose pull request people closed or merged after it was read.

    What they decided is not known yet: to propose its drafts anew could be against a no, and what is described in it
    now would be refused or merged unseen.
    """
    return DeliveryError(
        f"{pull.html_url} was closed or merged while this run went on; nothing is lost: the next run reads what was "
        "decided there and delivers"
    )


def build_branch(
    *,
    folder: Path,
    repository: str,
    remote: str,
    base: str,
    branch: str,
    catalog_path: str,
    api_url: str,
    token: SecretStr,
    environment: Mapping[str, str],
    labels: Sequence[str] = (),
    sleep: Callable[[float], None] = time.sleep,
) -> RollingBranch:
    """Return the branch of a repository on GitHub, with a clone of our own in ``folder``.

    ``repository`` is ``owner/name``; ``catalog_path`` is the catalog in it; ``labels`` are those of the pull request;
    ``environment`` is what git inherits. Raises ConfigError for a token, remote, address or branch that cannot be used.
    """
    if branch == base:
        raise ConfigError(
            f"[github] branch = {branch!r} is [github] base too: what is proposed would stand there without a review; "
            "give the drafts a branch of their own, such as triage/drafts"
        )
    clone = Clone(folder, remote, catalog_path, token, environment, sleep=sleep)
    github = GitHub(api_url, repository, token, sleep=sleep)
    return RollingBranch(clone, github, base=base, branch=branch, catalog_path=catalog_path, labels=labels)
