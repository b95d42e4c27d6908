"""Delivers drafts as one rolling draft pull request, and reads people's decisions back from it.

The remote is the only memory: what was ever proposed stands in the commits and in the body of the pull request. A run
that dies anywhere is therefore repaired by the next one, on any machine. Nothing is forced: people's commits stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import tenacity

from agent.core.catalog.edits import InsertPapers, remove_entry
from agent.core.escaping import without_mentions
from agent.core.night.comment_commands import PostedCommand, Proposed, executable, problem_of
from agent.core.night.decisions import CLOSED, WantedEntry, compare, find_entries, mentions
from agent.core.night.review_text import with_hand_insertions
from agent.deliveries.github.answers import Pull
from agent.deliveries.github.branches import (
    RemoteState,
    TargetBranch,
    branch_was_deleted,
    delivered_to,
    left_to_people,
)
from agent.deliveries.github.comments import comment_once, executed_comments, read_commands
from agent.deliveries.github.git import RemoteMoved, Version
from agent.deliveries.github.moves import Move, NotMoved, ReadEntries, move_to_leaf
from agent.deliveries.github.page_decisions import commit_wanted_entry
from agent.deliveries.github.rolling_branch import TRIES, BranchChange, RollingBranch, ended_meanwhile
from agent.deliveries.github.texts import (
    command_message,
    commit_message,
    drafted_title,
    finish_body,
    split_title,
)
from agent.errors import DeliveryError
from agent.records import ByHand, Decision, DecisionKind, Delivered, Draft, Entry

LABELS: Final = ("triage",)


class PullRequestDelivery:
    """One branch, one draft pull request, only ever appended to."""

    def __init__(
        self, branch: RollingBranch, insert: InsertPapers, read_entries: ReadEntries, leaves: Collection[str]
    ) -> None:
        """``leaves`` are the sections that ``/triage move`` may name."""
        self._branch = branch
        self._clone, self._github = branch.clone, branch.github
        self._insert = insert
        self._read_entries = read_entries
        self._leaves = frozenset(leaves)
        self._read: Pull | None = None

    def read_back(self, proposed: Sequence[Draft]) -> tuple[Decision, ...]:
        """Return what people decided since, at most one decision per paper, plus the papers they ask a draft of.

        ``proposed`` are the drafts on which the list may still say otherwise. Of one that was never brought to a pull
        request nothing is said. Papers that ``proposed`` does not name, since the state that knew them is lost, are
        told when people refused them: our pull requests remember what they proposed. Raises DeliveryError.
        """
        with self._branch.opened() as seen:
            base_tip = self._branch.base_tip(seen)
            list_text = self._clone.text(base_tip)
            listed = self._read_entries(list_text)
            current = self._read = seen.open_pull()
            waiting = {draft.paper_id: draft for draft in proposed}
            remembered: set[str] = set(waiting)
            decisions: dict[str, Decision] = {}
            for pull in seen.pulls:
                tip = seen.heads[pull.head.ref] if pull is current else None
                delivered = delivered_to(self._clone, self._github, pull, tip, base_tip)
                here = [waiting.pop(paper_id) for paper_id in sorted(delivered & waiting.keys())]
                unknown = sorted(delivered - remembered)
                remembered |= delivered
                if pull is current and tip:
                    # What people picked into the base stands in the list, though they took it from the branch.
                    text = self._clone.text(self._clone.merge(tip, base_tip, "As merged") or tip)
                    branch = self._read_entries(text)
                    decisions |= {draft.paper_id: compare(draft, branch, merged=False, text=text) for draft in here}
                    decisions |= _refused([each for each in unknown if not mentions(each, text)], [*branch, *listed])
                elif pull.merged_at and self._is_in_base(pull, base_tip, seen.base):
                    decisions |= {draft.paper_id: compare(draft, listed, merged=True, text=list_text) for draft in here}
                    decisions |= _refused([each for each in unknown if not mentions(each, list_text)], listed)
                elif here or unknown:
                    closed, note = self._closed(pull, seen.heads)
                    decisions |= {draft.paper_id: _closed_with(draft, listed, closed, note) for draft in here}
                    decisions |= _refused(unknown, listed, note) if closed is DecisionKind.REJECTED else {}
            for draft in waiting.values():
                if find_entries(draft.paper_id, draft.title, listed):
                    decisions[draft.paper_id] = compare(draft, listed, merged=True)
            if seen.pulls:
                decisions |= self._read_commands(seen, current, {d.paper_id: d for d in proposed}, decisions)
        return tuple(decisions.values())

    def deliver(self, run_id: str, drafts: Sequence[Draft], body: str) -> Delivered:
        """Put every draft not yet there on the branch, one commit each, and describe them all in the pull request.

        ``body`` is the review text; its first line, ``# ...``, becomes the title. Without anything to propose and
        without an open pull request, nothing happens. Raises DeliveryError, the conflict with the base included.
        """
        title, described = split_title(body)

        def make(target: TargetBranch, tip: str, base_tip: str) -> BranchChange:
            if self._read and (target.pull is None or target.pull.number != self._read.number):
                raise ended_meanwhile(self._read)
            start = None if target.replace else target.tip
            delivered = delivered_to(self._clone, self._github, target.pull, start, base_tip)
            notes: list[str] = []
            left = left_to_people(self._github, target.pull)
            if target.pull:
                proposed = Proposed(delivered=delivered, by_hand=left, leaves=self._leaves)
                tip, notes = self._execute_commands(target, target.pull, tip, proposed, base_tip)
            done = self._append(tip, [one for one in drafts if one.paper_id not in delivered], run_id)
            notes += [
                f"{draft.paper_id} was not added: {self._branch.catalog_path} has it already" for draft in done.same
            ]
            body = with_hand_insertions(described, done.by_hand)
            text = finish_body(body, delivered | done.added, left | {one.paper_id for one in done.by_hand})
            return BranchChange(done.tip, title, text, notes=tuple(notes), by_hand=done.by_hand)

        return self._branch.deliver(make)

    def publish(self, wanted: Sequence[WantedEntry]) -> tuple[str, ...]:
        """Commit on the branch of the open pull request what was decided on the review page, and push it.

        A paper that cannot be put where it is wanted stays as it is, and a comment says why. Papers that were never put
        there are left to ``deliver``. Return the papers on which nothing is left to be done, which is all of them.
        Raises DeliveryError, also when the comment could not be posted.
        """
        retry = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(RemoteMoved), stop=tenacity.stop_after_attempt(TRIES), reraise=True
        )
        retry(self._publish, wanted)
        return tuple(one.paper_id for one in wanted)

    def _publish(self, wanted: Sequence[WantedEntry]) -> None:
        with self._branch.opened() as seen:
            pull = seen.open_pull()
            if pull is None:
                return
            start = tip = seen.heads[pull.head.ref]
            delivered = delivered_to(self._clone, self._github, pull, tip, self._branch.base_tip(seen))
            problems: dict[str, str] = {}
            for one in wanted:
                try:
                    if one.paper_id in delivered:
                        tip = commit_wanted_entry(self._clone, tip, one, self._read_entries, self._insert)
                except NotMoved as error:
                    problems[f"page {one.paper_id} {one.section}"] = _not_done(str(error))
            if tip != start:
                self._clone.push(tip, pull.head.ref, start)
            if unsaid := comment_once(self._github, pull, problems):
                raise DeliveryError("; ".join(unsaid))

    def _is_in_base(self, pull: Pull, base_tip: str, base: str) -> bool:
        """Return whether a pull request was merged into the list: people may have given it another base before."""
        made = pull.merge_commit_sha
        return pull.base.ref == base or (made is not None and self._clone.contains(base_tip, made))

    def _closed(self, pull: Pull, heads: Mapping[str, str]) -> tuple[DecisionKind, str]:
        """Return what became of the drafts of a pull request that the list has nothing of, and in which words."""
        if pull.merged_at:
            return DecisionKind.UNDECIDED, f"pull request #{pull.number} was merged into {pull.base.ref}"
        if branch_was_deleted(self._github, pull, heads):
            return DecisionKind.UNDECIDED, f"the branch of pull request #{pull.number} was deleted"
        return DecisionKind.REJECTED, f"pull request #{pull.number} {CLOSED}"

    def _read_commands(
        self,
        seen: RemoteState,
        current: Pull | None,
        proposed: Mapping[str, Draft],
        earlier: Mapping[str, Decision],
    ) -> dict[str, Decision]:
        """Return what comments decide on the open pull request, or without one on the newest: no and move while it is
        open, draft always.
        """
        commented, base_tip = current or seen.pulls[0], self._branch.base_tip(seen)
        tip = seen.heads[current.head.ref] if current else None
        delivered = delivered_to(self._clone, self._github, commented, tip, base_tip)
        left = left_to_people(self._github, commented)
        possible = Proposed(delivered=delivered, by_hand=left, leaves=self._leaves)
        done = executed_comments(self._clone, tip, base_tip)
        decisions: dict[str, Decision] = {}
        for posted in executable(read_commands(self._github, commented), possible):
            command, paper_id = posted.command, posted.command.paper_id
            told = f"/triage {command.verb} by {posted.by}"
            if command.verb == "draft":
                if paper_id not in delivered:
                    decisions[paper_id] = Decision(
                        paper_id=paper_id, kind=DecisionKind.PROMOTED, by=posted.by, note=told
                    )
                continue
            refused = paper_id in earlier and earlier[paper_id].kind is DecisionKind.REJECTED
            if current and paper_id in proposed and posted.comment_id not in done and not refused:
                kind = DecisionKind.REJECTED if command.verb == "no" else DecisionKind.MOVED
                decisions[paper_id] = Decision(
                    paper_id=paper_id, kind=kind, section=command.section, by=posted.by, note=told
                )
        return decisions

    def _append(self, tip: str, drafts: Sequence[Draft], run_id: str) -> _Appended:
        """Commit each draft's entry on top of ``tip``; one that cannot be inserted does not keep the others waiting."""
        text = self._clone.text(tip)
        added: set[str] = set()
        same: list[Draft] = []
        by_hand: list[ByHand] = []
        versions: list[Version] = []
        for draft in drafts:
            edit = self._insert(text, [(draft.paper_id, draft.section)])
            by_hand += edit.by_hand
            if edit.text != text:
                versions.append(Version(edit.text, commit_message(draft, run_id)))
                text = edit.text
                added.add(draft.paper_id)
            elif not edit.by_hand:
                same.append(draft)
        return _Appended(self._clone.commit_each(tip, versions), frozenset(added), tuple(same), tuple(by_hand))

    def _execute_commands(
        self, target: TargetBranch, pull: Pull, tip: str, proposed: Proposed, base_tip: str
    ) -> tuple[str, list[str]]:
        """Do on the branch what comments asked for, once; tell people once what could not be done.

        Return the new tip, and notes on what could not be told.
        """
        done = executed_comments(self._clone, target.tip, base_tip)
        commands = read_commands(self._github, pull)
        commits = self._clone.commits(tip, [base_tip])
        titles = {paper: drafted_title(commit.subject) for commit in commits for paper in commit.papers}
        problems: dict[str, str] = {}
        for posted in executable(commands, proposed):
            if posted.comment_id not in done and posted.command.verb != "draft":
                tip, problem = self._execute(posted, titles.get(posted.command.paper_id, ""), tip)
                _add_problem(problems, posted, problem)
        for posted in commands:
            _add_problem(problems, posted, problem_of(posted, proposed))
        return tip, comment_once(self._github, pull, problems)

    def _execute(self, posted: PostedCommand, title: str, tip: str) -> tuple[str, str | None]:
        """Commit what a command asks for, an empty commit if people did it already: it must not be done nights later.

        Return the new tip, and why it could not be carried out (None: it was).
        """
        text, problem = self._clone.text(tip), None
        paper_id, leaf = posted.command.paper_id, posted.command.section
        found = find_entries(paper_id, title, self._read_entries(text))
        if leaf is None:
            for entry in reversed(found):
                text = remove_entry(text, entry)
        elif found and not any(entry.section_id == leaf for entry in found):
            move = Move(paper_id=paper_id, title=found[0].title, leaf=leaf, words=found[0].raw)
            try:
                text = move_to_leaf(text, move, found, self._insert, self._read_entries)
            except NotMoved as error:
                problem = str(error)
        action, name = f"Move to {leaf}" if leaf else "Drop", found[0].title if found else paper_id
        message = command_message(f"Not done: {action}" if problem else action, name, posted.by, posted.comment_id)
        return self._clone.commit(tip, text, message), problem


