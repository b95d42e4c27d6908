"""The ``/triage`` commands that people write in the comments of a pull request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final, Literal

from agent.core.arxiv.ids import base_id
from agent.records import Record

_ORDER: Final = re.compile(r" {0,3}(?:[-*+] )?(?=/triage\s+\S)", re.IGNORECASE)  # further in, it is code
_HIDDEN: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE: Final = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")


class Command(Record):
    """One ``/triage`` line of a comment; ``problem`` says why it cannot be carried out (null: it can)."""

    verb: Literal["no", "move", "draft"] | None = None
    paper_id: str = ""
    section: str | None = None
    problem: str | None = None


def parse_commands(comment: str) -> tuple[Command, ...]:
    """Return the commands of a comment, in order: lines of their own, outside of code fences and quoted replies.

    ``/triage no ID``, ``/triage move ID LEAF`` and ``/triage draft ID``, where ID is any form of an arXiv id or link,
    in any case, with any blanks, quotes or a full stop around it; several ids are so many commands. Such a line may be
    an item of a list. What follows ids or a section is a reason, for people. What GitHub does not show, a comment of
    HTML, is no command.
    """
    commands: list[Command] = []
    fence = None
    for line in _HIDDEN.sub("", comment).splitlines():
        if mark := _FENCE.fullmatch(line):
            closes = fence is not None and mark[1].startswith(fence) and not mark[2].strip()
            fence = None if closes else fence or mark[1]
        elif fence is None and (order := _ORDER.match(line)):
            _, verb, *words = line[order.end() :].split()
            commands += _commands(verb.lower(), [_bare(word) for word in words])
    return tuple(commands)


def _bare(word: str) -> str:
    """Return a word without the signs around it; of a Markdown link, its address."""
    link = re.fullmatch(r"\[[^\]]*\]\(([^()]*)\)", word.strip("`'\",.;:"))
    return (link[1] if link else word).strip("`'\",.;:")


def _commands(verb: str, words: list[str]) -> list[Command]:
    """Return a command for each id that ``words`` begin with, without the reason behind them."""
    ids = list(takewhile(base_id, words))
    if verb not in ("no", "move", "draft") or not ids:
        return [_command(verb, words)]
    section = words[len(ids) : len(ids) + 1] if verb == "move" else []
    return [_command(verb, [each, *section]) for each in ids]


def _command(verb: str, words: list[str]) -> Command:
    usage = "write /triage no ID, /triage move ID SECTION or /triage draft ID"
    if verb not in ("no", "move", "draft"):
        return Command(problem=f"unknown command {verb[:40]!r}: {usage}")
    if len(words) != (2 if verb == "move" else 1):
        return Command(problem=f"/triage {verb} takes {'an id and a section' if verb == 'move' else 'one id'}: {usage}")
    paper_id = base_id(words[0])
    if paper_id is None:
        return Command(problem=f"{words[0][:40]!r} is not an arXiv id such as 2511.01234: {usage}")
    return Command(
        verb="no" if verb == "no" else "move" if verb == "move" else "draft",
        paper_id=paper_id,
        section=words[1] if verb == "move" else None,
    )


class PostedCommand(Record):
    """A command with who gave it, and in which comment; ``comment_id`` is its number, with ``review-`` before it for
    a comment on the code or the words of a review, which GitHub numbers apart.
    """

    by: str
    comment_id: str
    command: Command


class Proposed(Record):
    """The papers that a pull request proposes: those ``delivered`` to its branch, and those that its text leaves to
    people to insert ``by_hand``. ``leaves`` are the sections of the list.
    """

    delivered: frozenset[str]
    by_hand: frozenset[str]
    leaves: frozenset[str]


def problem_of(posted: PostedCommand, proposed: Proposed) -> str | None:
    """Return why a command cannot be carried out on a pull request that proposes this, or None when it can."""
    command, leaves = posted.command, proposed.leaves
    if command.problem:
        return command.problem
    left = command.paper_id in proposed.by_hand - proposed.delivered
    if left and command.verb == "move":
        return f"{command.paper_id} is to be inserted by hand: insert it into that section"
    if command.verb in ("no", "move") and command.paper_id not in proposed.delivered and not left:
        return f"{command.paper_id} is not a draft of this pull request; its drafts are named in the text above"
    if command.verb == "move" and command.section not in leaves:
        return f"{(command.section or '')[:40]!r} is not a section; the sections are {', '.join(sorted(leaves))}"
    return None


def executable(commands: Sequence[PostedCommand], proposed: Proposed) -> tuple[PostedCommand, ...]:
    """Return the commands that can be carried out, at most one per paper: the last one counts."""
    last = {posted.command.paper_id: posted for posted in commands if problem_of(posted, proposed) is None}
    return tuple(last.values())
