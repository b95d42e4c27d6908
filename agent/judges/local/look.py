"""One paper as the judge sees it, in a model that neither the paper nor its twins had a say in."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from agent.core.survey.known_papers import Known
from agent.judges.local.learning import NOTHING_LEARNED, LeafModel, Meaning, RelevanceModel
from agent.judges.local.space import Space, text_of
from agent.judges.local.titles import TitleModel
from agent.records import Paper

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """The learned model, some papers left out. ``known`` are the others, ``places`` where they are. Relevance and
    leaves are learned when they are first asked for: a search for the nearest papers needs neither, and titles are only
    learned from where no grades say what an estimate means."""

    space: Space
    known: tuple[Known, ...]
    places: Floats
    learn_relevance: Callable[[], RelevanceModel]
    learn_leaves: Callable[[], LeafModel]
    titles_without: Callable[[frozenset[str]], TitleModel]
    """Learns from the titles of all listed papers but those of these keys."""

    @property
    def meaning(self) -> Meaning:
        return self.relevance.meaning if self.relevance.useful else NOTHING_LEARNED

    @cached_property
    def relevance(self) -> RelevanceModel:
        return self.learn_relevance()

    @cached_property
    def leaves(self) -> LeafModel:
        return self.learn_leaves()


@dataclass(frozen=True)
class Batch:
    """Papers of tonight that are ranked in one go, a row each. Their leaves are estimated when those of one are asked
    for: a model that judges alone never needs them."""

    model: Model
    vectors: sparse.csr_matrix
    places: Floats

    @cached_property
    def leaves(self) -> Floats:
        return self.model.leaves.estimate(self.vectors, self.places)


@dataclass(frozen=True)
class Ranked:
    """One of tonight's papers in the model that nothing is left out of; in its ``estimate`` of relevance its ``own``
    keys have no say. ``likeness`` is the estimate by titles, null where it is listed itself, or where grades say what
    ``estimate`` means. ``batch``, in which it is the ``row``, is null where there are too many papers to keep it."""

    own: frozenset[str]
    estimate: float
    likeness: float | None
    batch: Batch | None
    row: int


@dataclass(frozen=True)
class Look:
    """One paper as the judge sees it: the ``model``, and the ``own`` keys: of itself and its twins, none of which may
    have a say. ``ranked`` is null unless it was ranked in this model already."""

    model: Model
    paper: Paper
    own: frozenset[str]
    ranked: Ranked | None

    @cached_property
    def vector(self) -> sparse.csr_matrix:
        if self.ranked and self.ranked.batch:
            return self.ranked.batch.vectors[self.ranked.row]
        return self.model.space.vectors([text_of(self.paper.title, self.paper.abstract)])

    @cached_property
    def place(self) -> Floats:
        if self.ranked and self.ranked.batch:
            return self.ranked.batch.places[self.ranked.row : self.ranked.row + 1]
        return self.model.space.place_vectors(self.vector)

    @property
    def estimate(self) -> float:
        """Return the relevance on the scale of the grades' values; 0 if none was learned."""
        relevance = self.model.relevance
        if not relevance.useful:
            return 0.0
        # Definitions have a say where grades tell what an estimate means, for which this paper's own may be needed.
        if self.ranked and (self.meaning.cuts is None) == (relevance.meaning.cuts is None):
            return self.ranked.estimate
        return float(relevance.estimate(self.place, [relevance.rows_of(self.own)], self.meaning)[0])

    @property
    def likeness(self) -> float:
        """Return how much the paper is like the titles of the list."""
        if self.ranked and self.ranked.likeness is not None:
            return self.ranked.likeness
        return float(self.model.titles_without(listed_in(self.own)).estimate(self.place, [self.own])[0])

    @property
    def leaves(self) -> Floats:
        """Return the estimate of each leaf."""
        leaves = self.model.leaves
        without = leaves.rows_of(self.own)
        if self.ranked and self.ranked.batch and not without:
            found: Floats = self.ranked.batch.leaves[self.ranked.row]
            return found
        found = leaves.estimate(self.vector, self.place, without)[0]
        return found

    @cached_property
    def meaning(self) -> Meaning:
        relevance = self.model.relevance
        without = relevance.rows_of(self.own) if relevance.useful else frozenset()
        return relevance.meaning_without(without) if without else self.model.meaning


def listed_in(keys: Collection[str]) -> frozenset[str]:
    """Return those of these keys that are of listed papers."""
    return frozenset(key for key in keys if key.startswith("known:"))
