"""The model that the local judge learns: how relevant a text is, and how near it is to each leaf.

Both are regressions over the places of texts (``ridge.py``): the value of a new text is drawn from the values of the
texts near it. Relevance is ordinal: the grades stand at values with unequal steps, and the estimate is cut into grades
where as many learned papers lie above each cut, themselves left out, as have that grade.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from agent.core.survey.labelled_papers import LabelSource
from agent.judges.local.ridge import Remember, Ridge, Solution, Solve
from agent.judges.local.space import Space, Text, digest
from agent.judges.local.threads import one_thread
from agent.records import Grade

Floats = NDArray[np.float64]
_Item = TypeVar("_Item")


_UNLABELLED_LEAST: Final = 200
_BESIDE_GRADED: Final = 2200
"""Graded and unlabelled papers together, as long as there are ``_UNLABELLED_LEAST`` of the latter."""


@dataclass(frozen=True)
class Settings:
    """The settings of the learning, chosen by cross-validation inside the labelled background (evals/tuning.py)."""

    nearness: float = 3.5
    """The rate at which the weight of a text falls with its distance: two places with cosine c count ``exp(nearness (c
    - 1))``.
    """
    relevance_penalty: float = 0.4
    leaf_penalty: float = 0.2
    values: tuple[float, float, float, float] = (0.0, 0.5, 1.5, 3.0)
    """The positions of the grades 0 to 3. The step to core is the largest."""
    listed_value: float = 3.0
    """What a listed paper or a definition counts as, at ``listed_weight``: lists hold older papers, and oddities."""
    listed_weight: float = 2.0
    invented_value: float = 2.0
    """What a paper that was invented for a leaf counts as, at ``invented_weight``; for its leaf it counts as a listed
    one."""
    invented_weight: float = 0.3
    invented_most: int = 500
    """So many of the invented papers say what is relevant; more of them only help to tell the leaves apart."""
    unlabelled_value: float = 0.5
    unlabelled_weight: float = 10.0
    """The weight of all unlabelled papers together."""
    unlabelled_most: int = 1000
    shared_terms: float = 0.4
    """Weight of the terms that two texts share (see ``Space.vectors``) against their nearness, for leaves."""
    definition_weight: float = 3.0
    boundary_weight: float = 1.0
    boundary_against: float = 0.5
    """How much a boundary speaks against the leaf that names it, against how much it speaks for the leaf it names."""
    secondary: float = 0.6
    """The weight of a secondary leaf against a primary one."""
    balance: float = 0.2
    """The power of its number of papers by which the estimate of a leaf is divided: 0 not at all, 1 entirely."""
    wording: float = 0.5
    """Weight of the words that a text shares with a definition, against what was learned."""
    typical: float = 0.4
    """Weight of the terms that a text shares with the mean of a leaf's texts, against what was learned."""
    adjacent: float = 0.5
    """Weight of an adjacent paper among those that leaves are learned from, against one in scope."""

    def unlabelled_of(self, graded: int) -> int:
        """Return how many unlabelled papers are learned from beside so many graded ones: the more grades, the less they
        add, and the time grows with the cube of all."""
        return min(self.unlabelled_most, max(_UNLABELLED_LEAST, _BESIDE_GRADED - graded))


SETTINGS: Final = Settings()

SOURCE_WEIGHTS: Final[Mapping[LabelSource, float]] = {
    LabelSource.PERSON: 2.0,
    LabelSource.FILE: 1.0,
    LabelSource.MODEL: 0.5,
}
"""A convention, not tuned: there are no decisions of people to tune on."""

MOST: Final = 4000
"""So many graded papers are learned from at most: the time grows with their cube."""
_TOO_FEW: Final = 10
"""Fewer papers without relevance are nothing to tell a paper from."""
_CALIBRATING: Final = 50
"""From so many graded papers on, with ``_TOO_FEW`` on each side, they say what an estimate means."""

_SURE: Final = 4.0
"""Log-odds from which on they grow by their logarithm only."""
_LEAST_SPREAD: Final = 0.02
"""Where unlabelled papers hardly differ, small differences mean little."""
_UNGRADED_SLOPE: Final = 0.8
"""Log-odds of being in scope for each standard deviation by which a paper stands out, where no grades say so."""
_TYPICAL: Final = 0.5
"""Standard deviations by which a paper in scope stands out from unlabelled ones, in what was learned from abstracts."""


