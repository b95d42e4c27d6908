"""The time in which the review page shows the next paper: ``python -m evals.benchmarks.review_page [--papers N]``.

The page of this checkout's list, with so many invented papers in its queue, is served by a process of its own and
opened in a headless Chromium of the system. The time runs from the browser's own time stamp of a key press to the frame
after the one in which the next paper is drawn. ``next`` and ``previous`` show a card that was fetched before. Prints
one JSON object; exit code 1 where a 95th percentile misses the target.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent.core.survey import taxonomy
from agent.database.store import open_store
from agent.records import Bucket, JudgeIdentity, Judgment, Paper, RunReport, Usage
from evals.benchmarks.growth import papers

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT: Final = Path(__file__).resolve().parents[2]
TARGET_MS: Final = 100
NEIGHBOURS_WITHIN_S: Final = 60
KEYS: Final = {"j": "next", "a": "accept", "r": "dismiss", "k": "previous"}
ABSTRACT: Final = "We filter web text with a small model and train a larger one on what is left. " * 15
QUOTE: Final = "We filter web text with a small model"
JUDGE: Final = JudgeIdentity(name="openai", model="benchmark", prompt="benchmark", taxonomy="benchmark")

# Keeps the time from each key press to the frame after the one that draws another paper.
STOPWATCH: Final = """
(() => {
  let pressed = null, shown = null;
  window.times = [];
  const paper = () => document.querySelector("#card article")?.dataset.paper;
  addEventListener("keydown", (event) => { pressed = event.timeStamp; shown = paper(); }, true);
  new MutationObserver(() => {
    if (pressed === null || paper() === undefined || paper() === shown) return;
    const began = pressed;
    pressed = null;
    requestAnimationFrame(() => {
      const frame = new MessageChannel();
      frame.port1.onmessage = () => window.times.push(performance.now() - began);
      frame.port2.postMessage(0);
    });
  }).observe(document, { childList: true, subtree: true });
})();
"""


def fill(state: Path, size: int) -> None:
    """Write a finished night with so many queued papers, each with a quote and three sections."""
    tree = taxonomy.parse({path.name: path.read_text("utf-8") for path in (ROOT / "taxonomy").glob("*.yaml")})
    leaves = tree.leaf_ids
    night = [paper.model_copy(update={"abstract": f"{ABSTRACT}{paper.title}."}) for paper in papers(size)]
    with open_store(state, exclusive=True) as store:
        store.save_papers(night)
        for at, paper in enumerate(night):
            store.save_judgments([(paper, _judged(paper, at, size, leaves))])
        report = {
            "run_id": "1", "source": "file", "judge": JUDGE, "window": {"from": None, "to": None}, "listed": size,
            "buckets": {"queued": size}, "drafts": (), "coverage": (), "cost": Usage(), "patch": "1.patch",
        }  # fmt: skip
        outcomes = {paper.id: Bucket.QUEUED for paper in night}
        store.finish_run(RunReport.model_validate(report), outcomes, (), datetime.now(UTC))


def _judged(paper: Paper, at: int, size: int, leaves: tuple[str, ...]) -> Judgment:
    top = tuple(leaves[(at + step) % len(leaves)] for step in range(3))
    return Judgment(
        paper_id=paper.id, grade=3, score=0.95 - 0.4 * at / size, primary=top[0], top=top, evidence=(QUOTE,),
        reason="It filters training text with a model.", operation="Filters web text.", judge=JUDGE,
    )  # fmt: skip


@contextmanager
def served(state: Path) -> Iterator[str]:
    """Serve the review page in a process of its own and yield the address that opens it."""
    command = [sys.executable, "-m", "agent.cli", "review", "--no-open", "--state", str(state), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            text = ""
            while not text.rstrip().endswith("}"):
                line = process.stdout.readline()
                if not line:
                    sys.exit("the review page did not start; why is said above")
                text += line
            yield json.loads(text)["url"]
        finally:
            process.terminate()


def measure(size: int, presses: int) -> dict[str, Any]:
    """Return the times of each key, in milliseconds, over so many presses."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.exit("needs Chromium (apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        state = Path(folder) / "state"
        fill(state, size)
        began = time.perf_counter()
        with served(state) as url:
            started = time.perf_counter() - began
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.add_init_script(STOPWATCH)
            page.goto(url)
            answer = page.goto(f"{url.partition('/?')[0]}/queue")
            assert answer is not None
            size_kb = round(len(answer.body()) / 1000, 1)
            _wait_for_neighbours(page)
            times = {key: [_press(page, key) for _ in range(presses)] for key in KEYS}
            browser.close()
    return {
        "queued": size,
        "presses": presses,
        "page_kb": size_kb,
        "start_s": round(started, 2),
        "target_p95_ms": TARGET_MS,
        **{KEYS[key]: _figures(found) for key, found in times.items()},
        "load_average": os.getloadavg()[0],
    }


def _wait_for_neighbours(page: Page) -> None:
    """Load the page again until the search for the nearest listed papers is built, which takes the server seconds."""
    for _ in range(NEIGHBOURS_WITHIN_S):
        if page.locator(".nearest li").count():
            return
        page.wait_for_timeout(1000)
        page.reload()
    sys.exit(f"no nearest listed papers within {NEIGHBOURS_WITHIN_S} s")


def _press(page: Page, key: str) -> float:
    """Press a key, wait until another paper is shown, and give its reader a moment; return the milliseconds."""
    known = page.evaluate("times.length")
    page.keyboard.press(key)
    page.wait_for_function("known => times.length > known", arg=known, polling=50)
    page.wait_for_timeout(300)
    return float(page.evaluate("times.at(-1)"))


def _figures(found: list[float]) -> dict[str, int]:
    late = statistics.quantiles(found, n=20, method="inclusive")[-1]
    return {"median_ms": round(statistics.median(found)), "p95_ms": round(late), "most_ms": round(max(found))}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--papers", type=int, default=1000)
    options.add_argument("--presses", type=int, default=40)
    given = options.parse_args()
    result = measure(given.papers, given.presses)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.exit(1 if max(result[name]["p95_ms"] for name in KEYS.values()) > TARGET_MS else 0)


if __name__ == "__main__":
    main()
