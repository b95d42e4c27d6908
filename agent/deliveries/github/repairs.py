"""Delivers repairs of the catalog as a pull request of their own, one commit per kind."""

from __future__ import annotations

from agent.core.audit.repairs import Repairs, apply_repairs, commit_message
from agent.deliveries.github.api import GitHub
from agent.deliveries.github.branches import choose, look
from agent.deliveries.github.git import Clone
from agent.deliveries.github.texts import finish_body, split_title
from agent.errors import DeliveryError
from agent.records import Delivered


class RepairsDelivery:
    """Branch ``<branch>``, made from ``base``; while its pull request is open, later repairs are appended to it."""

    def __init__(self, clone: Clone, github: GitHub, *, base: str, branch: str) -> None:
        self._clone = clone
        self._github = github
        self._base = base
        self._branch = branch

    def deliver(self, repairs: Repairs, body: str) -> Delivered:
        """Commit each kind's repairs where the remote catalog still reads as the audited one did.

        ``body`` is the text of the pull request; its first line, ``# ...``, becomes the title. Nothing is opened when
        no repair applies. Raises DeliveryError.
        """
        with self._clone.opened(), self._github.opened():
            seen = look(self._clone, self._github, self._base, self._branch)
            place = choose(self._clone, seen, self._base)
            base_tip = seen.heads[self._base]
            start = base_tip if place.replace or place.tip is None else place.tip
            tip = self._clone.merge(start, base_tip, f"Merge {self._base} into {place.branch}")
            if tip is None:
                raise DeliveryError(
                    f"{self._base} no longer merges into {place.branch}: resolve it there, or delete the branch"
                )
            text = self._clone.text(tip)
            for kind, made in repairs.done:
                after = apply_repairs(text, made)
                if after != text:
                    tip, text = self._clone.commit(tip, after, commit_message(kind, made)), after
            if tip == base_tip and place.pull is None:
                return Delivered()
            if place.replace and place.tip:
                self._clone.delete(place.branch, place.tip)
            if tip != place.tip:
                self._clone.push(tip, place.branch)
            title, text = split_title(body)
            text = finish_body(text, ())
            if place.pull:
                self._github.update_pull(place.pull.number, title=title, body=text)
                return Delivered(pr_url=place.pull.html_url)
            made_pull = self._github.create_pull(title=title, body=text, branch=place.branch, target=self._base)
            return Delivered(pr_url=made_pull.html_url)