@dataclass(frozen=True)
class Example:
    """A text with its relevance. ``grade`` is null where only ``value`` is known; ``natural``: from a whole night or at
    random, not chosen by a judge, so that shares of grades can be read from it."""

    key: str
    text: Text
    value: float
    weight: float
    grade: Grade | None = None
    natural: bool = False
    unlabelled: bool = False


@dataclass(frozen=True)
class PlacedExample:
    """A text with the columns of its leaves, and how much each counts: less than nothing speaks against a leaf."""

    key: str
    text: Text
    leaves: Mapping[int, float]
    weight: float


@dataclass(frozen=True)
class Meaning:
    """What an estimate of relevance means: ``odds`` are slope and intercept of the log-odds of being in scope, ``cuts``
    the estimates from which a paper is adjacent and core.

    Without ``cuts`` no grades say what an estimate means: then it only says how a paper compares with the others of a
    night, of which there may be none in scope, and ``subject``, the log-odds that it is on the list's subject
    (``titles.py``), is what counts most.
    """

    odds: tuple[float, float]
    cuts: tuple[float, float] | None

    def score(self, estimate: float, subject: float = 0.0) -> float:
        """Return the chance, in [0, 1], that a paper of this estimate is in scope."""
        slope, intercept = self.odds
        odds = slope * estimate + intercept
        if self.cuts is None:
            odds += subject
        if abs(odds) > _SURE:  # further out, scores would all be the same to the last digit, and rank nothing
            odds = math.copysign(_SURE + math.log(abs(odds) - _SURE + 1), odds)
        return round(float(expit(odds)), 9)

    def grade(self, estimate: float, subject: float = 0.0) -> Grade:
        score = self.score(estimate, subject)
        if self.cuts is None:
            return grade_of(score)
        adjacent, core = (estimate >= cut for cut in self.cuts)
        if score >= 0.5:
            return 3 if core else 2
        return 1 if adjacent else 0


NOTHING_LEARNED: Final = Meaning((0.0, 0.0), None)
"""Only the words of the list say anything of a paper."""


