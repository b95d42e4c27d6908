"""Find the spot of a new entry: after which line of the list it goes, next to which entry, with which lines around."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import compress, pairwise, takewhile
from typing import Final, NamedTuple

from agent.core.catalog.blocks import split_lines
from agent.core.catalog.formats.style import Found
from agent.core.catalog.neighbours import may_part, names_group, order_among, outermost, published_like
from agent.core.catalog.ordering.gaps import RULE, gap_between
from agent.core.catalog.ordering.orders import given_month, place_by_day
from agent.core.catalog.ordering.sort_names import alphabetical_place
from agent.core.catalog.parsing.leaf_section import Section
from agent.core.catalog.pieces.dates import Printed
from agent.core.catalog.pieces.journals import names_journal
from agent.core.catalog.pieces.venues import PREPRINT, names_preprints
from agent.core.catalog.places import (
    Place,
    depth_of,
    lies_under_another_year,
    period_keys,
    printed_alike,
    retitled,
    same_period,
)
from agent.core.catalog.printing.candidates import continues_group
from agent.core.catalog.printing.facts import printed_day
from agent.core.catalog.venue_headings import make_venue_heading, names_year
from agent.core.catalog.words import escape, printed_title
from agent.core.papers.publication import accepted_at
from agent.records import Paper

_CONFERENCE: Final = re.compile(r"\bconferences?\b", re.IGNORECASE)
_VENUE: Final = re.compile(r"\b[A-Z]{2,}|[Cc]onference|[Jj]ournal|NeurIPS")
_JOURNAL: Final = re.compile(r"\bjournals?\b", re.IGNORECASE)
_DAILY: Final = 3
"""The depth of places that tell a day or week."""
_NEARLY_ALL: Final = 0.8
_SHORT: Final = frozenset({"TMLR", "TACL", "JMLR", "TPAMI", "PAMI", "IJCV", "TOIS", "TKDE", "TNNLS"})


class Spot(NamedTuple):
    """The place of a paper: after line ``after`` of the old text, next to ``anchor`` (None: into an empty section).

    ``before`` and ``behind`` are the further lines around the entry, ``first`` that it is put before its anchor.
    ``opens`` says that a heading of its own is put above it.
    """

    after: int
    anchor: Found | None
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    first: bool = False
    tries: int = 0
    opens: bool = False


def find_spot(section: Section, paper: Paper) -> Spot:
    """Return where in its section a paper goes."""
    places = _places_open_to(paper, section)
    dated = [place for place in places if place.date is not None]
    if (served := _place_of_preprints(section, dated, paper)) is not None:
        return _spot_among(served.found, section, paper, served.heading.end_line)
    if dated and (spot := _spot_by_date(dated, section, paper)) is not None:
        return spot
    letters = [place for place in places if place.date is None and len(place.heading.text.strip()) == 1]
    for place in letters:
        if printed_title(paper)[:1].casefold() == place.heading.text.strip().casefold():
            return _spot_among(place.found, section, paper, place.heading.end_line)
    if (venue := _place_of_venue(places, paper)) is not None:
        return _spot_among(venue.found, section, paper, venue.heading.end_line)
    if (opened := _new_venue(places, section, paper)) is not None:
        return opened
    found = outermost(_entries_open_to(paper, section))
    return _spot_among(found, section, paper, section.insert_after[0] if section.insert_after else section.line)


def _spot_by_date(dated: Sequence[Place], section: Section, paper: Paper) -> Spot | None:
    """Return a spot below the year, month, week or day of a paper, a new one where there is none; None where it cannot
    be told."""
    day = printed_day(paper)
    filled = max((depth_of(place) for place in dated if place.found), default=0)
    day = paper.announced if filled == _DAILY else day  # a log has a paper where it was announced
    if filled == 1 and (told := accepted_at(paper)) is not None and _follow_venues(dated):
        day = date(told[1], 1, 1)
    same = [place for place in dated if same_period(place, day) and (place.found or depth_of(place) >= filled)]
    if same:
        place = max(same, key=depth_of)
        if (inner := _places_within(place, section)) and not place.found:
            return _spot_by_venue(inner, section, paper)
        return _spot_among(place.found, section, paper, place.heading.end_line)
    dated = [place for place in dated if depth_of(place) >= filled] or dated
    if current := _current_entries(dated, _entries_open_to(paper, section), day):
        return _spot_among(current, section, paper, section.line)
    if (made := _new_place(dated, section, day)) is not None:
        return made
    if (last := _last_under_another_year(dated, day)) is not None:
        return _spot_among(last.found, section, paper, last.heading.end_line)
    return None


def _follow_venues(years: Sequence[Place]) -> bool:
    """Say whether papers stand below the years that they were published in, as those tell that have another id's."""
    told = [
        (place.date.year == f.reading.year)
        for place in years
        for f in place.found
        if isinstance(place.date, Printed)
        and any(venue.form and not venue.preprint for venue in f.reading.venues)
        and f.reading.year != given_month(f)[0]
    ]
    return bool(told) and sum(told) >= _NEARLY_ALL * len(told)


