"""Simulated months through the whole program: ``python -m evals.benchmarks.soak --nights 60 --seed 1``.

Every night arXiv announces papers, some requests fail, runs are killed at random moments, and a reviewer works on the
pull request. After every night the invariants of ``soak.invariants`` are checked. The command line runs in processes
against servers in another; only the clock is simulated, and sleeping is shorter. Exit code 1 on a violation.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from evals.benchmarks.soak.invariants import Kept, RunLedger, growth_violations, ids_in, violations
from evals.benchmarks.soak.processes import ROOT, Ended, Servers, run_triage, serve_world

HOME: Final = ROOT / "tests" / "fixtures" / "gardens"
CATALOG: Final = Path("data") / "list.md"
FIRST_NIGHT: Final = date(2025, 2, 3)
CATEGORIES: Final = ("cs.RO", "eess.SP")
CONCURRENCY: Final = 4
MOST_RUNS: Final = 4
"""A night: so many times cron, or a person, starts the program, until it ends well."""

WORDS: Final = " ".join(
    (
        "amber apple barley basil bean birch bramble cedar cherry clover copper crane daisy elder ember fennel fern",
        "field finch flint garlic ginger glass granite hazel heron hollow honey hornet iris ivory juniper kelp",
        "lantern larch lemon lilac linen magpie maple marsh meadow mint moss nettle oak olive onion orchid otter",
        "pebble pepper pine plum poppy quartz quince raven reed robin rose rust saffron sage salmon sorrel sparrow",
        "spruce stone swift thistle thyme tulip",
    )
).split(" ")


@dataclass
class SoakPlan:
    """How a soak is run. ``fault_share`` is how likely a request to arXiv fails, and sets the other servers' faults."""

    nights: int = 60
    seed: int = 1
    papers: int = 8
    fault_share: float = 0.25
    kill_share: float = 0.85
    latency: float = 0.02


@dataclass
class SoakNight:
    """One row of the table."""

    day: str
    runs: int = 0
    kills: int = 0
    codes: list[int] = field(default_factory=list)
    faults: int = 0
    reviewer: dict[str, int] = field(default_factory=dict)
    state_kb: int = 0
    peak_mb: float = 0.0
    violations: list[str] = field(default_factory=list)


