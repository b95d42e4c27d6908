"""Rules of HTTP that every client here follows, whatever server it asks."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

ACCEPTED_ENCODING: Final = "gzip, deflate"
"""What ``read_body`` decodes, as the header ``Accept-Encoding`` says it."""

MOVED: Final = frozenset({301, 302, 303, 307, 308})
"""Statuses of an answer that only names another address (RFC 9110, 15.4)."""

_UNPRINTABLE: Final = re.compile(r"[^\w.:\[\]-]")
_LONGEST_WAIT_S: Final = 1e9


class BodyError(ValueError):
    """A body that is not read on: it is longer than the limit, or encoded in a way that was not asked for."""


class CutBodyError(BodyError):
    """A compressed body that is damaged or ends too early; asking again may help."""


def read_body(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """Return a body of at most ``limit`` bytes, decoded; ``chunks`` are its bytes as sent.

    Never more than a chunk beyond ``limit`` is held, however small the sent bytes are: one megabyte of gzip may hold a
    gigabyte (RFC 9110, 8.4; RFC 1951 allows 1032 : 1). ``encoding`` is the value of ``Content-Encoding``, empty for
    none. Raises BodyError.
    """
    coding = encoding.strip().lower()
    if coding in ("", "identity"):
        return _collect(chunks, limit)
    if coding in ("gzip", "x-gzip", "deflate"):
        return _collect(_inflate(chunks, limit), limit)
    raise BodyError(f"its encoding is {encoding[:40]!r}; allowed are {ACCEPTED_ENCODING}")


def _collect(chunks: Iterable[bytes], limit: int) -> bytes:
    parts, length = [], 0
    for chunk in chunks:
        parts.append(chunk)
        length += len(chunk)
        if length > limit:
            raise BodyError(f"it is longer than {limit // 2**20} MB")
    return b"".join(parts)


def _inflate(chunks: Iterable[bytes], limit: int) -> Iterable[bytes]:
    decoder = None
    try:
        for chunk in chunks:
            if decoder is None:
                # "deflate" is zlib's format, but some servers send the bare stream: its first byte is no zlib header.
                decoder = zlib.decompressobj(47 if chunk[:1] in (b"\x1f", b"\x78", b"") else -zlib.MAX_WBITS)
            while chunk:
                yield decoder.decompress(chunk, limit + 1)
                chunk = decoder.unconsumed_tail
    except zlib.error as error:
        raise CutBodyError(f"it cannot be decompressed ({error})") from None
    if decoder is not None and not decoder.eof:
        raise CutBodyError("it ends in the middle of its compressed data")


def address_of(url: str) -> str:
    """Return the scheme and host of a URL, all of an address that may be shown: the rest may hold secrets.

    Example: ``https://user:key@host:8080/path?key=1`` is ``https://host:8080``.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "an address that cannot be read"
    name = _UNPRINTABLE.sub("", f"[{host}]" if ":" in host else host)
    return f"{parts.scheme}://{name}{f':{port}' if port else ''}" if name else "an address without a host"


def read_date(value: str) -> datetime | None:
    """Return the moment that a date of HTTP or of a feed names (RFC 9110, 5.6.7; RFC 5322, 3.3); None for what is none.

    It keeps its own zone; one without a zone, or with -0000, is in UTC.
    """
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def seconds_to_wait(retry_after: str, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date (RFC 9110, 10.2.3); None when missing or unreadable.

    Some servers write fractions of a second, or a number below zero, which is no wait.
    """
    value = retry_after.strip()
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]*)?", value):
        seconds = float(value)
    elif moment := read_date(value):
        seconds = (moment - now).total_seconds()
    else:
        return None
    return min(max(0.0, seconds), _LONGEST_WAIT_S)
