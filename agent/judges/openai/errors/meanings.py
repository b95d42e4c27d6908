"""The meaning of a model server's errors: each software has its own statuses and words for the same few reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from agent.core.http import MOVED, address_of, read_date
from agent.core.judging import completions
from agent.core.judging.answer import encodable
from agent.core.judging.protocol import bodies, errors
from agent.judges.openai.errors import foreign_words
from agent.judges.openai.errors import words as server_words
from agent.judges.openai.errors.echoes import without_echo
from agent.judges.openai.errors.token_numbers import (
    NOTHING_SENT,
    Sent,
    context_among,
    first_number,
    limit_among,
    total_among,
)
from agent.judges.openai.retry_policy import retry_after, wait_for_reset, wait_in_words
from agent.records import Record

ErrorMeaning = Literal[
    "try_again", "loading", "key", "forbidden", "model", "address", "moved", "login", "proxy", "blocked", "no_https",
    "header", "web_page", "quota", "unfit", "too_long", "output_limit", "refused", "bad_request",
]  # fmt: skip
"""``try_again``: something passing. ``too_long``: prompt and answer do not fit the context. ``output_limit``: the
answer may not be that long. ``refused``: the paper's text was. ``login``: a person has to sign in first. ``proxy``: the
proxy on the way wants to know who we are. ``blocked``: a firewall on the way lets nobody through. ``no_https``: the
address is one of https. ``header``: a gateway goes by a header that is not sent. ``unfit``: the server's machine cannot
run the model. ``bad_request``: anything else about the request."""


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

    meaning: ErrorMeaning
    status: int
    words: str
    said: str = ""
    context: int | None = None
    prompt: int | None = None
    most_output: int | None = None
    wait: float | None = None


NEVER_BILLED = frozenset({300, *MOVED, *range(400, 408), *range(409, 500), 500, 501, 503, 529})
"""Statuses of a request that was turned away. After 408, 502, 504, 520 and 524 an answer may have been made, and be
billed, behind the gateway that gave up waiting for it."""

NO_WORDS = "(it gives no reason)"
SHORT_WAIT = 300.0
"""Seconds within which a limit is free again that has nothing to do with money or a longer time."""


def understand(reply: Reply, model: str, sent: Sent = NOTHING_SENT) -> ServerError:
    """Return what an answer with an error status means, when it was about this model.

    The patterns of known servers come first. In words that none of them fits, a number is told by what was ``sent``: a
    limit of answers is below the one asked for, a context is neither that nor the length of the prompt.
    """
    reply = reply.model_copy(update={"text": without_echo(reply.text)})
    decoded = bodies.decode(reply.text)
    words = errors.error_words(decoded) if decoded is not None else _plain(reply.text)
    said = server_words.THOUSANDS.sub(r"\g<1>000", f"{words} {reply.text}".lower()[:20_000])
    error = ServerError(
        meaning="bad_request",
        status=reply.status,
        words=words or NO_WORDS,
        said=said,
        context=first_number(server_words.CONTEXT, said),
        prompt=first_number(server_words.PROMPT, said),
        most_output=first_number(server_words.MOST_OUTPUT, said) if _names_output(said) else None,
        wait=_wait(reply),
    )
    if error.most_output and 0 < sent.output <= error.most_output:
        # No limit on an answer that is shorter; one that was kept to in vain is on prompt and answer together.
        total = error.context or (sent.output if sent.output == error.most_output else None)
        error = error.model_copy(update={"most_output": None, "context": total})
    meaning = _meaning(error, reply, model)
    if meaning == "too_long" and error.context is None:
        codes = {reply.status, *map(int, server_words.CODE.findall(said))}
        error = error.model_copy(update={"context": context_among(error.words, codes, sent)})
    elif meaning == "bad_request" and _names_output(said):
        allowed = limit_among(error.words.lower(), sent)
        total = None if allowed else total_among(error.words, sent)
        error = error.model_copy(update={"most_output": allowed, "context": total})
        meaning = "output_limit" if allowed else "too_long" if total else meaning
    return error.model_copy(update={"meaning": meaning})


def from_body(failed: completions.Unanswered, reply: Reply, model: str, sent: Sent = NOTHING_SENT) -> ServerError:
    """Return what an error inside an answer with status 200 means: the status it names, else what its words say for
    sure, else something passing."""
    if failed.code is not None:
        found = understand(reply.model_copy(update={"status": failed.code}), model, sent)
        return found.model_copy(update={"words": failed.reason})
    found = understand(reply.model_copy(update={"status": 400, "text": failed.said or failed.reason}), model, sent)
    sure = found.meaning in _SURE or (
        found.meaning == "bad_request" and server_words.UNSUPPORTED.search(found.said) is not None
    )
    meaning: ErrorMeaning = found.meaning if sure else "try_again"
    if meaning == "try_again" and server_words.NO_ENDPOINT.search(found.said):
        meaning = "address"
    elif meaning == "try_again" and server_words.NOT_KNOWN.search(found.said):
        meaning = "key"
    return found.model_copy(update={"status": reply.status, "meaning": meaning, "words": failed.reason})


_SURE = ("key", "quota", "model", "forbidden", "refused", "too_long", "output_limit")
"""Meanings that words tell without a status."""


def moved_to(headers: Mapping[str, str]) -> str:
    """Return scheme and host of where a redirect leads, or what else it says."""
    location = headers.get("location", "")
    return address_of(location) if location.startswith("http") else "another path of this server"


def leads_to_login(headers: Mapping[str, str]) -> bool:
    """Tell whether a redirect leads to where people sign in, and not to the same path of another address."""
    location = headers.get("location", "").lower().partition("?")[0]
    return not location.rstrip("/").endswith("/chat/completions") and server_words.LOGIN.search(location) is not None


def web_page(reply: Reply) -> ServerError:
    """Return what a web page in place of an answer means: a page to sign in at, or some other.

    Its text alone is no sure sign: a gateway's "briefly unavailable" may have a link to sign in, too.
    """
    title = _TITLE.search(reply.text[:20_000])
    words = _plain(title[1] if title else reply.text) or "without a title"
    login = server_words.LOGIN.search(reply.text[:20_000].lower()) is not None
    return ServerError(meaning="login" if login else "web_page", status=reply.status, words=words or NO_WORDS)


_TITLE = re.compile(r"<title\b[^>]{0,200}>([^<]{1,300})", re.IGNORECASE)


def _meaning(error: ServerError, reply: Reply, model: str) -> ErrorMeaning:
    status = error.status
    if 300 <= status < 400:
        return "login" if leads_to_login(reply.headers) else "moved"
    if status in (407, 511):
        return "proxy" if status == 407 else "login"
    return (
        _about_account(error, model)
        or _about_request(error, model)
        or _about_access(error)
        or _passing_or_path(error, reply)
    )


def _about_account(error: ServerError, model: str) -> ErrorMeaning | None:
    """Return what the text of the paper, the account or its key lack, as far as status and words tell."""
    status, said = error.status, error.said
    page = server_words.PAGE.search(said)
    if not page and (status == 451 or _refuses(said)) and (400 <= status < 500 and status not in (401, 404, 408, 429)):
        return "refused"
    if 400 <= status < 500 and (spent := _about_quota(error)):
        return spent
    if status == 401:
        denied = server_words.NO_ACCESS_TO_MODEL.search(said) and model.lower() in said
        return "model" if denied else "key"
    of_key = server_words.KEY.search(said) or foreign_words.KEY.search(said) or _UNAUTHORIZED.match(error.words)
    if status in (400, 403, 422) and of_key:
        return "key"
    return _forbidden(error) if status == 403 or (status == 451 and page) else None


_UNAUTHORIZED = re.compile(r"\W*unauthori[sz]ed\b", re.IGNORECASE)


def _forbidden(error: ServerError) -> ErrorMeaning:
    """Return what a 403 means: servers answer with JSON or plain words, and firewalls with a web page."""
    said = error.said
    if server_words.BUSY.search(said):
        return "try_again"
    if server_words.PAGE.search(said) or server_words.FIREWALL.search(said):
        return "blocked"
    return "try_again" if _names_short_limit(error) else "forbidden"


def _refuses(said: str) -> bool:
    """Tell whether the words turn the paper's text away, and no part of the request around it."""
    if any(word in said for word in server_words.REFUSED):
        return True
    of_form = server_words.OF_FORM.search(said) or any(name in said for name in server_words.REQUEST_NAMES)
    return not of_form and server_words.REFUSED_SOMEHOW.search(said) is not None


