"""The pieces of an entry as they are written: dates, venues, authors, names, titles, links."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from evals.benchmarks.styles.grammar.papers import Author, Invented

Wrap = tuple[str, str]
"""What stands before and behind a piece."""


class Variation(NamedTuple):
    """In what an entry differs from the style of its list, as real entries do.

    ``published`` is where the paper appeared (name, year), ``elsewhere`` that its link goes there and not to arXiv,
    ``missing`` the pieces it lacks, ``extra`` one more link, ``other_date`` and ``other_url`` another form of them.
    """

    published: tuple[str, int] | None = None
    elsewhere: bool = False
    missing: frozenset[str] = frozenset()
    extra: tuple[str, str] | None = None
    other_date: bool = False
    other_url: bool = False


PLAIN: Final = Variation()

DATES: Final[dict[str, Callable[[date], str]]] = {
    "YYYY-MM": lambda day: f"{day:%Y-%m}",
    "YYYY.MM": lambda day: f"{day:%Y.%m}",
    "YYYY/MM": lambda day: f"{day:%Y/%m}",
    "YYYY/MM/DD": lambda day: f"{day:%Y/%m/%d}",
    "YYYY-MM-DD": lambda day: f"{day:%Y-%m-%d}",
    "YYYY.MM.DD": lambda day: f"{day:%Y.%m.%d}",
    "Mon YYYY": lambda day: f"{day:%b %Y}",
    "Mon. YYYY": lambda day: f"{day:%b. %Y}",
    "Month YYYY": lambda day: f"{day:%B %Y}",
    "Mon, YYYY": lambda day: f"{day:%b, %Y}",
    "DD Mon YYYY": lambda day: f"{day.day} {day:%b %Y}",
    "MM/YYYY": lambda day: f"{day:%m/%Y}",
    "YYYY": lambda day: f"{day:%Y}",
    "YYMM": lambda day: f"{day:%y%m}",
    "YY.MM": lambda day: f"{day:%y.%m}",
}
WITH_WORDS: Final = frozenset(("Mon YYYY", "Mon. YYYY", "Month YYYY", "Mon, YYYY", "DD Mon YYYY"))
"""Forms with the name of a month."""
AMBIGUOUS_MONTHS: Final = frozenset((5, 6, 7, 9))
"""May has no short form, and June, July and September have two each."""

ABBREVIATIONS: Final[dict[str, Callable[[date], str]]] = {
    "": lambda day: "",
    " YYYY": lambda day: f" {day:%Y}",
    "'YY": lambda day: f"'{day:%y}",
    ", YYYY": lambda day: f", {day:%Y}",
    " (YYYY)": lambda day: f" ({day:%Y})",
    "YYYY": lambda day: f"{day:%Y}",
    "-YYYY": lambda day: f"-{day:%Y}",
    " YYYY.MM": lambda day: f" {day:%Y.%m}",
    " YYYY/MM": lambda day: f" {day:%Y/%m}",
    ", Mon YYYY": lambda day: f", {day:%b %Y}",
}
"""How a venue names its year; the last three name the month where the paper is on arXiv alone."""
_BY_MONTH: Final = {" YYYY.MM": " YYYY", " YYYY/MM": " YYYY", ", Mon YYYY": ", YYYY"}


class DateForm(NamedTuple):
    """A date, such as ``[2025/11/13]``."""

    form: str
    wrap: Wrap

    def print(self, paper: Invented, variation: Variation) -> str:
        form = ("YYYY" if self.form != "YYYY" else "YYYY.MM") if variation.other_date else self.form
        return f"{self.wrap[0]}{DATES[form](paper.day)}{self.wrap[1]}"


class VenueForm(NamedTuple):
    """A venue, such as ``*arXiv 2025*``; ``with_id`` adds ``arXiv:2511.00001``."""

    arxiv: str
    year: str
    wrap: Wrap
    with_id: bool = False

    def print(self, paper: Invented, variation: Variation) -> str:
        return f"{self.wrap[0]}{self.words(paper, variation)}{self.wrap[1]}"

    def words(self, paper: Invented, variation: Variation) -> str:
        if variation.published:
            name, year = variation.published
            return name + ABBREVIATIONS[_BY_MONTH.get(self.year, self.year)](date(year, 1, 1))
        name = f"{self.arxiv}:{paper.id}" if self.with_id else self.arxiv
        return name + ABBREVIATIONS[self.year](paper.day)


class AuthorForm(NamedTuple):
    """Authors: how each is named (``full``, ``surname``, ``initials``, ``inverted``), how many, with what between.

    ``first`` is None where all are named; ``last`` stands before the last one where all are.
    """

    name: str
    first: int | None
    last: str
    et_al: str
    wrap: Wrap

    def print(self, authors: tuple[Author, ...]) -> str:
        shown = authors[: self.first]
        names = [_NAMES[self.name](author) for author in shown]
        between = "; " if self.name == "inverted" else ", "
        if len(shown) < len(authors):
            text = between.join(names) + self.et_al
        elif len(names) == 1:
            text = names[0]
        else:
            last = " and " if len(names) == 2 and self.last == ", and " else self.last
            text = between.join(names[:-1]) + last + names[-1]
        return f"{self.wrap[0]}{text}{self.wrap[1]}"


_NAMES: Final[dict[str, Callable[[Author], str]]] = {
    "full": lambda author: author.full,
    "surname": lambda author: author.family,
    "initials": lambda author: f"{_initials(author)} {author.family}",
    "inverted": lambda author: f"{author.family}, {_initials(author)}",
}


def _initials(author: Author) -> str:
    return " ".join(f"{part[0]}." for part in author.given.split())


class NameForm(NamedTuple):
    """A nickname: in the place of the title's own (``split``), before the whole title, or behind it."""

    place: str
    wrap: Wrap

    def print(self, paper: Invented) -> str:
        return f"{self.wrap[0]}{paper.nickname}{self.wrap[1]}" if paper.nickname else ""


