"""The baselines that any judge has to beat, as judges themselves: measured by the same code on the same papers.

To add one: write a Judge, add a line to BASELINES and to the README.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from agent.core.papers import matching
from agent.core.papers.matching import Identity
from agent.core.survey.known_papers import Known
from agent.core.survey.taxonomy import Taxonomy
from agent.errors import JudgeError
from agent.ports import Judge
from agent.records import JudgeIdentity, Judgment, Paper, Usage
from evals.baselines import keyword_bot
from evals.scoring.intervals import Floats

NEAR = 0.3
"""Texts less alike than this are not looked at as the same paper: titles that match share their words."""


class Example(NamedTuple):
    """A text that stands for some leaves; ``identity`` tells which paper it is, null for a definition."""

    text: str
    leaves: tuple[str, ...]
    identity: Identity | None


class MajorityJudge:
    """Implements Judge: always the headline leaves with most papers, the same score for everything.

    Not left out, in its favour: the largest leaves are so close that a paper left out would always tip them against
    itself.
    """

    def __init__(self, leaves: Iterable[str], taxonomy: str) -> None:
        self.identity = JudgeIdentity(name="majority-leaf", model="-", prompt="-", taxonomy=taxonomy)
        self.usage = Usage()
        self._counts = Counter(leaves)

    def prepare(self, tonight: Sequence[Paper]) -> None:
        """Nothing to prepare."""

    async def judge(self, paper: Paper) -> Judgment:
        top = _first_three(paper, self._counts)
        return Judgment(paper_id=paper.id, grade=2, score=0.5, primary=top[0], top=top, judge=self.identity)


class NearestJudge:
    """Implements Judge: TF-IDF cosine to examples. A leaf is as near as its nearest example, a paper as relevant as its
    nearest leaf; it is in scope when that is nearer than half of the examples' papers are to each other."""

    def __init__(self, name: str, examples: Sequence[Example], known: Sequence[Example], taxonomy: str) -> None:
        self.identity = JudgeIdentity(name=name, model="-", prompt="-", taxonomy=taxonomy)
        self.usage = Usage()
        self._examples = examples
        self._known = known
        self._tonight: Mapping[str, str] = {}

    def prepare(self, tonight: Sequence[Paper]) -> None:
        """Hear which papers are listed, for the document frequencies."""
        self._tonight = {paper.id: text_of(paper.title, paper.abstract) for paper in tonight}

    async def judge(self, paper: Paper) -> Judgment:
        if not self._examples:
            raise JudgeError(f"{paper.id}: no example is left to place it by")
        alike = self._alike_tonight.get(paper.id)
        if alike is None:
            alike = self._alike([text_of(paper.title, paper.abstract)])[0]
        leaves = self._near(alike, matching.paper_identity(paper))
        top = _first_three(paper, leaves)
        score = leaves[top[0]]
        return Judgment(
            paper_id=paper.id,
            grade=2 if score >= self._usual else 0,
            score=score,
            primary=top[0],
            top=top,
            judge=self.identity,
        )

    def _near(self, alike: Sequence[float], asked: Identity) -> dict[str, float]:
        leaves: dict[str, float] = {}
        for example, cosine in zip(self._examples, alike, strict=True):
            if not (example.identity and self._is(example.identity, asked, cosine)):
                for leaf in example.leaves:
                    leaves[leaf] = max(leaves.get(leaf, 0.0), min(cosine, 1.0))
        return leaves

    def _alike(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the cosine of each text to each example."""
        if not texts:
            return []
        vectorizer, matrix = self._fitted
        cosines: list[list[float]] = (vectorizer.transform(texts) @ matrix.T).toarray().tolist()
        return cosines

    @staticmethod
    def _is(example: Identity, asked: Identity, cosine: float) -> bool:
        return bool(example.ids & asked.ids or cosine >= NEAR) and matching.same_paper(example, asked)

    @cached_property
    def _fitted(self) -> tuple[TfidfVectorizer, Floats]:
        vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True, ngram_range=(1, 2))
        texts = [example.text for example in self._examples]
        vectorizer.fit([*texts, *self._tonight.values()])
        return vectorizer, vectorizer.transform(texts)

    @cached_property
    def _alike_tonight(self) -> dict[str, list[float]]:
        return dict(zip(self._tonight, self._alike(list(self._tonight.values())), strict=True)) if self._tonight else {}

    @cached_property
    def _usual(self) -> float:
        alike = self._alike([each.text for each in self._known])
        near = [self._near(row, each.identity or Identity()) for row, each in zip(alike, self._known, strict=True)]
        return float(np.median([max(leaves.values()) for leaves in near if leaves] or [1.0]))


def build_baseline(
    name: str, taxonomy: Taxonomy, papers: Sequence[Known]
) -> Callable[[frozenset[str], frozenset[str]], Judge]:
    """Return the builder of a baseline (see ``evals.run.JudgeBuilder``) over the catalog's papers, one of BASELINES.

    None of them learns from labels.
    """

    def judge(without: frozenset[str], _reported: frozenset[str]) -> Judge:
        return BASELINES[name](taxonomy, [known for known in papers if known.key not in without])

    return judge


def text_of(title: str, abstract: str) -> str:
    return f"{title}\n{abstract}"


def examples_of(papers: Sequence[Known]) -> list[Example]:
    """Return the catalog's papers as examples of the leaves that list them."""
    return [Example(text_of(known.title, known.text), known.leaves, known.identity) for known in papers]


def definitions_of(taxonomy: Taxonomy) -> list[Example]:
    """Return what the taxonomy says of each leaf in general: nothing that names a paper."""
    return [
        Example(
            text="\n".join([leaf.label, leaf.definition, leaf.must, *leaf.belongs, *leaf.keywords]),
            leaves=(leaf.id,),
            identity=None,
        )
        for leaf in taxonomy.leaves
    ]


def _first_three(paper: Paper, leaves: Mapping[str, float]) -> tuple[str, ...]:
    if not leaves:
        raise JudgeError(f"{paper.id}: no example is left to place it by")
    return tuple(sorted(leaves, key=lambda leaf: (-leaves[leaf], leaf))[:3])


def _majority(taxonomy: Taxonomy, papers: Sequence[Known]) -> Judge:
    headline = {leaf.id for leaf in taxonomy.leaves if leaf.headline}
    return MajorityJudge((leaf for known in papers for leaf in known.leaves if leaf in headline), taxonomy.name)


def _keyword_bot(taxonomy: Taxonomy, papers: Sequence[Known]) -> Judge:
    return keyword_bot.KeywordBot(keyword_bot.read_words(), taxonomy.name)


def _neighbours(taxonomy: Taxonomy, papers: Sequence[Known]) -> Judge:
    known = examples_of(papers)
    return NearestJudge("tf-idf-neighbours", known, known, taxonomy.name)


def _definitions(taxonomy: Taxonomy, papers: Sequence[Known]) -> Judge:
    return NearestJudge("definitions-only", definitions_of(taxonomy), examples_of(papers), taxonomy.name)


BASELINES: Mapping[str, Callable[[Taxonomy, Sequence[Known]], Judge]] = {
    "majority-leaf": _majority,
    "keyword-bot": _keyword_bot,
    "tf-idf-neighbours": _neighbours,
    "definitions-only": _definitions,
}


def names_for(taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the names of the baselines that a list of this taxonomy can be measured with: the keyword bot only knows
    the leaves of the list that it was written for."""
    fits = keyword_bot.read_words().leaves <= {*taxonomy.leaf_ids}
    return tuple(name for name in BASELINES if fits or name != "keyword-bot")