def _about_quota(error: ServerError) -> ErrorMeaning | None:
    """Return whether a limit is reached for this night or for minutes; None: the words are about no quota."""
    status, said = error.status, error.said
    if status == 402 or any(word in said for word in server_words.QUOTA):
        return "quota"
    short = _names_short_limit(error) and not server_words.NO_MONEY.search(said)
    daily = server_words.DAILY.search(said)
    if server_words.MONEY.search(said) or foreign_words.QUOTA_SPENT.search(said):
        return "try_again" if short else "quota"
    if status in (400, 403) and server_words.QUOTA_SPENT.search(said):
        return "try_again" if short or (not daily and server_words.BUSY.search(said)) else "quota"
    return "quota" if status == 429 and error.wait is None and daily else None


def _names_short_limit(error: ServerError) -> bool:
    """Tell whether the limit is one of minutes or less, by the wait that is named or else by its words."""
    if error.wait is not None:
        return error.wait <= SHORT_WAIT
    short = server_words.SHORT_LIMIT.search(error.said) or foreign_words.SHORT_LIMIT.search(error.said)
    return short is not None and not server_words.DAILY.search(error.said)


def _about_request(error: ServerError, model: str) -> ErrorMeaning | None:
    """Return what is wrong with the request, as far as the words tell."""
    status, said = error.status, error.said
    if status not in (400, 404, 409, 410, 413, 422, 429, 500, 503) or server_words.SLOW_DOWN.search(said):
        return None
    if status == 503:
        return "model" if any(code in said for code in server_words.NO_CHANNEL) else None
    if status in (400, 422, 500) and error.most_output and not error.context and not error.prompt:
        return "output_limit"
    if status == 413 or server_words.TOO_LONG.search(said):
        return "too_long"
    if server_words.UNFIT.search(said):
        return "unfit"
    about_model = status in (400, 404, 409, 410, 422) or (status == 500 and model.lower() in said)
    if about_model and _names_no_model(said, model):
        return "model"
    return "too_long" if status in (400, 422) and _is_too_long(said) else None


