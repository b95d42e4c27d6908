"""Ask one web address once, and say what came back: how ``triage doctor`` looks at servers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import httpx2

from agent.core.http import ACCEPTED_ENCODING, read_body, read_date
from agent.errors import ConfigError
from agent.records import Record
from agent.tls import tls_context

TIMEOUT_SECONDS: Final = 10.0
LONGEST_ANSWER: Final = 8 * 2**20
"""Bytes of an answer that are read."""


class Probed(Record):
    """The answer to a probe. ``status`` is null when nothing did, and ``problem`` then says why.

    ``body`` is the JSON value of the answer (null: it was none), ``date`` the server's clock (null: not told).
    """

    status: int | None = None
    body: Any = None
    date: datetime | None = None
    problem: str | None = None


def probe(url: str, headers: Mapping[str, str] | None = None, *, post: object = None) -> Probed:
    """Return what a GET of ``url`` brings, or a POST of the JSON of ``post``.

    Redirects are not followed, since ``headers`` may hold a credential.
    """
    method = "GET" if post is None else "POST"
    given = {"accept-encoding": ACCEPTED_ENCODING, **(headers or {})}
    try:
        options: dict[str, Any] = {"timeout": TIMEOUT_SECONDS, "follow_redirects": False, "verify": tls_context()}
        with httpx2.stream(method, url, json=post, headers=given, **options) as response:
            text = read_body(response.iter_raw(), response.headers.get("content-encoding", ""), LONGEST_ANSWER)
    except ConfigError as error:
        return Probed(problem=str(error))
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        return Probed(problem=type(error).__name__)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    return Probed(status=response.status_code, body=body, date=read_date(response.headers.get("date", "")))
