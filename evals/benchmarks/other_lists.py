"""Relevance on lists of other people: ``python -m evals.benchmarks.other_lists [--sample N]``.

``evals/other_lists.jsonl`` says of 600 announcements, two samples, how well each fits ten lists whose READMEs lie in
``../shared/data/lists``: 2 clearly, 1 arguably. Each list is set up as ``triage init`` does, without labels or
abstracts of its papers; the sample is judged beside 1,000 other announcements, then in nights of 150 with none. Prints
a row for each way: mean average precision over the lists that at least ``FEWEST`` papers fit clearly; papers judged in
scope, and the shares of these that fit; the share of those that fit clearly which were judged in scope.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.metrics import average_precision_score

from agent.core.survey import taxonomy
from agent.core.survey.drafting.draft_files import to_files
from agent.core.survey.drafting.draft_taxonomy import draft_taxonomy
from agent.core.survey.survey import Survey
from agent.judges.local.judge import LocalJudge
from agent.records import Paper
from agent.sources.files.records import read_records

ROOT: Final = Path(__file__).resolve().parents[2]
SHARED: Final = ROOT.parent / "shared" / "data"
LABELS: Final = ROOT / "evals" / "other_lists.jsonl"
BACKGROUND, NIGHT, FEWEST = 1000, 150, 3


def read_survey(readme: Path) -> Survey:
    """Return the list as ``triage init`` sets it up, nothing known of its papers but what it prints."""
    text = readme.read_bytes().decode()
    return Survey.of(taxonomy.parse(to_files(draft_taxonomy(text))), text, (), ())


def rank(survey: Survey, night: Sequence[Paper], background: Sequence[Paper]) -> list[float]:
    """Return the relevance of each paper of a night."""
    judge = LocalJudge(survey.taxonomy, survey.knowledge, background)
    judge.prepare(night)
    return [judge.relevance(paper) for paper in night]


def figures(lists: Sequence[tuple[list[float], list[int]]]) -> dict[str, Any]:
    """Return the figures of some lists, each given by the relevance of the papers and by how well they fit."""
    several = [(np.array(scores), np.array(fits)) for scores, fits in lists if fits.count(2) >= FEWEST]
    scores, fits = (np.concatenate(each) for each in zip(*lists, strict=True))
    drafted = fits[scores >= 0.5]
    return {
        "ap_clearly": round(float(np.mean([average_precision_score(fit == 2, score) for score, fit in several])), 3),
        "ap_arguably": round(float(np.mean([average_precision_score(fit >= 1, score) for score, fit in several])), 3),
        "in_scope": len(drafted),
        "of_these_clearly": round(float(np.mean(drafted == 2)), 2) if len(drafted) else None,
        "of_these_arguably": round(float(np.mean(drafted >= 1)), 2) if len(drafted) else None,
        "found_of_clearly": round(float(np.sum(drafted == 2) / np.sum(fits == 2)), 2),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sample", type=int, default=2, choices=(1, 2))
    sample = options.parse_args().sample
    if not SHARED.exists():
        sys.exit(f"{SHARED} is not here: this needs its lists and its background")
    rows = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    fits = {row["id"]: row["fits"] for row in rows if row["sample"] == sample}
    texts = {paper.id: paper for paper in read_records(SHARED / "background-2025-09-to-11.jsonl.gz").papers}
    papers = [texts[paper_id] for paper_id in fits]
    judged = {row["id"] for row in rows}
    earlier = random.Random(1).sample([paper for key, paper in texts.items() if key not in judged], BACKGROUND)
    nights = [papers[start : start + NIGHT] for start in range(0, len(papers), NIGHT)]
    found: dict[str, list[tuple[list[float], list[int]]]] = {"beside earlier announcements": [], "first nights": []}
    for folder in sorted(path for path in (SHARED / "lists").iterdir() if path.is_dir()):
        survey, gold = read_survey(folder / "README.md"), [fit.get(folder.name, 0) for fit in fits.values()]
        found["beside earlier announcements"].append((rank(survey, papers, earlier), gold))
        found["first nights"].append(([each for night in nights for each in rank(survey, night, ())], gold))
    for name, lists in found.items():
        sys.stdout.write(json.dumps({"way": name, **figures(lists)}) + "\n")


if __name__ == "__main__":
    main()
