"""Venues as entries print them: of conferences, of journals, of preprints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from agent.core.arxiv.ids import base_id
from agent.core.catalog.formats.style import Exemplar, Piece, piece_text
from agent.core.catalog.pieces.venues import Venue
from agent.core.catalog.siblings.likeness import skeleton
from agent.core.catalog.siblings.links import is_link_word

_AGREE: Final = 3
"""So many entries that spell a name alike are right, and one alone that does not is wrong."""


def call_by_venue(exemplars: Sequence[Exemplar]) -> bool:
    """Return whether links to papers are called by where they were accepted, as ``[ICML](...)``."""
    return any(
        piece.venue is not None and not piece.venue.preprint and is_link_word(exemplar, piece)
        for exemplar in exemplars
        for piece in exemplar.reading.pieces
    )


class Venues(NamedTuple):
    """How entries print venues: ``preprint`` is how one on arXiv is, ``published`` how a venue with its year is (null:
    none is), ``conference`` how such a one is here or elsewhere, ``missing`` that some entry has no venue,
    ``years_agree`` that a year beside a dated venue is always that of the venue, ``dated_twice`` that a preprint
    has its date with its venue and beside it, in one form, ``nameless`` that a preprint has none here since those
    elsewhere have none."""

    preprint: Venue | None
    published: Venue | None
    conference: Venue | None
    missing: bool
    years_agree: bool
    dated_twice: bool = False
    nameless: bool = False


def read_venues(
    siblings: Sequence[Exemplar], group: Sequence[Exemplar], relatives: Sequence[Exemplar], *, by_venue: bool
) -> Venues:
    """Return how the siblings print venues; how a preprint is printed, another of the ``group`` may tell, or of the
    ``relatives`` if they are rows.

    ``by_venue`` says that links to papers are called by where they were accepted: else ``[arXiv](...)`` is no venue.
    """
    published = _published(siblings)
    usual = _most_alike([venue for _, venue in published])
    beyond = _in_columns(siblings, relatives) if siblings and siblings[0].reading.cells else group
    told = preprints(siblings, by_venue=by_venue)
    if not told:
        others = usual_venues(preprints(beyond, by_venue=by_venue))
        here = {id(exemplar) for exemplar in siblings}
        told = _unlike(usual, others, [venue for e, venue in _published(group) if id(e) not in here])
    return Venues(
        preprint=_most_alike(told),
        published=usual,
        conference=usual or next((venue for _, venue in _published(beyond)), None),
        missing=not all(e.reading.venues for e in siblings),
        years_agree=_years_agree([exemplar for exemplar, _ in published]),
        dated_twice=any(v.preprint and v.form and _has_date(e, v.form) for e in siblings for v in e.reading.venues),
        nameless=bool(usual) and _have_no_server(siblings, relatives),
    )


def _published(exemplars: Sequence[Exemplar]) -> list[tuple[Exemplar, Venue]]:
    """Return the venues with their year where papers were accepted, each with its entry."""
    return [(e, venue) for e in exemplars for venue in e.reading.venues if venue.form and not venue.preprint]


def _unlike(usual: Venue | None, others: Sequence[Venue], away: Sequence[Venue]) -> list[Venue]:
    """Return those of the ``others``, preprints elsewhere, that are not dated as conferences are here, if any are.

    Where conferences ``away`` from here are printed as here too, so are preprints, if not just like these.
    """
    alike = usual is not None and any((v.form, v.between) == (usual.form, usual.between) for v in away)
    return [v for v in others if usual is None or v.form != usual.form or (alike and v.between != usual.between)]


def _years_agree(published: Sequence[Exemplar]) -> bool:
    """Return whether a year beside a dated venue is that of the venue wherever this tells: where it is not the year of
    the arXiv id too."""
    years = [
        piece_text(exemplar, piece) == str(exemplar.reading.year)
        for exemplar in published
        if _given_year(exemplar) != exemplar.reading.year
        for piece in exemplar.reading.pieces
        if piece.kind == "date" and piece.form == "%Y"
    ]
    return bool(years) and all(years)


def _has_date(exemplar: Exemplar, form: str) -> bool:
    """Return whether an entry has a date of its own in some form."""
    return any(piece.kind == "date" and piece.form == form for piece in exemplar.reading.pieces)


def _in_columns(siblings: Sequence[Exemplar], relatives: Sequence[Exemplar]) -> list[Exemplar]:
    """Return the rows of other tables whose venue stands in the column of the siblings' venues."""
    columns = {_column_of(exemplar) for exemplar in siblings}
    return [exemplar for exemplar in relatives if _column_of(exemplar) in columns]