class TitleForm(NamedTuple):
    """A title, its marks, and whether it is linked inside of them, outside, or not."""

    marks: Wrap
    linked: str

    def print(self, title: str, url: str, *, html: bool = False) -> str:
        before, after = self.marks
        if self.linked == "inside":
            return before + link(title, url, html=html) + after
        whole = before + title + after
        return link(whole, url, html=html) if self.linked == "outside" else whole


def link(words: str, url: str, *, html: bool = False) -> str:
    return f'<a href="{url}">{words}</a>' if html else f"[{words}]({url})"


URLS: Final = (
    "https://arxiv.org/abs/{}",
    "https://arxiv.org/pdf/{}",
    "https://arxiv.org/pdf/{}.pdf",
)
"""The forms that lists keep to. A page at Hugging Face does not exist yet for a new paper."""
_OTHER_URLS: Final = ("http://arxiv.org/abs/{}", "https://www.arxiv.org/abs/{}", "https://arxiv.org/abs/{}v2")
ARXIV_BADGES: Final = (
    "[![arXiv](https://img.shields.io/badge/arXiv-{id}-b31b1b.svg)]({url})",
    "[![arXiv](https://img.shields.io/badge/arXiv-{id}-b31b1b.svg?style=flat-square)]({url})",
    "[![Paper](https://img.shields.io/badge/Paper-{id}-red)]({url})",
    "[![arXiv](https://img.shields.io/badge/arXiv-{month}-b31b1b)]({url})",
    "[![Paper](https://img.shields.io/badge/arXiv-{year}-blue?logo=arxiv)]({url})",
    "[![](https://img.shields.io/badge/paper-pdf-red.svg)]({url})",
    '[<img src="https://img.shields.io/badge/arXiv-{id}-b31b1b.svg">]({url})',
)
CODE_BADGES: Final = (
    "[![Star](https://img.shields.io/github/stars/{repo}.svg?style=social&label=Star)](https://github.com/{repo})",
    "[![GitHub stars](https://img.shields.io/github/stars/{repo}?style=social)](https://github.com/{repo})",
    "[![Code](https://img.shields.io/badge/Code-GitHub-black?logo=github)](https://github.com/{repo})",
    "![GitHub Repo stars](https://img.shields.io/github/stars/{repo})",
)


class LinksForm(NamedTuple):
    """The links of an entry: ``paper``, ``code`` and ``page`` are their words, None for none.

    ``shape`` holds ``{words}`` and ``{url}``; ``badge`` stands in the place of the paper's words, ``star`` of the
    code's; ``absent`` is what stands where there is no code.
    """

    paper: str | None
    code: str | None
    page: str | None
    shape: str
    between: str
    url: str
    badge: str | None = None
    star: str | None = None
    absent: str = ""

    def address(self, paper: Invented, variation: Variation) -> str:
        if variation.elsewhere:
            return f"https://openreview.net/forum?id={paper.authors[0].family[:3]}{paper.id[-5:]}xYz".replace("è", "e")
        form = _OTHER_URLS[paper.day.day % 3] if variation.other_url else self.url
        return form.format(paper.id)

    def print_paper(self, paper: Invented, variation: Variation) -> str:
        url = self.address(paper, variation)
        if self.badge and not variation.elsewhere:
            return self.badge.format(id=paper.id, url=url, month=f"{paper.day:%Y.%m}", year=paper.day.year)
        if self.badge:
            return f"[![OpenReview](https://img.shields.io/badge/OpenReview-Paper-blue)]({url})"
        if self.paper is None:
            return ""
        return self.shape.format(words=self.paper.format(id=paper.id), url=url)

    def print_code(self, paper: Invented) -> str:
        if self.code is None and self.star is None:
            return ""
        if paper.repository is None:
            return self.absent
        if self.star:
            return self.star.format(repo=paper.repository.removeprefix("https://github.com/"))
        return self.shape.format(words=self.code, url=paper.repository)

    def print_page(self, paper: Invented) -> str:
        return self.shape.format(words=self.page, url=paper.page) if self.page and paper.page else ""

    def print(self, paper: Invented, variation: Variation) -> str:
        links = [self.print_paper(paper, variation)] if "paper" not in variation.missing else []
        links += [self.print_code(paper), self.print_page(paper)]
        if variation.extra:
            links.append(self.shape.format(words=variation.extra[0], url=variation.extra[1]))
        return self.between.join(one for one in links if one)
