"""Delivers repairs of the catalog as a pull request of their own, one commit per kind."""

from __future__ import annotations

from agent.core.audit.repairs import Repairs, apply_repairs, commit_message
from agent.deliveries.github.branches import TargetBranch
from agent.deliveries.github.git import Version
from agent.deliveries.github.rolling_branch import BranchChange, RollingBranch
from agent.deliveries.github.texts import finish_body, split_title
from agent.records import Delivered


class RepairsDelivery:
    """While the pull request of ``branch`` is open, later repairs are appended to it."""

    def __init__(self, branch: RollingBranch) -> None:
        self._branch = branch

    def deliver(self, repairs: Repairs, body: str) -> Delivered:
        """Commit each kind's repairs where the remote catalog still reads as the audited one did.

        ``body`` is the text of the pull request; its first line, ``# ...``, becomes the title. Nothing is opened when
        no repair applies. Raises DeliveryError.
        """
        title, described = split_title(body)
        clone = self._branch.clone

        def make(target: TargetBranch, tip: str, base_tip: str) -> BranchChange:
            text = clone.text(tip)
            versions: list[Version] = []
            for kind, made in repairs.done:
                after = apply_repairs(text, made)
                if after != text:
                    versions.append(Version(after, commit_message(kind, made)))
                    text = after
            return BranchChange(clone.commit_each(tip, versions), title, finish_body(described, ()))

        return self._branch.deliver(make)