def _column_of(exemplar: Exemplar) -> int | None:
    """Return the column of a row's venue, None where it has none."""
    at = next((piece.start for piece in exemplar.reading.pieces if piece.venue is not None), -1)
    return next((n for n, (start, end) in enumerate(exemplar.reading.cells) if start <= at < end), None)


def _have_no_server(siblings: Sequence[Exemplar], relatives: Sequence[Exemplar]) -> bool:
    """Return whether all siblings tell where their paper was published, and papers of arXiv that are printed alike
    elsewhere, several of them, tell no venue, while none is called a preprint."""
    every = [exemplar.reading.venues for exemplar in (*siblings, *relatives)]
    if not all(every[: len(siblings)]) or any(venue.preprint for venues in every for venue in venues):
        return False
    served = [e for e, venues in zip(relatives, every[len(siblings) :], strict=True) if not venues and _on_arxiv(e)]
    forms = {skeleton(exemplar) for exemplar in siblings} if len(served) > 1 else set()
    return len(served) > 1 and sum(skeleton(exemplar) in forms for exemplar in served) > 1


def _on_arxiv(exemplar: Exemplar) -> bool:
    return base_id(exemplar.reading.url or "") is not None


def _given_year(exemplar: Exemplar) -> int | None:
    """Return the year of an entry's arXiv id, or None where it links none."""
    arxiv_id = base_id(exemplar.reading.url or "")
    return 2000 + int(arxiv_id[:2]) if arxiv_id and "/" not in arxiv_id else None


def _most_alike(venues: Sequence[Venue]) -> Venue | None:
    """Return the first of the venues that are printed as most of them are."""
    forms = [(venue.form, venue.between) for venue in venues]
    return max(venues, key=lambda venue: forms.count((venue.form, venue.between))) if venues else None


def preprints(exemplars: Sequence[Exemplar], *, by_venue: bool) -> list[Venue]:
    """Return how entries name arXiv in the place of a venue; before an id, or as the name of a link, it is none.

    ``by_venue`` says that the list calls links by where papers were accepted.
    """
    told = [(e, at, p, p.venue) for e in exemplars for at, p in enumerate(e.reading.pieces)]
    named = [(e, p, v) for e, at, p, v in told if v and v.arxiv and not _leads_to_id(e.reading.pieces[at + 1 :])]
    servers = [venue for exemplar, piece, venue in named if is_link_word(exemplar, piece)]
    return [venue for _, _, venue in named if venue.form or by_venue or venue not in servers]


def is_numbered(pieces: Sequence[Piece], piece: Piece) -> bool:
    """Return whether a piece names a preprint server whose id follows: ``arXiv:2511.00001``."""
    named = piece.venue is not None and piece.venue.preprint
    return named and any(p.kind == "id" and p.start >= piece.end for p in pieces)


def _leads_to_id(behind: Sequence[Piece]) -> bool:
    """Return whether an id follows, be it behind a second name: ``arXiv preprint arXiv:2511.00001``."""
    following = next((piece for piece in behind if not (piece.venue and piece.venue.arxiv)), None)
    return following is not None and following.kind == "id"


def spell_servers(exemplars: Sequence[Exemplar]) -> dict[str, str]:
    """Return how arXiv is spelled instead of as one entry alone spells it, where several others agree: ``arXiV``."""
    names = Counter(venue.name for e in exemplars for venue in e.reading.venues if venue.arxiv)
    usual = {name.casefold(): name for name, number in reversed(names.most_common()) if number >= _AGREE}
    return {name: usual[name.casefold()] for name in names if names[name] == 1 and name.casefold() in usual}


def usual_venues(venues: Sequence[Venue]) -> list[Venue]:
    """Return the venues of the form that half of them or more have."""
    forms = Counter((venue.name.casefold(), venue.form) for venue in venues)
    most, number = next(iter(forms.most_common(1)), (None, 0))
    usual = 2 * number >= len(venues)
    return [venue for venue in venues if usual and (venue.name.casefold(), venue.form) == most]


def fit_venue(exemplar: Exemplar, piece: Piece, venue: Venue, venues: Venues, *, told: bool) -> Venue:
    """Return how a venue is printed in the place of a sibling's: a conference as conferences are, beside preprints
    too, and without the year that stands beside it. ``told`` says that it is where the paper was accepted."""
    usual = venues.published
    alone = sum(p.venue is not None and not is_link_word(exemplar, p) for p in exemplar.reading.pieces) == 1
    if told and venue.preprint and venue.form and alone and usual and "(" not in usual.between:
        venue = usual
    dated = venue.form is not None and _has_date(exemplar, venue.form) and not (venue.preprint and venues.dated_twice)
    beside = dated and piece.venue is not None and piece.venue.form != venue.form
    return venue.model_copy(update={"form": None}) if beside else venue
