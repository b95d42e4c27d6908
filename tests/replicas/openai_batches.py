"""OpenAI's Files and Batches endpoints, with what can go wrong with a batch on demand.

Protocol: https://platform.openai.com/docs/api-reference/files and .../batch. A batch moves on by one step each time
that it is asked about, so that no test waits for a clock.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

STEPS: Final = ("validating", "in_progress", "finalizing")

FAULTS: Final = frozenset(
    {
        "expired", "cancelled", "failed", "token_limit", "lost", "error_lines", "missing_lines", "create_lost", "cut",
        "create_down", "create_refused", "create_page", "page", "busy",
    }
)  # fmt: skip
"""What may happen to a batch. ``expired`` and ``cancelled``: half of it is answered; ``failed``: the file is refused;
``token_limit``: too much waits already; ``lost``: the server forgets it once it is finished; ``error_lines`` and
``missing_lines``: every third line is an error, or in no file; ``create_lost``: it is created and the answer is a 500;
``create_down`` and ``create_refused``: it is not created, the answer is a 503 or a 403; ``create_page``: it is
created and the answer is a web page; ``cut``, ``page``, ``busy``: the first download of its output breaks off, is a
page, or a gateway's error in JSON with status 200."""

PAGE: Final = b"<html>Please sign in.</html>"
BUSY: Final = b'{"error": {"message": "upstream is busy"}}'

Answer = Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]
"""Body of a request -> the id of its paper and the chat completion."""


@dataclass
class Batch:
    """A batch as the server sees it; ``polls`` counts how often it was asked about."""

    id: str
    input_file_id: str
    metadata: Mapping[str, str]
    fault: str | None
    polls: int = 0
    status: str = "validating"
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: list[dict[str, str]] = field(default_factory=list)

    @property
    def shown(self) -> dict[str, Any]:
        number = int(self.id.rpartition("_")[2])
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "input_file_id": self.input_file_id,
            "completion_window": "24h",
            "status": self.status,
            "created_at": 1_763_000_000 + number,
            "metadata": dict(self.metadata),
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
        }


