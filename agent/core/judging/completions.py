"""Judging elsewhere: OpenAI Batch input lines out, Batch output lines in, joined by ``custom_id`` and never by order.

Format: https://platform.openai.com/docs/guides/batch. The body of an answer is an ordinary chat completion, so what
reads a Batch line also reads a live answer and a stored one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agent.core import json_text
from agent.core.judging.answer import ModelAnswer, encodable, fold
from agent.core.judging.bodies import decode, is_error, usage_of
from agent.records import Record, Usage

ENDPOINT = "/v1/chat/completions"


MOST_TOKENS = 10_000_000
"""Of one call: a larger count is no count."""

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
    "network_error": "error",
    "insufficient_system_resource": "error",
    "malformed_response": "error",
}
"""How Gemini, Mistral, Anthropic, DeepSeek, Cohere, Zhipu and vLLM call what OpenAI calls otherwise."""

_ENDINGS = {
    "content_filter": re.compile(r"filter|safety|prohibit|blocklist|sensitiv|moderat|guardrail|censor|spii|flagged"),
    "length": re.compile(r"length|limit|max_?tokens|truncat|context_window"),
    "error": re.compile(r"error|abort|cancel|fail|malformed|timeout|overload|interrupt"),
}
"""Parts of the words of others for the same."""


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

    def without_usage(self) -> RawAnswer:
        """Return the answer with counts that nobody knows."""
        unknown = {"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0, "reported": False}
        return self.model_copy(update=unknown)

    @property
    def refused(self) -> str | None:
        """The words in which the model, or the filter before it, refused to answer; None: it did not."""
        if self.refusal and not self._whole:
            return f"the model refused: {_short(self.refusal)}"
        return "the answer was stopped by the content filter" if self.finish_reason == "content_filter" else None

    @property
    def stopped(self) -> str | None:
        """Return why there is nothing to read, or None: refusal, length stop, content filter, or empty.

        An answer that is whole is read, even where the server says that it was cut.
        """
        if refused := self.refused:
            return refused
        if self.finish_reason == "length" and not self._whole:
            return f"the answer was cut at the length limit after {self.output_tokens} tokens; raise {OUTPUT_SETTING}"
        return None if self.content.strip() else "the answer is empty"

    @property
    def _whole(self) -> bool:
        return json_text.final_answer(self.content, "relevance") is not None


class Unanswered(Record):
    """The reason why a line, or a body, holds no answer.

    ``error``: the server says that it, or one behind it, failed; ``said`` is the error as JSON. ``code`` is the HTTP
    status that it names (null: none), ``paid`` an empty answer with the tokens it reports all the same (null: none).
    """

    reason: str
    error: bool = False
    said: str = ""
    code: int | None = None
    paid: RawAnswer | None = None


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
        case {"choices": [*choices], **rest} if any(_holds_message(choice) for choice in choices):
            answers = [_answer(_message(choice), choice, rest) for choice in choices if _holds_message(choice)]
            if any(answer.finish_reason == "error" for answer in answers):
                return _failed("the server stopped with finish_reason 'error'", rest)
            return next((answer for answer in answers if answer.stopped is None), answers[0])
        case dict() if found := next(_answers_in(body, 0), None):
            return _answer({"content": found}, {}, body | {"usage": usage_of(body)})
        case dict() if not body.get("choices") and next(_words(body, 0), None):
            return _failed(body, body)
    return Unanswered(reason=f"not a chat completion: {_short(json.dumps(body, default=str))}")


def _answers_in(value: object, depth: int) -> Iterator[str]:
    """Yield the whole answers anywhere in a body of no known protocol, outside what repeats the request."""
    inner: list[object] = []
    if isinstance(value, dict):
        if _is_answer(value):
            yield encodable(json.dumps(value))
        elif value.get("role") not in ("user", "system"):
            inner = [each for name, each in value.items() if fold(str(name)) not in _REQUEST]
    elif isinstance(value, list):
        inner = value[:_MOST_ITEMS]
    elif isinstance(value, str) and value.lstrip().startswith(("{", "```", "<think")) and _ends_with_answer(value):
        yield encodable(value)
    for each in inner if depth < _DEEPEST else ():
        yield from _answers_in(each, depth + 1)


_DEEPEST = 8
_MOST_ITEMS = 20
_REQUEST = ("request", "prompt", "input", "inputs", "query", "instructions", "body")
_FIELDS = frozenset(ModelAnswer.model_fields)


def _ends_with_answer(text: str) -> bool:
    return _is_answer(json_text.final_answer(text, "relevance") or {})


def _is_answer(found: Mapping[Any, Any]) -> bool:
    """Tell whether the object has most fields of an answer, and a grade."""
    fields = {fold(str(name)): value for name, value in found.items()}
    graded = isinstance(fields.get("relevance"), str | int | list)
    return graded and "leaves" in fields and len(fields.keys() & _FIELDS) >= _MOST_FIELDS


_MOST_FIELDS = 4


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


def error_words(error: object) -> str:
    """Return the words of a server's error, whatever its form: a text, an object or list around one, JSON in a text.

    What a gateway quotes of the server behind it (``metadata.raw``) comes after its own words.
    """
    words = " - ".join(dict.fromkeys(_words(error, 0)))
    return _short(words, 400) if words else _short(json.dumps(error, default=str))


_SAYING = (
    "message", "msg", "errormessage", "errormsg", "statusmsg", "statusmessage", "detail", "error", "errors",
    "errordescription", "faultstring", "fault", "reason", "blockreason", "title", "promptfeedback", "baseresp",
    "response", "metadata", "raw", "errorchain", "innererror",
)  # fmt: skip
"""Names, in lower case and without marks, under which servers say what is wrong; the plainest first."""


def _words(error: object, depth: int) -> Iterator[str]:
    if depth > 6:
        return
    if isinstance(error, str):
        inner = decode(error) if error.lstrip().startswith(("{", "[")) else None
        found = list(_words(inner, depth + 1)) if inner is not None else []
        yield from found or ([" ".join(error.split())] if error.strip() else [])
    elif isinstance(error, list):
        for item in error[:3]:
            yield from _words(item, depth + 1)
    elif isinstance(error, dict):
        where = error.get("loc")
        place = ".".join(str(part) for part in where) + ": " if isinstance(where, list) else ""
        under = {re.sub(r"[\W_]", "", str(name)).lower(): value for name, value in error.items()}
        for name in _SAYING:
            for word in _words(under.get(name), depth + 1):
                yield place + word


def _holds_message(choice: object) -> bool:
    return isinstance(choice, dict) and bool(choice.keys() & {"message", "delta", "text", "content"})


def _message(choice: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return the message of a choice. Some servers send its text only, or call it otherwise."""
    for name in ("message", "delta"):
        if isinstance(choice.get(name), dict):
            return dict(choice[name])
        if isinstance(choice.get(name), str):
            return {"content": choice[name]}
    return {"content": choice.get("content") or choice.get("text")}