def _is_too_long(said: str) -> bool:
    """Tell whether words of no known server call something too long that is no answer and no time to think."""
    if server_words.THINKING_BUDGET.search(said) or server_words.OF_FORM.search(said):
        return False
    return not _names_output(said) and server_words.TOO_LONG_SOMEHOW.search(said) is not None


def _names_output(said: str) -> bool:
    return any(name in said for name in server_words.OUTPUT_NAMES)


def _names_no_model(said: str, model: str) -> bool:
    if server_words.UNLUCKY.search(said):
        return False
    if any(code in said for code in server_words.MODEL_CODES):
        return True
    if server_words.BUSY.search(said):
        return False
    return (
        (model.lower() in said and any(word in said for word in server_words.MODEL_WORDS))
        or server_words.NO_MODEL.search(said) is not None
        or (
            server_words.DEPRECATED_MODEL.search(said) is not None
            and not any(name in said for name in server_words.REQUEST_NAMES)
        )
    )


def _about_access(error: ServerError) -> ErrorMeaning | None:
    """Return what stands between us and a server that would answer, as far as the words tell."""
    status, said = error.status, error.said
    if status >= 500:
        return None
    if server_words.NO_HTTPS.search(said):
        return "no_https"
    if server_words.BUSY.search(said):
        return "try_again"
    if status in (400, 404, 412, 422) and server_words.HEADER_WANTED.search(said):
        return "header"
    # Who is restricted for too many requests has access.
    return "forbidden" if status != 429 and server_words.NO_ACCESS.search(said) else None


def _passing_or_path(error: ServerError, reply: Reply) -> ErrorMeaning:
    status, said = error.status, error.said
    if status in (400, 404, 500) and server_words.NO_ENDPOINT.search(error.words.lower()):
        return "address"
    starts = server_words.LOADING.search(said) and not server_words.FAILED_TO_LOAD.search(said)
    if status in (425, 500, 503, 529) and starts:
        return "loading"
    if status in (400, 404, 409, 422, 429) and server_words.MODEL_LOADING.search(said):
        return "loading"
    if status in _PASSING or (status >= 500 and status != 501):
        return "try_again"
    nothing = status == 404 and bodies.decode(reply.text) is None  # an API would say in JSON what is not there
    no_path = nothing or (status in (404, 410, 501) and server_words.NO_PATH.search(error.words.lower()))
    version = "api-version" in said or "api version not supported" in said
    return "address" if status == 405 or no_path or version else "bad_request"


_PASSING = (408, 409, 420, 423, 424, 425, 429, 449, 460, 498, 499)
"""Of a request that says nothing wrong; those above 440 are of IIS, AWS, Groq and nginx."""


def _wait(reply: Reply) -> float | None:
    """Return the seconds the server asks to wait, wherever it says so; moments are those of its own clock."""
    now = read_date(reply.headers.get("date", "")) or datetime.now(UTC)
    asked = retry_after(reply.headers, now)
    if asked is None:
        asked = wait_in_words(reply.text)
    for headers in (reply.headers, _headers_in(reply.text)) if asked is None else ():
        if (asked := wait_for_reset(headers, now)) is not None:
            return asked
    return asked


def _headers_in(text: str) -> Mapping[str, str]:
    """Return the headers of the server behind a gateway, which OpenRouter repeats in ``error.metadata.headers``."""
    match bodies.decode(text) if '"headers"' in text else None:
        case {"error": {"metadata": {"headers": dict(headers)}}}:
            return {str(name).lower(): str(value) for name, value in headers.items()}
    return {}


def _plain(text: str) -> str:
    """Return the words of a page or a plain text: what stands between tags, scripts and styles left out."""
    words = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]{0,300}>", " ", text[:20_000])
    return " ".join(encodable(words).split())[:200]