class BatchDesk:
    """The files and batches of one server. ``faults`` hit the batches in the order of their creation (None: no fault).

    ``paid`` counts how often each paper was answered and billed. ``most_waiting``: so many requests may wait in all
    batches together (None: any number). ``page``: what a gateway in front shows instead of any answer (None: nothing).
    """

    most_waiting: int | None = None
    page: bytes | None = None

    def __init__(self, answer: Answer, faults: list[str | None] | None = None, steps: int = len(STEPS)) -> None:
        self._answer = answer
        self._faults = list(faults or [])
        self._steps = steps
        self._lock = threading.Lock()
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, Batch] = {}
        self.paid: Counter[str] = Counter()
        self._cut: dict[str, bytes | None] = {}

    def post(self, path: str, kind: str, payload: bytes) -> tuple[int, Any]:
        """Answer a POST with status and body."""
        if self.page is not None:
            return 200, self.page
        with self._lock:
            if path == "/v1/files":
                return self._upload(kind, payload)
            if path == "/v1/batches":
                return self._create(json.loads(payload))
        return 404, _error("Not Found")

    def get(self, path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        """Answer a GET; the body is bytes for the content of a file, and None when it breaks off."""
        if self.page is not None:
            return 200, self.page
        with self._lock:
            if found := re.fullmatch(r"/v1/files/([\w-]+)/content", path):
                return self._content(found[1])
            if found := re.fullmatch(r"/v1/batches/([\w-]+)", path):
                return self._retrieve(found[1])
            if path == "/v1/batches":
                return self._list(query)
        return 404, _error("Not Found")

    def _upload(self, kind: str, payload: bytes) -> tuple[int, Any]:
        boundary = b"--" + kind.partition("boundary=")[2].strip('"').encode()
        parts = [part.partition(b"\r\n\r\n") for part in payload.split(boundary)[1:-1]]
        fields = {re.search(rb'name="(\w+)"', head)[1].decode(): body[:-2] for head, _, body in parts}  # type: ignore[index]
        assert fields["purpose"] == b"batch", fields["purpose"]
        file_id = f"file-{len(self.files) + 1}"
        self.files[file_id] = fields["file"]
        return 200, {
            "id": file_id,
            "object": "file",
            "bytes": len(fields["file"]),
            "created_at": 1_763_000_000,
            "filename": "requests.jsonl",
            "purpose": "batch",
            "status": "processed",
        }

    def _create(self, body: Mapping[str, Any]) -> tuple[int, Any]:
        assert (body["endpoint"], body["completion_window"]) == ("/v1/chat/completions", "24h")
        if body["input_file_id"] not in self.files:
            return 400, _error(f"No such file: {body['input_file_id']}")
        fault = self._faults.pop(0) if self._faults else None
        if fault == "create_down":
            return 503, _error("try again")
        if fault == "create_refused":
            return 403, _error("Project does not have access to model gpt-6-luna.")
        if self.most_waiting is not None:
            waiting = [b for b in self.batches.values() if b.status in STEPS and b.fault != "token_limit"]
            sizes = (
                self.files[file].count(b"\n") for file in (*(b.input_file_id for b in waiting), body["input_file_id"])
            )
            fault = "token_limit" if sum(sizes) > self.most_waiting else fault
        batch = Batch(f"batch_{len(self.batches) + 1}", body["input_file_id"], body.get("metadata") or {}, fault)
        self.batches[batch.id] = batch
        if fault == "create_lost":
            return 500, _error("try again")
        return 200, PAGE if fault == "create_page" else batch.shown

    def _retrieve(self, batch_id: str) -> tuple[int, Any]:
        batch = self.batches.get(batch_id)
        if batch is None:
            return 404, _error(f"No batch found with id '{batch_id}'.")
        if batch.status in STEPS:
            batch.polls += 1
            if batch.polls <= self._steps:
                batch.status = STEPS[min(batch.polls, len(STEPS)) - 1]
            else:
                self._finish(batch)
        if batch.fault == "lost" and batch.status == "completed":
            del self.batches[batch_id]
            return 404, _error(f"No batch found with id '{batch_id}'.")
        return 200, batch.shown

    def _list(self, query: Mapping[str, str]) -> tuple[int, Any]:
        newest = list(reversed(self.batches.values()))
        after = query.get("after")
        start = next((at + 1 for at, batch in enumerate(newest) if batch.id == after), 0)
        page = newest[start : start + int(query.get("limit", 20))]
        more = start + len(page) < len(newest)
        return 200, {"object": "list", "data": [batch.shown for batch in page], "has_more": more}

    def _content(self, file_id: str) -> tuple[int, Any]:
        if file_id not in self.files:
            return 404, _error(f"No such File object: {file_id}")
        if file_id in self._cut:
            return 200, self._cut.pop(file_id)
        return 200, self.files[file_id]

    def _finish(self, batch: Batch) -> None:
        refused = {
            "failed": ("invalid_json_line", "This line is not parseable as valid JSON."),
            "token_limit": ("token_limit_exceeded", "Enqueued token limit reached for gpt-6-luna."),
        }
        if batch.fault in refused:
            code, message = refused[batch.fault]
            batch.status, batch.errors = "failed", [{"code": code, "message": message}]
            return
        requests = [json.loads(line) for line in self.files[batch.input_file_id].splitlines()]
        ends_early = batch.fault in ("expired", "cancelled")
        reached = requests[: len(requests) // 2] if ends_early else requests
        output, errors = [], []
        for number, request in enumerate(reached):
            if batch.fault in ("error_lines", "missing_lines") and number % 3 == 0:
                if batch.fault == "error_lines":
                    failed = {"status_code": 500, "body": _error("The server had an error.")}
                    errors.append({"id": "x", "custom_id": request["custom_id"], "response": failed, "error": None})
                continue
            paper_id, completion = self._answer(request["body"])
            self.paid[paper_id] += 1
            response = {"status_code": 200, "request_id": "r", "body": completion}
            output.append({"id": "x", "custom_id": request["custom_id"], "response": response, "error": None})
        if batch.fault == "expired":
            why = {"code": "batch_expired", "message": "This request could not be executed before it expired."}
            for request in requests[len(reached) :]:
                errors.append({"id": "x", "custom_id": request["custom_id"], "response": None, "error": why})
        batch.status = batch.fault if ends_early and batch.fault else "completed"
        batch.output_file_id = self.keep(list(reversed(output)))
        batch.error_file_id = self.keep(errors)
        if batch.fault in ("cut", "page", "busy") and batch.output_file_id:
            self._cut[batch.output_file_id] = {"page": PAGE, "busy": BUSY}.get(batch.fault)

    def keep(self, rows: list[dict[str, Any]]) -> str | None:
        """Keep the lines of a file, and return its id; None: there are no lines."""
        if not rows:
            return None
        file_id = f"file-{len(self.files) + 1}"
        self.files[file_id] = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        return file_id


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
