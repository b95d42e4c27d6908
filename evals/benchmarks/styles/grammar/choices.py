"""The choices of maintainers, each with how often it is drawn."""

from __future__ import annotations

from random import Random
from typing import Final, TypeVar

from evals.benchmarks.styles.grammar.pieces import Wrap

T = TypeVar("T")

CONTAINERS: Final = {
    "bullet": 34,
    "number": 5,
    "ones": 2,
    "paragraph": 6,
    "li": 4,
    "continued": 8,
    "sub": 9,
    "keyed": 5,
    "glued": 3,
    "stanza": 4,
    "heading": 2,
    "table": 18,
}
SEPARATORS: Final = {", ": 20, ". ": 24, " - ": 12, " | ": 12, " ": 27, " — ": 3, "; ": 2}
PLAIN: Final[Wrap] = ("", "")
MARKED: Final[dict[Wrap, int]] = {
    ("(", ")"): 30,
    ("[", "]"): 20,
    ("`", "`"): 12,
    ("**", "**"): 10,
    ("*", "*"): 14,
    ("_", "_"): 4,
    ("*(", ")*"): 3,
    ("(*", "*)"): 5,
    ("**[", "]**"): 3,
}
MARKED_HTML: Final[dict[Wrap, int]] = {
    ("(", ")"): 4,
    ("[", "]"): 3,
    ("<i>", "</i>"): 4,
    ("<b>", "</b>"): 2,
    ("<em>", "</em>"): 2,
}
LEADING: Final[dict[Wrap, int]] = {
    ("[", "]"): 30,
    ("(", ")"): 20,
    ("`", "`"): 10,
    ("**", "**"): 8,
    ("**[", "]**"): 8,
    PLAIN: 15,
}
TITLE_MARKS: Final[dict[Wrap, int]] = {
    PLAIN: 50,
    ("**", "**"): 25,
    ("*", "*"): 5,
    ("_", "_"): 3,
    ('"', '"'): 8,
    ("“", "”"): 3,
    ('**"', '"**'): 2,
    ("***", "***"): 1,
}
TITLE_MARKS_HTML: Final[dict[Wrap, int]] = {PLAIN: 5, ("<b>", "</b>"): 4, ('"', '"'): 1, ("<strong>", "</strong>"): 1}
DATES: Final = {
    "YYYY-MM": 18,
    "YYYY.MM": 18,
    "YYYY/MM": 10,
    "YYYY/MM/DD": 8,
    "YYYY-MM-DD": 8,
    "YYYY.MM.DD": 5,
    "Mon YYYY": 10,
    "Mon. YYYY": 4,
    "Month YYYY": 4,
    "Mon, YYYY": 2,
    "DD Mon YYYY": 2,
    "MM/YYYY": 3,
    "YYYY": 14,
    "YYMM": 3,
    "YY.MM": 2,
}
ARXIV: Final = {"arXiv": 55, "Arxiv": 13, "ArXiv": 8, "arxiv": 6, "CoRR": 6, "arXiv preprint": 6, "Preprint": 5}
YEARS: Final = {
    "": 14,
    " YYYY": 45,
    "'YY": 8,
    ", YYYY": 9,
    " (YYYY)": 5,
    "YYYY": 4,
    "-YYYY": 2,
    " YYYY.MM": 4,
    " YYYY/MM": 1,
    ", Mon YYYY": 2,
}
SHAPES: Final = {
    "[[{words}]({url})]": 40,
    "[[{words}]]({url})": 14,
    "[{words}]({url})": 26,
    "([{words}]({url}))": 8,
    "**[{words}]({url})**": 3,
    "[`{words}`]({url})": 2,
    "\\[[{words}]({url})\\]": 4,
}
PAPER_WORDS: Final = {
    "paper": 22,
    "Paper": 24,
    "PDF": 9,
    "pdf": 9,
    "arXiv": 10,
    "arxiv": 4,
    "abs": 3,
    "link": 4,
    "Link": 6,
    "📄 Paper": 2,
    "arXiv:{id}": 5,
    "{id}": 2,
}
CODE_WORDS: Final = {"code": 25, "Code": 38, "GitHub": 16, "github": 6, "Github": 5, "💻 Code": 2, "Official Code": 2}
PAGE_WORDS: Final = {
    "Project": 5,
    "project": 4,
    "Project Page": 6,
    "page": 2,
    "website": 3,
    "Website": 3,
    "Homepage": 1,
}
KEYS: Final = {
    "title": ("Title",),
    "authors": ("Authors", "Author"),
    "date": ("Date", "Published", "Time"),
    "venue": ("Venue", "Publication"),
    "paper": ("Paper", "Link", "PDF"),
    "url": ("Paper", "Link", "URL", "arXiv"),
    "code": ("Code", "GitHub"),
    "page": ("Project", "Website"),
    "summary": ("TL;DR", "Summary", "Key idea"),
    "links": ("Links",),
    "nickname": ("Name", "Model", "Method"),
}

HEADERS: Final = {
    "date": ("Date", "Published", "Time"),
    "venue": ("Venue", "Publication", "Conference"),
    "authors": ("Authors", "Author"),
    "code": ("Code", "GitHub", "Repo", "Code"),
    "page": ("Project", "Website", "Project Page"),
    "summary": ("Summary", "TL;DR", "Key Idea", "Description"),
}


def weighted(rng: Random, weights: dict[T, int]) -> T:
    """Return one of the keys, each as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]
