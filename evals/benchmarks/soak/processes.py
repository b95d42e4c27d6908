"""The processes of a soak: the program at a simulated moment, and the servers that it talks to."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[3]

# The program is loaded once, in a process that forks the others: to import it is most of the life of a killed one.
_FORKSERVER: Final = multiprocessing.get_context("forkserver")
_FORKSERVER.set_forkserver_preload(
    [
        "evals.benchmarks.simulated_waits",
        "agent.cli",
        *(f"agent.{name}" for name in ("wiring.night", "commands.output", "workflow.graph", "database.migrations")),
        *(f"agent.{name}" for name in ("deliveries.github.pull_request", "judges.local.judge", "judges.openai.judge")),
    ]
)


class Ended(NamedTuple):
    """How a run ended. ``code`` is None when it was killed; ``seconds`` of wall time; ``peak_mb`` is its memory."""

    code: int | None
    out: str
    err: str
    seconds: float
    peak_mb: float | None


def run_triage(
    words: Sequence[object], environment: Mapping[str, str], moment: datetime, folder: Path, kill_after: float | None
) -> Ended:
    """Run the command line at a simulated moment; kill it (-9) with its children after so many seconds, if given."""
    out, err, peak = (folder / f"run.{name}" for name in ("out", "err", "peak"))
    peak.unlink(missing_ok=True)
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    given = ([str(word) for word in words], {**keep, **environment}, moment, (str(out), str(err), str(peak)))
    process = _FORKSERVER.Process(target=_begin, args=given)
    began = time.monotonic()
    process.start()
    process.join(kill_after)
    killed = process.is_alive()
    if killed:
        _kill(process)
    process.join()
    return Ended(
        code=None if killed else process.exitcode,
        out=out.read_text("utf-8") if out.exists() else "",
        err=err.read_text("utf-8") if err.exists() else "",
        seconds=time.monotonic() - began,
        peak_mb=float(peak.read_text()) if peak.exists() else None,
    )


def _kill(process: ForkServerProcess) -> None:
    """Kill the process group; a process that was about to make one of its own is killed alone."""
    assert process.pid
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def _begin(words: list[str], environment: dict[str, str], moment: datetime, files: tuple[str, str, str]) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(files[:2], 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    importlib.import_module(f"agent.commands.{words[0]}").now = lambda: moment  # type: ignore[attr-defined]
    sys.argv = ["triage", *words]
    try:
        importlib.import_module("agent.cli").main()
    finally:
        sys.stdout.flush()
        Path(files[2]).write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


class Servers:
    """The process of all four servers; ``ask`` calls one of its methods."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.environment: dict[str, str] = self._read()

    def ask(self, do: str, **arguments: object) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps({'do': do, **arguments})}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("soak: the servers ended; what they said is above")
        return json.loads(line)


@contextmanager
def serve_world(folder: Path, catalog: Path, latency: float) -> Iterator[Servers]:
    """Start the servers on a repository that holds the list ``catalog``; ``latency`` is the model's, in seconds."""
    command = [sys.executable, "-m", "tests.replicas.world", str(folder), str(catalog), str(latency)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        try:
            yield Servers(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
