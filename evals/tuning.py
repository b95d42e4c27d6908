"""Tune the local judge by cross-validation inside the labelled background: ``python -m evals.tuning``.

Reads nothing that is reported on: neither the labelled nights, nor the retrospective, nor whether a listed paper is
placed right. Listed papers, and those that a model chose and graded, are only learned from. Prints one JSON line per
setting that is tried: average precision over the graded papers, and the share of in-scope papers whose leaf is first
or among the first three, as means over the repetitions of a stratified five-fold split; and ``picks``, the share of
listed papers from before the reported nights that, themselves left out, would be among the first ten of a night of 165
unlabelled papers.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold

from agent.core.survey import taxonomy
from agent.core.survey.labelled_papers import LabelSource
from agent.core.survey.taxonomy import Taxonomy
from agent.errors import OK, TriageError
from agent.judges.local import subject
from agent.judges.local.examples import define, place_boundaries
from agent.judges.local.learning import (
    SETTINGS,
    SOURCE_WEIGHTS,
    Example,
    LeafModel,
    PlacedExample,
    RelevanceModel,
    Settings,
    some_of,
)
from agent.judges.local.space import Space, Text, build_space, text_of
from agent.records import InventedPaper, Label, Paper, PaperRecord
from agent.sources.files.records import read_invented, read_labels, read_records

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
LABELS = ROOT / "data" / "labels" / "background-800.jsonl"
CHOSEN = ROOT / "data" / "labels" / "background-chosen.jsonl"
BACKGROUND = SHARED / "background-2025-09-to-11.jsonl.gz"
LISTED = SHARED / "catalog_papers.jsonl"
INVENTED = ROOT / "taxonomy" / "invented.jsonl"
READ = (LABELS, CHOSEN, BACKGROUND, LISTED, INVENTED)
"""All files that tuning may open; a test holds it to them."""

REFERENCE = ROOT / "agent" / "judges" / "local" / "reference_words.txt"
TITLES = REFERENCE.with_name("reference_titles.txt")
EVERY_TITLE = 6
"""Every sixth title of the background comes with the program."""
RAREST_COUNTED = 3
"""Words of fewer announcements say little and would be most of the file."""

Rows = Sequence[int] | NDArray[np.int_]

FOLDS = 5
FIRST, NIGHT = 10, 165
BEFORE = "2503"
"""arXiv ids from here on are of the months whose nights are reported on."""
PICKED = 3
"""Every third older listed paper is asked for: each costs as much as a night."""
TRIED: Mapping[str, Sequence[Any]] = {
    "nearness": (2.5, 3.5, 4.5),
    "relevance_penalty": (0.2, 0.4, 0.8),
    "values": ((0.0, 1.0, 2.0, 3.0), (0.0, 0.5, 1.5, 3.0), (0.0, 0.4, 1.3, 2.7)),
    "listed_value": (2.5, 2.8, 3.0),
    "listed_weight": (1.0, 2.0, 3.0),
    "invented_value": (1.5, 2.0, 2.5),
    "invented_weight": (0.0, 0.1, 0.3, 1.0),
    "unlabelled_weight": (5.0, 10.0, 30.0, 100.0),
    "leaf_penalty": (0.1, 0.2, 0.4),
    "shared_terms": (0.0, 0.2, 0.4, 0.7),
    "boundary_weight": (0.5, 1.0, 2.0),
    "boundary_against": (0.0, 0.3, 0.5, 1.0),
    "definition_weight": (1.5, 3.0, 6.0),
    "secondary": (0.3, 0.6, 0.8),
    "balance": (0.1, 0.2, 0.3),
    "wording": (0.35, 0.5, 0.7),
    "typical": (0.0, 0.2, 0.4, 0.8),
    "adjacent": (0.0, 0.25, 0.5, 1.0),
}
"""For each setting the values that are tried, the other settings as they are."""


@dataclass(frozen=True)
class Bench:
    """What is tuned on, in one space."""

    tree: Taxonomy
    space: Space
    papers: tuple[Paper, ...]
    labels: tuple[Label, ...]
    chosen: tuple[tuple[Paper, Label], ...]
    unlabelled: tuple[Paper, ...]
    listed: tuple[PaperRecord, ...]
    invented: tuple[InventedPaper, ...]

    @property
    def grades(self) -> NDArray[np.int_]:
        return np.array([label.grade for label in self.labels])


def read_labelled() -> tuple[dict[str, Label], dict[str, Label]]:
    """Return the labels to tune on, and those of chosen papers, which are only learned from, by paper id."""
    labels, chosen = ({label.id: label for label in read_labels(path)} for path in (LABELS, CHOSEN))
    return labels, {key: label for key, label in chosen.items() if key not in labels}


def read_papers() -> tuple[tuple[Paper, ...], tuple[PaperRecord, ...]]:
    """Return the background by id, and the listed papers that have an abstract."""
    background = sorted(read_records(BACKGROUND).papers, key=lambda paper: paper.id)
    return tuple(background), tuple(record for record in read_records(LISTED).records if record.abstract)


def read_bench() -> Bench:
    """Read the labelled background and the listed papers, and build the space."""
    tree = taxonomy.parse({path.name: path.read_text("utf-8") for path in sorted((ROOT / "taxonomy").glob("*.yaml"))})
    labels, chosen = read_labelled()
    background, listed = read_papers()
    papers = tuple(paper for paper in background if paper.id in labels)
    definitions = tuple(define(leaf) for leaf in tree.leaves)
    return Bench(
        tree=tree,
        space=build_space(tuple(_text(paper) for paper in background), definitions),
        papers=papers,
        labels=tuple(labels[paper.id] for paper in papers),
        chosen=tuple((paper, chosen[paper.id]) for paper in background if paper.id in chosen),
        unlabelled=tuple(paper for paper in background if paper.id not in labels and paper.id not in chosen),
        listed=listed,
        invented=read_invented(INVENTED),
    )


def cross_validate(
    bench: Bench, settings: Settings, *, repetitions: int, labels: int | None = None
) -> dict[str, float]:
    """Return the figures of one setting. ``labels``: learn from so many of each training part, no chosen ones."""
    found = []
    for seed in range(repetitions):
        estimates = np.zeros(len(bench.papers))
        leaves = np.zeros((len(bench.papers), len(bench.tree.leaf_ids)))
        split = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        for training, testing in split.split(estimates, bench.grades):
            rows = np.random.default_rng(seed).permutation(training)[:labels]
            texts = [_text(bench.papers[row]) for row in testing]
            places = bench.space.places(texts)
            learned = examples(bench, rows, settings, chosen=labels is None)
            estimates[testing] = RelevanceModel(bench.space, learned, settings).estimate(places)
            learned_leaves = placed(bench, rows, settings, chosen=labels is None)
            model = LeafModel(bench.space, learned_leaves, place_boundaries(bench.tree, settings), settings)
            leaves[testing] = model.estimate(bench.space.vectors(texts), places)
        found.append(_figures(bench, estimates, leaves))
    means = {name: round(float(np.mean([each[name] for each in found])), 3) for name in found[0]}
    return means | {"picks": round(find_picks(bench, settings, labels), 3)}


def find_picks(bench: Bench, settings: Settings, labels: int | None = None) -> float:
    """Return the share of older listed papers that would be among the ``FIRST`` of a ``NIGHT`` of unlabelled papers."""
    rows = np.random.default_rng(0).permutation(len(bench.papers))[:labels]
    learned = examples(bench, rows, settings, chosen=labels is None)
    model = RelevanceModel(bench.space, learned, settings)
    seen = {each.key for each in learned}
    others = bench.space.places([_text(paper) for paper in bench.unlabelled if paper.id not in seen])
    older = [record for record in bench.listed if record.arxiv_id and record.arxiv_id < BEFORE]
    found = []
    for record in older[::PICKED]:
        without = model.rows_of([record.key])
        own = model.estimate(bench.space.places([_record_text(record)]), [without])[0]
        found.append((model.estimate(others, [without] * len(others)) > own).mean() <= FIRST / NIGHT)
    return float(np.mean(found))


def graded(bench: Bench, rows: Rows, *, chosen: bool) -> list[tuple[Paper, Label, float]]:
    """Return these labelled papers and, if asked for, the chosen ones, each with its label and weight."""
    weight = SOURCE_WEIGHTS[LabelSource.MODEL]
    return [
        *((bench.papers[row], bench.labels[row], 1.0) for row in rows),
        *((paper, label, weight) for paper, label in (bench.chosen if chosen else ())),
    ]


def examples(bench: Bench, rows: Rows, settings: Settings, *, chosen: bool) -> list[Example]:
    """Return what relevance is learned from: graded papers, the listed and the invented ones, some unlabelled ones."""
    labelled = graded(bench, rows, chosen=chosen)
    some = some_of(bench.unlabelled, settings.unlabelled_of(len(labelled)))
    weight = settings.unlabelled_weight / len(some)
    valued = (Example(paper.id, _text(paper), settings.values[label.grade], each) for paper, label, each in labelled)
    listed = (
        Example(record.key, _record_text(record), settings.listed_value, settings.listed_weight)
        for record in bench.listed
    )
    wanted = (
        Example("", Text(each, each), settings.listed_value, settings.listed_weight)
        for each in map(define, bench.tree.leaves)
    )
    invented = (
        Example("", text_of(each.title, each.abstract), settings.invented_value, settings.invented_weight)
        for each in some_of(bench.invented, settings.invented_most)
    )
    others = (Example(paper.id, _text(paper), settings.unlabelled_value, weight, unlabelled=True) for paper in some)
    return [*valued, *listed, *wanted, *invented, *others]


def placed(bench: Bench, rows: Rows, settings: Settings, *, chosen: bool) -> list[PlacedExample]:
    """Return what leaves are learned from: the listed and invented papers, and of the graded ones those with a leaf."""
    columns = {leaf: place for place, leaf in enumerate(bench.tree.leaf_ids)}
    found = [
        PlacedExample(record.key, _record_text(record), {columns[ref.section_id]: 1.0 for ref in record.entries}, 1.0)
        for record in bench.listed
    ]
    found += [
        PlacedExample("", text_of(each.title, each.abstract), {columns[each.leaf]: 1.0}, 1.0) for each in bench.invented
    ]
    for paper, label, weight in graded(bench, rows, chosen=chosen):
        if label.grade >= 1 and label.primary in columns:
            second = {columns[leaf]: settings.secondary for leaf in label.secondary if leaf in columns}
            leaves = second | {columns[label.primary]: 1.0}
            worth = weight * (1.0 if label.grade >= 2 else settings.adjacent)
            if worth:
                found.append(PlacedExample(label.id, _text(paper), leaves, worth))
    return found


def count_reference_words() -> str:
    """Return how many texts of the background have each word, and no text: what ``Subject`` compares a list with."""
    papers = read_records(BACKGROUND).papers
    return subject.count_words([f"{each.title}\n{each.abstract}" for each in papers], RAREST_COUNTED)


def reference_titles() -> str:
    """Return some titles of the background, one a line: ``TitleModel`` compares a new list with them."""
    return "".join(f"{' '.join(paper.title.split())}\n" for paper in read_papers()[0][::EVERY_TITLE])


def _figures(bench: Bench, estimates: NDArray[np.float64], leaves: NDArray[np.float64]) -> dict[str, float]:
    grades = bench.grades
    ids = bench.tree.leaf_ids
    best = np.argsort(-leaves, axis=1, kind="stable")
    golds = {
        row: {label.primary, *label.secondary}
        for row, label in enumerate(bench.labels)
        if label.grade >= 2 and label.primary in ids
    }
    hits = {k: [not golds[row].isdisjoint(ids[place] for place in best[row, :k]) for row in golds] for k in (1, 3)}
    return {
        "ap_core": float(average_precision_score(grades == 3, estimates)),
        "ap_in_scope": float(average_precision_score(grades >= 2, estimates)),
        "top1": float(np.mean(hits[1])),
        "top3": float(np.mean(hits[3])),
    }


def _text(paper: Paper) -> Text:
    return text_of(paper.title, paper.abstract)


def _record_text(record: PaperRecord) -> Text:
    return text_of(record.title or "", record.abstract or "")


def lines(repetitions: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of the settings as they are, of each other value that is tried, and by number of labels."""
    bench = read_bench()
    yield {"setting": "as is", **cross_validate(bench, SETTINGS, repetitions=repetitions)}
    for name, value in itertools.chain.from_iterable(((name, each) for each in tried) for name, tried in TRIED.items()):
        if value != getattr(SETTINGS, name):
            changed = replace(SETTINGS, **{name: value})
            yield {"setting": name, "value": value, **cross_validate(bench, changed, repetitions=repetitions)}
    for number in (0, 100, 200, 400, 640):
        yield {"labels": number, **cross_validate(bench, SETTINGS, repetitions=repetitions, labels=number)}


def main() -> int:
    """Print the lines, or with ``--reference`` write the two files; return the exit code."""
    options = argparse.ArgumentParser(prog="python -m evals.tuning", description=__doc__)
    options.add_argument("--repetitions", type=int, default=3)
    options.add_argument("--reference", action="store_true", help=f"only write {REFERENCE.name} and {TITLES.name} anew")
    given = options.parse_args()
    try:
        if given.reference:
            REFERENCE.write_text(count_reference_words(), encoding="utf-8")
            TITLES.write_text(reference_titles(), encoding="utf-8")
            return OK
        for line in lines(given.repetitions):
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    except TriageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return OK


if __name__ == "__main__":
    sys.exit(main())
