"""The lines and columns of a style, drawn by chance: which pieces, in which order, with which separators."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from evals.benchmarks.styles.grammar.choices import (
    HEADERS,
    KEYS,
    LEADING,
    MARKED,
    MARKED_HTML,
    PLAIN,
    SEPARATORS,
    weighted,
)
from evals.benchmarks.styles.grammar.forms import draw_authors
from evals.benchmarks.styles.grammar.pieces import (
    TitleForm,
    Wrap,
)
from evals.benchmarks.styles.grammar.style import Column, Forms, Slot, Table


def compose_line(rng: Random, forms: Forms, present: set[str]) -> tuple[Forms, tuple[Slot, ...]]:
    """Return one line of all pieces, and the forms with the marks that its separators ask for."""
    main = weighted(rng, SEPARATORS)
    forms = _mark_title(rng, forms, main)
    pieces: list[str] = [name for name in ("authors", "venue", "date") if name in present]
    if rng.random() < 0.3:
        rng.shuffle(pieces)
    lead = _lead_of(rng, pieces, forms)
    forms, leading = _lead(rng, forms, lead)
    forms, name = _name_slots(rng, forms, main)
    behind = [piece for piece in pieces if piece != lead]
    forms = _mark_pieces(rng, forms, behind, main)
    links_at = 0 if rng.random() < 0.2 else len(behind)
    if _has_links(forms):
        behind.insert(links_at, "links")
    if "summary" in present:
        behind.append("summary")
    return forms, (*leading, *name, *_behind_title(rng, forms, behind, main))


def _has_links(forms: Forms) -> bool:
    links = forms.links
    paper = (links.paper is not None or links.badge is not None) and not forms.venue_linked
    return paper or links.code is not None or links.star is not None or links.page is not None


def _mark_title(rng: Random, forms: Forms, main: str) -> Forms:
    marks, linked = forms.title
    if main in (", ", "; ") and marks == PLAIN and not linked:
        marks = ("<b>", "</b>") if forms.html else ("**", "**")
    if main == ". " and marks in (("**", "**"), ("*", "*")) and rng.random() < 0.25:
        marks = (marks[0], f".{marks[1]}")
    return forms._replace(title=TitleForm(marks, linked))


def _lead_of(rng: Random, pieces: list[str], forms: Forms) -> str | None:
    chances = {"date": 0.4, "venue": 0.22, "authors": 0.0 if forms.nickname else 0.15}
    for piece in pieces:
        if rng.random() < chances[piece] and not (piece == "venue" and forms.venue_linked):
            return piece
    return None


def _lead(rng: Random, forms: Forms, lead: str | None) -> tuple[Forms, tuple[Slot, ...]]:
    if lead is None:
        return forms, ()
    if lead == "authors":
        forms = _with_wrap(forms, "authors", PLAIN)
        after = rng.choice((". ", ": ", ". ")) if forms.authors and not forms.authors.et_al.endswith(".") else ": "
        return forms, (Slot("authors", after=after),)
    marked: dict[Wrap, int] = {("[", "]"): 3, ("(", ")"): 2, ("<b>", "</b>"): 2}
    wrap = weighted(rng, marked if forms.html else LEADING)
    forms = _with_wrap(forms, lead, wrap)
    after = rng.choice((" - ", ": ", " | ")) if wrap == PLAIN else " "
    if wrap == ("**", "**"):
        after = rng.choice((" ", ": ", " - "))
    return forms, (Slot(lead, after=after),)


def _with_wrap(forms: Forms, piece: str, wrap: Wrap) -> Forms:
    if piece == "date" and forms.date:
        return forms._replace(date=forms.date._replace(wrap=wrap))
    if piece == "venue" and forms.venue:
        return forms._replace(venue=forms.venue._replace(wrap=wrap))
    if piece == "authors" and forms.authors:
        return forms._replace(authors=forms.authors._replace(wrap=wrap))
    return forms


def _name_slots(rng: Random, forms: Forms, main: str) -> tuple[Forms, tuple[Slot, ...]]:
    """Return the slots of nickname and title. A title with its name in bold is not in bold itself."""
    if forms.nickname and forms.nickname.place == "inside" and forms.title.marks[0].startswith("**"):
        forms = forms._replace(title=TitleForm(PLAIN, forms.title.linked))
    period = main == ". " and not forms.title.marks[1].startswith(".")
    title = Slot("title", after="." if period else "")
    name = forms.nickname
    if name is None or name.place == "inside":
        return forms, (title,)
    if forms.title.marks[0].startswith(("**", "<b", "<s")):  # a bold name stands before a title that is not
        forms = forms._replace(title=TitleForm(PLAIN, forms.title.linked))
        title = Slot("title", after="." if main == ". " else "")
    bare = forms.title.marks == PLAIN and not forms.title.linked
    if name.place == "split" or not bare:
        after = rng.choice((": ", ": ", " ")) if name.wrap[0] in "[`" else ": "
    else:
        after = rng.choice((" - ", " | ")) if name.wrap[0] not in "[`" else " "
    return forms, (Slot("nickname", after=after), title)


def _mark_pieces(rng: Random, forms: Forms, pieces: Sequence[str], main: str) -> Forms:
    for piece in pieces:
        marked = dict(MARKED_HTML if forms.html else MARKED)
        if piece == "authors":
            marked = {wrap: weight for wrap, weight in marked.items() if wrap[0] in ("(", "*", "_", "<i>", "<em>")}
        wrap = weighted(rng, marked)
        if main != " " and rng.random() < (0.7 if piece == "authors" else 0.5):
            wrap = PLAIN
        forms = _with_wrap(forms, piece, wrap)
    return forms


def _behind_title(rng: Random, forms: Forms, pieces: Sequence[str], main: str) -> list[Slot]:
    """Return the slots behind the title, with the separators between them."""
    slots = []
    links_before = main if main in (" | ", " - ", " — ") and rng.random() < 0.6 else " "
    ended = main in (", ", "; ") and rng.random() < 0.4
    texts = [piece for piece in pieces if piece not in ("links", "summary")]
    for piece in pieces:
        if piece == "links":
            slots.append(Slot("links", before=links_before))
        elif piece == "summary":
            slots.append(Slot("summary", before=rng.choice((" - ", " TL;DR: ", " — "))))
        elif main == ". ":
            dotted = piece == "authors" and forms.authors is not None and forms.authors.et_al.endswith(".")
            slots.append(Slot(piece, before=" ", after="" if dotted and forms.authors and forms.authors.first else "."))
        else:
            slots.append(Slot(piece, before=main, after="." if ended and piece == texts[-1] else ""))
    return slots


def compose_lines(
    rng: Random, container: str, forms: Forms, present: set[str]
) -> tuple[Forms, tuple[tuple[Slot, ...], ...]]:
    """Return the lines of an entry of several: the title's with some pieces, then the others."""
    pieces: list[str] = [name for name in ("authors", "venue", "date") if name in present]
    if container == "keyed":
        return _compose_keys(rng, forms, present)
    forms = forms._replace(venue_linked=False)
    lead = rng.choice([piece for piece in pieces if piece != "authors"] or [None]) if rng.random() < 0.25 else None
    forms, leading = _lead(rng, forms, lead)
    if container == "heading":
        forms = forms._replace(title=TitleForm(PLAIN, forms.title.linked))
    forms, name = _name_slots(rng, forms, " ")
    rest = [piece for piece in pieces if piece != lead]
    main = weighted(rng, {", ": 3, " ": 2, ". ": 2, " | ": 2, " - ": 1})
    forms = _mark_pieces(rng, forms, rest, main)
    if rng.random() < 0.25:
        rng.shuffle(rest)
    groups = _split(rng, rest, alone=container != "glued")
    if _has_links(forms):
        where = rng.choice(("title", "last", "own"))
        if where == "title":
            name = (*name, Slot("links", before=" "))
        elif where == "last" and groups:
            groups[-1].append("links")
        else:
            groups.append(["links"])
    if not groups and "summary" not in present:
        forms = forms._replace(authors=draw_authors(rng))
        groups.append(["authors"])
    lines = [(*leading, *name), *(_line_of(group, main) for group in groups)]
    if "summary" in present:
        lines.append(
            (Slot("summary", before=rng.choice(("", "TL;DR: ", "**TL;DR**: ", "> ")) if container != "glued" else ""),)
        )
    return forms, tuple(lines)


