"""The ``/triage`` comments on a pull request: who may give orders, which were followed, what is said in return."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.night.comment_commands import Order, parse_commands
from agent.deliveries.github.api import Comment, GitHub, Pull, Refused
from agent.deliveries.github.git import Clone
from agent.deliveries.github.texts import comment_text, said


def read_orders(github: GitHub, pull: Pull) -> list[Order]:
    """Return the commands on a pull request by people who may push, oldest first. Other people's are not looked at.

    Read are the conversation, the comments on lines of the change, and the words of reviews.
    """
    trusted: dict[str, bool] = {}
    orders = []
    for prefix, comment in _everything_said(github, pull):
        commands = parse_commands(comment.body or "")
        login = comment.user.login if comment.user else None
        if commands and login:
            if login not in trusted:
                trusted[login] = github.may_write(login)
            if trusted[login]:
                orders += [Order(by=login, comment_id=f"{prefix}{comment.id}", command=command) for command in commands]
    return orders


def _everything_said(github: GitHub, pull: Pull) -> list[tuple[str, Comment]]:
    said = [("", comment) for comment in github.comments(pull.number)]
    said += [("review-", comment) for comment in github.review_comments(pull.number)]
    return sorted(said, key=lambda pair: pair[1].created_at)


def followed(clone: Clone, tip: str | None, base_tip: str) -> frozenset[str]:
    """Return the ids of the comments whose orders stand as commits on a branch that is not merged."""
    commits = clone.commits(tip, [base_tip]) if tip else []
    return frozenset(comment_id for commit in commits for comment_id in commit.commands)


def say_once(github: GitHub, pull: Pull, texts: Mapping[str, str]) -> list[str]:
    """Post each text on a pull request, unless we have posted one with its key; return what could not be posted.

    A comment of someone else's that holds our mark is text.
    """
    comments = github.comments(pull.number) if texts else []
    there = [comment.body or "" for comment in comments if github.wrote_comment(comment, pull)]
    problems = []
    for key, text in texts.items():
        if not any(said(key) in body for body in there):
            try:
                github.comment(pull.number, comment_text(text, key))
            except Refused as error:
                problems.append(f"a comment could not be posted on {pull.html_url}: {error}")
    return problems
