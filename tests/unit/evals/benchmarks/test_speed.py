"""The page of speed and cost: its sections, and the length of answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evals.benchmarks.speed import answers
from evals.benchmarks.speed.__main__ import SECTIONS, replace

PAGE = "# Title\n\n## A\n\nold\n\n### Below\n\nold\n\n## B\n\nkept\n"


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("A", "# Title\n\n## A\n\nnew \\1\n\n## B\n\nkept\n"),
        ("B", "# Title\n\n## A\n\nold\n\n### Below\n\nold\n\n## B\n\nnew \\1\n"),
        ("C", f"{PAGE}\n## C\n\nnew \\1\n"),
    ],
)
def test_a_section_is_replaced_and_the_others_stay(heading: str, expected: str) -> None:
    once = replace(PAGE, heading, "new \\1\n")
    assert once == expected
    assert replace(once, heading, "new \\1\n") == once


def test_the_committed_page_has_every_section(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "speed.md").read_text("utf-8")
    assert [heading for heading in SECTIONS if f"## {heading}\n" not in page] == []


def line(number: int, content: str, **usage: int) -> str:
    body: dict[str, Any] = {"model": "m", "choices": [{"message": {"content": content}, "finish_reason": "stop"}]}
    body |= {"usage": usage} if usage else {}
    return json.dumps({"custom_id": str(number), "response": {"status_code": 200, "body": body}})


def test_tokens_are_counted_by_the_server_or_else_from_the_text() -> None:
    plain = [line(1, "x" * 400), line(2, "x" * 41), "no line"]
    told = [line(at, "x", prompt_tokens=9, completion_tokens=count) for at, count in enumerate((100, 500, 300))]
    assert answers.count("\n".join(plain)) == {
        "answers": 2, "model": "m", "counted_by": "four characters a token", "mean": 56, "median": 56, "longest": 100,
    }  # fmt: skip
    assert answers.count("\n".join(told)) | {"model": ""} == {
        "answers": 3, "model": "", "counted_by": "the server", "mean": 300, "median": 300, "longest": 500,
    }  # fmt: skip
    with pytest.raises(ValueError, match="no line"):
        answers.count("{}")


def test_the_committed_counts_are_of_answers() -> None:
    found = answers.load()
    assert found["answers"] >= 100 and 0 < found["median"] <= found["longest"]