def _split(rng: Random, pieces: list[str], *, alone: bool) -> list[list[str]]:
    """Return the pieces on one line, or the first of them on one of its own."""
    if alone and len(pieces) > 1 and rng.random() < 0.5:
        return [pieces[:1], pieces[1:]]
    return [list(pieces)] if pieces else []


def _line_of(pieces: Sequence[str], main: str) -> tuple[Slot, ...]:
    first, *others = pieces
    between = ", " if main == ". " else main
    return (Slot(first), *(Slot(piece, before=" " if piece == "links" else between) for piece in others))


def _compose_keys(rng: Random, forms: Forms, present: set[str]) -> tuple[Forms, tuple[tuple[Slot, ...], ...]]:
    """Return a title line with one keyed line for each other piece."""
    key = rng.choice(("{}: ", "**{}**: ", "**{}:** ", "*{}*: "))
    forms, name = _name_slots(rng, forms._replace(venue_linked=False), " ")
    pieces: list[str] = [piece for piece in ("authors", "venue", "date") if piece in present]
    if rng.random() < 0.5:
        rng.shuffle(pieces)
    if not forms.title.linked:
        pieces.append("url" if rng.random() < 0.6 else "paper")
    pieces += [piece for piece in ("code", "page", "summary") if piece in present]
    links = forms.links._replace(shape="[{words}]({url})")
    if not forms.title.linked and links.paper is None:
        links = links._replace(paper="Link")
    if not pieces:
        pieces = ["authors"]
        forms = forms._replace(authors=draw_authors(rng))
    lines = tuple((Slot(piece, before=key.format(rng.choice(KEYS[piece]))),) for piece in pieces)
    return forms._replace(links=links), (name, *lines)


