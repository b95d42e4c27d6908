"""The part that is read of a body, and the part that is shown of an address."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.http import BodyError, address_of, read_body, read_date, seconds_to_wait

NOW = datetime(2025, 11, 14, tzinfo=UTC)
RAW = zlib.compressobj(wbits=-15)
BARE = RAW.compress(b"hello" * 100) + RAW.flush()


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("", b"hello" * 100),
        ("identity", b"hello" * 100),
        ("gzip", gzip.compress(b"hello" * 100, mtime=0)),
        ("GZIP", gzip.compress(b"hello" * 100, mtime=0)),
        ("deflate", zlib.compress(b"hello" * 100)),
        ("deflate", BARE),
    ],
)
def test_a_body_is_decoded_whatever_its_pieces(encoding: str, sent: bytes) -> None:
    for size in (1, 7, 10_000):
        pieces = (sent[at : at + size] for at in range(0, len(sent), size))
        assert read_body(pieces, encoding, 1000) == b"hello" * 100


def bomb(encoder: str) -> Iterator[bytes]:
    compressor = zlib.compressobj(wbits=31 if encoder == "gzip" else 15)
    megabyte = bytes(2**20)
    for _ in range(3000):
        if piece := compressor.compress(megabyte):
            yield piece


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_small_body_that_holds_gigabytes_is_not_read_to_its_end(encoding: str) -> None:
    with pytest.raises(BodyError, match="longer than 2 MB"):
        read_body(bomb(encoding), encoding, 2 * 2**20)


@pytest.mark.parametrize(
    ("encoding", "sent", "why"),
    [
        ("br", b"x", "its encoding is 'br'; allowed are gzip, deflate"),
        ("gzip, gzip", b"x", "its encoding is"),
        ("gzip", b"\x1f\x8bno", "cannot be decompressed"),
        ("gzip", gzip.compress(b"hello", mtime=0)[:-4], "ends in the middle"),
        ("", b"x" * 2000, "longer than 0 MB"),
    ],
)
def test_a_body_that_cannot_be_read_says_why(encoding: str, sent: bytes, why: str) -> None:
    with pytest.raises(BodyError, match=why):
        read_body([sent], encoding, 1000)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:key@host.org:8080/path?token=1#x", "https://host.org:8080"),
        ("https://api.github.com", "https://api.github.com"),
        ("http://key@[::1]:9/v1", "http://[::1]:9"),
        ("https://host\u202e\x1b31m.org/", "https://host31m.org"),
        ("http://h:port/rss", "an address that cannot be read"),
        ("nonsense?key=1", "an address without a host"),
    ],
)
def test_of_an_address_only_scheme_and_host_are_shown(url: str, shown: str) -> None:
    assert address_of(url) == shown


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0" * 5000 + "7", 7.0),
        ("9" * 5000, 1e9),
        ("Fri, 14 Nov 2025 00:00:30 GMT", 30.0),
        ("Fri, 14 Nov 2020 00:00:30 GMT", 0.0),
        ("²", None),
        ("-5", 0.0),
        ("1.5", 1.5),
        ("Fri, 14 Nov 2025 00:00:30 -0000", 30.0),
        ("Fri, 14 Nov 2025 00:00:30", 30.0),
        ("Fri, 14 Nov 2025 01:00:30 +0100", 30.0),
        ("Fri, 14 Nov 2025 00:00:30 +99999999999999999999", None),
        ("Mon, 01 Jan 0001 00:00:00 +1400", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -1200", 1e9),
        ("", None),
        ("soon", None),
    ],
)
def test_retry_after_is_read_in_both_of_its_forms(value: str, seconds: float | None) -> None:
    assert seconds_to_wait(value, NOW) == seconds


@given(st.text(alphabet="0123456789:+-., GMTFriNovDec", max_size=40))
def test_whatever_stands_for_a_date_is_a_moment_in_a_zone_or_none(value: str) -> None:
    moment = read_date(value)
    assert moment is None or moment.utcoffset() is not None
    wait = seconds_to_wait(value, NOW)
    assert wait is None or wait >= 0