def _current_entries(dated: Sequence[Place], found: Sequence[Found], day: date) -> Sequence[Found]:
    """Return the entries of a section above the headings of older periods, where a day is of none of these, and they
    are not either; empty where there are none."""
    first = dated[0]
    above = [f for f in found if f.line < first.heading.line]
    ordered = period_keys(dated, day)
    if not above or ordered is None or ordered[1] <= max(ordered[0]):
        return ()
    years = [max(f.reading.dated[0], given_month(f)[0]) for f in above]
    return above if max(years) > max(ordered[0])[0] else ()


def _places_within(place: Place, section: Section) -> Sequence[Place]:
    """Return the venues that head the parts of a year, as labels below it."""
    inner = [p for p in _below(place, section) if p.date is None and p.found]
    return inner if any(names_preprints(p.heading.text) or _VENUE.search(p.heading.text) for p in inner) else ()


def _below(place: Place, section: Section) -> Sequence[Place]:
    """Return the places below the heading of another; below a year without entries, kinds of venues as deep, too."""
    after = [p for p in section.places if p.heading.line > place.heading.line]
    empty = place.date is not None and not place.found
    level = place.heading.level
    return list(
        takewhile(lambda p: p.heading.level > level or (empty and p.date is None and p.heading.level == level), after)
    )


def _places_open_to(paper: Paper, section: Section) -> Sequence[Place]:
    """Return the places that a paper may go to: of an accepted one those below ``Conference Papers`` or ``Journals``,
    as its venue is, where such a heading stands above others and has no entries of its own."""
    told = accepted_at(paper)
    kind = _kind_of(told[0]) if told else None
    heads = (p for p in section.places if p.date is None and not p.found and kind and kind.search(p.heading.text))
    return next(filter(None, (_below(head, section) for head in heads)), section.places)


def _kind_of(venue: str) -> re.Pattern[str]:
    """Return what the kind of a venue is called in headings."""
    return _JOURNAL if names_journal(venue) or venue in _SHORT else _CONFERENCE


def _spot_by_venue(places: Sequence[Place], section: Section, paper: Paper) -> Spot:
    """Return a spot below the label of a paper's venue, a new one where there is none."""
    told = accepted_at(paper)
    venue = _place_of_venue(places, paper)
    if told is None and venue is None:
        venue = next((p for p in places if PREPRINT.search(p.heading.text)), None)
    if venue is not None:
        return _spot_among(venue.found, section, paper, venue.heading.end_line)
    last = places[-1]
    label = section.page.lines[last.heading.line - 1].rstrip("\r\n")
    name = escape(told[0]) if told else section.style.preprint
    lines = section.page.lines[: last.found[0].line - 1]
    gap = ("",) if len(places) > 1 and not lines[last.heading.line - 2].strip() else ()
    blank = tuple("" for line in lines[last.heading.end_line :] if not line.strip())
    before = (*gap, label.replace(last.heading.text, name), *blank)
    return Spot(last.found[-1].last_line, last.found[-1], before=before, opens=True)


def _entries_open_to(paper: Paper, section: Section) -> Sequence[Found]:
    """Return the entries that a paper may stand among: an accepted one under no heading of preprints, if there is
    anything else."""
    if accepted_at(paper) is None:
        return section.found
    served = {f.line for p in section.places if names_preprints(p.heading.text) for f in p.found}
    return ([f for f in section.found if f.line not in served] if served else ()) or section.found


def _place_of_preprints(section: Section, dated: Sequence[Place], paper: Paper) -> Place | None:
    """Return the place of preprints that stands beside those of years, for a paper that is no more than a preprint;
    None where there is none."""
    if not dated or accepted_at(paper) is not None:
        return None
    level, first = min(place.heading.level for place in dated), dated[0].heading.line
    beside = [p for p in section.places if p.heading.level <= level or p.heading.line < first]
    served = [p for p in beside if p.date is None and p.found and names_preprints(p.heading.text)]
    return served[0] if len(served) == 1 else None


def _new_venue(places: Sequence[Place], section: Section, paper: Paper) -> Spot | None:
    """Return a spot below a new heading for a paper's venue and year, where the section has such headings."""
    told = accepted_at(paper)
    served = [p for p in section.places if PREPRINT.search(p.heading.text)]
    venues = places if told else served
    name, year = (escape(told[0]), told[1]) if told else (section.style.preprint, printed_day(paper).year)
    made = make_venue_heading(venues, section.page.lines, name, year, least=1 if told and served else 2)
    return made and Spot(made.after, made.anchor, before=made.before, behind=made.behind, opens=True)


