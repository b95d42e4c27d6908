"""The ``/triage`` comments on a pull request: read from people who may push, and answered once."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.night.comment_commands import PostedCommand, parse_commands
from agent.deliveries.github.answers import Comment, Pull
from agent.deliveries.github.api import GitHub
from agent.deliveries.github.git import Clone
from agent.deliveries.github.rest import CallRefused
from agent.deliveries.github.texts import comment_mark, comment_text


def read_commands(github: GitHub, pull: Pull) -> list[PostedCommand]:
    """Return the commands on a pull request by people who may push, oldest first. Other people's are not looked at.

    Read are the conversation, the comments on lines of the change, and the words of reviews.
    """
    found = []
    for prefix, comment in _everything_said(github, pull):
        commands = parse_commands(comment.body or "")
        login = comment.user.login if comment.user else None
        if commands and login and github.may_write(login):
            comment_id = f"{prefix}{comment.id}"
            found += [PostedCommand(by=login, comment_id=comment_id, command=each) for each in commands]
    return found


def _everything_said(github: GitHub, pull: Pull) -> list[tuple[str, Comment]]:
    said = [("", comment) for comment in github.comments(pull.number)]
    said += [("review-", comment) for comment in github.review_comments(pull.number)]
    return sorted(said, key=lambda pair: pair[1].created_at)


def executed_comments(clone: Clone, tip: str | None, base_tip: str) -> frozenset[str]:
    """Return the ids of the comments whose commands stand as commits on a branch that is not merged."""
    commits = clone.commits(tip, [base_tip]) if tip else []
    return frozenset(comment_id for commit in commits for comment_id in commit.commands)


def comment_once(github: GitHub, pull: Pull, texts: Mapping[str, str]) -> list[str]:
    """Post each text on a pull request, unless we posted one with its key; return what could not be posted.

    A comment of someone else's that holds our mark is text.
    """
    comments = github.comments(pull.number) if texts else []
    there = [comment.body or "" for comment in comments if github.wrote_comment(comment, pull)]
    problems = []
    for key, text in texts.items():
        if not any(comment_mark(key) in body for body in there):
            try:
                github.comment(pull.number, comment_text(text, key))
            except CallRefused as error:
                problems.append(f"a comment could not be posted on {pull.html_url}: {error}")
    return problems
