"""The few calls of GitHub's REST API that a rolling pull request needs.

Source: https://docs.github.com/en/rest (pulls, issues, collaborators), API version 2022-11-28.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from pydantic import SecretStr

from agent.deliveries.github.answers import Comment, Event, Permission, Pull, Review, User
from agent.deliveries.github.rest import CallRefused, Rest, read


class GitHub:
    """One repository over REST. Every method raises DeliveryError, with the remedy and never with the token in it."""

    def __init__(
        self, api_url: str, repository: str, token: SecretStr, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """``repository`` is ``owner/name``; ``sleep`` waits between tries, in seconds.

        Raises ConfigError for an address that holds more than an address.
        """
        self._rest = Rest(api_url, repository, token, sleep)
        self._viewer: tuple[str | None] | None = None
        self._may_write: dict[str, bool] = {}

    def opened(self) -> AbstractContextManager[None]:
        """Hold one connection for the calls within."""
        return self._rest.opened()

    def viewer(self) -> str | None:
        """Return the login of the account that the token acts as, None when GitHub does not tell.

        It does not tell the token of an app's installation, which ``GITHUB_TOKEN`` in GitHub Actions is.
        """
        if self._viewer is None:
            try:
                self._viewer = (read(User, self._rest.call("GET", "/user", everywhere=True)).login,)
            except CallRefused as error:
                if error.status not in (403, 404):
                    raise
                self._viewer = (None,)
        return self._viewer[0]

    def pulls(self, branch: str) -> list[Pull]:
        """Return every pull request ever made from a branch of this repository, newest first."""
        owner = self._rest.repository.split("/")[0]
        query = {"head": f"{owner}:{branch}", "state": "all", "sort": "created", "direction": "desc"}
        # A head filter that GitHub cannot read is left out of the question: the answer is all pull requests.
        found = self._rest.pages("/pulls", Pull, query)
        ours = [pull for pull in found if pull.head.ref == branch and self._is_here(pull)]
        return sorted(ours, key=lambda pull: -pull.number)

    def wrote_pull(self, pull: Pull) -> bool:
        """Return whether our own account opened a pull request from a branch of this repository, so that its body is
        ours to believe: the account of tonight's token, or one that may have been that of an earlier token, since it
        may push. (GitHub tells the permission of people alone; an app opens pull requests only where it may write.)

        Where GitHub does not tell who we are, every such pull request is taken for ours.
        """
        viewer, author = self.viewer(), pull.user.login if pull.user else None
        if viewer is None:
            return True
        return author is not None and (
            author.casefold() == viewer.casefold() or author.endswith("[bot]") or self.may_write(author)
        )

    def wrote_comment(self, comment: Comment, pull: Pull) -> bool:
        """Return whether our own account wrote a comment; the author of our pull request stands in for an unknown
        account.
        """
        own = self.viewer() or (pull.user.login if pull.user else None)
        return own is not None and comment.user is not None and comment.user.login.casefold() == own.casefold()

    def create_pull(self, *, title: str, body: str, branch: str, target: str) -> Pull:
        """Open a draft pull request; a normal one where the repository's plan has no drafts."""
        fields = {"title": title, "body": body, "head": branch, "base": target}
        try:
            return read(Pull, self._rest.call("POST", "/pulls", {**fields, "draft": True}))
        except CallRefused as error:
            if error.status == 422 and "draft pull requests are not supported" in str(error).lower():
                return read(Pull, self._rest.call("POST", "/pulls", {**fields, "draft": False}))
            raise

    def pull(self, number: int) -> Pull:
        """Return a pull request as it is now: lists lag behind."""
        return read(Pull, self._rest.call("GET", f"/pulls/{number}"))

    def update_pull(self, number: int, *, title: str, body: str) -> None:
        self._rest.call("PATCH", f"/pulls/{number}", {"title": title, "body": body})

    def add_labels(self, number: int, labels: list[str]) -> None:
        self._rest.call("POST", f"/issues/{number}/labels", {"labels": labels})

    def comments(self, number: int) -> list[Comment]:
        """Return the comments of the conversation, oldest first."""
        return list(self._rest.pages(f"/issues/{number}/comments", Comment, {}))

    def review_comments(self, number: int) -> list[Comment]:
        """Return the comments on lines of the change, and the words of the reviews that were submitted."""
        lines = self._rest.pages(f"/pulls/{number}/comments", Comment, {})
        reviews = self._rest.pages(f"/pulls/{number}/reviews", Review, {})
        words = (
            Comment(id=review.id, body=review.body, user=review.user, created_at=review.submitted_at)
            for review in reviews
            if review.submitted_at
        )
        return [*lines, *words]

    def comment(self, number: int, body: str) -> None:
        """Post a comment. Only a clear refusal is tried again: after a lost answer a second try could say it twice."""
        self._rest.call("POST", f"/issues/{number}/comments", {"body": body}, only_refused=True)

    def may_write(self, login: str) -> bool:
        """Return whether this person may push to the repository, which is asked once.

        ``author_association`` would not do: a COLLABORATOR or MEMBER may have read access only.
        """
        if login not in self._may_write:
            self._may_write[login] = self._ask_whether_may_write(login)
        return self._may_write[login]

    def _ask_whether_may_write(self, login: str) -> bool:
        try:
            found = read(Permission, self._rest.call("GET", f"/collaborators/{login}/permission"))
        except CallRefused as error:
            if error.status == 404:
                return False
            raise
        return found.permission in ("admin", "write")

    def branch_deleted_at(self, number: int) -> datetime | None:
        """Return when the branch of a pull request was deleted, or None when GitHub does not tell."""
        try:
            events = list(self._rest.pages(f"/issues/{number}/events", Event, {}))
        except CallRefused as error:
            if error.status in (403, 404):
                return None
            raise
        return max((event.created_at for event in events if event.event == "head_ref_deleted"), default=None)

    def _is_here(self, pull: Pull) -> bool:
        """Return whether a pull request comes from this repository: anyone may name a branch of a fork like ours."""
        return pull.head.repo is not None and pull.head.repo.full_name.casefold() == self._rest.repository.casefold()