def _place_of_venue(places: Sequence[Place], paper: Paper) -> Place | None:
    """Return the place that a paper's venue heads, or its kind does; None where there is none."""
    told = accepted_at(paper)
    for place in places:
        words = re.findall(r"[^\W\d_]+", place.heading.text.casefold())
        years = re.findall(r"(?:19|20)\d\d", place.heading.text)
        if told is not None and told[0].casefold() in words and (not years or str(told[1]) in years):
            return place
    wanted = PREPRINT if told is None else _kind_of(told[0])
    kinds = [p for p in places if p.date is None and wanted.search(p.heading.text)]
    if told is None:
        year = printed_day(paper).year
        kinds = [p for p in kinds if names_year(p) == year] or [p for p in kinds if not names_year(p)]
    return kinds[0] if len(kinds) == 1 else None


def _spot_among(found: Sequence[Found], section: Section, paper: Paper, heading_end: int) -> Spot:
    """Return where among some entries a paper goes; there may be none."""
    gap = gap_between(found, section.page.lines) if len(found) > 1 else section.gap
    if not found:
        blank = heading_end < len(section.page.lines) and not section.page.lines[heading_end].strip()
        after = heading_end + blank if section.found else heading_end
        anchor = section.found[-1] if section.found else None
        return Spot(after, anchor, behind=("",) if section.found and blank else ())
    by_title = "alphabetical" in (section.order, section.usual_order())
    apart = None if by_title else published_like(found, published=accepted_at(paper) is not None)
    order = order_among(found, section) if apart is None else apart.order
    found = found if apart is None else apart.found
    at = place_by_day(found, printed_day(paper), paper.id, order) if may_part(found, section, order) else None
    if at is not None:
        return _spot_between(found, at, gap)
    if order == "newest first":
        anchor = next((f for f in found if f.reading.url), found[0])
        if names_group(anchor, found) and continues_group(paper, section.style_at(anchor)) is not False:
            return Spot(anchor.last_line, anchor)
        return Spot(anchor.line - 1, anchor, behind=gap, first=True)
    if order == "alphabetical":
        return _spot_between(found, alphabetical_place(found, paper), gap)
    return Spot(found[-1].last_line, found[-1], before=gap)


def _spot_between(found: Sequence[Found], at: int, gap: tuple[str, ...]) -> Spot:
    """Return the spot behind so many entries."""
    if at < len(found):
        return Spot(found[at].line - 1, found[at], behind=gap, first=True)
    return Spot(found[-1].last_line, found[-1], before=gap)


def _last_under_another_year(dated: Sequence[Place], day: date) -> Place | None:
    """Return the last place before a day, or the first one, where its year stands in a heading above and is another's;
    None where that is not so, or the order is not clear."""
    ordered = period_keys(dated, day)
    if ordered is None:
        return None
    keys, wanted = ordered
    key = max((key for key in keys if key <= wanted), default=min(keys))
    last = dated[keys.index(key)]
    return last if lies_under_another_year(last, day) else None


def headings_fall(section: Section) -> bool:
    """Say whether the headings of a section's years or months stand the newest first; one alone is taken to, where the
    other sections do not tell."""
    told = [place.date for place in section.places if place.date is not None and place.found]
    keys = [(date.year, date.month, date.day) for date in told]
    return keys[0] >= keys[1] if len(keys) > 1 else section.usual_rise() is not True


def _model_for(alike: Sequence[Place], section: Section, day: date) -> tuple[Place, bool] | None:
    """Return the place whose heading a new one is printed like, and whether it stands above that; None where the order
    is not clear, or the new one would stand among those of another year."""
    ordered = period_keys(alike, day)
    rise = section.usual_rise() if len(alike) == 1 else None
    if ordered is None or (len(alike) == 1 and section.order == "oldest first" and rise is None):
        return None
    keys, wanted = ordered
    falling = keys[0] > keys[1] if len(keys) > 1 else not rise
    later = [i for i, key in enumerate(keys) if (key < wanted if falling else key > wanted)]
    at = later[0] if later else len(alike) - 1
    if later and at and lies_under_another_year(alike[at], day):
        at, later = at - 1, []  # behind the last one of its own year
        if lies_under_another_year(alike[at], day):
            return None
    return alike[at], bool(later)


