"""The entries that a list has, leaf by leaf, as a prompt shows them to a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from agent.core.judging.prompt import Precedent, Precedents
from agent.core.survey.known_papers import Known
from agent.core.survey.taxonomy import Taxonomy

_HEADING, _LINE = "\n[]\n", "-  | \n"
"""What a prompt puts around a leaf and around an entry, for its length."""

Ranking = Callable[[Sequence[Known]], Mapping[str, Sequence[Known]]]
"""Order the papers of each leaf, the most typical first. Asked only when there is no room for all of them."""


def select(papers: Sequence[Known], taxonomy: Taxonomy, room: int, rank: Ranking) -> tuple[Precedents, ...]:
    """Return what is shown of each leaf, in the order of the taxonomy and, inside a leaf, of the list.

    All entries that one may learn from are shown if they take at most ``room`` characters. Otherwise the leaves take
    turns: each adds its most typical paper that is not shown yet, until its next one does not fit.
    """
    of_leaf = _by_leaf(papers, taxonomy)
    room -= sum(len(taxonomy.leaf(leaf).label) + len(_HEADING) for leaf in of_leaf)
    if sum(_cost(known) for shown in of_leaf.values() for known in shown) > room:
        ranked = rank(papers)
        of_leaf = _take_turns({leaf: ranked[leaf] for leaf in of_leaf}, room)
    places = {known.key: place for place, known in enumerate(papers)}
    return tuple(
        Precedents(
            leaf=taxonomy.leaf(leaf).label,
            entries=tuple(_precedent(known) for known in sorted(shown, key=lambda known: places[known.key])),
        )
        for leaf, shown in of_leaf.items()
        if shown
    )


def _by_leaf(papers: Sequence[Known], taxonomy: Taxonomy) -> dict[str, Sequence[Known]]:
    found = {leaf: [known for known in papers if leaf in known.exemplary_leaves] for leaf in taxonomy.leaf_ids}
    return {leaf: listed for leaf, listed in found.items() if listed}


def _take_turns(ranked: Mapping[str, Sequence[Known]], room: int) -> dict[str, Sequence[Known]]:
    shown: dict[str, list[Known]] = {leaf: [] for leaf in ranked}
    waiting: dict[str, Iterator[Known]] = {leaf: iter(papers) for leaf, papers in ranked.items()}
    while waiting:
        for leaf in list(waiting):
            known = next(waiting[leaf], None)
            if known is None or _cost(known) > room:
                del waiting[leaf]
                continue
            shown[leaf].append(known)
            room -= _cost(known)
    return {leaf: papers for leaf, papers in shown.items()}


def _cost(known: Known) -> int:
    """Return the characters of its line."""
    line = _precedent(known)
    return len(line.title) + len(line.operation or "") + len(_LINE)


def _precedent(known: Known) -> Precedent:
    operation = " ".join(known.operation.split()) if known.operation else None
    return Precedent(title=" ".join(known.title.split()), operation=operation)
