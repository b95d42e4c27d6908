"""A backfill in batches, killed on the way: ``python -m evals.benchmarks.batch [--papers 150000] [--kills 3]``.

Invented papers, 300 a day, are submitted day by day to a server process, collected and judged, with the real client and
a real state folder; the list is small and its prompt short. The working process is killed (-9) at random days and
started again. Prints one JSON object: how often each paper was paid for, and the peak memory of the working process
over the days. Exit code 1 when a paper was not judged, or paid for twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import httpx2

from agent.core.judging.questions import Questions
from agent.database.store import Store, open_store
from agent.errors import AnswerPending
from agent.judges.batches.api import BatchServer
from agent.judges.batches.judge import BatchJudge
from agent.judges.batches.submissions import Submissions
from agent.judges.openai.endpoint import Endpoint
from agent.judges.openai.spending_cap import SpendingCap
from agent.records import Paper
from evals.benchmarks.judge_throughput import Case, questions, server

A_DAY: Final = 300
UNFINISHED: Final = 75


def day_of(number: int, size: int) -> list[Paper]:
    """Return the papers of one day; the last day may have fewer."""
    return [
        Paper(
            id=f"{2001 + at // 99999:04}.{at % 99999:05}",
            title=f"Study {at}",
            abstract=f"We filter web text with small model {at} and train a larger one on what is left.",
            announced=date(2025, 11, 13),
        )
        for at in range(number * A_DAY, min((number + 1) * A_DAY, size))
    ]


def work(base_url: str, folder: Path, size: int) -> int:
    """Do as much as can be done now; print the peak memory in MB after each day. Return the exit code."""
    endpoint, unfinished = Endpoint(base_url=base_url), 0
    asked = replace(questions(), messages=short_prompt)
    with open_store(folder, exclusive=True) as store:
        with closing(BatchServer(endpoint)) as batches:
            Submissions(store, endpoint, folder).collect(batches)
        for number in range(-(-size // A_DAY)):
            unfinished += asyncio.run(judge(store, asked, endpoint, folder, day_of(number, size)))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            sys.stdout.write(f"{number} {peak:.0f}\n")
            sys.stdout.flush()
    return UNFINISHED if unfinished else 0


def short_prompt(paper: Paper) -> list[dict[str, str]]:
    """Return a prompt of a small list: the file of requests is then small too, and many go into one."""
    told = f"TITLE: {paper.title}\nABSTRACT: {paper.abstract}"
    return [{"role": "system", "content": "Judge the paper."}, {"role": "user", "content": told}]


async def judge(store: Store, asked: Questions, endpoint: Endpoint, folder: Path, papers: list[Paper]) -> int:
    """Judge a day as far as its answers have come; return how many papers wait."""
    done = store.judgments(papers, asked.identity)
    if len(done) == len(papers):
        return 0
    by_batch = BatchJudge(
        asked,
        store,
        lambda some: store.judgments(some, asked.identity),
        endpoint,
        folder,
        prices={},
        cap=SpendingCap(None),
        collects=False,
    )
    by_batch.prepare(papers)
    judged, waiting = [], 0
    for paper in papers:
        if paper.id not in done:
            try:
                judged.append((paper, await by_batch.judge(paper)))
            except AnswerPending:
                waiting += 1
    store.save_judgments(judged)
    return waiting


def measure(size: int, kills: int, seed: int) -> dict[str, Any]:
    """Run the work to its end, killed at ``kills`` random days of its first two passes."""
    draw = random.Random(seed)
    days = -(-size // A_DAY)
    left = [draw.randrange(1, max(days, 2)) for _ in range(kills)]
    peaks: dict[int, float] = {}
    case = Case(papers=size, latency=0.0, slots=32, most_at_once=None, target=0)
    began, calls = time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as folder, server(case) as base_url:
        command = [sys.executable, "-m", "evals.benchmarks.batch", "--papers", str(size), "--work", base_url, folder]
        code = UNFINISHED
        while code != 0:
            calls += 1
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    day, peak = line.split()
                    peaks[int(day)] = max(peaks.get(int(day), 0), float(peak))
                    if left and int(day) >= left[0]:
                        left.pop(0)
                        process.kill()
                        break
            code = process.returncode
            if code not in (0, UNFINISHED, -9):
                sys.exit(f"{' '.join(command)}: exit code {code}")
        paid = httpx2.get(f"{base_url}/seen").json()["paid"]
        state = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    curve = [peaks[day] for day in range(0, days, max(1, days // 10))]
    return {
        "papers": size,
        "kills": kills - len(left),
        "calls": calls,
        "paid_papers": paid["papers"],
        "most_paid": paid["most"],
        "peak_mb_over_the_days": curve,
        "state_mb": round(state / 1e6, 1),
        "wall_s": round(time.perf_counter() - began),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--papers", type=int, default=150_000)
    options.add_argument("--kills", type=int, default=3)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--work", nargs=2, metavar=("URL", "FOLDER"), help="do the work; what is killed")
    given = options.parse_args()
    if given.work:
        sys.exit(work(given.work[0], Path(given.work[1]), given.papers))
    result = measure(given.papers, given.kills, given.seed)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.exit(0 if (result["paid_papers"], result["most_paid"]) == (given.papers, 1) else 1)


if __name__ == "__main__":
    main()
