"""The cost of hostile and damaged inputs: ``python -m evals.benchmarks.bounds [--only WORD]``.

Runs ``triage run --judge local`` on the list of this folder, once per input, in a process of its own, and prints one
table row each: seconds, processor seconds, peak memory, exit code and the last line on stderr. The first row is a night
without anything hostile. Ends with exit code 1 when a night took more than ``SECONDS`` of the processor or longer than
that beyond the first one (which tells how busy the machine is), took more than ``MEGABYTES``, ended with a traceback,
or had another exit code than it should.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

SECONDS: Final = 10.0
MEGABYTES: Final = 600.0

_PAPER: Final = {
    "id": "2511.00001",
    "title": "Choosing Training Data by Its Influence",
    "abstract": "We select instruction data for language models by its influence.",
    "categories": ["cs.CL"],
    "announced": "2025-11-14",
}
_FEED: Final = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>
<pubDate>Fri, 14 Nov 2025 00:00:00 -0500</pubDate>
<item><title>Choosing Training Data by Its Influence</title><link>https://arxiv.org/abs/2511.00001</link>
<description>arXiv:2511.00001v1 Announce Type: new
Abstract: We select instruction data for language models by its influence.</description>
<category>cs.CL</category><arxiv:announce_type>new</arxiv:announce_type><dc:creator>Ada Example</dc:creator></item>
</channel></rss>
"""
_ENTITIES: Final = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))


@dataclass(frozen=True)
class Answer:
    """What a server sends to every request; ``pieces`` without a length may be endless."""

    pieces: Callable[[], Iterable[bytes]]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One hostile input. ``words`` follow ``triage run``; ``shell`` follows the whole command."""

    name: str
    exit_code: int
    answer: Answer | None = None
    github: bool = False
    listing: Callable[[], bytes] | None = None
    shell: str = ""
    environment: dict[str, str] = field(default_factory=dict)


def whole(body: bytes, **headers: str) -> Answer:
    """Return an answer with its length."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(lambda: [body], {"Content-Length": str(len(body)), **given})


def packed(kind: str, megabytes: int) -> Answer:
    compressor = zlib.compressobj(9, wbits=31 if kind == "gzip" else 15)
    body = b"".join([*(compressor.compress(bytes(2**20)) for _ in range(megabytes)), compressor.flush()])
    return whole(body, Content_Encoding=kind)


def endless(piece: bytes) -> Answer:
    def pieces() -> Iterator[bytes]:
        while True:
            yield piece

    return Answer(pieces)


def cases() -> list[Case]:
    """Return every input with the exit code that a night on it should have."""
    feed = _FEED.encode()
    bomb = f"<!DOCTYPE a [<!ENTITY a 'ha'>{_ENTITIES}]><rss>&j;</rss>".encode()
    row = json.dumps(_PAPER).encode()
    good = lambda: row + b"\n"  # noqa: E731
    return [
        Case("nothing hostile", 0, whole(feed)),
        Case("feed: gzip bomb of 1 GB", 3, packed("gzip", 1000)),
        Case("feed: deflate bomb of 1 GB", 3, packed("deflate", 1000)),
        Case("feed: brotli that nobody asked for", 3, whole(b"\xcf\xff\xff\x7f" * 1000, Content_Encoding="br")),
        Case("feed: elements 2 million deep", 3, whole(b"<a>" * 2_000_000)),
        Case("feed: billion laughs", 3, whole(bomb)),
        Case("feed: 30 MB of newlines", 3, whole(b"\n" * 30_000_000)),
        Case("feed: 2 million empty elements", 3, whole(b"<rss>" + b"<a/>" * 1_900_000 + b"</rss>")),
        Case("feed: endless body", 3, endless(b"<item>" * 10_000)),
        Case("feed: length padded with zeros", 0, whole(feed, Content_Length=f"{len(feed):020}")),
        Case("feed: a control character in an item", 0, whole(feed.replace(b"We select", b"We \x01 select"))),
        Case("GitHub: gzip bomb of 1 GB", 5, packed("gzip", 1000), github=True),
        Case("GitHub: lists 100,000 deep", 5, whole(b"[" * 100_000), github=True),
        Case("GitHub: endless body", 5, endless(b"[]" * 10_000), github=True),
        Case("listing: 30 MB of newlines", 0, listing=lambda: b"\n" * 30_000_000 + row),
        Case("listing: a row 100,000 deep", 3, listing=lambda: b'{"a":' + b"[" * 100_000 + b"\n" + row),
        Case("listing: an abstract of 5 MB of newlines", 3, listing=lambda: _with_abstract("\n" * 5_000_000)),
        Case("listing: control characters in an abstract", 0, listing=lambda: _with_abstract("\x00\x07\x1b[31m \x85 ")),
        Case(
            "listing: an abstract of 5 MB of control characters", 3, listing=lambda: _with_abstract("\x01" * 5_000_000)
        ),
        Case("stdout: ASCII", 0, listing=good, environment={"PYTHONIOENCODING": "ascii"}),
        Case("stdout: reader gone", 0, listing=good, shell="| true"),
        Case("stdout: closed", 0, listing=good, shell=">&-"),
        Case("stdout: full disk", 4, listing=good, shell=">/dev/full"),
        Case("state folder: full disk", 4, listing=good, shell="FULL"),
    ]


