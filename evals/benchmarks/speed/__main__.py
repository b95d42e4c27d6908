"""All figures of speed and cost: ``python -m evals.benchmarks.speed [--papers N] [--write docs/speed.md]``.

Measures the night, tokens and dollars, the ways in which other tools work, the commands, reading and editing a long
list, and the local judge, one after the other, and prints their tables. ``--write`` replaces the sections of a page as
soon as each row is measured: a run that is stopped loses nothing, and other sections of the page stay.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from agent.settings import load_settings
from agent.wiring.lists import load_prices
from evals.benchmarks import growth, local_judge, night
from evals.benchmarks.speed import answers, costs_per_paper, peers

ENTRIES: Final = 2500
RANKED: Final = 100_000
RANKED_MEASURED: Final = 20_000
"""Papers of which the time of ranking is measured; that of ``RANKED`` papers is in proportion."""
INTRODUCTION: Final = (
    "# Speed and cost\n\n`python -m evals.benchmarks.speed --write docs/speed.md` measures this page again.\n"
)

Rows = list[Sequence[object]]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


@dataclass
class Figures:
    """What was measured so far, for the sections that compare: a night of ``papers``, rows of tokens and dollars."""

    papers: int
    night: Mapping[str, Any] = field(default_factory=dict)
    money: list[dict[str, Any]] = field(default_factory=list)


def night_with_a_model(figures: Figures) -> Iterator[str]:
    """Yield the section on the time of a night."""
    figures.night = found = night.measure(figures.papers, costs_per_paper.PROMPTS[-1])
    seconds = f"{found['ideal_s']:g} s"
    rows: Rows = [
        ("waiting alone: the ideal", seconds, ""),
        ("the same requests in a bare `asyncio.gather`", f"{found['bare_gather_s']} s", ""),
        ("the first night, from an empty state", f"{found['first_night_s']} s", f"{found['first_over_ideal']}"),
        ("the second night, of other papers", f"{found['second_night_s']} s", f"{found['second_over_ideal']} (1.10)"),
        ("start of the program, processor", f"{found['start_cpu_s']} s", ""),
        ("one more paper, processor", f"{found['cpu_ms_a_paper']} ms", ""),
        ("of which its bare request", f"{found['bare_cpu_ms_a_paper']} ms", ""),
        ("of which overhead", f"{found['overhead_cpu_ms_a_paper']} ms", "(5 ms)"),
        ("peak memory", f"{found['peak_mb']} MB", "(400 MB)"),
    ]
    yield (
        f"{figures.papers} papers ({found['judged']} judged), prompt {found['prompt']}, a server of "
        f"{night.CONCURRENCY} slots that answers after a second; whole commands, their start included. The first night "
        "finds out how many requests at a time the server takes, the second begins with that. The overhead is the "
        "processor time of one more paper beyond that of its bare request.\n\n"
        + table(["what", "measured", "over ideal (target)"], rows)
    )


def tokens_and_dollars(figures: Figures) -> Iterator[str]:
    """Yield the section on money, longer with each prompt."""
    counted = answers.load()
    words = (
        "At the prices of `data/prices.toml`, prompts of the sample listing at four characters a token. *assumed*: "
        f"what the program estimates, thinking included; *counted*: the mean of {counted['answers']} answers of "
        f"{counted['model']}, by {counted['counted_by']} (median {counted['median']}, longest {counted['longest']}), "
        "which is what a model costs that does not think; what thinking adds, `[judge] reasoning_effort` governs. The "
        "last two columns: a server that caches nothing of the shared start.\n\n"
    )
    for prompt in costs_per_paper.PROMPTS:
        figures.money += costs_per_paper.measure(prompt)
        yield words + table(list(MONEY.values()), [[row[key] for key in MONEY] for row in figures.money])


MONEY: Final = {
    "prompt": "prompt", "answers": "tokens an answer",
    "input_tokens": "input tokens", "cacheable_tokens": "of these cacheable",
    "output_tokens": "output tokens", "usd_live": "live, $", "usd_batch": "in batches, $",
    "usd_live_nothing_cached": "live, nothing cached, $", "usd_batch_nothing_cached": "in batches, nothing cached, $",
}  # fmt: skip


def other_tools(figures: Figures) -> Iterator[str]:
    """Yield the section on the ways of other tools, longer with each of them."""
    prices = load_prices(load_settings(costs_per_paper.ROOT / "triage.toml"))
    words = (
        " ".join((peers.__doc__ or "").split())
        + f" Measured on {peers.PAPERS} papers with one second an answer; minutes "
        f"and dollars are in proportion for {peers.SCALED_TO:,} papers.\n\n"
    )
    ours = figures.night["second_night_s"] / figures.papers * peers.SCALED_TO / 60
    rows: Rows = [
        (f"this program, {row['prompt']}, {row['answers']}", round(ours, 1), row["usd_live"], "0 (repaired)")
        for row in figures.money
        if row["prompt"] == figures.night["prompt"]
    ]
    for name in peers.WAYS:
        found = peers.measure(name, prices["gpt-6-luna"])
        rows.append((name, found["minutes"], found["usd"], found["lost"]))
        head = ["way", f"minutes for {peers.SCALED_TO:,} papers", "dollars", "papers lost on one malformed answer"]
        yield words + table(head, rows)


def program(_: Figures) -> Iterator[str]:
    """Yield the section on commands, lists and the local judge, longer with each row."""
    rows: Rows = []
    for measure in (command_rows, list_rows, local_rows):
        for row in measure():
            rows.append(row)
            yield table(["what", "processor", "peak memory", "growth exponent"], rows)


def command_rows() -> Iterator[Sequence[object]]:
    """Yield processor time and peak memory of starting the program."""
    with tempfile.TemporaryDirectory() as folder:
        for words in (["--help"], ["status", "--state", str(Path(folder) / "state")]):
            command = [sys.executable, "-m", "agent.cli", *words]
            used = min((night.run(command, {}, Path(folder) / "out") for _ in range(3)), key=_cpu)
            yield f"`triage {words[0]}`", f"{used.cpu:.2f} s", f"{used.peak:.0f} MB", ""


def _cpu(used: night.Used) -> float:
    return used.cpu


def list_rows() -> Iterator[Sequence[object]]:
    """Yield processor time and growth exponent of reading and editing a list of 10,000 entries."""
    for name in ("parse", "insert 20"):
        small, large = growth.measure(ENTRIES, [name])["seconds"][name]
        exponent = math.log(max(large, 1e-4) / max(small, 1e-4)) / math.log(growth.TIMES)
        yield f"{name}, {ENTRIES * growth.TIMES:,} entries", f"{large:.2f} s", "", f"{exponent:.2f}"


def local_rows() -> Iterator[Sequence[object]]:
    found = local_judge.measure(2000, 3000, RANKED_MEASURED)
    yield "learn from 2,000 labels", f"{found['first_night_s']} s", "", ""
    yield "read back what was learned", f"{found['second_night_s']} s", "", ""
    seconds = RANKED / found["ranked_per_second"]
    yield f"rank {RANKED:,} papers (measured on {RANKED_MEASURED:,})", f"{seconds:.1f} s", "", ""


SECTIONS: Final[Mapping[str, Callable[[Figures], Iterator[str]]]] = {
    "Tokens and dollars per 1,000 papers": tokens_and_dollars,
    "The program": program,
    "A night with a model": night_with_a_model,
    "As other tools ask": other_tools,
}


def measured(text: str) -> str:
    """Return what was measured, with the day and the load of the machine."""
    load = os.getloadavg()[0]
    return f"{text}\nMeasured {datetime.now(UTC).date()} on {os.cpu_count()} cores at a load of {load:.1f}.\n"


def replace(page: str, heading: str, text: str) -> str:
    """Return the page with this text below its heading, which is added where there is none."""
    section = f"## {heading}\n\n{text}\n"
    found = re.compile(rf"^## {re.escape(heading)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if not found.search(page):
        return f"{page.rstrip()}\n\n{section.rstrip()}\n"
    return f"{found.sub(lambda _: section, page, count=1).rstrip()}\n"


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m evals.benchmarks.speed", description=__doc__)
    options.add_argument("--papers", type=int, default=1000)
    options.add_argument("--write", type=Path, help="the page whose sections are replaced")
    given = options.parse_args()
    page: str = given.write.read_text("utf-8") if given.write and given.write.exists() else INTRODUCTION
    figures = Figures(given.papers)
    for heading, measure in SECTIONS.items():
        began, text = time.perf_counter(), ""
        for text in measure(figures):
            page = replace(page, heading, measured(text))
            if given.write:
                given.write.write_text(page, encoding="utf-8")
        sys.stdout.write(f"## {heading}\n\n{measured(text)}\n")
        sys.stdout.flush()
        sys.stderr.write(f"{heading}: {time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main()
