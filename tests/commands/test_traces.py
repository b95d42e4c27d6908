"""LangGraph's tracing is off, and where someone switches it on no text of a paper leaves the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.conftest import ROOT

NIGHT = ROOT / "tests" / "fixtures" / "night.jsonl"
CONFIG = {
    "use_multipart_endpoint": False,
    "size_limit": 100,
    "size_limit_bytes": 20_971_520,
    "scale_up_nthreads_limit": 16,
    "scale_up_qsize_trigger": 1000,
    "scale_down_nempty_trigger": 4,
}


class _Collector(BaseHTTPRequestHandler):
    """The two routes of LangSmith that its client uses."""

    received: list[bytes]

    def do_GET(self) -> None:
        self._send(json.dumps({"batch_ingest_config": CONFIG}).encode())

    def do_POST(self) -> None:
        self.received.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self._send(b"{}")

    def _send(self, body: bytes) -> None:
        self.send_response(202)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


def test_a_traced_night_sends_neither_texts_nor_keys(tmp_path: Path) -> None:
    collector = type("Collector", (_Collector,), {"received": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config = ROOT / "tests" / "fixtures" / "gardens" / "triage.toml"
        given = {
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_API_KEY": "lsv2_of_the_test",
            "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "GITHUB_TOKEN": "ghs_of_the_test",
            "TRIAGE_REVIEW_MIN_SCORE": "0",
            "TRIAGE_SOURCE_CATEGORIES": json.dumps(["cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.SE"]),
        }
        command = ["run", "--config", config, "--source", NIGHT, "--judge", "local", "--deliver", "none"]
        done = subprocess.run(
            [sys.executable, "-m", "agent.cli", *map(str, command), "--state", str(tmp_path), "--json"],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        server.shutdown()
    sent = b"".join(collector.received).decode()
    assert '"name":"judge"' in sent  # it was traced
    drafts = json.loads(done.stdout)["drafts"]
    assert drafts
    quotes = [quote[:40] for draft in drafts for quote in draft["evidence"]]
    papers = [json.loads(line) for line in NIGHT.read_text().splitlines()]
    told = [*quotes, *(paper["abstract"][:40] for paper in papers), *(paper["title"] for paper in papers)]
    assert not [text for text in told if text in sent]
    assert "of_the_test" not in sent
