"""Measure the local judge and all baselines on the data at hand and commit the results: ``python -m evals.measure``.

Then the README table is written anew. ``--table`` only does that; ``--add`` commits a result that was printed
elsewhere.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from agent.errors import OK, TriageError
from agent.settings import load_settings
from agent.sources.files.records import read_labels
from agent.sync.entries import sync_from_file
from agent.wiring.lists import load_survey
from agent.wiring.state import open_state
from evals import compare, results
from evals.material import Material, Options, gather, read_listings
from evals.report.learning import COUNTS, CURVE, Learned, learned, save_curve
from evals.run import JudgeBuilder, judge_builder

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: its list, its labels and its README."""

SHARED = ROOT.parent / "shared" / "data"
"""Real text for development: third-party abstracts, beside the checkout and never in it."""

LABELS = ROOT / "data" / "labels"
LEARNED = ("background-800", "background-chosen", "retrospective-chosen", "2025-11-12_to_14")
"""The labels files in the order in which a learning curve counts them."""

README = ROOT / "README.md"
ALL_RESULTS = ROOT / "docs" / "results.md"


def available() -> list[str]:
    """Return the kinds of data (keys of ``results.DATA``) that can be measured here."""
    return [data for data in results.DATA if data == "repository" or SHARED.is_dir()]


@contextmanager
def material(data: str, unlearned: frozenset[str] = frozenset()) -> Iterator[tuple[Material, JudgeBuilder]]:
    """Yield one kind of data and the builder of the local judge, in a state folder of their own.

    The judge does not learn from the labels of the papers ``unlearned``.
    """
    labels = tuple(sorted(LABELS.glob("*.jsonl")))
    with tempfile.TemporaryDirectory() as state:
        settings = load_settings(ROOT / "triage.toml", Path(state), judge={"kind": "local"})
        if data == "nights":
            nights = sorted((SHARED / "listings").glob("*.jsonl"))
            retrospective = SHARED / "retrospective-2025.jsonl.gz"
            options = Options(nights=nights, labels=labels, retrospective=retrospective)
            with open_state(settings, exclusive=True) as store:
                for name in ("catalog_papers.jsonl", "background-2025-09-to-11.jsonl.gz"):
                    sync_from_file(load_survey(settings, store), store, SHARED / name)
                # As after a sync: the abstract of every labelled paper is at hand.
                graded = {label.id for path in labels for label in read_labels(path)}
                announced = read_listings(settings, [*nights, retrospective])
                store.save_papers(paper for paper in announced if paper.id in graded)
        else:
            options = Options(nights=(ROOT / "data" / "sample_listing.jsonl",), labels=labels)
        with open_state(settings, exclusive=False) as store:
            survey = load_survey(settings, store)
            found = gather(settings, survey, options)
            yield found, judge_builder(settings, survey, store, unlearned=unlearned)


def learning_curve() -> list[Learned]:
    """Return the figures of the local judge on the real nights and on the listed papers, by how many labels it learned
    from: the first of them, file by file in the order of a digest of their ids, so that more hold fewer."""
    ids = [
        paper_id
        for name in LEARNED
        for paper_id in sorted(
            (label.id for label in read_labels(LABELS / f"{name}.jsonl")),
            key=lambda each: sha256(each.encode()).digest(),
        )
    ]
    rows = []
    for count in COUNTS:
        with material("nights", frozenset(ids[count:])) as (found, build_judge):
            rows.append(learned(count, replace(found, picks=None).evaluate(build_judge).result))
    return rows


def main() -> int:
    """Measure (or, with ``--add`` or ``--table``, take what is there), save, and write the tables anew."""
    parser = argparse.ArgumentParser(prog="python -m evals.measure", description=__doc__)
    parser.add_argument("--table", action="store_true", help="only write the tables anew")
    parser.add_argument("--calibration", action="store_true", help="work the calibration of committed models out anew")
    parser.add_argument("--add", type=Path, metavar="RESULT.json", help="commit what 'triage eval --json' printed")
    parser.add_argument("--data", choices=results.DATA, default="nights", help="what the added result was measured on")
    parser.add_argument("--learning", action="store_true", help=f"only measure {CURVE.name} again")
    given = parser.parse_args()
    today = datetime.now(UTC).date()
    try:
        if given.learning:
            _say(save_curve(learning_curve()))
            return OK
        if given.calibration:
            results.recalibrate()
            return OK
        if given.add:
            _say(results.save(compare.read_result(given.add), given.data, today))
        elif not given.table:
            for data in available():
                with material(data) as (found, build_judge):
                    for result in [found.evaluate(build_judge).result, *found.evaluate_baselines()]:
                        _say(results.save(result, data, today))
        committed = results.read_all()
        for path, text in ((README, results.summary(committed)), (ALL_RESULTS, results.tables(committed))):
            path.write_text(results.splice(path.read_text(encoding="utf-8"), text), encoding="utf-8")
    except TriageError as error:
        _say(error)
        return error.exit_code
    return OK


def _say(what: object) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    sys.exit(main())
