"""One night of each list of a fleet, by workers in processes of their own, some of them disturbed.

It is checked that every night was done once, that the model was asked about no paper twice beyond what was in flight,
and that arXiv saw one request at a time with the pause between them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from agent.database.shared.database import SharedDatabase
from agent.database.shared.queue import queued_nights
from agent.database.store import open_shared_store
from agent.jobs.fleet_file import read_fleet
from agent.jobs.status import FleetStatus, read_status
from evals.benchmarks.soak.nights import HOME, WORDS
from evals.benchmarks.soak.processes import ROOT, Servers, serve_world

DAY: Final = date(2025, 2, 5)
MOMENT: Final = datetime(2025, 2, 5, 9, tzinfo=UTC)
CATEGORIES: Final = (["cs.RO"], ["eess.SP"], ["cs.RO", "eess.SP"])
LONGEST: Final = 540.0
"""Seconds after which a fleet that has not ended is given up."""


@dataclass(frozen=True)
class FleetPlan:
    """``pause`` lies between requests to arXiv; ``stalled_after`` is the fleet's setting; all times are seconds."""

    lists: int = 20
    workers: int = 4
    papers: int = 20
    latency: float = 0.2
    concurrency: int = 4
    pause: float = 0.2
    stalled_after: float = 3.0
    frozen_for: float = 0.0
    disturb: bool = False


@dataclass
class FleetResult:
    """``seconds`` from the first job's start to the last one's end; ``cpu_seconds`` of all workers that ended."""

    workers: int
    nights: int
    seconds: float
    nights_per_hour: float
    cpu_seconds: float
    arxiv_requests: int
    least_gap: float | None
    model_requests: int
    asked_again: int
    violations: list[str] = field(default_factory=list)


def measure(plan: FleetPlan, address: str, folder: Path) -> FleetResult:
    """Run the fleet on the database at ``address``, which must be empty, and return what was measured and violated."""
    folder.mkdir(exist_ok=True)
    fleet_file, environment = _make_lists(plan, folder, address)
    with ExitStack() as stack:
        servers = stack.enter_context(serve_world(folder, HOME / "data" / "list.md", plan.latency))
        servers.ask("announce", day=str(DAY), papers=list(_papers(plan)))
        environment = {**environment, **servers.environment, "TRIAGE_ARXIV_PAUSE_SECONDS": str(plan.pause)}
        environment.pop("GITHUB_TOKEN")
        _triage(environment, "fleet", "run", "--fleet", fleet_file)
        cpu_before = os.times()
        workers = [stack.enter_context(_worker(environment, fleet_file, folder, n)) for n in range(plan.workers)]
        status = _Watch(address, fleet_file)
        if plan.disturb:
            _disturb(plan, workers, servers, status)
        _wait_until(status.ended, "the nights to end")
        for each in workers:
            _end(each.process)
        cpu_after = os.times()
        seen = servers.ask("requests")
    seconds = status.seconds()
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(seen["arxiv"])]
    asked = Counter((model, paper) for model, paper in seen["model"])
    result = FleetResult(
        workers=plan.workers,
        nights=plan.lists,
        seconds=round(seconds, 2),
        nights_per_hour=round(plan.lists / seconds * 3600, 1),
        cpu_seconds=round(
            cpu_after.children_user + cpu_after.children_system - cpu_before.children_user - cpu_before.children_system,
            1,
        ),
        arxiv_requests=len(seen["arxiv"]),
        least_gap=round(min(gaps), 3) if gaps else None,
        model_requests=len(seen["model"]),
        asked_again=sum(count - 1 for count in asked.values()),
    )
    result.violations = list(_violations(plan, result, seen, asked, read_status(read_fleet(fleet_file), _now), address))
    return result


