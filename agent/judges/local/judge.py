"""The embedded judge: no key, no network, no cost. What every model has to beat.

A leaf is as near as its definition, and a little nearer when a paper that it has is near. Relevance is a logistic
regression of what the catalog has (before a first sync: of its definitions) against what was announced and nobody
labelled (positive-unlabelled learning, Elkan and Noto 2008: the order stays right, the level is set by a calibration).
The paper that is judged, and the same paper elsewhere in the catalog, are never among what was learned from.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from agent.core.survey.known_papers import Knowledge, Known
from agent.core.survey.taxonomy import Leaf, Taxonomy
from agent.judges.local.titles import TitleRelevance
from agent.judges.local.vectors import Space, space_of
from agent.records import Grade, JudgeIdentity, Judgment, Paper, Usage

Floats = NDArray[np.float64]

# Chosen by leaving catalog papers out in turn.
_TITLE = 8
"""How often the title counts for the leaf, against an abstract that counts once."""
_NEIGHBOUR = 0.25
"""Weight of the nearest paper of a leaf, against its definition."""

# Fitted on the labelled nights of 2025-11-12 and -13: slope and intercept of the log-odds, given how many standard
# deviations a paper stands out from the unlabelled ones. As many papers exceed 0.5 as are in scope (23 in 100), and
# 0.75 as are core (4). Monotone: no ranking depends on it.
_CALIBRATION = {"background": (0.97, -1.04), "tonight": (1.0, -0.7)}
_FOLDS = 5
"""Parts of tonight's listing, where it takes the place of a background: a paper is compared with the other parts."""
_TOO_FEW = 10
"""Fewer unlabelled papers are nothing to tell a paper from: every one gets at least 0.5. Fewer abstracts of listed
papers do not say what is wanted."""

_SENTENCE = re.compile(r"\S.*?(?:[.!?](?=\s+[A-Z(])|\Z)", re.DOTALL)
_TERMS_SHOWN = 3
_ENTRIES_SHOWN = 2
_LEAVES_SHOWN = 3


@dataclass(frozen=True)
class _Look:
    """One paper as the judge sees it: the ``model`` that never saw it, its ``features``, and its ``topic``."""

    model: _Model
    features: sparse.csr_matrix
    topic: sparse.csr_matrix


@dataclass(frozen=True)
class _Regression:
    """Relevance as learned, with the ``mean`` and ``spread`` of what it says of unlabelled papers."""

    fitted: LogisticRegression
    mean: float
    spread: float

    def stand_out(self, features: sparse.csr_matrix) -> Floats:
        """Return for each row how many standard deviations it is above the unlabelled papers."""
        found: Floats = (self.fitted.decision_function(features) - self.mean) / self.spread
        return found


@dataclass(frozen=True)
class _Model:
    """What was learned, some papers left out. ``known`` are the others, ``topics`` their vectors; ``regression`` is
    null when there was too little to tell them from."""

    space: Space
    known: tuple[Known, ...]
    topics: sparse.csr_matrix
    regression: _Regression | None

    def relevance(self, features: sparse.csr_matrix) -> Floats:
        """Return what ranks the rows by relevance. If nothing was learned, the nearest definition alone speaks."""
        if self.regression:
            return self.regression.stand_out(features)
        nearest: Floats = features[:, [-1]].toarray().ravel()
        return nearest

    def alike(self, topic: sparse.csr_matrix) -> Floats:
        """Return how alike the topic and that of each known paper are."""
        products: Floats = (self.topics @ topic.T).toarray().ravel()
        return products


