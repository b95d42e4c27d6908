"""Gather what the local judge may learn from: labels files, people's decisions, and what models judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from agent.core.survey.labelled_papers import LabelledPaper, LabelSource, strongest
from agent.database.store import Store
from agent.errors import ConfigError, SourceError
from agent.files import list_files
from agent.records import DecisionKind, Label, Paper, Record
from agent.settings import Settings
from agent.sources.files.records import read_labels

_RUNS_ASKED: Final = 30
"""Of so many latest runs, the newest that delivered drafts is used; a run without drafts delivered nothing."""


class LearnedCounts(Record):
    """The line of ``triage status`` about the local judge: how many papers it learned from, by who graded them.

    ``without_text`` are labels of papers whose abstract is not at hand: ``triage sync`` fetches it.
    """

    decisions: int
    labels: int
    model_judgments: int
    background: int
    without_text: int

    @property
    def words(self) -> str:
        """All of it in one line."""
        missing = f"; {self.without_text} labels wait for an abstract: run triage sync" if self.without_text else ""
        return (
            f"the local judge learned from {self.decisions} decisions of people, {self.labels} labels, "
            f"{self.model_judgments} judgments of models and {self.background} unlabelled papers{missing}"
        )


def label_files(settings: Settings) -> tuple[Path, ...]:
    """Return the labels files: ``data/labels/*.jsonl`` of the list, then what readers of the review page wrote."""
    folders = (settings.home / "data" / "labels", settings.state.folder / "labels")
    return tuple(path for folder in folders for path in list_files(folder, ".jsonl"))


def load_labels(settings: Settings) -> dict[str, Label]:
    """Return the labels of the list by paper id; of two labels the later file's counts. Raises ConfigError."""
    labels: dict[str, Label] = {}
    for path in label_files(settings):
        try:
            labels |= {label.id: label for label in read_labels(path)}
        except SourceError as error:
            raise ConfigError(f"{error}; put that line right, or move the file out of the labels folder") from None
    return labels


ENOUGH_BACKGROUND: Final = 500
"""With fewer unlabelled papers of earlier nights, a night is compared with itself."""
MOST_OF_NIGHTS: Final = 1000
"""So many papers of the first nights stand in for a background that was never fetched. From then on they are the same
every night, so that what was learned from them is kept."""


def load_background(store: Store) -> tuple[Paper, ...]:
    """Return the papers that new ones are compared with: those that ``triage sync`` kept, and where these are few,
    what the first nights judged; nothing while there is neither."""
    synced = store.background()
    if len(synced) >= ENOUGH_BACKGROUND:
        return synced
    there = {paper.id for paper in synced}
    nights = [paper for paper in store.first_judged(MOST_OF_NIGHTS) if paper.id not in there]
    return (*synced, *nights) if len(nights) >= ENOUGH_BACKGROUND else synced


def load_labelled(settings: Settings, store: Store, background: Sequence[Paper]) -> tuple[LabelledPaper, ...]:
    """Return every graded paper whose text is at hand, in the ``background`` too, with its most trusted grade."""
    return _graded(store, background, load_labels(settings))


def _graded(store: Store, background: Sequence[Paper], labels: Mapping[str, Label]) -> tuple[LabelledPaper, ...]:
    texts = {paper.id: paper for paper in background if paper.id in labels}
    texts |= store.papers(labels.keys() - texts.keys())
    filed = (
        LabelledPaper(
            paper=paper,
            grade=label.grade,
            primary=label.primary,
            secondary=label.secondary,
            source=LabelSource.MODEL if label.reader == "model" else LabelSource.FILE,
            chosen=label.chosen,
        )
        for label in labels.values()
        if (paper := texts.get(label.id))
    )
    return strongest([*_judged(store), *filed, *_decided(store)])


def count_learned(settings: Settings, store: Store) -> LearnedCounts:
    """Return how many papers of each source the local judge learns from."""
    labels, background = load_labels(settings), load_background(store)
    labelled = _graded(store, background, labels)
    sources = Counter(each.source for each in labelled)
    return LearnedCounts(
        decisions=sources[LabelSource.PERSON],
        labels=sources[LabelSource.FILE],
        model_judgments=sources[LabelSource.MODEL],
        background=len({paper.id for paper in background} - {each.paper.id for each in labelled}),
        without_text=len(labels.keys() - {each.paper.id for each in labelled}),
    )


def _decided(store: Store) -> Iterator[LabelledPaper]:
    """Yield what people decided: a paper they accepted is core, in the section where it stands now; the rest is out.

    A draft that a patch put into the list, and that nobody touched, is left out: a patch is applied as a whole, so the
    judge would take its own choice for that of a person. It is one more listed paper, as if it had always been there.
    """
    reviewed = _reviewed_in_pull_requests(store)
    decisions, dismissed = store.decisions(), store.dismissed()
    papers = store.papers([*(draft.paper_id for draft, _ in decisions), *dismissed])
    for draft, decision in decisions:
        untouched = decision.kind is DecisionKind.ACCEPTED and decision.by is None
        if untouched and not reviewed:
            continue
        if paper := papers.get(draft.paper_id):
            refused = decision.kind is DecisionKind.REJECTED
            yield LabelledPaper(
                paper=paper,
                grade=0 if refused else 3,
                primary=None if refused else decision.section or draft.section,
                source=LabelSource.PERSON,
            )
    for paper_id in dismissed:
        if paper := papers.get(paper_id):
            yield LabelledPaper(paper=paper, grade=0, source=LabelSource.PERSON)


def _reviewed_in_pull_requests(store: Store) -> bool:
    """Return whether the latest run that delivered something opened or updated a pull request, in which drafts are
    accepted one by one."""
    delivered = (report for _, report in store.runs(_RUNS_ASKED) if report.patch or report.pr_url)
    return any(report.pr_url for report in islice(delivered, 1))


def _judged(store: Store) -> Iterator[LabelledPaper]:
    judgments = store.judgments_of_models()
    papers = store.papers(judgment.paper_id for judgment in judgments)
    for judgment in judgments:
        if paper := papers.get(judgment.paper_id):
            yield LabelledPaper(
                paper=paper,
                grade=judgment.grade,
                primary=judgment.primary,
                secondary=judgment.secondary,
                source=LabelSource.MODEL,
            )