def _make_lists(plan: FleetPlan, folder: Path, address: str) -> tuple[Path, dict[str, str]]:
    """Make the lists' folders and the fleet's file; return the file and the environment of its commands."""
    lines = [f"stalled_after_seconds = {plan.stalled_after}", "retry_seconds = 1.0"]
    for number in range(plan.lists):
        name = f"list-{number:02}"
        home = folder / name
        shutil.copytree(HOME, home)
        config = (home / "triage.toml").read_text("utf-8")
        categories = json.dumps(CATEGORIES[number % len(CATEGORIES)])
        config = config.replace('categories = ["cs.RO", "eess.SP"]', f"categories = {categories}\noverlap_days = 0")
        # Every list asks a model of its own name, so that the server can tell who asks.
        judge = f'[judge]\nkind = "openai"\nmodel = "{name}"\nconcurrency = {plan.concurrency}\n'
        (home / "triage.toml").write_text(config.replace("[judge]\n", judge), "utf-8")
        lines += ["[[lists]]", f'name = "{name}"', f'folder = "{name}"', 'cron = "0 0 1 1 *"']
    file = folder / "fleet.toml"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    os.environ["TRIAGE_STATE_URL"] = address  # for the status that is read in this process
    return file, {**keep, "TRIAGE_STATE_URL": address, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _papers(plan: FleetPlan) -> Iterator[dict[str, Any]]:
    for number in range(plan.papers):
        words = [WORDS[(7 * number + 11 * step) % len(WORDS)] for step in range(7)]
        yield {
            "id": f"2502.{number:05}",
            "title": f"{' '.join(words)} {number}".capitalize(),
            "abstract": f"A machine tends the {' and the '.join(words)}. It is small.",
            "categories": ["cs.RO", "eess.SP"],
        }


def _triage(environment: Mapping[str, str], *words: object) -> None:
    command = [sys.executable, "-m", "agent.cli", *map(str, words)]
    subprocess.run(command, cwd=ROOT, env=dict(environment), check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class _Worker:
    process: subprocess.Popen[bytes]
    log: Path

    def night(self) -> str:
        """Return the list whose night it has under way, empty for none."""
        lines = self.log.read_text("utf-8").splitlines()
        begun = re.fullmatch(r"(\S+): night \S+ begins.*", lines[-1]) if lines else None
        return begun[1] if begun else ""


@contextmanager
def _worker(environment: Mapping[str, str], fleet_file: Path, folder: Path, number: int) -> Iterator[_Worker]:
    module = ["-m", "evals.benchmarks.fleet.simulated_worker", MOMENT.isoformat()]
    command = [sys.executable, *module, "worker", "--fleet", str(fleet_file)]
    log = folder / f"worker-{number}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=said, stderr=said)
        try:
            yield _Worker(process, log)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    process.wait()


def _disturb(plan: FleetPlan, workers: Sequence[_Worker], servers: Servers, status: _Watch) -> None:
    """Kill one worker, stop another and, of four, tell a third to end (SIGTERM), each while its model is being asked.

    The stopped one goes on when the others have ended all nights, and finds that its night was taken.
    """
    killed = _take_busy(plan, workers, servers)
    killed.process.kill()
    frozen = _take_busy(plan, [each for each in workers if each is not killed], servers)
    frozen.process.send_signal(signal.SIGSTOP)
    stopped = time.monotonic()
    if len(workers) > 3:
        left = [each for each in workers if each not in (killed, frozen)]
        _take_busy(plan, left, servers).process.terminate()
    _wait_until(status.ended, "the others to end all nights")
    while time.monotonic() < stopped + plan.frozen_for:
        time.sleep(0.2)
    frozen.process.send_signal(signal.SIGCONT)
    _wait_until(lambda: "begins anew" in frozen.log.read_text("utf-8"), "the stopped worker to find its night taken")


def _take_busy(plan: FleetPlan, workers: Sequence[_Worker], servers: Servers) -> _Worker:
    """Wait until one of the workers is in the middle of a night, and return it."""
    found: list[_Worker] = []

    def look() -> bool:
        asked = Counter(model for model, _ in servers.ask("requests")["model"])
        early, late = plan.papers // 5, plan.papers - 2 * plan.concurrency
        found.extend(each for each in workers if early <= asked[each.night()] <= late)
        return bool(found)

    _wait_until(look, "a worker to be in the middle of a night", pause=0.02)
    return found[0]


class _Watch:
    """The queue as the database tells of it."""

    def __init__(self, address: str, fleet_file: Path) -> None:
        self._database = SharedDatabase(address)
        self._fleet = read_fleet(fleet_file)

    def ended(self) -> bool:
        return not [job for job in queued_nights(self._database) if job.status != "failed"]

    def seconds(self) -> float:
        """Return the time from the first start of a night to the last end."""
        with self._database.engine.connect() as connection:
            span = connection.exec_driver_sql(
                "SELECT extract(epoch FROM max(at) FILTER (WHERE type = 'succeeded') - min(at) FILTER (WHERE type = "
                "'started')) FROM procrastinate_events"
            )
            return float(span.scalar() or "nan")


def _wait_until(done: Callable[[], bool], what: str, pause: float = 0.3) -> None:
    end = time.monotonic() + LONGEST
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"fleet: waited {LONGEST:.0f} s in vain for {what}")
        time.sleep(pause)


def _now() -> datetime:
    return MOMENT


def _violations(
    plan: FleetPlan,
    result: FleetResult,
    seen: Mapping[str, Any],
    asked: Counter[tuple[str, str]],
    status: FleetStatus,
    address: str,
) -> Iterator[str]:
    for row in status.lists:
        if row.state != "idle" or row.code != 0:
            yield f"{row.name}: {row.state}, exit {row.code}: {row.line}"
        with open_shared_store(address, Path(), row.name, exclusive=False) as store:
            runs = store.runs(9)
            judged = {paper for night in store.nights().values() for paper in night}
        if len(runs) != 1:
            yield f"{row.name}: {len(runs)} finished runs of its night"
        if len(judged) != plan.papers:
            yield f"{row.name}: {len(judged)} of {plan.papers} papers judged"
    again = {model for (model, _), count in asked.items() if count > 1}
    # So many nights were interrupted, each with so many requests in flight.
    interrupted = (2 + (plan.workers > 3)) if plan.disturb else 0
    if len(again) > interrupted or result.asked_again > interrupted * plan.concurrency:
        yield f"{result.asked_again} requests of {len(again)} lists were made again"
    once = 2 * min(plan.lists, len(CATEGORIES))  # the feed and the API, for each choice of categories
    if not plan.disturb and result.arxiv_requests > once:
        yield f"arXiv was asked {result.arxiv_requests} times, and {once} would do"
    if any(together > 1 for _, together in seen["arxiv"]):
        yield "arXiv saw two requests at once"
    if result.least_gap is not None and result.least_gap < plan.pause:
        yield f"arXiv saw requests {result.least_gap} s apart"