def _new_place(dated: Sequence[Place], section: Section, day: date) -> Spot | None:
    """Return a spot below a new heading for a period that has none yet, or None when the order is not clear."""
    alike = [place for place in dated if printed_alike(place, dated[0])]
    chosen = _model_for(alike, section, day)
    if chosen is None:
        return None
    model, above = chosen
    lines = section.page.lines
    top = model.heading.line - 1
    year: tuple[str, ...] = ()
    if lies_under_another_year(model, day):
        top, year = _new_year(model, section, day)
        if not year or model.heading.kind != "markdown":
            return None
    if model.heading.kind == "summary" and model.found:
        return _new_details(model, alike, lines, day, above=above)
    opening = lines[model.heading.line - 1 : model.heading.end_line]
    if model.heading.kind != "markdown" or not model.found:
        return None
    title = retitled("".join(opening).rstrip("\r\n"), model, day, alike)
    if title is None:
        return None
    between = [line.rstrip("\r\n") for line in lines[model.heading.end_line : model.found[0].line - 1]]
    rows = re.search(r"<(table|ul|ol)\b", "".join(between)) if model.found[0].kind == "html" else None
    shared = _lines_above_entries(alike, lines)
    kept = [rows or model.found[0].kind == "row" or not line.strip() or line.strip() in shared for line in between]
    heading = (*year, *title.splitlines(), *compress(between, kept))
    second = min((p.heading.line for p in alike[1:]), default=top + 1)
    labels = re.match(r"\s*[-*+]\s", opening[0]) is not None and lines[second - 2].strip() != ""
    gap: tuple[str, ...] = () if labels else ("",)
    gap = _seam(alike, lines) or gap
    last = end = model.found[-1].last_line
    if rows:
        close = f"</{rows[1]}>"
        end = next((n for n in range(last + 1, model.end_line + 1) if close in lines[n - 1]), 0)
        if not end:
            return None
    tail = tuple(line.rstrip("\r\n") for line in lines[last:end])
    if above:
        return Spot(top, model.found[0], before=heading, behind=(*tail, *gap), opens=True)
    return Spot(end, model.found[-1], before=(*gap, *heading), behind=tail, opens=True)


def _lines_above_entries(places: Sequence[Place], lines: Sequence[str]) -> frozenset[str]:
    """Return the lines that stand between the heading and the first entry of each of several places, such as a link to
    the top of the page."""
    above = [{line.strip() for line in lines[p.heading.end_line : p.found[0].line - 1]} for p in places if p.found]
    return frozenset.intersection(*map(frozenset, above)) if len(above) > 1 else frozenset()


def _new_year(model: Place, section: Section, day: date) -> tuple[int, tuple[str, ...]]:
    """Return after which line the year begins that a place stands in, and the heading of a day's year printed like its
    heading, with the blank lines below; no lines where the year of the place has no heading of Markdown's own."""
    lines = section.page.lines
    above = [p for p in section.places if p.heading.line < model.heading.line and p.heading.level < model.heading.level]
    if not above or depth_of(above[-1]) != 1 or above[-1].heading.kind != "markdown":
        return 0, ()
    top, end = above[-1].heading.line - 1, above[-1].heading.end_line
    title = retitled("".join(lines[top:end]).rstrip("\r\n"), above[-1], day)
    blanks = tuple("" for _ in takewhile(lambda line: not line.strip(), lines[end : model.heading.line - 1]))
    return top, (*title.splitlines(), *blanks) if title else ()


def _seam(places: Sequence[Place], lines: Sequence[str]) -> tuple[str, ...] | None:
    """Return the lines between the last entry of a place and the next heading, where a rule or break is among them."""
    for place, after in pairwise(places if len(places) > 1 else [*places, None]):
        if place is None or not place.found:
            continue
        stop = after.heading.line - 1 if after else place.end_line
        between = [line.strip() for line in lines[place.found[-1].last_line : stop]]
        while after is None and len(between) > 1 and not between[-1] and not between[-2]:
            between.pop()
        if any(between) and all(not line or RULE.fullmatch(line) for line in between):
            return tuple(between)
    return None


def _new_details(model: Place, alike: Sequence[Place], lines: Sequence[str], day: date, *, above: bool) -> Spot | None:
    """Return a spot in a new part that unfolds, opened and closed as the model is, above or below it."""
    first, last = model.found[0], model.found[-1]
    top = model.heading.line - ("<details" not in lines[model.heading.line - 1])
    closing = (n for n in range(last.last_line + 1, model.end_line + 1) if "</details>" in lines[n - 1])
    end = next(closing, 0)
    opening = "".join(lines[top - 1 : first.line - 1])
    title = retitled(opening, model, day, alike)
    if not end or title is None or opening.count("<details") != 1:
        return None
    head = tuple(line.rstrip("\r\n") for line in split_lines(title))
    tail = tuple(line.rstrip("\r\n") for line in lines[last.last_line : end])
    if above:
        return Spot(top - 1, first, before=head, behind=(*tail, ""), opens=True)
    return Spot(end, last, before=("", *head), behind=tail, opens=True)