def _add_problem(problems: dict[str, str], posted: PostedCommand, problem: str | None) -> None:
    if problem:
        key = f"comment {posted.comment_id}"
        problems[key] = f"{problems.get(key, '')}\n\n{_not_done(problem)}".strip()


def _not_done(problem: str) -> str:
    """Return the comment on a command or decision that cannot be carried out."""
    told = without_mentions(problem).replace("`", "'")
    return f"Not done: {told}."


@dataclass(frozen=True)
class _Appended:
    """The outcome of the drafts: the new tip, those added, those that the catalog has already, those left to people."""

    tip: str
    added: frozenset[str]
    same: tuple[Draft, ...]
    by_hand: tuple[ByHand, ...]


def _closed_with(draft: Draft, listed: Sequence[Entry], kind: DecisionKind, note: str) -> Decision:
    """Return what became of a draft whose pull request was closed: ``kind``, unless people put it into the list by
    hand.
    """
    by_hand = compare(draft, listed, merged=True)
    return Decision(paper_id=draft.paper_id, kind=kind, note=note) if by_hand.section is None else by_hand


def _refused(
    papers: Sequence[str], entries: Sequence[Entry], note: str = "the line was removed"
) -> dict[str, Decision]:
    """Return a no for each paper that was proposed and has no entry."""
    gone = [paper_id for paper_id in papers if not find_entries(paper_id, "", entries)]
    return {paper_id: Decision(paper_id=paper_id, kind=DecisionKind.REJECTED, note=note) for paper_id in gone}
