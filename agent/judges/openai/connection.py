"""One HTTP request to a server that speaks OpenAI's chat completions. Batches have a client of their own.

The client's own retries are switched off, and a redirect is followed to another path of the same server only: the key
follows it.
"""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
import openai

from agent.errors import ConfigError
from agent.judges.openai.endpoint import Endpoint
from agent.judges.openai.errors.meanings import Reply
from agent.tls import tls_context

LARGEST_BODY = 16_000_000
"""Bytes of one answer, decoded: a completion is some kilobytes."""

LARGEST_ERROR = 64_000
"""Bytes of an error that are read: its reason is at the beginning."""


LONGEST_CONNECT = 20.0
"""Seconds until a connection is there: a server that is only slow takes it at once, or when its queue is shorter."""


MOST_MOVES = 2
"""Redirects in a row that are followed: one to a path, and one to the same with a slash at its end."""


class NoReply(Exception):
    """There is no whole answer. ``sent``: the request may have reached the server."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class TooSlow(NoReply):
    """No whole answer within the time of one request."""


def remedy(lost: NoReply) -> str:
    """Return what helps against a reply that never came; empty: nothing but another try."""
    reason = str(lost).lower()
    if "certificate" in reason:
        return "; name the file with the certificate of its authority in SSL_CERT_FILE"
    if "wrong_version_number" in reason or "record layer" in reason:
        return "; it does not speak TLS there: does OPENAI_BASE_URL begin with http://?"
    if "illegal request line" in reason:
        return "; it does not speak plain HTTP there: does OPENAI_BASE_URL begin with https://?"
    return "" if lost.sent else "; start it, or correct OPENAI_BASE_URL"


def check_address(base_url: str) -> None:
    """Raise ConfigError for an address with letters in its host that no name on the internet has."""
    try:
        httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        raise ConfigError(f"OPENAI_BASE_URL: {error}; give an address such as http://127.0.0.1:8000/v1") from None


class Connection:
    """A client of one server, for one event loop. ``timeout`` is in seconds, for one request as a whole.

    Raises ConfigError for an address that is none, and for certificates that cannot be read.
    """

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        check_address(endpoint.base_url)
        self._timeout = timeout
        self._connect_timeout = min(LONGEST_CONNECT, timeout / 2)
        # The first message is long, and the same for every paper; a second model may be told another.
        self._dump_first = lru_cache(maxsize=2)(_dump)
        # Answers are small: not asked for, no gateway can get their compression wrong.
        headers = {"Accept-Encoding": "identity"}
        http = openai.DefaultAsyncHttpxClient(
            verify=tls_context(),
            timeout=httpx2.Timeout(timeout, connect=self._connect_timeout),
            follow_redirects=False,
            headers=headers,
            event_hooks={"response": [_leave_compressed, _bound]},
        )
        self._client = openai.AsyncOpenAI(
            base_url=endpoint.base_url, api_key=endpoint.secret or "no-key", max_retries=0, http_client=http
        )
        self._address = endpoint.at("/chat/completions")
        self._headers: dict[str, str | openai.Omit] = {}
        if endpoint.dated:
            self._headers = {"Authorization": openai.Omit(), **endpoint.headers}

    async def post(self, body: Mapping[str, Any]) -> Reply:
        """Send one request and return what came back, whatever its status. Raises NoReply."""
        # The client's timeout is per read: a server that drips bytes would never meet it.
        try:
            async with asyncio.timeout(self._timeout):
                address = self._address  # another request may move meanwhile: this one goes by what it asked
                reply = await self._post(address, body)
                for _ in range(MOST_MOVES):
                    if (there := _same_server(address, reply)) is None:
                        break
                    self._address = address = there
                    reply = await self._post(address, body)
                return reply
        except (TimeoutError, openai.APITimeoutError, httpx2.ReadTimeout) as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout):
                raise NoReply(f"no connection within {self._connect_timeout:g} s", sent=False) from None
            raise TooSlow(f"no answer within {self._timeout:g} s", sent=True) from None
        except openai.APIConnectionError as error:
            why = error.__cause__ or error
            raise NoReply(str(why) or type(why).__name__, sent=not isinstance(why, httpx2.ConnectError)) from None
        except httpx2.HTTPError as error:
            raise NoReply(str(error) or type(error).__name__, sent=True) from None

    async def _post(self, address: str, body: Mapping[str, Any]) -> Reply:
        # Not by the method for completions: it looks at every field of the schema, and encodes the long prompt anew.
        try:
            response = await self._client.post(
                address,
                cast_to=httpx2.Response,
                content=_encode(body, self._dump_first),
                options={"headers": self._headers, "security": {"bearer_auth": not self._headers}},
            )
        except openai.APIStatusError as error:
            return Reply(status=error.status_code, headers=_lower(error.response.headers), text=_text_of(error))
        text = _decoded(response.content, LARGEST_BODY)
        return Reply(status=response.status_code, headers=_lower(response.headers), text=text)

    async def close(self) -> None:
        await self._client.close()


def _same_server(address: str, reply: Reply) -> str | None:
    """Return where a redirect leads, if it is the same at another path of the same server, such as one with a slash at
    its end; None: it is no such redirect."""
    if reply.status not in (301, 302, 307, 308):
        return None
    try:
        there = urljoin(address, reply.headers.get("location", ""))
        old, new = urlsplit(address), urlsplit(there)
    except ValueError:
        return None  # what it names is no address
    same = (old.scheme, old.netloc) == (new.scheme, new.netloc) and new.path.rstrip("/").endswith("/chat/completions")
    return there if same else None


class _Bounded(httpx2.AsyncByteStream):
    """The bytes of a stream up to ``most``, or some more; it then ends, or raises NoReply if it must be ``whole``.

    One that breaks off after a whole JSON value, or after the last of its events, has said all: some gateways forget
    the end of the body.
    """

    def __init__(self, stream: httpx2.AsyncByteStream, most: int, *, whole: bool) -> None:
        self._stream = stream
        self._most = most
        self._whole = whole

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts, size = [], 0
        try:
            async for part in self._stream:
                size += len(part)
                if size > self._most and self._whole:
                    raise NoReply(f"the answer is larger than {self._most:,} bytes", sent=True)
                parts.append(part)
                yield part
                if size >= self._most and not self._whole:
                    return
        except (httpx2.ReadError, httpx2.RemoteProtocolError):
            if not _says_all(b"".join(parts)):
                raise

    async def aclose(self) -> None:
        await self._stream.aclose()


def _says_all(body: bytes) -> bool:
    if body.lstrip().startswith((b"data:", b"event:", b":")):
        return _LAST_EVENT.search(body[-_LONGEST_EVENT:]) is not None
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


_LAST_EVENT = re.compile(rb'^data:\s*\[DONE\]\s*$|"finish_reason": ?"', re.MULTILINE)
_LONGEST_EVENT = 2000


async def _bound(response: httpx2.Response) -> None:
    """Bound what the client reads, which reads everything whole: of errors their beginning is enough."""
    if isinstance(response.stream, httpx2.AsyncByteStream):
        whole = response.status_code < 300
        response.stream = _Bounded(response.stream, LARGEST_BODY if whole else LARGEST_ERROR, whole=whole)


def _encode(body: Mapping[str, Any], dump_first: Callable[[str], str]) -> bytes:
    """Return the JSON of a request; ``dump_first`` writes the text of its first message."""
    others = _dump({name: value for name, value in body.items() if name != "messages"})
    first, *rest = body["messages"]
    messages = _encode_message(first, dump_first), *(_encode_message(message, _dump) for message in rest)
    return f'{others[:-1]},"messages":[{",".join(messages)}]}}'.encode()


def _encode_message(message: Mapping[str, str], dump_text: Callable[[str], str]) -> str:
    others = _dump({name: value for name, value in message.items() if name != "content"})
    return f'{others[:-1]},"content":{dump_text(message["content"])}}}'


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def _leave_compressed(response: httpx2.Response) -> None:
    """Let the client pass bodies on as they come: some gateways name a compression that they did not use."""
    response.headers.pop("Content-Encoding", None)


def _decoded(body: bytes, most: int) -> str:
    """Return the text of a body, decompressed if it is. Raises NoReply when it is larger than ``most`` bytes then."""
    for _ in range(_MOST_TIMES):
        if body.startswith((b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")):
            inflated = _inflated(body, zlib.MAX_WBITS | _GZIP_TOO, most)
        elif _is_text(body) or not (inflated := _inflated(body, -zlib.MAX_WBITS, most)):
            break  # without a head, as some servers send what they call deflate, it may also be text in an old encoding
        body = inflated
        if len(body) > most:
            raise NoReply(f"the answer is larger than {most:,} bytes", sent=True)
    return body.decode(json.detect_encoding(body), "replace")


def _inflated(body: bytes, window: int, most: int) -> bytes:
    """Return the first ``most`` bytes, or one more, of what was compressed with this window; empty: it was not."""
    inflate = zlib.decompressobj(window)
    try:
        found = inflate.decompress(body, most + 1)
    except zlib.error:
        return b""
    return found if inflate.eof or window > 0 or len(found) > most else b""


def _is_text(body: bytes) -> bool:
    try:
        body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        return False
    return True


_MOST_TIMES = 2
"""A server and a gateway before it may both compress."""
_GZIP_TOO = 32
"""Added to the window size: gzip and zlib are told apart by their heads, https://docs.python.org/3/library/zlib.html."""


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _text_of(error: openai.APIStatusError) -> str:
    try:
        return _decoded(error.response.content, 10 * LARGEST_ERROR)
    except (httpx2.HTTPError, httpx2.StreamError, UnicodeDecodeError, LookupError, NoReply):
        return ""
