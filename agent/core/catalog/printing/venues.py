"""Print the venue of a paper with its date, as its siblings print theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece
from agent.core.catalog.pieces.months import settle_month
from agent.core.catalog.pieces.venues import Venue, format_venue
from agent.core.catalog.printing.habits import Habits
from agent.core.catalog.segments import in_badge
from agent.core.catalog.siblings.links import is_link_word
from agent.core.catalog.siblings.venues import fit_venue, is_numbered
from agent.core.catalog.words import escape

_MONTH: Final = re.compile(r"%(?:\{\w\w\}[aAbB]|\^?[mnbBS])")


class VenuePrinter(Habits):
    """Prints where a paper appeared, with the day, month or year."""

    def _venue(self, exemplar: Exemplar, piece: Piece, venue: Venue) -> str | None:
        facts = self._facts
        if venue.arxiv and not venue.form and not self._calls_by_venue and is_link_word(exemplar, piece):
            return venue.name  # the link is called by the server it leads to
        if facts.accepted is None and self._venues.nameless:
            return None
        if facts.accepted is None and not venue.preprint and self._venues.preprint is not None:
            venue = self._venues.preprint  # a preprint is printed as preprints are: they may have no year
        dates = [p.form for p in exemplar.reading.pieces if p.kind == "date"]
        numbered = is_numbered(exemplar.reading.pieces, piece)
        venue = venue if numbered else self._as_accepted(venue, dates)
        venue = venue.model_copy(update={"form": self._form(venue.form) if venue.form else None})
        label = not venue.form and not venue.preprint and is_link_word(exemplar, piece)  # ``[ICML](...)``
        told = facts.accepted if (label or self._is_told(venue.form, dates)) and not numbered else None
        unplaced = exemplar.reading.cells and self._venues.preprint is None and self._venues.missing
        if told is None and facts.accepted and unplaced:
            return None  # preprints have no venue in this table
        venue = fit_venue(exemplar, piece, venue, self._venues, told=told is not None)
        if told is None:
            name = self._spelled.get(venue.name, venue.name) if venue.arxiv else self._style.preprint
            text = format_venue(venue, name, facts.day, "")
        else:
            text = format_venue(venue, escape(told[0]), date(told[1], 1, 1), told[2])
        return text.replace(" ", "_") if in_badge(exemplar.reading.source, piece) else text

    @cached_property
    def _tells(self) -> bool:
        """Whether the paper's own venue would be printed like that of some sibling."""
        return any(self._tells_venue(e.reading.pieces) for e in self._siblings)

    def _tells_venue(self, pieces: Sequence[Piece]) -> bool | None:
        """Return whether the paper's own venue would be printed like this sibling's; None: it has none."""
        if not any(piece.venue for piece in pieces):
            return None
        dates = [piece.form for piece in pieces if piece.kind == "date"]
        venues = [
            self._as_accepted(piece.venue, dates) for piece in pieces if piece.venue and not is_numbered(pieces, piece)
        ]
        return any(self._is_told(self._form(venue.form) if venue.form else None, dates) for venue in venues)

    def _as_accepted(self, venue: Venue, dates: Sequence[str]) -> Venue:
        """Return how the venue of an accepted paper is printed where a preprint has its month: without one."""
        usual = self._venues.conference
        dated = venue.preprint and (_MONTH.search(venue.form) and not dates if venue.form else bool(dates))
        return usual if self._facts.accepted and dated and usual and not _MONTH.search(usual.form or "") else venue

    def _is_told(self, form: str | None, dates: Sequence[str]) -> bool:
        """Return whether the venue of an accepted paper is printed: ``form`` is that of the venue's own date, ``dates``
        are those of the others. A day or month is that of the preprint, and the venue beside it too."""
        told, facts = self._facts.accepted, self._facts
        if told is None or (form and _MONTH.search(form)):
            return False
        return form is not None or not any(map(_MONTH.search, dates)) or told[1] == facts.day.year

    def _day(self, exemplar: Exemplar, form: str) -> date:
        """Return the day that is printed: a year beside a venue without its own one is the venue's."""
        told = self._facts.accepted
        venues = exemplar.reading.venues
        numbered = any(venue.preprint for venue in venues) and any(p.kind == "id" for p in exemplar.reading.pieces)
        apart = any(venue.form for venue in venues) and not self._venues.years_agree
        if told is None or numbered or _MONTH.search(form) or not venues or apart:
            return self._facts.day
        return date(told[1], 1, 1)

    def _form(self, form: str) -> str:
        """Return a form that may be read in two ways as the siblings print it: ``2023.11`` beside ``2023.5``."""
        for sure, unsure in (("%n", "%m"), ("%e", "%d"), ("%d/%m", "%m/%d")):
            other = form.replace(unsure, sure)
            forms = self._forms if other in self._forms else self._unpadded
            zeros = forms.get(other, 0)
            if unsure in form and zeros and zeros * 3 >= forms.get(form, 0):
                form = other
        form = self._month_style.fit(form)
        form = re.sub(r"%(\^?)[bS]\.?", r"%\1B", form) if self._spells_summer else form
        return settle_month(form, self._months)
