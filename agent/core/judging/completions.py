"""Judging elsewhere: OpenAI Batch input lines out, Batch output lines in, joined by ``custom_id`` and never by order.

Format: https://platform.openai.com/docs/guides/batch. The body of an answer is an ordinary chat completion, so what
reads a Batch line also reads a live answer and a stored one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.core.judging.protocol import messages, search
from agent.core.judging.protocol.errors import error_words, is_error, short, words_in
from agent.core.judging.protocol.usage import read_usage, usage_of
from agent.core.notation import json_text, objects
from agent.records import Record, Usage

ENDPOINT = "/v1/chat/completions"

OUTPUT_SETTING = "[judge] max_output_tokens"

FINISH_REASONS = {
    "max_tokens": "length",
    "model_length": "length",
    "max_output_tokens": "length",
    "model_context_window_exceeded": "length",
    "safety": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "refusal": "content_filter",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "error_toxic": "content_filter",
    "sensitive": "content_filter",
    "error_limit": "length",
    "max_length": "length",
    "abort": "error",
    "load": "error",
    "network_error": "error",
    "insufficient_system_resource": "error",
    "malformed_response": "error",
}
"""How Gemini, Mistral, Anthropic, DeepSeek, Cohere, Zhipu, vLLM and Ollama call what OpenAI calls otherwise."""

_ENDINGS = {
    "content_filter": re.compile(r"filter|safety|prohibit|blocklist|sensitiv|moderat|guardrail|censor|spii|flagged"),
    "length": re.compile(r"length|limit|max_?tokens|truncat|context_window"),
    "error": re.compile(r"error|abort|cancel|fail|malformed|timeout|overload|interrupt"),
}
"""Parts of the words of others for the same."""


class RawAnswer(Record):
    """One chat completion, before anyone reads what it says. ``reported`` is false when its tokens are not known.

    ``cache_write_tokens`` are those of the input that the server put into its memory, which some bill at another price.
    """

    model: str = ""
    content: str = ""
    refusal: str | None = None
    finish_reason: str | None = None
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    cache_write_tokens: int = 0
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

    def without_usage(self) -> RawAnswer:
        """Return the answer with counts that nobody knows."""
        counts = ("input_tokens", "cached_input_tokens", "output_tokens", "cache_write_tokens")
        return self.model_copy(update=dict.fromkeys(counts, 0) | {"reported": False})

    @property
    def refused(self) -> str | None:
        """The words in which the model, or the filter before it, refused to answer; None: it did not."""
        if self.refusal and not self._whole:
            return f"the model refused: {short(self.refusal)}"
        return "the answer was stopped by the content filter" if self.finish_reason == "content_filter" else None

    @property
    def cut(self) -> bool:
        """Whether the answer ends at a limit before it says anything."""
        return self.finish_reason == "length" and not self.refused and not self._whole

    @property
    def stopped(self) -> str | None:
        """Return why there is nothing to read, or None: refusal, length stop, content filter, or empty.

        An answer that is whole is read, even where the server says that it was cut.
        """
        if refused := self.refused:
            return refused
        if self.cut:
            cut = f"the answer was cut at the length limit after {self.output_tokens} tokens; raise {OUTPUT_SETTING}"
            return f"{cut}, or the server's context where that ends first"
        return None if self.content.strip() else "the answer is empty"

    @property
    def _whole(self) -> bool:
        readers = (json_text.final_answer, json_text.first_answer)
        return any(read(self.content, "relevance") is not None for read in readers)


class Unanswered(Record):
    """The reason why a line, or a body, holds no answer.

    ``error``: the server says that it, or one behind it, failed; ``said`` is the error as JSON. ``code`` is the HTTP
    status that it names (null: none), ``paid`` an empty answer with the tokens it reports all the same (null: none).
    ``refused``: the paper's text was turned away, as far as who read the error knows.
    """

    reason: str
    error: bool = False
    said: str = ""
    code: int | None = None
    paid: RawAnswer | None = None
    refused: bool = False


def request_line(custom_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return one line of a Batch input file."""
    return {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": dict(body)}


def read_completion(body: object) -> RawAnswer | Unanswered:
    """Return the answer in the decoded body of a chat completion, or why there is none."""
    match body:
        case {"error": dict() | str() | list() as error, **rest} if is_error(error):
            return _failed(error, rest)
        case {"choices": [{"error": dict() | str() as error}, *_], **rest} if is_error(error):
            return _failed(error, rest)
        case {"choices": [*choices], "usage": dict(usage), **rest} if not choices:
            # Paid for, and empty.
            return _answer({}, {}, rest | {"usage": usage})
        case {"choices": [*choices], **rest} if any(messages.holds_message(choice) for choice in choices):
            held = sorted((choice for choice in choices if messages.holds_message(choice)), key=messages.place_of)
            answers = [_answer(messages.message_of(choice), choice, rest) for choice in held]
            if any(answer.finish_reason == "error" for answer in answers):
                return _failed("the server stopped with finish_reason 'error'", rest)
            return _best(answers)
        case dict() if found := next(search.answers_in(body), None):
            return _answer({"content": found}, {}, body | {"usage": usage_of(body)})
        case dict() if not body.get("choices") and next(words_in(body), None):
            return _failed(body, body)
    return Unanswered(reason=f"not a chat completion: {short(json.dumps(body, default=str))}")


def _best(answers: Sequence[RawAnswer]) -> RawAnswer:
    """Return the first of several choices that holds an answer, else the first that can be read, else the first."""
    if len(answers) == 1:
        return answers[0]
    read = [answer for answer in answers if answer.stopped is None]
    return next((answer for answer in read if messages.holds_answer(answer.content)), (read or answers)[0])


def _failed(error: Mapping[Any, Any] | Sequence[Any] | str, body: Mapping[Any, Any]) -> Unanswered:
    paid = _answer({}, {}, body)
    return Unanswered(
        reason=f"the server answered with an error: {error_words(error)}",
        error=True,
        said=json.dumps(error, default=str)[:_LONGEST_ERROR],
        code=next((code for each in (error, body) for name in _STATUS if (code := _status(each, name))), None),
        paid=paid if paid.reported else None,
    )


_LONGEST_ERROR = 4000
_STATUS = ("code", "status", "statusCode", "status_code", "http_status")


def _status(error: object, name: str) -> int | None:
    value = error.get(name) if isinstance(error, dict) else None
    text = str(value) if isinstance(value, int | str) else ""
    return int(text) if len(text) == 3 and text.isdecimal() and 400 <= int(text) < 600 else None


def _answer(message: Mapping[Any, Any], choice: Mapping[Any, Any], rest: Mapping[Any, Any]) -> RawAnswer:
    reason = messages.text_of(choice.get("finish_reason")).lower()
    ending = FINISH_REASONS.get(reason) or next(
        (name for name, part in _ENDINGS.items() if part.search(reason)), reason
    )
    tokens = read_usage(usage_of(rest))
    given, cached = tokens.given or 0, tokens.cached or 0
    return RawAnswer(
        model=messages.text_of(rest.get("model")),
        content=messages.content_of(message, cut=ending == "length"),
        refusal=messages.refusal_of(message),
        finish_reason=ending or None,
        input_tokens=given,
        cached_input_tokens=cached,
        output_tokens=tokens.written or 0,
        cache_write_tokens=tokens.kept or 0,
        reported=bool(given) and bool(tokens.written) and cached <= given,
    )


def read_lines(lines: Iterable[str]) -> dict[str, RawAnswer | Unanswered]:
    """Return what a Batch output file says, by ``custom_id``.

    A line that cannot be attributed is left out: its paper then has no answer. Of two lines with one id the first
    that holds an answer counts.
    """
    answers: dict[str, RawAnswer | Unanswered] = {}
    for line in lines:
        try:
            row, _ = objects.read_value(line.lstrip("\ufeff \t"))
        except ValueError:
            continue
        if not isinstance(row, dict) or not isinstance(row.get("custom_id"), str):
            continue
        if not isinstance(answers.get(row["custom_id"]), RawAnswer):
            answers[row["custom_id"]] = _read_row(row)
    return answers


def _read_row(row: Mapping[str, Any]) -> RawAnswer | Unanswered:
    match row:
        case {"error": {"message": str(message)}}:
            return Unanswered(reason=f"the batch line is an error: {short(message)}")
        case {"response": {"status_code": 200, "body": body}}:
            return read_completion(body)
        case {"response": {"status_code": int(status), "body": {"error": {"message": str(why)} as error}}}:
            said = json.dumps(error, default=str)[:_LONGEST_ERROR]
            return Unanswered(reason=f"the batch line has status {status}: {short(why)}", said=said, code=status)
        case {"response": {"status_code": int(status)}}:
            return Unanswered(reason=f"the batch line has status {status}")
    return Unanswered(reason="the batch line holds no response")
