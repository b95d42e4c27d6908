"""Styles drawn by chance: random compositions of what maintainers do."""

from __future__ import annotations

from random import Random

from evals.benchmarks.styles.grammar.choices import (
    CONTAINERS,
    weighted,
)
from evals.benchmarks.styles.grammar.forms import draw_forms
from evals.benchmarks.styles.grammar.layouts import compose_line, compose_lines, compose_table
from evals.benchmarks.styles.grammar.style import MULTILINE, Forms, HeadingForm, Slot, Style


def draw_style(rng: Random) -> Style:
    """Return a style, with its features named for the report."""
    container = weighted(rng, CONTAINERS)
    html = container == "li"
    present = {name for name, share in _shares(container).items() if rng.random() < share}
    if container == "glued":
        present = (present | {"authors"}) - {"summary"}
    if container == "table":
        forms = draw_forms(rng, present, container, html=html)
        table, order = compose_table(rng, forms, present), _draw_order(rng, counted=False)
        style = _finish(rng, container, forms, (), order)._replace(table=table)
    elif container in MULTILINE:
        forms = draw_forms(rng, present, container, html=html)
        forms, lines = compose_lines(rng, container, forms, present)
        style = _finish(rng, container, forms, lines, _draw_order(rng, counted=False))
    else:
        forms, line = compose_line(rng, draw_forms(rng, present, container, html=html), present)
        style = _finish(rng, container, forms, (line,), _draw_order(rng, counted=container == "number"))
    return style._replace(features=_features(style))


def _shares(container: str) -> dict[str, float]:
    """Return how often each optional piece is drawn."""
    many = container in MULTILINE or container == "table"
    return {
        "date": 0.5,
        "venue": 0.55,
        "authors": 0.75 if many else 0.45,
        "code": 0.55,
        "page": 0.15,
        "summary": 0.18 if many else 0.06,
        "nickname": 0.3,
    }


def _draw_order(rng: Random, *, counted: bool) -> str:
    if counted:
        return rng.choice(("none", "oldest"))
    return rng.choices(("newest", "oldest", "alphabetical", "none"), (50, 20, 10, 20))[0]


def _finish(rng: Random, container: str, forms: Forms, lines: tuple[tuple[Slot, ...], ...], order: str) -> Style:
    group = rng.choices((None, "year", "month"), (78, 17, 5))[0]
    level = rng.choices((2, 3), (75, 25))[0]
    spaced = container in ("paragraph", "stanza", "heading") or (
        container not in ("glued", "li") and rng.random() < 0.22
    )
    rule = container in ("paragraph", "stanza") and rng.random() < 0.15
    break_with = rng.choices(("  ", "<br>", "\\", "<br/>"), (60, 25, 10, 5))[0]
    if container == "heading":
        break_with = rng.choice(("\n", "", "  "))
    elif container == "glued":
        break_with = rng.choice(("", "  ", "<br>"))
    return Style(
        container=container,
        marker=_marker(rng, container, level, group),
        lines=lines,
        forms=forms,
        between="\n\n---\n\n" if rule else "\n\n" if spaced else "\n",
        line_end=break_with if container in MULTILINE else "",
        indent=rng.choice(("  ", "    ", "\t")) if container in ("sub", "keyed") else "  ",
        order=order,
        group=group,
        group_line=_group_line(rng, container, level, group),
        newest_group_first=order != "oldest" if order != "none" else rng.random() < 0.85,
        heading=HeadingForm(
            kind := rng.choices(("atx", "setext", "html"), (86, 7 if level == 2 else 0, 7))[0],
            level,
            rng.random() < 0.12 and kind != "setext",  # ``1. Planning`` above a rule is a list item
            rng.random() < 0.2,
            rng.random() < 0.85 or container in ("table", "li"),
        ),
        noise=rng.choice((0.0, 0.1, 0.1, 0.15, 0.2)),
        published=rng.choices((0.0, 0.15, 0.3, 0.5), (10, 45, 30, 15))[0],
    )


def _marker(rng: Random, container: str, level: int, group: str | None) -> str:
    if container == "heading":
        return "#" * (level + (2 if group else 1)) + " "
    if container in ("number", "ones"):
        return "1. "
    if container in ("bullet", "continued", "sub", "keyed"):
        return weighted(rng, {"- ": 70, "* ": 27, "+ ": 3})
    return ""


def _group_line(rng: Random, container: str, level: int, group: str | None) -> str:
    """Return the line of a year or month, in which ``{}`` is its name."""
    if group is None:
        return ""
    below = "#" * (level + 1)
    lines = [f"{below} {{}}", f"{below} {{}}", f"{below} 📅 {{}}", "**{}**"]
    return lines[0] if container == "heading" else rng.choice(lines)


def _features(style: Style) -> dict[str, str]:
    """Return the pieces by which the report groups lists."""
    forms = style.forms
    kinds = {
        "container": style.container,
        "order": style.order,
        "group": style.group or "none",
        "heading": style.heading.kind,
        "between": {"\n": "no blank line", "\n\n": "blank line"}.get(style.between, "rule"),
        "title": f"{forms.title.marks[0] or 'plain'}{', linked' if forms.title.linked else ''}",
        "link": _link_feature(style),
        "noise": f"{style.noise}",
        "published": f"{style.published}",
        "nickname": forms.nickname.place if forms.nickname and style.has("title") else "none",
        "summary": "yes" if style.has("summary") else "none",
        "code": "star" if forms.links.star else "words" if forms.links.code else "none",
        "page": "yes" if forms.links.page else "none",
    }
    kinds["date"] = forms.date.form if forms.date and style.has("date") else "none"
    kinds["venue"] = forms.venue.arxiv if forms.venue and style.has("venue") else "none"
    kinds["year of the venue"] = (forms.venue.year or "without") if forms.venue and style.has("venue") else "none"
    kinds["address"] = forms.links.url
    kinds["authors"] = (
        f"{forms.authors.name} {forms.authors.first or 'all'}" if forms.authors and style.has("authors") else "none"
    )
    return kinds


def _link_feature(style: Style) -> str:
    forms = style.forms
    if forms.title.linked:
        return "title"
    if forms.venue_linked:
        return "venue"
    if forms.links.badge:
        return "badge"
    return "url" if style.has("url") else f"words {forms.links.shape}"