def compose_table(rng: Random, forms: Forms, present: set[str]) -> Table:
    empty = rng.choices(("", "-", "N/A"), (55, 35, 10))[0]
    columns = [Column(rng.choice(("Title", "Paper", "Paper Title", "Title")), (Slot("title"),))]
    others = []
    for piece in ("authors", "venue", "date"):
        if piece in present:
            header: str = rng.choice(HEADERS[piece])
            if piece == "date":
                header = (
                    "Year" if forms.date and forms.date.form == "YYYY" else rng.choice(("Date", "Published", "Time"))
                )
            others.append(Column(header, (Slot(piece),), empty))
    if rng.random() < 0.5:
        rng.shuffle(others)
    if "nickname" in present:
        columns.insert(0, Column(rng.choice(("Name", "Model", "Method", "Acronym")), (Slot("nickname"),), empty))
    if not forms.title.linked:
        paper = (
            "PDF"
            if columns[-1].header.startswith("Paper")
            else rng.choice(("Paper", "Link", "PDF", "arXiv", "Paper Link"))
        )
        others.append(Column(paper, (Slot("paper"),), empty))
    for piece in ("code", "page", "summary"):
        if piece in present:
            others.append(Column(rng.choice(HEADERS[piece]), (Slot(piece),), empty))
    if rng.random() < 0.2 and others:
        columns = [others.pop(0), *columns]
    return Table(
        (*columns, *others),
        rng.choice(("---", ":---", ":---:", "-----", ":--")),
        rng.random() < 0.9,
        rng.random() < 0.96,
    )
