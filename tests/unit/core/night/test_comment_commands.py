"""Commands read from comments, and which of them are carried out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.night.comment_commands import Command, PostedCommand, Proposed, executable, parse_commands, problem_of

ID = "2511.01234"


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (f"/triage no {ID}", Command(verb="no", paper_id=ID)),
        (f"  /triage   move arXiv:{ID}v2\t4.2.1 ", Command(verb="move", paper_id=ID, section="4.2.1")),
        (f"/triage draft https://arxiv.org/abs/{ID}", Command(verb="draft", paper_id=ID)),
        (f"/Triage No `{ID}`.", Command(verb="no", paper_id=ID)),
        (f"/triage\u00a0move\u00a0{ID}\u00a01.selection", Command(verb="move", paper_id=ID, section="1.selection")),
        (f"```quoted``` `code`\n/triage no {ID}", Command(verb="no", paper_id=ID)),
        (f"- /triage no {ID}", Command(verb="no", paper_id=ID)),
        (f"/triage no [{ID}](https://arxiv.org/abs/{ID})", Command(verb="no", paper_id=ID)),
        (f"/triage no {ID}: off topic", Command(verb="no", paper_id=ID)),
        (f"/triage no {ID} \u2014 thanks!", Command(verb="no", paper_id=ID)),
        (f"/triage move {ID} 4.2.1, where its kin is", Command(verb="move", paper_id=ID, section="4.2.1")),
    ],
)
def test_a_command_is_a_line_of_its_own(line: str, command: Command) -> None:
    assert parse_commands(f"Thanks!\r\n\r\n{line}\r\nmore") == (command,)


@pytest.mark.parametrize(
    "comment",
    [
        f"please /triage no {ID}",
        f"> /triage no {ID}",
        f"```\n/triage no {ID}\n```",
        f"~~~~\n~~~\n/triage no {ID}\n~~~~",
        f"```\n```python\n/triage no {ID}\n```",
        f"    /triage no {ID}",
        f"<!--\n/triage no {ID}\n-->",
        f"<!-- never closed\n/triage no {ID}",
        f"/triages no {ID}",
        "",
    ],
)
def test_what_is_quoted_or_talked_about_is_no_command(comment: str) -> None:
    assert parse_commands(comment) == ()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/triage yes 2511.01234", "unknown command 'yes'"),
        ("/triage no", "takes one id"),
        ("/triage move 2511.01234", "takes an id and a section"),
        ("/triage draft that one", "takes one id"),
        ("/triage no 12", "'12' is not an arXiv id"),
    ],
)
def test_a_command_that_is_not_understood_says_why(line: str, problem: str) -> None:
    [command] = parse_commands(line)
    assert command.problem is not None and problem in command.problem


def test_several_ids_are_so_many_commands() -> None:
    told = parse_commands(f"/triage no {ID}, 2511.01235 and the rest")
    assert [(each.verb, each.paper_id) for each in told] == [("no", ID), ("no", "2511.01235")]


@given(st.text())
def test_any_comment_can_be_read(comment: str) -> None:
    for command in parse_commands(comment):
        assert bool(command.problem) != bool(command.paper_id)


def order(number: str, verb: str, paper_id: str = ID, section: str | None = None) -> PostedCommand:
    command = Command.model_validate({"verb": verb, "paper_id": paper_id, "section": section})
    return PostedCommand(by="editor", comment_id=number, command=command)


def test_the_last_order_that_can_be_followed_counts() -> None:
    first, second, wrong = order("1", "no"), order("2", "move", section="5.2"), order("3", "move", section="9")
    proposed, nothing = (Proposed(delivered=ids, by_hand=(), leaves=("5.2",)) for ids in ((ID,), ()))
    assert executable([first, second, wrong], proposed) == (second,)
    assert problem_of(wrong, proposed) == "'9' is not a section; the sections are 5.2"
    assert problem_of(first, nothing) is not None
    assert problem_of(order("4", "draft"), nothing) is None


def test_a_line_of_many_blanks_is_read_at_once() -> None:
    assert parse_commands(f"/triage no{' ' * 60_000}x{' ' * 60_000}y{' ' * 60_000}") != ()
    assert parse_commands(f"{' ' * 60_000}/triage no {ID}") == ()
