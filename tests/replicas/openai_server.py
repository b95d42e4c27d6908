"""A model server that speaks OpenAI's chat completions over real HTTP, with scripted answers and faults on demand.

Protocol: https://platform.openai.com/docs/api-reference/chat/create. In tests a context manager; by hand
``python -m tests.replicas.openai_server --port 8399`` and ``OPENAI_BASE_URL=http://127.0.0.1:8399/v1``.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from agent.records import Paper
from tests.replicas.openai_answers import plain_answer, title_of
from tests.replicas.openai_batches import BatchDesk
from tests.replicas.openai_faults import AT_ONCE, COMPLAINS_OF, COMPLETION, CONTENT, FAULTS, Fault, error_body
from tests.replicas.openai_personalities import Personality

Answer = Mapping[str, Any] | str
"""The content of an answer: an object, sent as JSON, or any text."""


@dataclass(frozen=True)
class Call:
    """One request as the server saw it, and what it made of it (a fault's name, or ``answer``)."""

    paper_id: str
    attempt: int
    model: str
    outcome: str
    body: Mapping[str, Any]
    usage: Mapping[str, Any] | None


class OpenAIServer:
    """Use as a context manager; ``base_url`` ends in /v1. All records of what happened are safe to read at any time.

    ``papers`` tells which title is whose; an unknown paper has its title for an id.
    ``answers`` holds scripted answers by paper id, or makes them; a paper without one gets ``plain_answer``.
    ``key`` and ``models``, when given, are what the server accepts; ``latency`` is in seconds. ``slots`` answers are
    made at a time, the others wait (None: all at once); above ``most_at_once`` requests get a 429.
    """

    def __init__(
        self,
        papers: Iterable[Paper] = (),
        *,
        answers: Mapping[str, Answer] | Callable[[str, Mapping[str, Any]], Answer] | None = None,
        faults: Sequence[Fault] = (),
        latency: float = 0.0,
        key: str | None = None,
        models: Sequence[str] | None = None,
        usage: bool = True,
        personality: Personality | None = None,
        slots: int | None = None,
        most_at_once: int | None = None,
        batch_faults: Sequence[str | None] = (),
        port: int = 0,
    ) -> None:
        self._ids = {paper.title: paper.id for paper in papers}
        self.answers = answers or {}
        self.faults = faults
        self.latency = latency
        self.key = key
        self.models = models
        self.usage = usage
        self.personality = personality
        self.slots = threading.Semaphore(slots) if slots else None
        self.most_at_once = most_at_once
        self.batches = BatchDesk(self._answer_in_batch, list(batch_faults))
        self.calls: list[Call] = []
        self.headers: Mapping[str, str] = {}
        self.peak = 0
        self.stopping = threading.Event()
        self._in_flight = 0
        self._attempts: Counter[str] = Counter()
        self._prefixes: set[str] = set()
        self._lock = threading.Lock()
        self._recorded = threading.Condition(self._lock)
        self._http = _Http(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()

    def know(self, paper: Paper) -> None:
        """Remember whose title it is, as for the papers given in the beginning."""
        self._ids[paper.title] = paper.id

    def answered(self) -> list[Call]:
        """Return the calls whose answer was sent whole: what a client can have been told the usage of."""
        return [call for call in self.calls if call.usage is not None]

    def calls_of(self, paper_id: str) -> list[Call]:
        return [call for call in self.calls if call.paper_id == paper_id]

    def tokens(self) -> dict[str, int]:
        """Return what was reported in the answers sent, by the names of ``Usage``."""
        reported = [call.usage for call in self.answered() if call.usage]
        return {
            "input_tokens": sum(u["prompt_tokens"] for u in reported),
            "cached_input_tokens": sum(u["prompt_tokens_details"]["cached_tokens"] for u in reported),
            "output_tokens": sum(u["completion_tokens"] for u in reported),
        }

    @contextmanager
    def at_work(self) -> Iterator[int]:
        """Count a request as in flight, and yield how many are.

        It is over before a byte of the answer is sent, or the next one could overlap it.
        """
        with self._lock:
            self._in_flight += 1
            now = self._in_flight
            self.peak = max(self.peak, now)
        try:
            yield now
        finally:
            with self._lock:
                self._in_flight -= 1

    def plan(self, body: Mapping[str, Any]) -> tuple[str, int, Fault | None]:
        """Return (paper id, number of this call for that paper, the fault that hits it)."""
        title = title_of(body)
        paper_id = self._ids.get(title, title)
        with self._lock:
            self._attempts[paper_id] += 1
            attempt = self._attempts[paper_id]
        for fault in self.faults:
            if fault.hits(paper_id, attempt) and COMPLAINS_OF.get(fault.kind, bool)(body):
                return paper_id, attempt, fault
        return paper_id, attempt, None

    def _answer_in_batch(self, body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return whose paper a line of a batch is about, and the completion, its content changed by a fault."""
        paper_id, _, fault = self.plan(body)
        return paper_id, self.completion(body, paper_id, fault)

    def record(self, call: Call) -> None:
        with self._recorded:
            self.calls.append(call)
            self._recorded.notify_all()

    def wait_for_records(self, within: float) -> None:
        """Wait, seconds at most, until each request that came in is among the calls: its client may be gone by then."""
        with self._recorded:
            self._recorded.wait_for(lambda: len(self.calls) >= self._attempts.total(), within)

    def completion(self, body: Mapping[str, Any], paper_id: str, fault: Fault | None) -> dict[str, Any]:
        """Return the chat completion for this request, its content or ending changed by the fault."""
        answers = self.answers
        scripted = answers(paper_id, body) if callable(answers) else answers.get(paper_id)
        answer = plain_answer(paper_id, body) if scripted is None else scripted
        content = answer if isinstance(answer, str) else json.dumps(answer)
        kind = fault.kind if fault else None
        choice: dict[str, Any] = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": CONTENT[kind](content) if kind in CONTENT else content},
        }
        if kind in COMPLETION:
            COMPLETION[kind](choice)
        completion = {
            "id": f"chatcmpl-{paper_id}",
            "object": "chat.completion",
            "created": 1763000000,
            "model": body["model"],
            "choices": [choice],
        }
        return completion | ({"usage": self._usage(body, content)} if self.usage else {})

    def _usage(self, body: Mapping[str, Any], content: str) -> dict[str, Any]:
        first = str(body["messages"][0]["content"])
        with self._lock:
            seen = first in self._prefixes
            self._prefixes.add(first)
        total = sum(len(str(message["content"])) for message in body["messages"]) // 4
        cached = len(first) // 4 // 128 * 128 if seen else 0
        output = len(content) // 4 + 50
        return {
            "prompt_tokens": total,
            "completion_tokens": output,
            "total_tokens": total + output,
            "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 50},
        }


class _Http(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def __init__(self, address: tuple[str, int], owner: OpenAIServer) -> None:
        super().__init__(address, _Handler)
        self.owner = owner
        self.broken: set[Any] = set()

    def shutdown_request(self, request: Any) -> None:
        if request in self.broken:
            self.broken.discard(request)
            self.close_request(request)  # no polite shutdown: the client sees a reset
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet: a client that went away (killed, timed out) is part of many tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def do_GET(self) -> None:
        """Return a file or batch, or else what happened so far, for those who run this server as a process."""
        owner = self.server.owner
        path, _, query = self.path.partition("?")
        if path.startswith(("/v1/files", "/v1/batches")):
            return self._send_batch(*owner.batches.get(path, dict(parse_qsl(query))))
        outcomes = Counter(call.outcome for call in owner.calls)
        paid = owner.batches.paid
        by_batch = {"papers": len(paid), "most": max(paid.values(), default=0)}
        self.send_json(200, {"calls": len(owner.calls), "peak": owner.peak, "outcomes": outcomes, "paid": by_batch})

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        owner = self.server.owner
        if self.path in ("/v1/files", "/v1/batches"):
            return self._send_batch(*owner.batches.post(self.path, self.headers["Content-Type"], payload))
        if self.headers["Content-Type"] != "application/json":
            return self.send_json(404, {"detail": "Not Found"})
        self._answer(owner, json.loads(payload))

    def _send_batch(self, status: int, body: Any) -> None:
        if body is None:
            self.send_bytes(status, b"x" * 1000, only=10)
            self.break_off()
        elif isinstance(body, bytes):
            self.send_bytes(status, body)
        else:
            self.send_json(status, body)

    def _answer(self, owner: OpenAIServer, body: dict[str, Any]) -> None:
        paper_id, attempt, fault = owner.plan(body)

        def record(outcome: str, usage: Mapping[str, Any] | None = None) -> None:
            owner.record(Call(paper_id, attempt, body["model"], outcome, body, usage))

        if refused := self._refused(owner, body):
            record(str(refused[0]))
            return self.send_json(*refused)
        with owner.at_work() as others:
            if owner.most_at_once is not None and others > owner.most_at_once:
                record("429")
                return self.send_json(429, error_body("Too many requests at once.", "requests", "rate_limit_exceeded"))
            with owner.slots or nullcontext():
                self.wait(0.0 if fault and fault.kind in AT_ONCE else owner.latency)
        personality = owner.personality
        hit = personality and (not personality.first or attempt <= personality.first)
        if personality and hit and (refusal := personality.refuses(body)):
            record(str(refusal[0]))
            return self.send_text(*refusal, headers=personality.headers)
        completion = owner.completion(body, paper_id, fault)
        if fault and fault.kind in FAULTS:
            record(fault.kind)
            return FAULTS[fault.kind](fault, self, completion)
        record(fault.kind if fault else "answer", completion.get("usage", {}))
        if personality:
            body_of = personality.answers(completion, body)
            return self.send_text(200, body_of, kind=personality.content_type, headers=personality.headers)
        return self.send_json(200, completion)

    def _refused(self, owner: OpenAIServer, body: Mapping[str, Any]) -> tuple[int, object] | None:
        owner.headers = dict(self.headers)
        if self.path.partition("?")[0] != "/v1/chat/completions":
            return 404, {"detail": "Not Found"}
        if owner.key is not None and self.headers.get("Authorization") != f"Bearer {owner.key}":
            return 401, error_body("Incorrect API key provided: x***x.", "invalid_request_error", "invalid_api_key")
        if owner.models is not None and body["model"] not in owner.models:
            message = f"The model `{body['model']}` does not exist or you do not have access to it."
            return 404, error_body(message, "invalid_request_error", "model_not_found")
        return None

    def send_text(
        self, status: int, body: object, *, kind: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a text as it is, and anything else as JSON."""
        payload = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = payload.encode() if isinstance(payload, str) else payload
        self.send_bytes(status, sent, headers=headers, kind=kind)

    def send_json(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        self.send_bytes(status, json.dumps(body).encode(), headers=headers)

    def send_bytes(
        self,
        status: int,
        payload: bytes,
        *,
        only: int | None = None,
        pause: float = 0.0,
        headers: Mapping[str, str] | None = None,
        kind: str = "application/json",
    ) -> None:
        """Send the payload; ``only`` so many bytes of it, or one byte every ``pause`` seconds."""
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if payload.startswith(b"<") else kind)
        self.send_header("Content-Length", str(len(payload)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        for byte in payload if pause else ():
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            self.wait(pause)
        if not pause:
            self.wfile.write(payload[:only])
        self.wfile.flush()

    def wait(self, seconds: float) -> None:
        self.server.owner.stopping.wait(seconds) if seconds else None

    def break_off(self) -> None:
        self.close_connection = True
        self.server.broken.add(self.connection)

    def log_message(self, *args: object) -> None:
        """Stay quiet: ``calls`` is the log."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8399)
    options.add_argument("--latency", type=float, default=0.0)
    options.add_argument("--key")
    options.add_argument("--slots", type=int, help="answers made at a time")
    options.add_argument("--most-at-once", type=int, help="requests at once above which there is a 429")
    options.add_argument("--fault", action="append", default=[], help="KIND or KIND:SHARE, e.g. server_error:0.2")
    given = options.parse_args()
    faults = [Fault(kind, share=float(share or 1)) for kind, _, share in (f.partition(":") for f in given.fault)]
    with OpenAIServer(
        faults=faults,
        latency=given.latency,
        key=given.key,
        port=given.port,
        slots=given.slots,
        most_at_once=given.most_at_once,
    ) as server:
        sys.stdout.write(f"OPENAI_BASE_URL={server.base_url}\n")
        sys.stdout.flush()
        server.stopping.wait()


if __name__ == "__main__":
    main()
