"""The embedded judge: no key, no network, no cost. What every model has to beat.

It compares texts in a space learned from announcements that nobody placed (``space.py``), and learns relevance and
leaves there from what the list has and from all papers that were graded (``learning.py``). The paper that is judged,
the same paper elsewhere in the list, and the labels of both are never among what was learned from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, lru_cache, partial
from itertools import islice
from pathlib import Path

import numpy as np

from agent.core.papers.matching import normalise_title
from agent.core.survey.known_papers import Knowledge, Known
from agent.core.survey.labelled_papers import LabelledPaper, strongest
from agent.core.survey.taxonomy import Taxonomy
from agent.judges.local import kept, titles
from agent.judges.local.document_type import allowed_leaves
from agent.judges.local.examples import (
    define,
    known_text,
    most_telling,
    place_boundaries,
    placed_examples,
    relevance_examples,
)
from agent.judges.local.learning import (
    SETTINGS,
    LeafModel,
    RelevanceModel,
    some_of,
)
from agent.judges.local.look import Batch, Look, Model, Ranked, listed_in
from agent.judges.local.quoting import evidence
from agent.judges.local.ridge import Remember
from agent.judges.local.space import Space, Text, build_space, text_of
from agent.judges.local.subject import Announcements, Subject
from agent.judges.local.titles import Title, TitleModel
from agent.records import Grade, InventedPaper, JudgeIdentity, Judgment, Paper, Usage

_FEW_TITLES = 20
"""Fewer titles do not say well enough what a list is about."""
_ENTRIES_SHOWN = 2
_LEAVES_SHOWN = 3
_AT_ONCE = 512
_MOST_JUDGED = 4096
"""So many papers of a night are kept in mind with their vectors."""


class LocalJudge:
    """Implements Judge from a taxonomy, what is known of the listed papers, earlier announcements, graded papers, and
    papers invented for the leaves.

    Without ``background``, tonight's own listing takes its place. ``folder`` keeps what is costly to learn from one
    night to the next. The same data gives the same judgments.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        knowledge: Knowledge,
        background: Sequence[Paper],
        labelled: Iterable[LabelledPaper] = (),
        folder: Path | None = None,
        invented: Sequence[InventedPaper] = (),
    ) -> None:
        self._taxonomy = taxonomy
        self._knowledge = knowledge
        # In an order of their own: where an entry stands in its list may not move a score by as much as a rounding.
        self._listed = tuple(sorted(knowledge.papers, key=lambda known: known.key))
        self._definitions = tuple(define(leaf) for leaf in taxonomy.leaves)
        self._labelled = most_telling(strongest(labelled))
        self._label_titles = _by_title((each.paper.id, each.paper.title) for each in self._labelled)
        self._invented = tuple((each.leaf, text_of(each.title, each.abstract)) for each in invented)
        self._background = tuple(background)
        self._folder = folder
        self._learn_from(background)

    def _learn_from(self, unlabelled: Sequence[Paper]) -> None:
        taken = frozenset().union(*(known.ids for known in self._listed))
        taken |= {f"arxiv:{each.paper.id}" for each in self._labelled}
        papers = {paper.id: paper for paper in sorted(unlabelled, key=lambda paper: (paper.id, paper.version))}
        self._unlabelled = tuple(paper for paper in papers.values() if f"arxiv:{paper.id}" not in taken)
        self._corpus = tuple(text_of(paper.title, paper.abstract) for paper in papers.values())
        self._announcements = Announcements(self._unlabelled)
        self._subject = lru_cache(maxsize=16)(self._read_subject)
        self._model = lru_cache(maxsize=16)(self._learn)
        self._look = lru_cache(maxsize=16)(self._see)
        # A night asks twice: to order the work, then for the judgment.
        self._graded = lru_cache(maxsize=_MOST_JUDGED)(self._grade)
        self._placed = lru_cache(maxsize=_MOST_JUDGED)(self._place)
        # Of tonight's papers, by id, title and abstract.
        self._ranked: dict[tuple[str, str, str], Ranked] = {}
        for name in ("identity", "_every_text", "_other_titles"):
            self.__dict__.pop(name, None)

    @cached_property
    def identity(self) -> JudgeIdentity:
        """``model`` names the method and a digest of all it learned from; without a background that is known only
        after ``prepare``."""
        known = [known.model_dump_json(exclude={"ids"}) + str(sorted(known.ids)) for known in self._listed]
        graded = [each.model_dump_json() for each in self._labelled]
        invented = [f"{leaf} {text.whole}" for leaf, text in self._invented]
        content = "\0".join([str(SETTINGS), *known, *graded, *invented, *(text.whole for text in self._corpus)])
        digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:12]
        return JudgeIdentity(name="local", model=f"learned-{digest}", prompt="-", taxonomy=self._taxonomy.name)

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge of the listed papers, without those that it must never have seen."""
        return self._knowledge

    @property
    def usage(self) -> Usage:
        return Usage()

    def prepare(self, tonight: Sequence[Paper]) -> None:
        if not self._background:
            self._learn_from(tonight)
        self._ranked.clear()
        if not tonight:
            return
        model = self._model(frozenset())
        for start in range(0, len(tonight), _AT_ONCE):
            self._rank(model, tonight[start : start + _AT_ONCE], keep=start < _MOST_JUDGED)

    def _rank(self, model: Model, papers: Sequence[Paper], *, keep: bool) -> None:
        """Rank many papers in one go, and ``keep`` what their judgments are made of."""
        vectors = model.space.vectors([text_of(paper.title, paper.abstract) for paper in papers])
        places = model.space.place_vectors(vectors)
        relevance, owns = model.relevance, [self._own_keys(paper) for paper in papers]
        estimates = [0.0] * len(papers)
        if relevance.useful:
            without = [relevance.rows_of(own) for own in owns]
            estimates = relevance.estimate(places, without, relevance.meaning).tolist()
        likeness: list[float | None] = [None] * len(papers)
        if model.meaning.cuts is None:
            found = model.titles_without(frozenset()).estimate(places, owns).tolist()
            likeness = [None if listed_in(own) else each for own, each in zip(owns, found, strict=True)]
        batch = Batch(model, vectors, places) if keep else None
        for row, (paper, own, estimate, like) in enumerate(zip(papers, owns, estimates, likeness, strict=True)):
            self._ranked[_key_of(paper)] = Ranked(own, estimate, like, batch, row)

    async def judge(self, paper: Paper) -> Judgment:
        look = self._look(paper)
        grade, score = self._graded(paper)
        top = self._placed(paper)
        weights = self._word_weights(look.model.space, top[0])
        quote = evidence.choose_quote(paper, weights)
        nearest = [known.title for known in self.nearest(paper, _ENTRIES_SHOWN, top[0])]
        phrase = evidence.matching_phrase([*quote, paper.title], weights)
        return Judgment(
            paper_id=paper.id,
            grade=grade,
            score=score,
            primary=top[0],
            top=top,
            evidence=quote,
            reason=evidence.say_why(self._taxonomy.leaf(top[0]).label, phrase, nearest),
            calibrated=look.meaning.cuts is not None,
            judge=self.identity,
        )

    def relevance(self, paper: Paper) -> float:
        """Return the estimated chance, in [0, 1], that the paper is in scope."""
        _, score = self._graded(paper)
        return score

    def leaves(self, paper: Paper) -> tuple[str, ...]:
        """Return the ids of the nearest leaves, best first: three, or all if there are fewer."""
        return self._placed(paper)

    def nearest(self, paper: Paper, count: int, leaf: str | None = None) -> tuple[Known, ...]:
        """Return up to ``count`` listed papers most like this one, never itself; of one leaf only, if it is given."""
        look = self._look(paper)
        best = np.argsort(-(look.model.places @ look.place[0]).round(9), kind="stable")
        good = (look.model.known[place] for place in best)
        fitting = (
            known
            for known in good
            if f"known:{known.key}" not in look.own and (leaf in known.leaves if leaf else known.exemplary_leaves)
        )
        return tuple(islice(fitting, count))

    def _grade(self, paper: Paper) -> tuple[Grade, float]:
        """Return the grade, and the chance that the paper is in scope."""
        look = self._look(paper)
        estimate, meaning = look.estimate, look.meaning
        subject = 0.0
        if meaning.cuts is None:
            margin = self._margin(paper, look.own)
            few = len(self._listed) < _FEW_TITLES
            subject = titles.odds_of(look.likeness, margin, earlier=bool(self._background), few=few)
        return meaning.grade(estimate, subject), meaning.score(estimate, subject)

    def _margin(self, paper: Paper, own: frozenset[str] = frozenset()) -> float:
        return self._subject(listed_in(own)).margin(paper)

    def _read_subject(self, left_out: frozenset[str]) -> Subject:
        return Subject(self._titles_without(left_out), self._announcements)

    def _place(self, paper: Paper) -> tuple[str, ...]:
        estimate = self._look(paper).leaves.round(9)
        allowed = np.array(allowed_leaves(paper, self._taxonomy))
        best = np.lexsort((-estimate, ~allowed))
        return tuple(self._taxonomy.leaf_ids[place] for place in best[:_LEAVES_SHOWN])

    def _word_weights(self, space: Space, leaf: str) -> dict[str, float]:
        row = space.definitions[self._taxonomy.leaf_ids.index(leaf)]
        words = space.words.names
        return {words[c]: w for c, w in zip(row.indices, row.data, strict=True) if c < len(words)}

    def _see(self, paper: Paper) -> Look:
        """Return the paper, and what was learned from everything but it and its twins."""
        ranked = self._ranked.get(_key_of(paper))
        own = ranked.own if ranked else self._own_keys(paper)
        # With a background the space holds no listed or graded paper, and learning leaves rows out exactly.
        left_out = frozenset() if self._background else own & self._learned_keys
        return Look(self._model(left_out), paper, own, None if left_out else ranked)

    @cached_property
    def _learned_keys(self) -> frozenset[str]:
        """The keys of listed and graded papers: leaving out any other changes nothing that is learned."""
        listed = (f"known:{known.key}" for known in self._knowledge.papers)
        return frozenset({*listed, *(each.paper.id for each in self._labelled)})

    def _own_keys(self, paper: Paper) -> frozenset[str]:
        """Return the keys of the paper and its twins, among listed papers and graded ones."""
        listed = (f"known:{key}" for key in self._knowledge.about(paper))
        title = normalise_title(paper.title)
        return frozenset({*listed, paper.id, f"title:{title}", *self._label_titles.get(title, ())})

    def _learn(self, left_out: frozenset[str]) -> Model:
        known = [each for each in self._listed if f"known:{each.key}" not in left_out]
        labelled = [each for each in self._labelled if each.paper.id not in left_out]
        space, folder = self._space(left_out), self._folder if self._background else None
        relevance, leaves, by_titles = (
            kept.remember(folder, kind, self._space_key) if folder else None
            for kind in ("relevance", "leaves", "titles")
        )
        examples = relevance_examples(known, labelled, self._definitions, self._invented, self._unlabelled)
        placed = placed_examples(self._taxonomy, known, labelled, self._invented)
        boundaries = place_boundaries(self._taxonomy)
        space.places([*(each.text for each in examples), *(each.text for each in (*placed, *boundaries))])
        if folder:
            kept.save(folder, self._space_key, space)
        return Model(
            space,
            tuple(known),
            space.places([known_text(each) for each in known]),
            partial(RelevanceModel, space, examples, remember=relevance),
            partial(LeafModel, space, placed, boundaries, remember=leaves),
            lru_cache(maxsize=4)(partial(self._learn_titles, space, by_titles)),
        )

    @property
    def _space_key(self) -> str:
        return kept.key_of([*self._corpus, *(Text(each, "") for each in self._definitions)])

    def _space(self, left_out: frozenset[str]) -> Space:
        if self._background:
            found = kept.load(self._folder, self._space_key, self._definitions) if self._folder else None
            return found or build_space(self._corpus, self._definitions)
        # Without a background the vocabulary needs every text there is, except those that are left out.
        keys = [*(f"known:{each.key}" for each in self._listed), *(each.paper.id for each in self._labelled)]
        places = (place for place, key in enumerate(keys, len(self._corpus)) if key in left_out)
        return build_space(self._every_text, self._definitions, frozenset(places))

    @cached_property
    def _every_text(self) -> tuple[Text, ...]:
        """The texts of the night, of the listed papers and of the graded ones, then the titles of the reference."""
        graded = (text_of(each.paper.title, each.paper.abstract) for each in self._labelled)
        reference = (text_of(title, "") for title in titles.read_reference())
        return (*self._corpus, *(known_text(each) for each in self._listed), *graded, *reference)

    def _learn_titles(self, space: Space, remember: Remember | None, left_out: frozenset[str]) -> TitleModel:
        listed = [text_of(title, "") for title in self._titles_without(left_out)]
        return TitleModel(space, listed, self._other_titles, None if left_out else remember)

    def _titles_without(self, left_out: Collection[str]) -> list[str]:
        """Return the titles of the listed papers but those ``left_out``; few are helped out by the definitions."""
        found = [each.title for each in self._listed if f"known:{each.key}" not in left_out]
        return [*found, *(self._definitions if len(found) < _FEW_TITLES else ())]

    @cached_property
    def _other_titles(self) -> list[Title]:
        """The titles of announcements: earlier ones, or those of the night and of the reference."""
        some = some_of(self._unlabelled, SETTINGS.unlabelled_most)
        own = [Title(paper.id, text_of(paper.title, "")) for paper in some]
        if self._background:
            return own
        reference = titles.read_reference()
        return [*own, *(Title(f"title:{normalise_title(title)}", text_of(title, "")) for title in reference)]


def _key_of(paper: Paper) -> tuple[str, str, str]:
    return paper.id, paper.title, paper.abstract


def _by_title(papers: Iterable[tuple[str, str]]) -> dict[str, Collection[str]]:
    found: dict[str, set[str]] = {}
    for paper_id, title in papers:
        found.setdefault(normalise_title(title), set()).add(paper_id)
    return dict(found)