def _answer(message: Mapping[Any, Any], choice: Mapping[Any, Any], rest: Mapping[Any, Any]) -> RawAnswer:
    usage = rest.get("usage")
    reason = _text(choice.get("finish_reason")).lower()
    ending = FINISH_REASONS.get(reason) or next(
        (name for name, part in _ENDINGS.items() if part.search(reason)), reason
    )
    given, cached = _prompt_tokens(usage)
    written = _count(usage, "completion_tokens", "output_tokens", "outputTokens")
    return RawAnswer(
        model=_text(rest.get("model")),
        content=_content(message, cut=ending == "length"),
        refusal=_text(message.get("refusal")) or None,
        finish_reason=ending or None,
        input_tokens=given or 0,
        cached_input_tokens=cached or 0,
        output_tokens=written or 0,
        reported=bool(given) and bool(written) and 0 <= (cached or 0) <= (given or 0),
    )


def _prompt_tokens(usage: object) -> tuple[int | None, int | None]:
    """Return the tokens of the prompt as a whole, and those of them that the server remembered; None: not said.

    Under ``input_tokens`` Anthropic, and Bedrock under ``inputTokens``, count neither what was remembered nor what was
    put into memory: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching. Gateways that say
    ``prompt_tokens`` differ: there a prompt shorter than what was remembered of it shows that this was left out.
    """
    cached = _count(_inner(usage, "prompt_tokens_details"), "cached_tokens")
    cached = cached if cached is not None else _count(usage, "prompt_cache_hit_tokens")
    read = _count(usage, "cache_read_input_tokens", "cacheReadInputTokens")
    beside = (read or 0) + (_count(usage, "cache_creation_input_tokens", "cacheWriteInputTokens") or 0)
    given, own = _count(usage, "prompt_tokens"), _count(usage, "input_tokens", "inputTokens")
    if given is None:
        return (own + beside if own is not None else None), (read if read is not None else cached)
    if read is None or cached is not None:
        return given, cached
    return (given + beside if read > given else given), read


