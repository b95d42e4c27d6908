"""The papers of an evaluation: the list's own papers, labelled nights, and the nights on which listed papers were
announced."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agent.core.survey.known_papers import Known
from agent.errors import ConfigError
from agent.records import NO_LEAF, EvalEntry, Grade, Label, Paper, PaperRecord

_ARXIV = "arxiv:"
UNDATED = date(1970, 1, 1)
"""The announcement date of a listed paper whose date is not known. No judge looks at it."""


@dataclass(frozen=True)
class Listed:
    """A paper whose leaves are known. ``odd``: the list files it oddly everywhere, so it is scored but not learned
    from."""

    key: str
    paper: Paper
    gold: tuple[str, ...]
    odd: bool = False


@dataclass(frozen=True)
class LabelledNight:
    """The in-category papers of one announcement day, and the grades of those that are labelled."""

    day: date
    papers: tuple[Paper, ...]
    labels: Mapping[str, Grade]


@dataclass(frozen=True)
class Nights:
    """Labelled days, and what was left out: papers without a label, labels without a paper."""

    nights: tuple[LabelledNight, ...]
    unlabelled: int
    labels_without_paper: int
    digest: str


@dataclass(frozen=True)
class PickNight:
    """The in-category papers of one day and the listed papers among them: paper id -> record key.

    ``without`` holds the keys of all that the catalog has of those papers: whoever judges this night must not have
    seen it.
    """

    day: date
    papers: tuple[Paper, ...]
    picks: Mapping[str, str]
    without: frozenset[str]


def list_known(papers: Sequence[Known]) -> tuple[Listed, ...]:
    """Return one item per paper that the catalog has, however often it lists it.

    The paper to judge carries its arXiv id if no other one is printed with the same (links are often wrong), else its
    key.
    """
    ids = Counter(paper_id for known in papers for paper_id in known.ids)
    return tuple(
        Listed(
            key=known.key,
            paper=Paper(
                id=next(
                    (
                        each.removeprefix(_ARXIV)
                        for each in sorted(known.ids)
                        if each.startswith(_ARXIV) and ids[each] == 1
                    ),
                    known.key,
                ),
                title=known.title or known.key,
                abstract=known.text,
                authors=known.authors,
                announced=UNDATED,
            ),
            gold=known.leaves,
            odd=known.odd,
        )
        for known in papers
    )


def list_entries(rows: Sequence[EvalEntry], leaves: Collection[str]) -> tuple[Listed, ...]:
    """Return one item per row of an ``--entries`` file. Raises ConfigError for no row, a key twice or an unknown
    leaf."""
    if not rows:
        raise ConfigError(
            '--entries: no entry in the file; one JSON object a line: {"key","title","abstract","section_ids"}'
        )
    listed: dict[str, Listed] = {}
    for row in rows:
        if row.key in listed:
            raise ConfigError(
                f"--entries: key {row.key!r} is there twice; one item per paper, all its leaves in section_ids"
            )
        _check_leaves(f"--entries: {row.key}", row.section_ids, leaves)
        paper = Paper(id=row.key, title=row.title or row.key, abstract=row.abstract or "", announced=UNDATED)
        listed[row.key] = Listed(key=row.key, paper=paper, gold=tuple(dict.fromkeys(row.section_ids)))
    return tuple(listed.values())


def label_nights(
    papers: Sequence[Paper], labels: Sequence[Label], leaves: Collection[str], in_category: Callable[[Paper], bool]
) -> Nights:
    """Match labels to the papers of some listings, day by day.

    A paper announced on several days counts on the first. Raises ConfigError for no label, two different labels of one
    paper, an unknown leaf, or when not one paper is labelled.
    """
    grades = _grades(labels, leaves)
    days: dict[date, list[Paper]] = {}
    seen: set[str] = set()
    for paper in sorted(papers, key=lambda each: each.announced):
        if paper.id not in seen:
            seen.add(paper.id)
            days.setdefault(paper.announced, []).append(paper)
    nights = []
    for day, listed in days.items():
        found = {paper.id: grades[paper.id] for paper in listed if paper.id in grades}
        if found:
            kept = tuple(paper for paper in listed if paper.id in found or in_category(paper))
            nights.append(LabelledNight(day=day, papers=kept, labels=found))
    labelled = sum(len(night.labels) for night in nights)
    if not labelled:
        raise ConfigError(
            f"--labels: none of the {len(seen)} papers of the night is among the {len(grades)} labels; "
            "give the labels of that night"
        )
    return Nights(
        nights=tuple(nights),
        unlabelled=len(seen) - labelled,
        labels_without_paper=len(grades) - labelled,
        digest=digest(
            [
                (str(night.day), paper.id, paper.title, paper.abstract, night.labels.get(paper.id))
                for night in nights
                for paper in night.papers
            ]
        ),
    )


def pick_nights(
    papers: Sequence[Paper],
    records: Iterable[PaperRecord],
    about: Callable[[Paper], frozenset[str]],
    in_category: Callable[[Paper], bool],
) -> tuple[PickNight, ...]:
    """Return each day that announced a paper of the catalog, found by the arXiv id of its record.

    ``about`` gives the keys of all that the catalog has of a paper, twins included. All picks of a day are left out
    together: on that night none of them was listed. A paper announced on several days counts on the first. A pick
    outside the configured categories stays in its night, since the list holds it. Raises ConfigError when no paper is a
    pick.
    """
    keys = {record.arxiv_id: record.key for record in records if record.arxiv_id}
    found = {paper.id: about(paper) for paper in papers if paper.id in keys}
    picked = {paper_id: own for paper_id, own in found.items() if own}
    if not picked:
        raise ConfigError(
            f"--retrospective: none of the {len(papers)} papers is one of the catalog's {len(keys)} papers with an "
            "arXiv id; run 'triage sync' first, or give nights on which listed papers were announced"
        )
    days: dict[date, dict[str, Paper]] = {}
    seen: set[str] = set()
    for paper in sorted(papers, key=lambda each: each.announced):
        if paper.id not in seen and (paper.id in picked or in_category(paper)):
            seen.add(paper.id)
            days.setdefault(paper.announced, {})[paper.id] = paper
    return tuple(
        PickNight(
            day=day,
            papers=tuple(night.values()),
            picks={paper_id: keys[paper_id] for paper_id in night if paper_id in picked},
            without=frozenset().union(*(picked.get(paper_id, frozenset()) for paper_id in night)),
        )
        for day, night in sorted(days.items())
        if not picked.keys().isdisjoint(night)
    )


def digest(rows: Sequence[object]) -> str:
    """Return twelve hex digits of what was judged, so that two results can be seen to be of the same data."""
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def digest_listed(listed: Sequence[Listed]) -> str:
    return digest([(each.key, each.paper.title, each.paper.abstract, each.gold, each.odd) for each in listed])


def digest_picks(nights: Sequence[PickNight]) -> str:
    return digest(
        [(str(night.day), paper.id, paper.title, paper.abstract) for night in nights for paper in night.papers]
    )


def _grades(labels: Sequence[Label], leaves: Collection[str]) -> dict[str, Grade]:
    if not labels:
        raise ConfigError(
            '--labels: no label in the file; one JSON object a line: {"id","grade","primary","secondary"}'
        )
    grades: dict[str, Grade] = {}
    for label in labels:
        if grades.setdefault(label.id, label.grade) != label.grade:
            raise ConfigError(
                f"--labels: {label.id} is graded {grades[label.id]} and {label.grade}; keep one of the two"
            )
        named = [leaf for leaf in (label.primary, *label.secondary) if leaf]
        _check_leaves(f"--labels: {label.id}", named, {*leaves, NO_LEAF})
    return grades


def _check_leaves(where: str, named: Sequence[str], leaves: Collection[str]) -> None:
    for leaf in named:
        if leaf not in leaves:
            raise ConfigError(f"{where}: unknown leaf {leaf!r}; known: {', '.join(sorted(leaves))}")
