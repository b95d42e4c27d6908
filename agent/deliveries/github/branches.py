"""The branch and the pull request that tonight's drafts go to, and what became of the earlier ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Final

from agent.deliveries.github.answers import Pull
from agent.deliveries.github.api import GitHub
from agent.deliveries.github.git import Clone
from agent.deliveries.github.texts import delivered_papers, papers_by_hand

CLOSED_WITH_BRANCH: Final = timedelta(seconds=5)
"""GitHub closes a pull request within this of the deletion of its branch; a person who closes first is slower."""


@dataclass(frozen=True)
class TargetBranch:
    """``tip`` is the remote branch as it is now (None: there is none), ``pull`` its open pull request (None: none yet).

    ``replace``: the branch is a leftover of which everything was merged or refused, to be made anew from the base.
    """

    branch: str
    tip: str | None
    pull: Pull | None
    replace: bool = False


@dataclass(frozen=True)
class RemoteState:
    """The state of the remote: branch tips, the branch names we have used, and our pull requests, newest first.

    ``base`` is the branch that they are for.
    """

    base: str
    heads: Mapping[str, str]
    names: tuple[str, ...]
    pulls: tuple[Pull, ...]

    def open_pull(self) -> Pull | None:
        """Return our one open pull request; one whose branch is gone is being closed by GitHub.

        People may open another one from the same branch, for another base; they may also give ours another base.
        """
        found = [pull for pull in self.pulls if pull.state == "open" and pull.head.ref in self.heads]
        return next((pull for pull in found if pull.base.ref == self.base), found[0] if found else None)


def read_remote(clone: Clone, github: GitHub, base: str, branch: str) -> RemoteState:
    """List the pull requests of ``branch``, ``branch-2``, ... up to the first name never used, and fetch.

    The fetch comes after the pull requests: a base from before a merge, beside a pull request that is told as merged,
    would look as if people had taken all its lines out.
    """
    heads: dict[str, str] | None = None
    names: list[str] = []
    pulls: list[Pull] = []
    for name in (branch if number == 1 else f"{branch}-{number}" for number in count(1)):
        found = github.pulls(name)
        if not found:
            heads = heads or clone.fetch(base, branch)
            if name not in heads:
                return RemoteState(base, heads, (*names, name), tuple(sorted(pulls, key=lambda pull: -pull.number)))
        names.append(name)
        pulls.extend(found)
    raise AssertionError("unreachable: names are endless")


def choose_branch(clone: Clone, seen: RemoteState, base: str) -> TargetBranch:
    """Return the branch to go on with: the open pull request's, else the first name that is free or reusable."""
    if pull := seen.open_pull():
        return TargetBranch(pull.head.ref, seen.heads[pull.head.ref], pull)
    return next(target for name in seen.names if (target := _closed_branch(clone, seen, base, name)))


def _closed_branch(clone: Clone, seen: RemoteState, base: str, name: str) -> TargetBranch | None:
    """Return how a branch without an open pull request may be used, or None when it holds unmerged work of people.

    After a squash or rebase merge, and after a refusal, going on with the old branch would bring its commits back. It
    is made anew, unless people have commits on it that were not merged: then it stays, and the next name is used.
    """
    tip = seen.heads.get(name)
    last = next((pull for pull in seen.pulls if pull.head.ref == name), None)
    if tip is None or last is None:
        return TargetBranch(name, tip, None)
    leftover = clone.contains(tip, last.head.sha) and not clone.contains(seen.heads[base], last.head.sha)
    if not leftover:
        return TargetBranch(name, tip, None)
    settled = [seen.heads[base], *([last.head.sha] if last.merged_at else [])]
    if all(commit.ours for commit in clone.commits(tip, settled)):
        return TargetBranch(name, tip, None, replace=True)
    return None


def delivered_to(clone: Clone, github: GitHub, pull: Pull | None, tip: str | None, base_tip: str) -> frozenset[str]:
    """Return the papers ever put on a pull request's branch: its body remembers, even commits that were dropped since.

    The commits on the branch add those of a run that died before it could write the body. A body that our account did
    not write is text.
    """
    remembered = delivered_papers(pull.body or "") if pull and github.wrote_pull(pull) else frozenset()
    committed = [paper for commit in (clone.commits(tip, [base_tip]) if tip else []) for paper in commit.papers]
    return remembered | frozenset(committed)


def left_to_people(github: GitHub, pull: Pull | None) -> frozenset[str]:
    """Return the papers that a pull request ever named as to be inserted by hand, if our account wrote its body."""
    return papers_by_hand(pull.body or "") if pull and github.wrote_pull(pull) else frozenset()


def branch_was_deleted(github: GitHub, pull: Pull, heads: Mapping[str, str]) -> bool:
    """Return whether GitHub closed this unmerged pull request because its branch was deleted, and no person did.

    A person may also close first and delete then. When GitHub does not tell the times, the deletion is taken as the
    cause, since then the drafts come again and nothing is lost.
    """
    if heads.get(pull.head.ref) == pull.head.sha:
        return False
    deleted_at = github.branch_deleted_at(pull.number)
    if deleted_at is None or pull.closed_at is None:
        return pull.head.ref not in heads
    return pull.closed_at > deleted_at - CLOSED_WITH_BRANCH
