"""Delivers drafts as one rolling draft pull request, and reads people's decisions back from it.

The remote is the only memory: what was ever proposed stands in the commits and in the body of the pull request. A run
that dies anywhere is therefore repaired by the next one, on any machine. Nothing is forced: people's commits stay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from agent.core.catalog.edits import InsertPapers, move_entry, remove_entry
from agent.core.escaping import without_mentions
from agent.core.night.decisions import (
    CLOSED,
    Decision,
    DecisionKind,
    Order,
    compare,
    find_entries,
    followable,
    problem_of,
)
from agent.deliveries.github.api import GitHub, Refused
from agent.deliveries.github.branches import Place, branch_was_deleted, choose, delivered_to, look
from agent.deliveries.github.comments import followed, read_orders, say_once
from agent.deliveries.github.git import Clone, Raced
from agent.deliveries.github.rows import Pull
from agent.deliveries.github.texts import (
    command_message,
    commit_message,
    conflict_comment,
    drafted_title,
    finish_body,
    split_title,
)
from agent.errors import ConfigError, DeliveryError
from agent.records import Delivered, Draft, Entry

ReadEntries = Callable[[str], Sequence[Entry]]
"""Catalog text -> its entries."""

TRIES: Final = 3
LABELS: Final = ["triage"]


class PullRequestDelivery:
    """One branch, one draft pull request, only ever appended to."""

    def __init__(
        self,
        *,
        folder: Path,
        repository: str,
        remote: str,
        base: str,
        branch: str,
        catalog_path: str,
        api_url: str,
        token: str,
        insert: InsertPapers,
        read_entries: ReadEntries,
        leaves: Collection[str],
        environment: Mapping[str, str],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``folder`` is for a clone of our own; ``environment`` is what git inherits. Raises ConfigError.

        ``repository`` is ``owner/name``; ``catalog_path`` is the catalog in that repository; ``leaves`` are the
        sections that ``/triage move`` may name.
        """
        self._clone = Clone(folder, remote, catalog_path, SecretStr(token), environment)
        self._github = GitHub(api_url, repository, SecretStr(token), sleep=sleep)
        self._base = base
        self._branch = branch
        self._catalog_path = catalog_path
        self._insert = insert
        self._read_entries = read_entries
        self._leaves = frozenset(leaves)

    def read_back(self, proposed: Sequence[Draft]) -> tuple[Decision, ...]:
        """Return what people decided since, at most one decision per paper, plus the papers they ask a draft of.

        ``proposed`` are the drafts on which the list may still say otherwise. Of one that was never brought to a pull
        request nothing is said. Raises DeliveryError.
        """
        with self._clone.opened(), self._github.opened():
            seen = look(self._clone, self._github, self._base, self._branch)
            base_tip = seen.heads[self._base]
            listed = self._read_entries(self._clone.text(base_tip))
            current = seen.open_pull()
            waiting = {draft.paper_id: draft for draft in proposed}
            decisions: dict[str, Decision] = {}
            for pull in seen.pulls:
                tip = seen.heads[pull.head.ref] if pull is current else None
                delivered = delivered_to(self._clone, pull, tip, base_tip)
                here = [waiting.pop(paper_id) for paper_id in delivered & waiting.keys()]
                if pull is current and tip:
                    branch = self._read_entries(self._clone.text(tip))
                    decisions |= {draft.paper_id: compare(draft, branch, merged=False) for draft in here}
                elif pull.merged_at:
                    decisions |= {draft.paper_id: compare(draft, listed, merged=True) for draft in here}
                elif here:
                    decisions |= self._closed(pull, here, seen.heads)
            for draft in waiting.values():
                if find_entries(draft.paper_id, draft.title, listed):
                    decisions[draft.paper_id] = compare(draft, listed, merged=True)
            if seen.pulls:
                place = Place(current.head.ref, seen.heads[current.head.ref], current) if current else None
                decisions |= self._ordered(seen.pulls[0], place, base_tip, {d.paper_id: d for d in proposed}, decisions)
        return tuple(decisions.values())

    def deliver(self, run_id: str, drafts: Sequence[Draft], body: str) -> Delivered:
        """Put every draft not yet there on the branch, one commit each, and describe them all in the pull request.

        ``body`` is the review text; its first line, ``# ...``, becomes the title. Without anything to propose and
        without an open pull request, nothing happens. Raises DeliveryError, the conflict with the base included.
        """
        for attempt in range(1, TRIES + 1):
            try:
                with self._clone.opened(), self._github.opened():
                    return self._deliver(run_id, drafts, body)
            except Raced:
                if attempt == TRIES:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    def _closed(self, pull: Pull, drafts: Sequence[Draft], heads: Mapping[str, str]) -> dict[str, Decision]:
        if branch_was_deleted(self._github, pull, heads):
            kind, note = DecisionKind.UNDECIDED, f"the branch of pull request #{pull.number} was deleted"
        else:
            kind, note = DecisionKind.REJECTED, f"pull request #{pull.number} {CLOSED}"
        return {draft.paper_id: Decision(paper_id=draft.paper_id, kind=kind, note=note) for draft in drafts}

    def _ordered(
        self,
        newest: Pull,
        place: Place | None,
        base_tip: str,
        proposed: Mapping[str, Draft],
        seen: Mapping[str, Decision],
    ) -> dict[str, Decision]:
        """Return what comments on the newest pull request decide: no and move while it is open, draft always."""
        delivered = delivered_to(self._clone, newest, place.tip if place else None, base_tip)
        done = followed(self._clone, place.tip if place else None, base_tip)
        decisions: dict[str, Decision] = {}
        for order in followable(read_orders(self._github, newest), delivered, self._leaves):
            command, paper_id = order.command, order.command.paper_id
            told = f"/triage {command.verb} by {order.by}"
            if command.verb == "draft":
                if paper_id not in delivered:
                    decisions[paper_id] = Decision(
                        paper_id=paper_id, kind=DecisionKind.PROMOTED, by=order.by, note=told
                    )
            elif place and paper_id in proposed and order.comment_id not in done:
                earlier = seen.get(paper_id)
                if earlier is None or earlier.kind is not DecisionKind.REJECTED:
                    kind = DecisionKind.REJECTED if command.verb == "no" else DecisionKind.MOVED
                    decisions[paper_id] = Decision(
                        paper_id=paper_id, kind=kind, section=command.section, by=order.by, note=told
                    )
        return decisions

    def _deliver(self, run_id: str, drafts: Sequence[Draft], review: str) -> Delivered:
        seen = look(self._clone, self._github, self._base, self._branch)
        base_tip = seen.heads[self._base]
        place = choose(self._clone, seen, self._base)
        start = base_tip if place.replace or place.tip is None else place.tip
        tip = self._clone.merge(start, base_tip, f"Merge {self._base} into {place.branch}")
        if tip is None:
            raise self._conflict(place)
        delivered = delivered_to(self._clone, place.pull, start, base_tip)
        if place.pull:
            tip = self._follow(place, place.pull, tip, delivered, base_tip)
        tip, added = self._append(tip, [draft for draft in drafts if draft.paper_id not in delivered], run_id)
        if tip == base_tip and place.pull is None:
            return Delivered()
        if place.replace and place.tip:
            self._clone.delete(place.branch, place.tip)
        if tip != place.tip:
            self._clone.push(tip, place.branch)
        title, text = split_title(review)
        body = finish_body(text, delivered | added)
        pull = place.pull or self._open(place, tip, title, body)
        if pull.title != title or (pull.body or "").replace("\r\n", "\n").strip() != body.strip():
            self._github.update_pull(pull.number, title=title, body=body)
        if not set(LABELS) <= {label.name for label in pull.labels}:
            self._github.add_labels(pull.number, LABELS)
        return Delivered(pr_url=pull.html_url)

    def _append(self, tip: str, drafts: Sequence[Draft], run_id: str) -> tuple[str, frozenset[str]]:
        """Commit each draft's entry on top of ``tip``; one that the catalog already lists needs no commit."""
        text = self._clone.text(tip)
        added = set()
        for draft in drafts:
            after = self._insert_paper(text, draft.paper_id, draft.section)
            if after != text:
                tip = self._clone.commit(tip, after, commit_message(draft, run_id))
                text = after
                added.add(draft.paper_id)
        return tip, frozenset(added)

    def _follow(self, place: Place, pull: Pull, tip: str, delivered: frozenset[str], base_tip: str) -> str:
        """Do on the branch what comments asked for, once; tell people once what could not be done."""
        done = followed(self._clone, place.tip, base_tip)
        orders = read_orders(self._github, pull)
        commits = self._clone.commits(tip, [base_tip])
        titles = {paper: drafted_title(commit.subject) for commit in commits for paper in commit.papers}
        for order in followable(orders, delivered, self._leaves):
            if order.comment_id not in done and order.command.verb != "draft":
                tip = self._obey(order, titles.get(order.command.paper_id, ""), tip)
        problems: dict[str, str] = {}
        for order in orders:
            if problem := problem_of(order, delivered, self._leaves):
                key, told = f"comment {order.comment_id}", without_mentions(problem).replace("`", "'")
                problems[key] = f"{problems.get(key, '')}\n\nNot done: {told}.".strip()
        say_once(self._github, pull, problems)
        return tip

    def _obey(self, order: Order, title: str, tip: str) -> str:
        """Commit what an order asks for, an empty commit if people did it already: it must not be done nights later."""
        text = self._clone.text(tip)
        paper_id, leaf = order.command.paper_id, order.command.section
        found = find_entries(paper_id, title, self._read_entries(text))
        if found and not any(entry.section_id == leaf for entry in found):
            for entry in reversed(found):
                text = remove_entry(text, entry)
            if leaf:
                text = self._insert_paper(text, paper_id, leaf)
                placed = find_entries(paper_id, found[0].title, self._read_entries(text))
                text = move_entry(text, found[0], placed[0])
        action, name = f"Move to {leaf}" if leaf else "Drop", found[0].title if found else paper_id
        return self._clone.commit(tip, text, command_message(action, name, order.by, order.comment_id))

    def _insert_paper(self, text: str, paper_id: str, leaf: str) -> str:
        try:
            return self._insert(text, [(paper_id, leaf)])
        except ConfigError as error:
            raise DeliveryError(f"{paper_id} cannot be added to {self._catalog_path} as it is now: {error}") from None

    def _open(self, place: Place, tip: str, title: str, body: str) -> Pull:
        """Open the pull request. If GitHub will not, the branch made for it goes again: nothing is left half-done."""
        try:
            return self._github.create_pull(title=title, body=body, branch=place.branch, target=self._base)
        except DeliveryError as error:
            # 422 may mean that there is one already, and the answer to an earlier try may have been lost.
            surely_none = isinstance(error, Refused) and error.status != 422
            found = [] if surely_none else self._github.pulls(place.branch)
            if made := next((pull for pull in found if pull.state == "open"), None):
                return made
            if place.tip is None or place.replace:
                self._clone.delete(place.branch, tip)
            raise

    def _conflict(self, place: Place) -> DeliveryError:
        where = f"branch {place.branch}"
        if place.pull:
            where = place.pull.html_url
            text = conflict_comment(self._base, place.branch, self._catalog_path)
            say_once(self._github, place.pull, {f"conflict {place.tip}": text})
        return DeliveryError(
            f"{self._base} no longer merges into {place.branch}: resolve the conflict on {where}; "
            "nothing was changed there, the next run delivers"
        )
