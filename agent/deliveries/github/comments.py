"""The ``/triage`` comments on a pull request: who may give orders, which were followed, what is said in return."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.night.decisions import Order, parse_commands
from agent.deliveries.github.api import GitHub
from agent.deliveries.github.git import Clone
from agent.deliveries.github.rows import Pull
from agent.deliveries.github.texts import said


def read_orders(github: GitHub, pull: Pull) -> list[Order]:
    """Return the commands on a pull request by people who may push, oldest first. Other people's are not looked at."""
    trusted: dict[str, bool] = {}
    orders = []
    for comment in github.comments(pull.number):
        commands = parse_commands(comment.body or "")
        login = comment.user.login if comment.user else None
        if commands and login:
            if login not in trusted:
                trusted[login] = github.may_write(login)
            if trusted[login]:
                orders += [Order(by=login, comment_id=comment.id, command=command) for command in commands]
    return orders


def followed(clone: Clone, tip: str | None, base_tip: str) -> frozenset[int]:
    """Return the ids of the comments whose orders stand as commits on a branch that is not merged."""
    commits = clone.commits(tip, [base_tip]) if tip else []
    return frozenset(int(number) for commit in commits for number in commit.commands if number.isdigit())


def say_once(github: GitHub, pull: Pull, texts: Mapping[str, str]) -> None:
    """Post each text on a pull request, unless a comment with its key is there."""
    there = [comment.body or "" for comment in github.comments(pull.number)] if texts else []
    for key, text in texts.items():
        if not any(said(key) in body for body in there):
            github.comment(pull.number, f"{text}\n\n{said(key)}")