class Soak:
    """The world between nights. ``chance`` decides everything, so that a seed repeats all but the moments of kills."""

    def __init__(self, plan: SoakPlan, folder: Path, servers: Servers) -> None:
        self.plan, self.folder, self.servers = plan, folder, servers
        self.chance = random.Random(plan.seed)
        self.home = folder / "home"
        self.state = folder / "state"
        shutil.copytree(HOME, self.home)
        self.ledger = RunLedger(base=(self.home / CATALOG).read_text("utf-8"))
        self.calls = 0
        self.faults = 0
        self.usual = 1.5
        """Seconds of a run that ended by itself: kills come within that time."""

    def night(self, number: int) -> SoakNight:
        day = weekday(number)
        row = SoakNight(day=str(day))
        self.servers.ask("announce", day=str(day), papers=list(self._papers(day)))
        self.servers.ask("break_things", seed=f"{self.plan.seed} {number}", share=self.plan.fault_share)
        code: int | None = None
        for attempt in range(MOST_RUNS):
            if attempt == 2:
                self.servers.ask("mend")
            killing = attempt < 2 and self.chance.random() < self.plan.kill_share
            ended = self._run(day, attempt, self.chance.uniform(0.1, 1.0) * self.usual if killing else None)
            row.runs += 1
            row.kills += ended.code is None
            row.peak_mb = max(row.peak_mb, ended.peak_mb or 0.0)
            code = ended.code
            if code is not None:
                row.codes.append(code)
                self.usual = 0.8 * self.usual + 0.2 * ended.seconds
            if code not in (None, 0, 3, 4, 5):
                row.violations.append(f"exit {code}: {ended.err.strip()[-300:]}")
            if code == 0 or (code == 4 and self.chance.random() < 0.5):
                break
        row.violations += self._check(delivered=code in (0, 4))
        row.reviewer = dict(Reviewer(self).work()) if code in (0, 4) else {}
        row.violations += self._check(delivered=False)
        seen = self.servers.ask("seen", calls_from=self.calls)
        row.faults, self.faults = sum(seen["faults"].values()) - self.faults, sum(seen["faults"].values())
        row.state_kb = sum(path.stat().st_size for path in self.state.rglob("*") if path.is_file()) // 1024
        return row

    def _run(self, day: date, attempt: int, kill_after: float | None) -> Ended:
        main = self.servers.ask("seen", calls_from=self.calls)["main"]
        (self.home / CATALOG).write_text(main, "utf-8")
        words = ["run", "--config", self.home / "triage.toml", "--state", self.state, "--source", "arxiv"]
        words += ["--judge", "openai", "--no-cap", "--deliver", "pr", "--json"]
        moment = datetime(day.year, day.month, day.day, 9, 10 * attempt, tzinfo=UTC)
        settings = {"TRIAGE_JUDGE_CONCURRENCY": str(CONCURRENCY)}
        ended = run_triage(words, {**self.servers.environment, **settings}, moment, self.folder, kill_after)
        calls = self.servers.ask("seen", calls_from=self.calls)["calls"]
        self.calls += len(calls)
        self.ledger.note_answers(calls, killed=ended.code is None)
        return ended

    def _papers(self, day: date) -> Iterator[dict[str, Any]]:
        """Yield what is announced on a day; other categories' papers among it are none of the list's business."""
        for number in range(self.chance.randint(self.plan.papers // 2, self.plan.papers * 3 // 2)):
            paper_id = f"{day:%y%m}.{day:%d}{number:03}"
            title = " ".join(self.chance.sample(WORDS, 6)).capitalize()
            categories = self.chance.choice((["cs.RO"], ["eess.SP"], ["cs.RO", "eess.SP"], ["cs.CV", "cs.RO"]))
            abstract = f"A machine tends the {' and the '.join(self.chance.sample(WORDS, 8))}. It is small."
            self.ledger.announced[paper_id] = (str(day), [name for name in categories if name in CATEGORIES])
            yield {"id": paper_id, "title": title, "abstract": abstract, "categories": categories}

    def _check(self, *, delivered: bool) -> list[str]:
        kept = Kept.read(self.state / "triage.sqlite3")
        world = self.servers.ask("seen", calls_from=self.calls)
        return list(violations(self.ledger, kept, world, delivered=delivered, concurrency=CONCURRENCY))


class Reviewer:
    """Someone who looks at the pull request after some nights, and does on it whatever people do."""

    def __init__(self, soak: Soak) -> None:
        self.servers, self.ledger, self.chance = soak.servers, soak.ledger, soak.chance
        self.queued = sorted(
            {p for _, p, bucket in Kept.read(soak.state / "triage.sqlite3").outcomes if bucket == "queued"}
        )
        self.done: Counter[str] = Counter()
        self.deleted: list[str] = []

    def work(self) -> Counter[str]:
        """Do some of it, and return how often each thing was done."""
        if self.chance.random() < 0.1:
            self.servers.ask("edit_notes", line="A note.")
            self.done["other file edited"] += 1
        seen = self.servers.ask("seen", calls_from=0)
        if not seen["pulls"]:
            return self.done
        [number], [(branch, text)] = seen["pulls"], seen["branches"].items()
        there = set(ids_in(seen["main"]))
        drafts = [paper for paper in ids_in(text) if paper in self.ledger.announced and paper not in there]
        text = self._edit_lines(text, drafts)
        if self.done["deleted"] + self.done["edited"] + self.done["moved"]:
            self.servers.ask("edit", branch=branch, text=text)
        left = [paper for paper in drafts if paper not in self.ledger.refused]
        ending = self.chance.random()
        if ending < 0.3 and left:
            self.servers.ask("merge", number=number, how=self.chance.choice(("merge", "squash", "rebase")))
            self.ledger.merged |= set(left)
            self.done["merged"] += 1
        elif ending < 0.36:
            self.servers.ask("close", number=number)
            self.ledger.refused |= set(left)
            self.done["closed"] += 1
        elif ending < 0.4:
            self.servers.ask("delete_branch", branch=branch)
            # No run has seen tonight's deleted lines: with their branch they are forgotten, as the documents say.
            self.ledger.refused -= set(self.deleted)
            self.done["branch deleted"] += 1
        else:
            self._comment(number, left)
        return self.done

    def _edit_lines(self, text: str, drafts: list[str]) -> str:
        for paper in drafts:
            [line] = [line for line in text.splitlines(keepends=True) if paper in line]
            match self.chance.random():
                case draw if draw < 0.1:
                    text = text.replace(line, "")
                    self.ledger.refused.add(paper)
                    self.deleted.append(paper)
                    self.done["deleted"] += 1
                case draw if draw < 0.2:
                    text = text.replace(line, f"{line.rstrip()} Seen.\n")
                    self.done["edited"] += 1
                case draw if draw < 0.3:
                    text = text.replace(line, "")
                    heading = self.chance.choice(("## Watering\n", "## Sensing\n", "## Pruning and Picking\n"))
                    text = text.replace(heading, heading + line)
                    self.done["moved"] += 1
        return text

    def _comment(self, number: int, drafts: list[str]) -> None:
        def say(words: str, login: str = "maintainer") -> None:
            self.servers.ask("comment", number=number, login=login, text=words)

        if drafts and self.chance.random() < 0.3:
            paper = self.chance.choice(drafts)
            say(f"/triage no {paper}")
            self.ledger.refused.add(paper)
            self.done["/triage no"] += 1
        elif drafts and self.chance.random() < 0.3:
            say(f"/triage move {self.chance.choice(drafts)} {self.chance.choice(('water', 'sense', 'prune'))}")
            self.done["/triage move"] += 1
        elif self.queued and self.chance.random() < 0.4:
            paper = self.chance.choice(self.queued)
            say(f"/triage draft {paper}")
            self.ledger.wanted.add(paper)
            self.ledger.refused.discard(paper)
            self.done["/triage draft"] += 1
        elif drafts and self.chance.random() < 0.3:
            say(f"/triage no {self.chance.choice(drafts)}", "passer-by")
            self.done["passer-by"] += 1


def weekday(number: int) -> date:
    """Return the day of a night, counted from 0: arXiv announces on weekdays."""
    weeks, days = divmod(number, 5)
    return FIRST_NIGHT + timedelta(weeks=weeks, days=days)


def soak(plan: SoakPlan, show: Callable[[SoakNight], object]) -> dict[str, Any]:
    """Run all nights, ``show`` each, and return the totals with the rows."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        with serve_world(folder, HOME / CATALOG, plan.latency) as servers:
            world = Soak(plan, folder, servers)
            rows = []
            for number in range(plan.nights):
                rows.append(world.night(number))
                show(rows[-1])
    half = len(rows) // 2
    state = [bytes_a_night(rows[:half]), bytes_a_night(rows[half:])]
    peaks = [max((row.peak_mb for row in part), default=0.0) for part in (rows[:half], rows[half:])]
    growth = list(growth_violations(len(rows), state, peaks))
    return {
        "nights": len(rows),
        "seed": plan.seed,
        "announced": len(world.ledger.announced),
        "runs": sum(row.runs for row in rows),
        "kills": sum(row.kills for row in rows),
        "faults": sum(row.faults for row in rows),
        "exit_codes": dict(sorted(Counter(code for row in rows for code in row.codes).items())),
        "reviewer": dict(sum((Counter(row.reviewer) for row in rows), Counter[str]())),
        "paid_again": sum(map(len, world.ledger.asked_again)),
        "state_kb": rows[-1].state_kb,
        "state_bytes_a_night": state,
        "peak_mb": peaks,
        "growth": growth,
        "violations": sum(len(row.violations) for row in rows) + len(growth),
        "seconds": round(time.monotonic() - began, 1),
        "rows": [asdict(row) for row in rows],
    }


def bytes_a_night(rows: list[SoakNight]) -> int:
    """Return by how much the state folder grew a night, from the first of some nights to the last."""
    return (rows[-1].state_kb - rows[0].state_kb) * 1024 // (len(rows) - 1) if len(rows) > 1 else 0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--nights", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", action="store_true", help="print the totals and all rows as one JSON object")
    given = options.parse_args()

    def show(row: SoakNight) -> None:
        line = f"{row.day} {row.runs} runs, {row.kills} killed, exits {row.codes}, {row.faults} faults, {row.reviewer}"
        sys.stderr.write(f"{line}, state {row.state_kb} KB, peak {row.peak_mb:.0f} MB\n")
        sys.stderr.writelines(f"  VIOLATION {words}\n" for words in row.violations)

    result = soak(SoakPlan(nights=given.nights, seed=given.seed), show)
    totals = result if given.json else {name: value for name, value in result.items() if name != "rows"}
    sys.stdout.write(f"{json.dumps(totals, indent=None if given.json else 1)}\n")
    sys.exit(1 if result["violations"] else 0)