def some_of(items: Sequence[_Item], most: int) -> Sequence[_Item]:
    """Return so many items at most, evenly from all: each next one, or each second, and so on."""
    return items[:: -(-len(items) // most) or 1]


def grade_of(score: float) -> Grade:
    """Return the grade that a score stands for where no graded papers say so."""
    return 3 if score >= 0.75 else 2 if score >= 0.5 else 1 if score >= 0.25 else 0


class _Part:
    """What was learned from all examples but those in the rows ``out``. ``kept``: the others, in rows of the whole."""

    def __init__(self, whole: Ridge, examples: int, out: Collection[int]) -> None:
        self.ridge = whole.without(out) if out else whole
        self.kept = np.array([row for row in range(examples) if row not in out], dtype=int)
        self._places = {row: place for place, row in enumerate(self.kept.tolist())}

    def places_of(self, rows: Iterable[int]) -> list[int]:
        """Return where these rows of the whole are in ``ridge``; those that are not there are left out."""
        return [self._places[row] for row in rows if row in self._places]


class RelevanceModel:
    """Learned from ``examples``. ``useful`` is false when there is nothing to tell a relevant paper from."""

    def __init__(
        self,
        space: Space,
        examples: Sequence[Example],
        settings: Settings = SETTINGS,
        remember: Remember | None = None,
    ) -> None:
        self._examples = tuple(examples)
        self._middle = settings.unlabelled_value
        self.useful = sum(each.value <= settings.unlabelled_value for each in examples) >= _TOO_FEW
        if not self.useful:
            return
        self._rows: dict[str, list[int]] = {}
        for row, each in enumerate(self._examples):
            self._rows.setdefault(each.key, []).append(row)
        self._targets = np.array([each.value - self._middle for each in examples])
        self._calibrated = lru_cache(maxsize=4)(self._calibrate)
        # Most papers of a night leave out the same rows and at most one more.
        self._part = lru_cache(maxsize=4)(partial(_Part, self._ridge_of(space, settings, remember), len(examples)))

    def _ridge_of(self, space: Space, settings: Settings, remember: Remember | None) -> Ridge:
        texts = [each.text for each in self._examples]
        weights = np.array([each.weight for each in self._examples])
        return Ridge(
            space.places(texts),
            self._targets[:, None],
            weights,
            settings.relevance_penalty,
            settings.nearness,
            remember=remember_by_texts(remember, texts, self._targets, weights, settings=settings),
        )

    def rows_of(self, keys: Collection[str]) -> frozenset[int]:
        return frozenset(row for key in keys for row in self._rows.get(key, ()))

    @cached_property
    def definitions(self) -> frozenset[int]:
        """The rows of texts that are no papers, or of none that anyone wrote."""
        return frozenset(row for row, each in enumerate(self._examples) if not each.key)

    @cached_property
    def _natural(self) -> tuple[int, ...]:
        return tuple(row for row, each in enumerate(self._examples) if each.natural)

    @cached_property
    def _graded(self) -> frozenset[int]:
        return frozenset(row for row, each in enumerate(self._examples) if each.grade is not None)

    @cached_property
    def _graded_and_definitions(self) -> frozenset[int]:
        return self._graded | self.definitions

    @cached_property
    def _unlabelled(self) -> NDArray[np.bool_]:
        return np.array([each.unlabelled for each in self._examples])

    @cached_property
    def _has_listed(self) -> bool:
        return any(each.value > self._middle and each.key and each.grade is None for each in self._examples)

    def estimate(
        self, places: Floats, without: Sequence[Collection[int]] = (), meaning: Meaning | None = None
    ) -> Floats:
        """Return one estimate per place, on the scale of the values. ``without``: for each place the rows that have no
        say in it.

        Nor have the definitions where the ``meaning`` rests on no grades: among papers of other subjects there is
        always one that is nearest to them.
        """
        part = self._part(self.definitions if meaning and meaning.cuts is None else frozenset())
        left_out = [part.places_of(rows) for rows in without]
        found: Floats = part.ridge.estimate_each(places, left_out)[:, 0] + self._middle
        return found

    def _estimate_examples(self, out: frozenset[int], without: Collection[int]) -> Floats:
        """Return for each example what the others say of it; those in ``out`` or ``without`` have no say, and stand for
        themselves."""
        part, found = self._part(out), self._targets.copy()
        found[part.kept] = part.ridge.estimate_examples(part.places_of(without))[:, 0]
        return found

    @cached_property
    def meaning(self) -> Meaning:
        return self.meaning_without(())

    def meaning_without(self, without: Collection[int]) -> Meaning:
        """Return what estimates mean, read from what the examples, but those in ``without``, say of each other."""
        # A paper without a grade has no say in what the grades of others mean; without a background each paper of the
        # night is such a one, and to fit them all anew would take seconds.
        graded = frozenset(row for row in without if not self._examples[row].unlabelled)
        if (meaning := self._calibrated(graded)) is not None:
            return meaning
        # Read as if nothing had been graded, so that another grade moves the estimate and not what it means.
        kept = np.ones(len(self._examples), dtype=bool)
        kept[list(without)] = False
        unlabelled = self._unlabelled & kept
        others = unlabelled if unlabelled.any() else kept
        spread = float(self._estimate_examples(self._graded, without)[others].std())
        left = self._estimate_examples(self._graded_and_definitions, without)[others] + self._middle
        slope = _UNGRADED_SLOPE / max(spread, _LEAST_SPREAD)
        typical = _UNGRADED_SLOPE * _TYPICAL if self._has_listed else 0.0
        return Meaning((slope, -slope * float(left.mean()) - typical), None)

    def _calibrate(self, without: frozenset[int]) -> Meaning | None:
        """Return what the graded examples, but those in ``without``, say that estimates mean; None: too few of them."""
        natural = [row for row in self._natural if row not in without]
        grades = np.array([self._examples[row].grade or 0 for row in natural])
        relevant = int((grades >= 2).sum())
        if len(natural) < _CALIBRATING or min(relevant, len(natural) - relevant) < _TOO_FEW:
            return None
        left = self._estimate_examples(frozenset(), without) + self._middle
        return _read_meaning(left[natural], grades)


def _read_meaning(estimates: Floats, grades: NDArray[np.int_]) -> Meaning:
    with one_thread():
        fitted = LogisticRegression(C=100.0).fit(estimates[:, None], grades >= 2)
    highest = np.sort(estimates)[::-1]
    adjacent, core = (float(highest[max(int((grades >= grade).sum()), 1) - 1]) for grade in (1, 3))
    slope = max(float(fitted.coef_[0, 0]), 1e-3)  # an estimate that tells nothing still ranks
    return Meaning((slope, float(fitted.intercept_[0])), (adjacent, core))


class LeafModel:
    """Learned from the definitions of the leaves, which are rows of ``space``, from papers of each leaf, and from
    ``boundaries``: texts that say what belongs elsewhere."""

    def __init__(
        self,
        space: Space,
        examples: Sequence[PlacedExample],
        boundaries: Sequence[PlacedExample] = (),
        settings: Settings = SETTINGS,
        remember: Remember | None = None,
    ) -> None:
        self._definitions = space.definitions
        self._settings = settings
        leaves = self._definitions.shape[0]
        learned = [*examples, *boundaries]
        weights = np.array([each.weight for each in learned])
        targets = np.zeros((len(learned), leaves))
        for row, each in enumerate(learned):
            targets[row, list(each.leaves)] = list(each.leaves.values())
        self._rows: dict[str, list[int]] = {}
        for row, each in enumerate(examples):
            self._rows.setdefault(each.key, []).append(row)
        self._papers = (targets * weights[:, None])[: len(examples)]
        self._counts = self._papers.sum(axis=0)
        texts = [each.text for each in learned]
        self._vectors = sparse.vstack([space.learned_vectors(texts), self._definitions], format="csr")
        boundless = np.zeros((len(boundaries), leaves))
        self._mass = np.vstack([self._papers, boundless, settings.definition_weight * np.eye(leaves)])
        self._terms = self._terms_without(())
        targets = np.vstack([targets, np.eye(leaves)])
        weights = np.array([*weights, *[settings.definition_weight] * leaves])
        self._ridge = Ridge(
            np.vstack([space.places(texts), space.definition_places]),
            targets,
            weights,
            settings.leaf_penalty,
            settings.nearness,
            (self._vectors, settings.shared_terms),
            remember_by_texts(remember, texts, targets, weights, settings=settings),
        )

    def rows_of(self, keys: Collection[str]) -> frozenset[int]:
        return frozenset(row for key in keys for row in self._rows.get(key, ()))

    def estimate(self, vectors: sparse.csr_matrix, places: Floats, without: Collection[int] = ()) -> Floats:
        """Return one row per text and one column per leaf, the rows ``without`` having no say."""
        counts = self._counts - self._papers[sorted(without)].sum(axis=0) + 1
        learned = self._ridge.estimate(places, without, vectors) / counts**self._settings.balance
        terms = self._terms_without(without) if without else self._terms
        found: Floats = learned + (vectors @ terms).toarray()
        return found

    def _terms_without(self, without: Collection[int]) -> sparse.csr_matrix:
        """Return how much each term (row) says for each leaf (column): by the definition, and by the mean of definition
        and papers but those in the rows ``without``."""
        mass = self._mass.copy()
        mass[sorted(without)] = 0.0
        means = normalize(sparse.csr_matrix(mass.T) @ self._vectors)
        return (self._settings.wording * self._definitions + self._settings.typical * means).T.tocsr()


def remember_by_texts(
    remember: Remember | None, texts: Iterable[Text], *numbers: Floats, settings: Settings = SETTINGS
) -> Callable[[Solve], Solution] | None:
    """Return what keeps a solution under the digest of all that it was learned from, but for the space."""
    if remember is None:
        return None
    found = hashlib.sha256(repr(settings).encode())
    for each in (*(digest(text) for text in texts), *(each.tobytes() for each in numbers)):
        found.update(each)
    return partial(remember, found.hexdigest())
