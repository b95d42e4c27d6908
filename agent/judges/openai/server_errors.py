"""The meaning of a model server's errors: each software has its own statuses and words for the same few reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from agent.core.http import address_of
from agent.core.judging import bodies, completions
from agent.core.judging.answer import encodable
from agent.judges.openai.retry_policy import retry_after, wait_for_reset, wait_in_words
from agent.records import Record

Meaning = Literal[
    "try_again", "loading", "key", "forbidden", "model", "address", "moved", "web_page", "quota", "too_long",
    "output_limit", "refused", "bad_request",
]  # fmt: skip
"""``try_again``: something passing. ``too_long``: prompt and answer do not fit the context. ``output_limit``: the
answer may not be that long. ``refused``: the paper's text was. ``bad_request``: anything else about the request."""


class Reply(Record):
    """A response over HTTP: ``headers`` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    text: str


class ServerError(Record):
    """An error, understood. ``words`` are the server's own, in one line; ``said`` is all it said, in lower case.

    ``context`` and ``prompt`` are the tokens that the server names for its context and for our prompt, ``most_output``
    those it allows for an answer (null: not said). ``wait`` is in seconds.
    """

    meaning: Meaning
    status: int
    words: str
    said: str = ""
    context: int | None = None
    prompt: int | None = None
    most_output: int | None = None
    wait: float | None = None


NEVER_BILLED = frozenset({300, 301, 302, 303, 307, 308, *range(400, 408), *range(409, 500), 500, 501, 503, 529})
"""Statuses of a request that was turned away. After 408, 502, 504, 520 and 524 an answer may have been made, and be
billed, behind the gateway that gave up waiting for it."""

_MODEL_CODES = (
    "model_not_found", "deploymentnotfound", "model_not_available", "invalid_model", "model not exist",
    "no models loaded", "no model loaded", "model not loaded", "model is not loaded", "unknown_model",
    "model_not_supported",
)  # fmt: skip
_MODEL_WORDS = (
    "does not exist", "not exist", "not found", "invalid model", "unknown model", "not a valid model", "no such model",
    "unable to access model", "try pulling it", "could not find", "isn't available", "unsupported model",
    "not loaded", "not deployed", "is not available", "not supported by any",
)  # fmt: skip
_NO_MODEL = re.compile(
    r"\b(model|deployment)\b[^.]{0,60}\b(not found|not exist|inaccessible|not available|not deployed|not loaded)"
    r"|model (identifier|id|name)\b[^.]{0,40}\b(invalid|not valid|unknown|not found)"
)
_QUOTA = (
    "insufficient_quota", "insufficient balance", "insufficient credits", "credit balance", "payment required",
    "exceeded_current_quota", "billing_not_active", "arrearage", "good standing", "included credits", "out of credits",
    "credits are depleted", "no credits", "account is suspended", "account is not active", "negative balance",
    "余额不足", "欠费",
)  # fmt: skip
_KEY = re.compile(
    r"(api|access|authentication)[ _-]?(key|token)[^.]{0,40}\b(not valid|invalid|incorrect|missing|required)"
    r"|(invalid|incorrect|missing|no|valid) (api|access)[ _-]?(key|token)"
)
_REFUSED = (
    "content_filter", "content management policy", "responsibleaipolicyviolation", "data_inspection_failed",
    "requires moderation", "input was flagged", "content policy", "inappropriate content", "safety system",
    "content moderation", "content exists risk", "guardrail", "prompt blocked", "prohibited_content", "敏感",
)  # fmt: skip
_TOO_LONG = re.compile(
    r"context[ _-](length|window|size)|context_length_exceeded|too many (input )?tokens|prompt is too long"
    r"|input (length|is too long|token count)|maximum number of tokens|exceed_context_size|reduce the length"
    r"|request (is )?too large|too large for model|larger context|max_new_tokens` must be|prompt.{0,20}exceeds"
)
_TOO_LONG_SOMEHOW = re.compile(
    r"\b(prompt|inputs?|request|request body|tokens?|token limit)\b[^.]{0,60}"
    r"\b(too (long|large|many)|longer than|exceed(s|ed)?|larger than|greater than|less than|max(imum)? length)\b"
    r"|maximum prompt length"
)
_NO_PATH = re.compile(
    r"\b(not[ _]found|404 page|no route|could not route|cannot post|invalid url|unexpected endpoint)\b"
)
NO_WORDS = "(it gives no reason)"
_N = r"[`'\"]?(?<!\d)(\d[\d,_]{0,15})"
_CONTEXT = [
    re.compile(pattern)
    for pattern in (
        rf"\bn_ctx[\"']?\W{{1,4}}{_N}",
        rf"context (?:length|window|size)(?: of| is|:|,)* (?:only |at most )?{_N}",
        rf"context (?:length|window|size) \({_N}",
        rf"{_N} maximum context",
        rf"tokens > {_N} maximum",
        rf"number of tokens allowed \({_N}",
        rf"inputs`? tokens \+ `?max_new_tokens`? must be <= {_N}",
        rf"limit:? {_N}, requested",
        rf"max_model_len\W{{1,6}}{_N}",
        rf"(?:limit|maximum)[^.\d]{{0,30}} is {_N}",
    )
]
_PROMPT = [
    re.compile(pattern)
    for pattern in (
        rf"n_prompt_tokens[\"']?\W{{1,4}}{_N}",
        rf"{_N} (?:tokens )?(?:in the messages|in the prompt|of text input|input tokens|`inputs` tokens)",
        rf"messages resulted in {_N}",
        rf"(?:request|token count) \({_N}",
        rf"prompt (?:contains|is too long:|has) {_N}",
        rf"keep the first {_N}",
    )
]
_OUTPUT_NAMES = (
    "max_completion_tokens", "max_tokens", "max_new_tokens", "max_output_tokens", "maxoutputtokens", "max tokens",
    "maximum tokens you requested", "output tokens", "completion tokens",
)  # fmt: skip
FEWEST_TOKENS = 256
"""A smaller number in an error is none of tokens."""
_MOST_OUTPUT = [
    re.compile(pattern)
    for pattern in (
        rf"at most {_N}",
        rf"less than or equal to {_N}",
        rf"<= {_N}",
        rf"\[\s*\d+\s*,\s*{_N}\s*\]",
        rf"(?:between|from) \d+ (?:and|to) {_N}",
        rf"(?:maximum|max|limit|up to)(?: allowed)?(?: value)?(?: is| of|:)* {_N}",
        rf"exceeds?(?: the)?[^\d]{{0,60}}{_N}",
    )
]


class Sent(Record):
    """What a request held: the estimated tokens of its prompt, and the longest answer that it asked for."""

    prompt: int = 0
    output: int = 0


NOTHING_SENT = Sent()


def understand(reply: Reply, model: str, sent: Sent = NOTHING_SENT) -> ServerError:
    """Return what an answer with an error status means, when it was about this model.

    The patterns of known servers come first. In words that none of them fits, a number is told by what was ``sent``: a
    limit of answers is below the one asked for, a context is neither that nor the length of the prompt.
    """
    decoded = bodies.decode(reply.text)
    words = completions.error_words(decoded) if decoded is not None else _plain(reply.text)
    said = f"{words} {reply.text}".lower()[:20_000]
    error = ServerError(
        meaning="bad_request",
        status=reply.status,
        words=words or NO_WORDS,
        said=said,
        context=_first(_CONTEXT, said),
        prompt=_first(_PROMPT, said),
        most_output=_first(_MOST_OUTPUT, said) if any(name in said for name in _OUTPUT_NAMES) else None,
        wait=_wait(reply),
    )
    if error.most_output and 0 < sent.output <= error.most_output:
        error = error.model_copy(update={"most_output": None})  # no limit on an answer that is shorter
    meaning = _meaning(error, reply, model)
    if meaning == "too_long" and error.context is None:
        error = error.model_copy(update={"context": _context_among(error.words, sent)})
    elif meaning == "bad_request" and any(name in said for name in _OUTPUT_NAMES):
        allowed = _limit_among(error.words.lower(), sent)
        error = error.model_copy(update={"most_output": allowed})
        meaning = "output_limit" if allowed else meaning
    return error.model_copy(update={"meaning": meaning})


def _context_among(words: str, sent: Sent) -> int | None:
    """Return the smallest number that is neither the answer's limit nor about the prompt's length; None: no number."""
    numbers = [number for number in _numbers(words) if number != sent.output]
    others = [number for number in numbers if not 0.88 * sent.prompt < number < 1.12 * sent.prompt]
    return min(others or numbers, default=None)


def _limit_among(words: str, sent: Sent) -> int | None:
    """Return the largest number below what was asked for; None: there is none."""
    below = max((number for number in _numbers(words) if number < sent.output), default=None)
    return below - 1 if below and f"{below} (exclusive)" in words else below


def _numbers(words: str) -> list[int]:
    found = (int(re.sub(r"\D", "", digits)) for digits in re.findall(r"\d[\d,_]*", words) if len(digits) < 12)
    return [number for number in found if number >= FEWEST_TOKENS]


def from_body(failed: completions.Unanswered, reply: Reply, model: str, sent: Sent = NOTHING_SENT) -> ServerError:
    """Return what an error inside an answer with status 200 means: the status it names, else something passing."""
    if failed.code is not None:
        found = understand(reply.model_copy(update={"status": failed.code}), model, sent)
        return found.model_copy(update={"words": failed.reason})
    words = failed.reason
    return ServerError(meaning="try_again", status=reply.status, words=words, said=words.lower(), wait=_wait(reply))


def moved_to(headers: Mapping[str, str]) -> str:
    """Return scheme and host of where a redirect leads, or what else it says."""
    location = headers.get("location", "")
    return address_of(location) if location.startswith("http") else "another path of this server"


def _meaning(error: ServerError, reply: Reply, model: str) -> Meaning:
    status, said = error.status, error.said
    if 300 <= status < 400:
        return "moved"
    if status == 451 or (any(word in said for word in _REFUSED) and status in (400, 403, 422)):
        return "refused"
    if status == 402 or (any(word in said for word in _QUOTA) and status in (400, 403, 429)):
        return "quota"
    if status == 401 or (status in (400, 403) and _KEY.search(said)):
        return "key"
    if status == 403:
        return "forbidden"
    return _about_request(error, model) or _passing_or_path(error)


def _about_request(error: ServerError, model: str) -> Meaning | None:
    """Return what is wrong with the request, as far as the words tell."""
    status, said = error.status, error.said
    if status not in (400, 404, 413, 422, 429, 500, 503):
        return None
    if status == 503:
        return "model" if "model_not_found" in said else None
    if status in (400, 422, 500) and error.most_output and not error.context and not error.prompt:
        return "output_limit"
    if status == 413 or _TOO_LONG.search(said):
        return "too_long"
    if status in (400, 404) and _names_no_model(said, model):
        return "model"
    about_output = any(name in said for name in _OUTPUT_NAMES)
    return "too_long" if status in (400, 422) and not about_output and _TOO_LONG_SOMEHOW.search(said) else None


def _names_no_model(said: str, model: str) -> bool:
    names_model = model.lower() in said and any(word in said for word in _MODEL_WORDS)
    return names_model or any(code in said for code in _MODEL_CODES) or _NO_MODEL.search(said) is not None


def _passing_or_path(error: ServerError) -> Meaning:
    status, said = error.status, error.said
    if status in (425, 500, 503, 529) and re.search(r"loading|warming up|starting up|still starting", said):
        return "loading"
    if status in (408, 409, 424, 425, 429) or (status >= 500 and status != 501):
        return "try_again"
    no_path = status == 404 and (error.words == NO_WORDS or _NO_PATH.search(error.words.lower()))
    return "address" if status == 405 or no_path else "bad_request"


def _wait(reply: Reply) -> float | None:
    """Return the seconds the server asks to wait, wherever it says so."""
    asked = retry_after(reply.headers, datetime.now(UTC))
    if asked is None:
        asked = wait_in_words(reply.text)
    return wait_for_reset(reply.headers) if asked is None else asked


def _first(patterns: list[re.Pattern[str]], said: str) -> int | None:
    for pattern in patterns:
        if found := pattern.search(said):
            digits = re.sub(r"\D", "", found[1])
            if 0 < len(digits) < 10:
                return int(digits)
    return None


def _plain(text: str) -> str:
    """Return the words of a page or a plain text: what stands between tags, scripts and styles left out."""
    words = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]{0,300}>", " ", text[:20_000])
    return " ".join(encodable(words).split())[:200]
