"""The forms in which the pieces of a style are written, drawn by chance."""

from __future__ import annotations

from random import Random

from evals.benchmarks.styles.grammar.choices import (
    ARXIV,
    CODE_WORDS,
    DATES,
    PAGE_WORDS,
    PAPER_WORDS,
    PLAIN,
    SHAPES,
    TITLE_MARKS,
    TITLE_MARKS_HTML,
    YEARS,
    weighted,
)
from evals.benchmarks.styles.grammar.pieces import (
    ARXIV_BADGES,
    CODE_BADGES,
    URLS,
    AuthorForm,
    DateForm,
    LinksForm,
    NameForm,
    TitleForm,
    VenueForm,
    Wrap,
)
from evals.benchmarks.styles.grammar.style import Forms


def draw_forms(rng: Random, present: set[str], container: str, *, html: bool) -> Forms:
    """Return how each piece is written, before separators may ask for other marks."""
    title_links = rng.random() < 0.42
    links = _draw_links(rng, present, container, html=html, paper=not title_links)
    marks = weighted(rng, TITLE_MARKS_HTML if html else TITLE_MARKS)
    if container == "table" and marks[0] not in ("", "**"):
        marks = PLAIN
    if title_links and rng.random() < 0.6:
        marks = PLAIN
    venue = _draw_venue(rng) if "venue" in present else None
    date = DateForm(weighted(rng, DATES), PLAIN) if "date" in present else None
    if venue and date and date.form == "YYYY":
        venue = venue._replace(year="", with_id=False)
    return Forms(
        TitleForm(marks, rng.choice(("inside", "outside")) if title_links else ""),
        links,
        nickname=_draw_name(rng, container, html=html, linked=title_links) if "nickname" in present else None,
        date=date,
        venue=venue,
        venue_linked=bool(
            venue and not title_links and container != "table" and not links.badge and rng.random() < 0.15
        ),
        authors=draw_authors(rng) if "authors" in present else None,
        html=html,
    )


def _draw_links(rng: Random, present: set[str], container: str, *, html: bool, paper: bool) -> LinksForm:
    words = weighted(rng, PAPER_WORDS)
    code = weighted(rng, CODE_WORDS)
    shape = '[<a href="{url}">{words}</a>]' if html else weighted(rng, SHAPES)
    if html and rng.random() < 0.5:
        shape = '<a href="{url}">{words}</a>'
    if container == "table" and rng.random() < 0.7:
        shape = "[{words}]({url})"
    code = code.lower() if words[0].islower() and not words.startswith("arXiv:") else code[0].upper() + code[1:]
    badges = paper and not html and rng.random() < 0.16
    stars = not html and rng.random() < (0.6 if badges else 0.12)
    loose = shape.startswith(("[{", "<a"))
    between = rng.choice((" ", ", ", " | ", " / ", " · ") if loose else (" ", " ", "", ", ", " | "))
    return LinksForm(
        paper=words if paper else None,
        code=code if "code" in present and not stars else None,
        page=weighted(rng, PAGE_WORDS) if "page" in present else None,
        shape=shape,
        between=" " if badges else between,
        url=rng.choices(URLS, (65, 22, 13))[0],
        badge=rng.choice(ARXIV_BADGES) if badges else None,
        star=rng.choice(CODE_BADGES) if "code" in present and stars else None,
    )


def _draw_venue(rng: Random) -> VenueForm:
    name, year = weighted(rng, ARXIV), weighted(rng, YEARS)
    with_id = name in ("arXiv", "arXiv preprint") and year in ("", ", YYYY", " (YYYY)") and rng.random() < 0.3
    if name == "arXiv preprint" and with_id:
        name = "arXiv preprint arXiv"
    return VenueForm(name, year, PLAIN, with_id)


def draw_authors(rng: Random) -> AuthorForm:
    first = rng.choices((None, 1, 2, 3), (5, 4, 1, 2))[0]
    name = rng.choices(("full", "surname", "initials", "inverted"), (62, 22, 11, 5))[0]
    last = rng.choices((", " if name != "inverted" else "; ", " and ", ", and ", " & "), (60, 25, 5, 5))[0]
    et_al = rng.choices((" et al.", ", et al.", " et al", " *et al.*"), (60, 22, 10, 3))[0]
    return AuthorForm(name, first, last, et_al, PLAIN)


def _draw_name(rng: Random, container: str, *, html: bool, linked: bool) -> NameForm:
    if html:
        return NameForm("split", ("<b>", "</b>"))
    if container == "table":
        return NameForm(rng.choice(("before", "split")), rng.choice((PLAIN, ("**", "**"))))
    place = rng.choices(("split", "before", "inside"), (60, 20, 20 if linked else 0))[0]
    wraps: dict[Wrap, int] = {("**", "**"): 60, ("[", "]"): 20, ("`", "`"): 15, ("***", "***"): 3}
    return NameForm(place, weighted(rng, wraps) if place != "inside" else ("**", "**"))
