"""Gather what the judge learns from: listed, graded and invented papers, definitions, papers that nobody graded."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.survey.known_papers import Known
from agent.core.survey.labelled_papers import LabelledPaper, LabelSource
from agent.core.survey.taxonomy import Leaf, Taxonomy
from agent.judges.local.learning import MOST, SETTINGS, SOURCE_WEIGHTS, Example, PlacedExample, Settings, some_of
from agent.judges.local.space import Text, text_of
from agent.records import Paper


def most_telling(labelled: Sequence[LabelledPaper], most: int = MOST) -> tuple[LabelledPaper, ...]:
    """Return at most so many of the papers: the most trusted first, of these the newest. Papers that a judge chose and
    that are out of scope after all come last of their source: most unlabelled papers are like them."""
    trust = list(LabelSource)

    def rank(each: LabelledPaper) -> tuple[int, bool]:
        return trust.index(each.source), each.chosen and each.grade == 0

    def newness(each: LabelledPaper) -> tuple[bool, str]:
        return "/" not in each.paper.id, each.paper.id  # ids until 2007 begin with the name of an archive

    newest = sorted(labelled, key=newness, reverse=True)
    return tuple(sorted(newest, key=rank)[:most])


def relevance_examples(
    known: Sequence[Known],
    labelled: Sequence[LabelledPaper],
    definitions: Sequence[str],
    invented: Sequence[tuple[str, Text]],
    unlabelled: Sequence[Paper],
) -> list[Example]:
    """Return what relevance is learned from: graded papers, listed and invented ones, some that nobody graded."""
    graded = [
        Example(
            key=each.paper.id,
            text=text_of(each.paper.title, each.paper.abstract),
            value=SETTINGS.values[each.grade],
            weight=SOURCE_WEIGHTS[each.source],
            grade=each.grade,
            natural=each.source is not LabelSource.PERSON and not each.chosen,
        )
        for each in labelled
    ]
    # Our own words would teach our own style; the definitions at least say what is wanted.
    wanted = [
        *((f"known:{each.key}", known_text(each)) for each in known if each.synced),
        *(("", Text(each, each)) for each in definitions),
    ]
    made_up = some_of(invented, SETTINGS.invented_most)
    some = some_of(unlabelled, SETTINGS.unlabelled_of(len(graded)))
    weight = SETTINGS.unlabelled_weight / max(len(some), 1)
    return [
        *graded,
        *(Example(key, text, SETTINGS.listed_value, SETTINGS.listed_weight) for key, text in wanted),
        *(Example("", text, SETTINGS.invented_value, SETTINGS.invented_weight) for _, text in made_up),
        *(
            Example(
                paper.id,
                text_of(paper.title, paper.abstract),
                SETTINGS.unlabelled_value,
                weight,
                unlabelled=True,
            )
            for paper in some
        ),
    ]


def placed_examples(
    taxonomy: Taxonomy,
    known: Sequence[Known],
    labelled: Sequence[LabelledPaper],
    invented: Sequence[tuple[str, Text]],
) -> list[PlacedExample]:
    """Return what leaves are learned from: listed and invented papers, and graded ones that have a leaf: those that
    are only adjacent count for less."""
    columns = {leaf: place for place, leaf in enumerate(taxonomy.leaf_ids)}
    placed = [
        PlacedExample(f"known:{each.key}", known_text(each), {columns[leaf]: 1.0 for leaf in leaves}, 1.0)
        for each in known
        if (leaves := each.exemplary_leaves)
    ]
    placed += [PlacedExample("", text, {columns[leaf]: 1.0}, 1.0) for leaf, text in invented]
    for each in labelled:
        if each.grade >= 1 and each.primary in columns:
            second = {columns[leaf]: SETTINGS.secondary for leaf in each.secondary if leaf in columns}
            text = text_of(each.paper.title, each.paper.abstract)
            weight = SOURCE_WEIGHTS[each.source] * (1.0 if each.grade >= 2 else SETTINGS.adjacent)
            placed.append(PlacedExample(each.paper.id, text, second | {columns[each.primary]: 1.0}, weight))
    return placed


def place_boundaries(taxonomy: Taxonomy, settings: Settings = SETTINGS) -> list[PlacedExample]:
    """Return what the leaves say does not belong to them but to other leaves, as examples of those."""
    columns = {leaf: place for place, leaf in enumerate(taxonomy.leaf_ids)}
    found = []
    for own, leaf in enumerate(taxonomy.leaves):
        for each in leaf.not_here:
            for target in (columns[name] for name in each.leaf if name in columns):
                leaves = {own: -settings.boundary_against} | {target: 1.0}
                found.append(PlacedExample("", Text(each.what, each.what), leaves, settings.boundary_weight))
    return found


def define(leaf: Leaf) -> str:
    """Return what a leaf says of itself. No exemplars: titles of listed papers would give their places away."""
    heading = leaf.heading.removeprefix(leaf.id)
    return "\n".join([heading, leaf.definition, leaf.must, *leaf.belongs, *leaf.keywords])


def known_text(known: Known) -> Text:
    return text_of(known.title, known.text)
