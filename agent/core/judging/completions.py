"""Judging elsewhere: OpenAI Batch input lines out, Batch output lines in, joined by ``custom_id`` and never by order.

Format: https://platform.openai.com/docs/guides/batch. The body of an answer is an ordinary chat completion, so what
reads a Batch line also reads a live answer and a stored one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from agent.core.judging.answer import encodable
from agent.records import Record, Usage

ENDPOINT = "/v1/chat/completions"


class RawAnswer(Record):
    """One chat completion, before anyone reads what it says. ``reported`` is false when its tokens are not known."""

    model: str = ""
    content: str = ""
    refusal: str | None = None
    finish_reason: str | None = None
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    reported: bool = True

    @property
    def usage(self) -> Usage:
        """The tokens of this one call; what they cost is not known here."""
        return Usage(
            calls=1,
            input_tokens=self.input_tokens,
            cached_input_tokens=self.cached_input_tokens,
            output_tokens=self.output_tokens,
            usd=None,
        )

    @property
    def stopped(self) -> str | None:
        """Why there is nothing to read, or None: refusal, length stop, content filter, or empty."""
        if self.refusal:
            return f"the model refused: {_short(self.refusal)}"
        if self.finish_reason == "length":
            return "the answer was cut at the length limit"
        if self.finish_reason == "content_filter":
            return "the answer was stopped by the content filter"
        return None if self.content.strip() else "the answer is empty"


class Unanswered(Record):
    """Why a line, or a body, holds no answer."""

    reason: str


def request_line(custom_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return one line of a Batch input file."""
    return {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": dict(body)}


def read_completion(body: object) -> RawAnswer | Unanswered:
    """Return the answer in the decoded body of a chat completion, or why there is none."""
    match body:
        case {"choices": [{"message": dict(message), **choice}, *_], **rest}:
            return _answer(message, choice, rest)
        case {"choices": [], "usage": dict(usage), **rest}:
            # Paid for, and empty.
            return _answer({}, {}, rest | {"usage": usage})
        case {"error": {"message": str(why)}} | {"error": str(why)}:
            return Unanswered(reason=f"the server answered with an error: {_short(why)}")
    return Unanswered(reason=f"not a chat completion: {_short(json.dumps(body, default=str))}")


def _answer(message: Mapping[Any, Any], choice: Mapping[Any, Any], rest: Mapping[Any, Any]) -> RawAnswer:
    content, refusal = message.get("content"), message.get("refusal")
    usage = rest.get("usage")
    return RawAnswer(
        model=_text(rest.get("model")),
        content=_content(content),
        refusal=_text(refusal) or None,
        finish_reason=_text(choice.get("finish_reason")) or None,
        input_tokens=_count(usage, "prompt_tokens"),
        cached_input_tokens=_count(usage, "prompt_tokens_details", "cached_tokens"),
        output_tokens=_count(usage, "completion_tokens"),
        reported=all(_known(usage, name) for name in ("prompt_tokens", "completion_tokens")),
    )


def read_lines(lines: Iterable[str]) -> dict[str, RawAnswer | Unanswered]:
    """Return what a Batch output file says, by ``custom_id``.

    A line that cannot be attributed is left out: its paper then has no answer. Of two lines with one id the first
    that holds an answer counts.
    """
    answers: dict[str, RawAnswer | Unanswered] = {}
    for line in lines:
        try:
            row = json.loads(line.lstrip("\ufeff"))
        except (json.JSONDecodeError, RecursionError):
            continue
        if not isinstance(row, dict) or not isinstance(row.get("custom_id"), str):
            continue
        if not isinstance(answers.get(row["custom_id"]), RawAnswer):
            answers[row["custom_id"]] = _read_row(row)
    return answers


def _read_row(row: Mapping[str, Any]) -> RawAnswer | Unanswered:
    match row:
        case {"error": {"message": str(message)}}:
            return Unanswered(reason=f"the batch line is an error: {_short(message)}")
        case {"response": {"status_code": 200, "body": body}}:
            return read_completion(body)
        case {"response": {"status_code": int(status), "body": {"error": {"message": str(why)}}}}:
            return Unanswered(reason=f"the batch line has status {status}: {_short(why)}")
        case {"response": {"status_code": int(status)}}:
            return Unanswered(reason=f"the batch line has status {status}")
    return Unanswered(reason="the batch line holds no response")


def _count(usage: object, *path: str) -> int:
    """Return a token count out of nested objects, any of which a server may leave out or send as null."""
    for name in path:
        usage = usage.get(name) if isinstance(usage, dict) else None
    return max(0, usage) if isinstance(usage, int) else 0


def _known(usage: object, name: str) -> bool:
    return isinstance(usage, dict) and isinstance(usage.get(name), int)


def _content(value: object) -> str:
    """Return the text of a message. Some servers send it in parts, what the model thought to itself among them."""
    if isinstance(value, list):
        return "".join(
            _text(part.get("text")) for part in value if isinstance(part, dict) and part.get("type") == "text"
        )
    return _text(value)


def _text(value: object) -> str:
    return encodable(value) if isinstance(value, str) else ""


def _short(text: str) -> str:
    return " ".join(encodable(text).split())[:200]
