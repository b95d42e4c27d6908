"""The time of a whole night against the ideal: ``python -m evals.benchmarks.night [--papers N] [--prompt judge/v3]``.

``triage run --judge openai`` judges so many invented papers with a prompt of this checkout, against a server process
that answers after one second, 32 requests at a time: a first night with an empty state, then a second one of as many
other papers with what the first has left. The ideal is waiting alone: ceil(papers / 32) seconds. Beside it a bare
``asyncio.gather`` sends the same requests with the same client. The overhead of a paper is processor time: what the
first night takes for one more paper, beyond what the bare requests take. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import openai

from evals.benchmarks import launched
from evals.benchmarks.growth import papers
from evals.benchmarks.judge_throughput import Case, server

CONCURRENCY: Final = 32
LATENCY: Final = 1.0
FEW: Final = 32
"""Papers of the night that is taken off: what both nights take is the start of the program."""
REPEATED: Final = 3
"""So often is the small night measured, and the least processor time of all taken."""
ABSTRACT: Final = "We filter web text with a small model and train a larger one on what is left. " * 12
NAME: Final = "evals.benchmarks.night"


def listing(size: int, night: int = 0) -> list[dict[str, Any]]:
    """Return the rows of the listing file of a night: papers of its own, announced on one day in one category."""
    some = papers((night + 1) * size)[night * size :]
    rows = [paper.model_dump(mode="json", include={"id", "title", "announced"}) for paper in some]
    return [{**row, "abstract": ABSTRACT, "categories": ["cs.CL"]} for row in rows]


class Used(NamedTuple):
    """What a process took: wall and processor seconds, and its peak memory in MB."""

    wall: float
    cpu: float
    peak: float


def run(command: list[str], given: Mapping[str, str], out: Path) -> Used:
    """Run a program to its end, its output in a file. Any failure ends the benchmark."""
    taken = out.with_suffix(".taken")
    with out.open("wb") as stdout:
        began = time.perf_counter()
        launcher = [sys.executable, "-I", "-S", launched.__file__, str(taken), *command]
        subprocess.run(launcher, stdout=stdout, stderr=subprocess.DEVNULL, env={**os.environ, **given}, check=True)
        wall = time.perf_counter() - began
    used = json.loads(taken.read_text("utf-8"))
    if used["code"]:
        sys.exit(f"{' '.join(command)}: exit code {used['code']}")
    return Used(wall, used["cpu"], used["peak"])


async def ask_bare(base_url: str, requests: Path) -> None:
    """Send nothing but the requests, with the true client."""
    turn = asyncio.Semaphore(CONCURRENCY)
    bodies = [json.loads(line)["body"] for line in requests.read_text("utf-8").splitlines()]
    async with openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:

        async def ask(body: dict[str, Any]) -> None:
            async with turn:
                await client.chat.completions.create(**body)

        await asyncio.gather(*(ask(body) for body in bodies))


class MeasuredNight(NamedTuple):
    """What a night of so many papers takes, the second one after it (None: not asked for), and the bare requests."""

    first: Used
    second: Used | None
    bare: Used
    report: dict[str, Any]


def measure_night(base_url: str, folder: Path, size: int, prompt: str, *, second: bool = False) -> MeasuredNight:
    """Measure a night, with its files in ``folder``, which is made here."""
    folder.mkdir()
    requests, out = folder / "requests.jsonl", folder / "out.json"
    files = [folder / "first.jsonl", folder / "second.jsonl"]
    for at, file in enumerate(files):
        file.write_text("".join(f"{json.dumps(row)}\n" for row in listing(size, at)), "utf-8")
    given = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none", "TRIAGE_JUDGE_PROMPT": prompt}
    given |= {"TRIAGE_JUDGE_CONCURRENCY": str(CONCURRENCY)}

    def triage(file: Path, state: str, *more: str) -> Used:
        command = [sys.executable, "-m", "agent.cli", "run", "--source", str(file), "--state", str(folder / state)]
        return run([*command, "--judge", "openai", "--no-cap", "--deliver", "none", "--json", *more], given, out)

    triage(files[0], "asked", "--requests", str(requests))
    bare = run([sys.executable, "-m", NAME, "--bare", base_url, str(requests)], given, out)
    first = triage(files[0], "state")
    report = json.loads(out.read_text("utf-8"))
    return MeasuredNight(first, triage(files[1], "state") if second else None, bare, report)


def measure(size: int, prompt: str) -> dict[str, Any]:
    """Return the figures of two nights of ``size`` papers; what one more paper takes by comparing with ``FEW``."""
    case = Case(papers=size, latency=LATENCY, slots=CONCURRENCY, most_at_once=None, target=1.1)
    with tempfile.TemporaryDirectory() as folder, server(case) as base_url:
        few = [measure_night(base_url, Path(folder) / f"few-{at}", FEW, prompt) for at in range(REPEATED)]
        whole = measure_night(base_url, Path(folder) / "whole", size, prompt, second=True)
    small, small_bare = min(each.first.cpu for each in few), min(each.bare.cpu for each in few)
    ideal = math.ceil(size / CONCURRENCY) * LATENCY
    paper, bare_paper = (whole.first.cpu - small) / (size - FEW), (whole.bare.cpu - small_bare) / (size - FEW)
    assert whole.second is not None
    return {
        "papers": size,
        "prompt": prompt,
        "judged": size - whole.report["buckets"]["failed"],
        "ideal_s": ideal,
        "first_night_s": round(whole.first.wall, 1),
        "first_over_ideal": round(whole.first.wall / ideal, 3),
        "second_night_s": round(whole.second.wall, 1),
        "second_over_ideal": round(whole.second.wall / ideal, 3),
        "bare_gather_s": round(whole.bare.wall, 1),
        "start_cpu_s": round(small - FEW * paper, 1),
        "cpu_ms_a_paper": round(paper * 1000, 1),
        "bare_cpu_ms_a_paper": round(bare_paper * 1000, 1),
        "overhead_cpu_ms_a_paper": round((paper - bare_paper) * 1000, 1),
        "peak_mb": round(whole.first.peak),
        "cost": whole.report["cost"],
        "load_average": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--papers", type=int, default=1000)
    options.add_argument("--prompt", default="judge/v3")
    options.add_argument("--bare", nargs=2, metavar=("URL", "FILE"), help="send these requests and nothing else")
    given = options.parse_args()
    if given.bare:
        return asyncio.run(ask_bare(given.bare[0], Path(given.bare[1])))
    result = measure(given.papers, given.prompt)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.exit(1 if result["second_over_ideal"] > 1.1 or result["judged"] < result["papers"] else 0)


if __name__ == "__main__":
    main()