def _with_abstract(more: str) -> bytes:
    return json.dumps({**_PAPER, "abstract": f"{_PAPER['abstract']}{more}end"}).encode()


class Server:
    """Sends the same answer to every request, in one thread each."""

    def __init__(self, answer: Answer) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for piece in answer.pieces():
                        self.wfile.write(piece)
                except OSError:
                    self.close_connection = True  # the reader had enough, which is what is measured

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@dataclass(frozen=True)
class Row:
    """What one night cost, and how it ended."""

    case: Case
    seconds: float
    processor: float
    megabytes: float
    exit_code: int
    message: str

    def kept(self, usual: float) -> bool:
        """Say whether the night stayed within its bounds; ``usual`` are the seconds of one without anything hostile."""
        in_time = self.processor <= SECONDS and self.seconds <= usual + SECONDS
        return in_time and self.megabytes <= MEGABYTES and self.exit_code == self.case.exit_code

    def printed(self, usual: float) -> str:
        """Return the row of the table."""
        mark = "" if self.kept(usual) else " **broken**"
        figures = (f"{self.seconds:.1f}", f"{self.processor:.1f}", f"{self.megabytes:.0f}", f"{self.exit_code}{mark}")
        return "| " + " | ".join((self.case.name, *figures, self.message)) + " |"


def measure(case: Case, folder: Path) -> Row | None:
    """Run one night in ``folder``; None when this machine cannot make the input (a full disk needs a mount)."""
    server = Server(case.answer) if case.answer else None
    state = folder / "state"
    environment = {**os.environ, **case.environment, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment["TRIAGE_SOURCE_CATEGORIES"] = '["cs.CL"]'
    words = ["run", "--judge", "local", "--deliver", "pr" if case.github else "none"]
    if case.github or case.listing:
        listing = folder / "night.jsonl"
        listing.write_bytes(case.listing() if case.listing else json.dumps(_PAPER).encode())
        words += ["--source", str(listing)]
    else:
        words += ["--source", "rss", "--since", "2025-11-14", "--until", "2025-11-14"]
    if server and case.github:
        environment |= _github(folder, server)
    elif server:
        environment["TRIAGE_ARXIV_RSS_URL"] = server.url
    if case.shell == "FULL" and not _mount(state):
        return None
    try:
        command = shlex.join([sys.executable, "-m", "agent.cli", *words, "--state", str(state)])
        return _spend(case, f"set -o pipefail; {command} {'' if case.shell == 'FULL' else case.shell}", environment)
    finally:
        if case.shell == "FULL":
            subprocess.run(["umount", str(state)], check=True)
        if server:
            server.close()


def _github(folder: Path, server: Server) -> dict[str, str]:
    """Make the repository of the list, and return the settings that point at it and at the server."""
    remote = folder / "list.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", ".", str(remote)], check=True)
    head = subprocess.run(
        ["git", "-C", str(remote), "symbolic-ref", "--short", "HEAD"], check=True, capture_output=True, text=True
    )
    return {
        "GITHUB_TOKEN": "ghp_none",
        "TRIAGE_GITHUB_API_URL": server.url,
        "TRIAGE_GITHUB_REPOSITORY": "owner/list",
        "TRIAGE_GITHUB_REMOTE": str(remote),
        "TRIAGE_GITHUB_BASE": head.stdout.strip(),
        "TRIAGE_GITHUB_CATALOG_PATH": "data/catalog.md",
    }


def _mount(state: Path) -> bool:
    """Make a state folder with almost no room."""
    state.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(state)]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


def _spend(case: Case, command: str, environment: dict[str, str]) -> Row:
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(["bash", "-c", command], env=environment, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        said.seek(0)
        lines = said.read().decode(errors="replace").splitlines()
    message = "a traceback" if any(line.startswith("Traceback") for line in lines) else (lines or ["(nothing)"])[-1]
    code = os.waitstatus_to_exitcode(status)
    processor = used.ru_utime + used.ru_stime
    return Row(case, seconds, processor, used.ru_maxrss / 1024, 99 if message == "a traceback" else code, message[:160])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="cases whose name holds this word")
    given = options.parse_args()
    sys.stdout.write("| input | s | CPU s | MB | exit | last line on stderr |\n|---|--:|--:|--:|--:|---|\n")
    broken, usual = 0, 0.0
    for number, case in enumerate(cases()):
        if number and given.only not in case.name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            row = measure(case, Path(folder))
        usual = usual or (row.seconds if row else 0.0)
        broken += row is not None and not row.kept(usual)
        missing = f"| {case.name} | - | - | - | - | not measured: it needs the right to mount |"
        sys.stdout.write(f"{row.printed(usual) if row else missing}\n")
        sys.stdout.flush()
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