class LocalJudge:
    """Implements Judge from a taxonomy, what is known of the listed papers, and earlier announcements.

    Without ``background``, tonight's own listing takes its place; ``rejected``, what people did not want, joins either.
    The same data gives the same judgments, bit for bit.
    """

    def __init__(
        self, taxonomy: Taxonomy, knowledge: Knowledge, background: Sequence[Paper], rejected: Sequence[Paper] = ()
    ) -> None:
        self._taxonomy = taxonomy
        self._knowledge = knowledge
        self._definitions = tuple(_definition(leaf) for leaf in taxonomy.leaves)
        self._against = "background" if background else "tonight"
        self._rejected = tuple(rejected)
        self._learn_from(background)

    def _learn_from(self, unlabelled: Sequence[Paper]) -> None:
        listed = frozenset().union(*(known.ids for known in self._knowledge.papers))
        papers = {paper.id: paper for paper in (*unlabelled, *self._rejected)}
        self._unlabelled = tuple(paper for paper in papers.values() if f"arxiv:{paper.id}" not in listed)
        self._texts = tuple(_text(paper.title, paper.abstract) for paper in self._unlabelled)
        self._places = {paper.id: place for place, paper in enumerate(self._unlabelled)}
        self._apart: dict[frozenset[str], list[LogisticRegression]] = {}
        self._titles = TitleRelevance([known.title for known in self._knowledge.papers], self._unlabelled)
        self._model = lru_cache(maxsize=16)(self._fit)
        self._look = lru_cache(maxsize=16)(self._see)
        # A night asks twice: to order the work, then for the judgment.
        self._judged = lru_cache(maxsize=4096)(self._judge)
        self.__dict__.pop("identity", None)

    @cached_property
    def identity(self) -> JudgeIdentity:
        """``model`` names the method and a digest of all it learned from; without a background that is known only
        after ``prepare``."""
        settings = (_TITLE, _NEIGHBOUR, _CALIBRATION)
        known = [known.model_dump_json(exclude={"ids"}) + str(sorted(known.ids)) for known in self._knowledge.papers]
        content = "\0".join([str(settings), *known, *self._texts])
        digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:12]
        return JudgeIdentity(name="local", model=f"tfidf-{digest}", prompt="-", taxonomy=self._taxonomy.name)

    @property
    def knowledge(self) -> Knowledge:
        """What is known of the listed papers, without those that it must never have seen."""
        return self._knowledge

    @property
    def usage(self) -> Usage:
        return Usage()

    def prepare(self, tonight: Sequence[Paper]) -> None:
        if self._against == "tonight":
            self._learn_from(tonight)

    async def judge(self, paper: Paper) -> Judgment:
        return self._judged(paper)

    def relevance(self, paper: Paper) -> float:
        """Return the estimated chance, in [0, 1], that the paper is in scope."""
        return self._judged(paper).score

    def leaves(self, paper: Paper) -> tuple[str, ...]:
        """Return the ids of the nearest leaves, best first: three, or all if there are fewer."""
        return self._judged(paper).top

    def _judge(self, paper: Paper) -> Judgment:
        look = self._look(paper)
        slope, intercept = _CALIBRATION[self._against] if look.model.regression else (1.0, 0.0)
        if self._titles.usable and sum(bool(known.text) for known in self._knowledge.papers) < _TOO_FEW:
            score = self._titles.score(paper)  # a list whose abstracts were never fetched is known by its titles
        else:
            score = float(expit(slope * look.model.relevance(look.features)[0] + intercept))
        top = self._place(look)
        return Judgment(
            paper_id=paper.id,
            grade=_grade(score),
            score=score,
            primary=top[0],
            top=top,
            evidence=_evidence(look.model, paper),
            reason=self._reason(paper),
            judge=self.identity,
        )

    def _place(self, look: _Look) -> tuple[str, ...]:
        near = (look.topic @ look.model.space.definitions).toarray()[0]
        places = {leaf: place for place, leaf in enumerate(self._taxonomy.leaf_ids)}
        neighbour = np.zeros_like(near)
        for known, likeness in zip(look.model.known, look.model.alike(look.topic), strict=True):
            for leaf in known.exemplary_leaves:
                neighbour[places[leaf]] = max(neighbour[places[leaf]], likeness)
        best = np.argsort(-(near + _NEIGHBOUR * neighbour), kind="stable")
        return tuple(self._taxonomy.leaf_ids[place] for place in best[:_LEAVES_SHOWN])

    def nearest(self, paper: Paper, count: int, leaf: str | None = None) -> tuple[Known, ...]:
        """Return up to ``count`` listed papers most like this one, never itself; of one leaf only, if it is given."""
        look = self._look(paper)
        best = np.argsort(-look.model.alike(look.topic), kind="stable")
        good = (look.model.known[place] for place in best)
        fitting = [known for known in good if (leaf in known.leaves if leaf else known.exemplary_leaves)]
        return tuple(fitting[:count])

    def _see(self, paper: Paper) -> _Look:
        """Return the paper, and what is learned from everything but it and its twins."""
        model = self._model(self._knowledge.about(paper), self._fold(paper))
        return _Look(
            model,
            features=model.space.features([_text(paper.title, paper.abstract)]),
            topic=model.space.topics([_topic(paper.title, paper.abstract)]),
        )

    def _fold(self, paper: Paper) -> frozenset[int]:
        """Return the places of the unlabelled papers that are not learned from when this one is judged: none if it is
        not among them, else its fold, since a fit for each single paper of a night would take minutes."""
        if paper.id not in self._places:
            return frozenset()
        return frozenset(range(self._places[paper.id] % _FOLDS, len(self._places), _FOLDS))

    def _fit(self, left_out: frozenset[str], unlabelled_left_out: frozenset[int]) -> _Model:
        papers = self._knowledge.papers
        kept = [place for place, known in enumerate(papers) if known.key not in left_out]
        texts = tuple(_text(known.title, known.text) for known in papers)
        topics = tuple(_topic(known.title, known.text) for known in papers)
        # Without a background the vocabulary needs every text there is, except those that are left out.
        corpus = self._texts if self._against == "background" else (*self._texts, *texts)
        unseen = frozenset(len(self._texts) + place for place in set(range(len(papers))).difference(kept))
        space = space_of(corpus, self._definitions, unseen if self._against == "tonight" else frozenset())
        unlabelled = space.corpus[: len(self._texts)]
        features, vectors = space.remember(texts, topics)
        synced = [place for place in kept if papers[place].synced]
        # Our own words would teach our own style; the definitions at least say what is wanted.
        wanted = features[synced] if len(synced) >= _TOO_FEW else space.features(self._definitions)
        enough = len(self._texts) - len(unlabelled_left_out) >= _TOO_FEW
        return _Model(
            space,
            known=tuple(papers[place] for place in kept),
            topics=vectors[kept],
            regression=self._regress(wanted, unlabelled, left_out, unlabelled_left_out) if enough else None,
        )

    def _regress(
        self, wanted: sparse.csr_matrix, unlabelled: sparse.csr_matrix, left_out: frozenset[str], fold: frozenset[int]
    ) -> _Regression:
        """Fit against the ``unlabelled`` papers but those of the ``fold``; ``left_out`` says what ``wanted`` lacks."""
        if self._against == "background":
            others = unlabelled[[place for place in range(unlabelled.shape[0]) if place not in fold]]
            fitted = _fit_regression(wanted, others)
            odds = fitted.decision_function(others)
        else:
            # Of few papers, each one's own share in what was learned would show. Each fold of the night needs all fits.
            parts = np.arange(unlabelled.shape[0]) % _FOLDS
            if left_out not in self._apart:
                self._apart[left_out] = [_fit_regression(wanted, unlabelled[parts != part]) for part in range(_FOLDS)]
            apart = self._apart[left_out]
            fitted = apart[min(fold) % _FOLDS] if fold else _fit_regression(wanted, unlabelled)
            odds = np.concatenate([each.decision_function(unlabelled[parts == n]) for n, each in enumerate(apart)])
        return _Regression(fitted, mean=float(odds.mean()), spread=max(float(odds.std()), 1e-6))

    def _reason(self, paper: Paper) -> str:
        entries = "; ".join(known.title for known in self.nearest(paper, _ENTRIES_SHOWN))
        parts = [
            f"terms: {', '.join(terms)}" if (terms := _terms(self._look(paper))) else "",
            f"nearest entries: {entries}" if entries else "",
        ]
        return ". ".join(part for part in parts if part)