def read_lines(lines: Iterable[str]) -> dict[str, RawAnswer | Unanswered]:
    """Return what a Batch output file says, by ``custom_id``.

    A line that cannot be attributed is left out: its paper then has no answer. Of two lines with one id the first
    that holds an answer counts.
    """
    answers: dict[str, RawAnswer | Unanswered] = {}
    for line in lines:
        try:
            row, _ = json_text.read_value(line.lstrip("\ufeff \t"))
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
            return Unanswered(reason=f"the batch line is an error: {_short(message)}")
        case {"response": {"status_code": 200, "body": body}}:
            return read_completion(body)
        case {"response": {"status_code": int(status), "body": {"error": {"message": str(why)}}}}:
            return Unanswered(reason=f"the batch line has status {status}: {_short(why)}")
        case {"response": {"status_code": int(status)}}:
            return Unanswered(reason=f"the batch line has status {status}")
    return Unanswered(reason="the batch line holds no response")


def _count(usage: object, *names: str) -> int | None:
    """Return the first count under these names; None for what is missing, no number, or below zero.

    Some servers write counts as text or with a decimal point.
    """
    for name in names:
        value = usage.get(name) if isinstance(usage, dict) else None
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS:
            return value
    return None


def _inner(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


_ELSEWHERE = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
"""Fields for what the model thinks, into which some servers put the answer too."""


def _content(message: Mapping[Any, Any], *, cut: bool) -> str:
    """Return the text of a message: its content, else an answer that a server put into another of its fields.

    Of a message that was ``cut`` the thinking is not read: what it holds by then is a draft.
    """
    content = _parts(message.get("content"), thoughts=False)
    if content.strip():
        return content
    calls = message.get("tool_calls") or [{"function": message.get("function_call")}]
    called = [_inner(_inner(call, "function"), "arguments") for call in (calls if isinstance(calls, list) else [])]
    others = [_parts(message.get("parsed"), thoughts=False), *(_parts(each, thoughts=False) for each in called)]
    for text in others:
        found = json_text.find_answer(text, "relevance")
        if found is not None and any(fold(name) == "relevance" for name in found):
            return text
    # What is thought may hold drafts: only an answer with which it ends is one.
    for text in (_parts(message.get(name), thoughts=True) for name in (*_ELSEWHERE, "content")) if not cut else ():
        if _ends_with_answer(text):
            return text
    return content


_PART_TEXTS = ("text", "content", "value", "thinking", "summary")
_PART_OBJECTS = ("input", "arguments", "json", "parsed")


def _parts(value: object, *, thoughts: bool, depth: int = 0) -> str:
    """Return the text of a field that may come in parts; what is marked as thinking is left out unless asked for."""
    if depth > _DEEPEST:
        return ""
    if isinstance(value, dict):
        for answer in (value, *(value.get(name) for name in _PART_OBJECTS)):
            if isinstance(answer, dict) and "relevance" in {fold(str(name)) for name in answer}:
                return encodable(json.dumps(answer))
        kind = _text(value.get("type"))
        if not thoughts and ("think" in kind or "reason" in kind or value.get("thought") is True):
            return ""
        texts = (_parts(value.get(name), thoughts=thoughts, depth=depth + 1) for name in _PART_TEXTS)
        return next((text for text in texts if text), "") if kind != "refusal" else ""
    if isinstance(value, list):
        return "".join(_parts(part, thoughts=thoughts, depth=depth + 1) for part in value)
    return _text(value)


def _text(value: object) -> str:
    return encodable(value) if isinstance(value, str) else ""


def _short(text: str, most: int = 200) -> str:
    return " ".join(encodable(text).split())[:most]
