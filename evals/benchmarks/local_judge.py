"""The speed at which the local judge learns and ranks: ``python -m evals.benchmarks.local_judge``.

On invented texts: what a first night learns (announcements, and as many graded papers as asked for), what a second
night takes to read it back, and how many papers are ranked a second afterwards, in seconds of one core. Prints one JSON
object.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from agent.core.survey import taxonomy
from agent.core.survey.known_papers import Knowledge
from agent.core.survey.labelled_papers import LabelledPaper, LabelSource
from agent.judges.local.judge import LocalJudge
from agent.records import Paper

ROOT = Path(__file__).resolve().parents[2]
WORDS = [a + b + c for a in ("ba", "ku", "ri", "to", "me") for b in ("nd", "rm", "st", "vl") for c in ("a", "e", "io")]
_VOCABULARY = [first + second for first in WORDS for second in WORDS]


def papers(first: int, size: int) -> list[Paper]:
    """Return so many invented papers with abstracts of 150 words in ten sentences."""
    found = []
    for number in range(first, first + size):
        draw = random.Random(number)
        # Some words are frequent and most are rare, as in a language.
        words = [_VOCABULARY[int(len(_VOCABULARY) * draw.random() ** 3)] for _ in range(150)]
        sentences = [f"We propose {' '.join(words[at : at + 15])}." for at in range(0, 150, 15)]
        found.append(
            Paper(
                id=f"{2001 + number // 99999:04}.{number % 99999:05}",
                title=" ".join(words[:9]),
                abstract=" ".join(sentences),
                announced=date(2025, 11, 13),
            )
        )
    return found


def measure(graded: int, background: int, ranked: int) -> dict[str, Any]:
    tree = taxonomy.parse({path.name: path.read_text("utf-8") for path in (ROOT / "taxonomy").glob("*.yaml")})
    earlier, tonight = papers(0, background), papers(background, ranked)
    labelled = [
        LabelledPaper(paper=paper, grade=(0, 1, 2, 3)[at % 4], primary=tree.leaf_ids[at % 40], source=LabelSource.FILE)
        for at, paper in enumerate(earlier[:graded])
    ]

    def night(folder: Path, asked: Sequence[Paper]) -> float:
        began = time.process_time()
        judge = LocalJudge(tree, Knowledge(()), earlier, labelled, folder)
        judge.prepare(asked)
        sorted(asked, key=judge.relevance)
        return time.process_time() - began

    with tempfile.TemporaryDirectory() as folder:
        first = night(Path(folder), tonight[:1])
        second = night(Path(folder), tonight[:1])
        all_of_them = night(Path(folder), tonight)
    return {
        "graded": graded,
        "background": background,
        "first_night_s": round(first, 2),
        "second_night_s": round(second, 2),
        "ranked": ranked,
        "ranked_per_second": round(ranked / (all_of_them - second)),
    }


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m evals.benchmarks.local_judge", description=__doc__)
    options.add_argument("--graded", type=int, default=2000)
    options.add_argument("--background", type=int, default=3000)
    options.add_argument("--ranked", type=int, default=100_000)
    given = options.parse_args()
    sys.stdout.write(json.dumps(measure(given.graded, given.background, given.ranked)) + "\n")


if __name__ == "__main__":
    main()