def _fit_regression(wanted: sparse.csr_matrix, others: sparse.csr_matrix) -> LogisticRegression:
    labels = np.repeat([1, 0], [wanted.shape[0], others.shape[0]])
    regression = LogisticRegression(class_weight="balanced", max_iter=1000)
    # Several threads for problems this small only wait for each other, and may add up in another order.
    with threadpool_limits(1):
        return regression.fit(sparse.vstack([wanted, others], format="csr"), labels)


def _text(title: str, abstract: str) -> str:
    return f"{title}\n{abstract}"


def _topic(title: str, abstract: str) -> str:
    return "\n".join([*[title] * _TITLE, abstract])


def _definition(leaf: Leaf) -> str:
    """Return what a leaf says of itself. No exemplars: titles of listed papers would give their places away."""
    heading = leaf.heading.removeprefix(leaf.id)
    return "\n".join([heading, leaf.definition, leaf.must, *leaf.belongs, *leaf.keywords])


def _grade(score: float) -> Grade:
    return 3 if score >= 0.75 else 2 if score >= 0.5 else 1 if score >= 0.25 else 0


def _evidence(model: _Model, paper: Paper) -> tuple[str, ...]:
    """Return the sentence of the abstract that is most relevant on its own, verbatim; none of an empty abstract."""
    sentences = _SENTENCE.findall(paper.abstract.strip())
    if not sentences:
        return ()
    worth = model.relevance(model.space.features(sentences))
    return (sentences[int(np.argmax(worth))],)


def _terms(look: _Look) -> list[str]:
    """Return the words of the paper that speak most for it."""
    regression, words = look.model.regression, look.model.space.words
    if regression is None:
        return []
    weights = look.features[:, :-1].multiply(regression.fitted.coef_[0, :-1]).tocoo()
    strongest = [words[column] for weight, column in sorted(zip(-weights.data, weights.col, strict=True)) if weight < 0]
    return strongest[:_TERMS_SHOWN]
