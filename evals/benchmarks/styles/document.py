"""Whole lists drawn by chance from a seed: sections, their entries, and papers that are left out of them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from random import Random
from typing import Final, NamedTuple

from evals.benchmarks.styles.clarity import is_clear
from evals.benchmarks.styles.entries import Written
from evals.benchmarks.styles.grammar.drawing import draw_style
from evals.benchmarks.styles.grammar.papers import WORDS, Invented, draw_days, draw_papers
from evals.benchmarks.styles.grammar.pieces import Variation
from evals.benchmarks.styles.grammar.style import Style
from evals.benchmarks.styles.lists import DrawnList, GroupKey, Part, group_key

_VENUES: Final = ("ICLR", "NeurIPS", "ACL", "EMNLP", "ICML", "AAAI", "CVPR", "NAACL", "TMLR", "ECCV")
_EXTRA: Final = (
    ("Blog", "https://blog.example.org/posts/{}"),
    ("Data", "https://huggingface.co/datasets/lab/{}"),
    ("Video", "https://www.youtube.com/watch?v={}"),
    ("Slides", "https://slides.example.org/{}.pdf"),
)
_FRESH: Final = 2


class LeftOut(NamedTuple):
    """A paper that a list does not have, and the number of the section that it is for."""

    paper: Invented
    part: int


class Draw(NamedTuple):
    """A list with the papers that are left out of it."""

    drawn: DrawnList
    left_out: tuple[LeftOut, ...]


def draw(seed: int, number: int) -> Draw:
    """Return the list of that number: the first one drawn in which a reader can tell what is right."""
    rng = Random(f"{seed}/{number}")
    while True:
        made = _draw(rng)
        if is_clear(made.drawn, made.left_out):
            return made


def _draw(rng: Random) -> Draw:
    style = draw_style(rng)
    last = date(2024, 3, 1) + timedelta(days=rng.randrange(900))
    first = last - timedelta(days=rng.randrange(250, 900) if style.group != "month" else 100)
    sizes = _sizes(rng)
    days = draw_days(rng, first, last, sum(sizes))
    fresh = [
        last + timedelta(days=rng.randrange(1, 25)) if rng.random() < 0.75 else draw_days(rng, first, last, 1)[0]
        for _ in range(_FRESH)
    ]
    papers = draw_papers(rng, [*days, *fresh])
    names = rng.sample(WORDS["sections"], len(sizes))
    listed = iter(papers)
    parts = [
        _part(rng, style, at, name, [next(listed) for _ in range(size)])
        for at, (name, size) in enumerate(zip(names, sizes, strict=True), 1)
    ]
    above, below = _surroundings(rng, style, [part.words for part in parts])
    drawn = DrawnList(
        style, above, tuple(parts), below, rng.choice(("%Y-%m", "%B %Y", "%Y.%m", "%b %Y")), rng.random() < 0.92
    )
    return Draw(drawn, tuple(LeftOut(paper, rng.randrange(len(sizes))) for paper in listed))


def _sizes(rng: Random) -> list[int]:
    """Return how many entries each section has: 8 to 25 in 2 to 4 sections."""
    count = rng.randrange(2, 5)
    total = rng.randrange(max(8, 2 * count), 26)
    sizes = [2] * count
    for _ in range(total - 2 * count):
        sizes[rng.randrange(count)] += 1
    return sizes


def _part(rng: Random, style: Style, number: int, name: str, papers: list[Invented]) -> Part:
    words = f"{number}. {name}" if style.heading.numbered else name
    if style.heading.emoji:
        words = f"{rng.choice(WORDS['emoji'])} {words}"
    intro = f"Papers on {name.lower()}." if rng.random() < 0.15 else ""
    if style.order == "alphabetical":
        papers = sorted(papers, key=lambda paper: paper.title.casefold())
    elif style.order != "none":
        papers = sorted(papers, key=lambda paper: paper.id, reverse=style.order == "newest")
    entries = _vary(rng, style, papers)
    groups: dict[GroupKey, tuple[Written, ...]] = {}
    for entry in entries:
        key = group_key(style, entry.paper)
        groups[key] = (*groups.get(key, ()), entry)
    return Part(name, words, intro, tuple(sorted(groups.items(), reverse=style.newest_group_first)))


def _vary(rng: Random, style: Style, papers: list[Invented]) -> list[Written]:
    """Return the papers as the list has them: some published, a few that differ from the rest in a piece."""
    room = len(papers) // 3
    entries = []
    for paper in papers:
        variation = Variation()
        if rng.random() < style.published:
            year = paper.day.year + rng.randrange(2)
            variation = Variation(published=(rng.choice(_VENUES), year), elsewhere=rng.random() < 0.3)
        if room and rng.random() < style.noise:
            room -= 1
            variation = _noisy(rng, style, paper, variation)
        entries.append(Written(paper, variation))
    return entries


def _noisy(rng: Random, style: Style, paper: Invented, variation: Variation) -> Variation:
    kind = rng.choice(("missing", "missing", "extra", "date", "url"))
    optional = [piece for piece in ("authors", "date", "venue") if style.has(piece)]
    if kind == "missing" and optional and style.container not in ("glued", "heading"):
        return variation._replace(missing=frozenset((rng.choice(optional),)))
    if kind == "date" and style.forms.date:
        return variation._replace(other_date=True)
    if kind == "url":
        return variation._replace(other_url=True)
    words, url = rng.choice(_EXTRA)
    return variation._replace(extra=(words, url.format(paper.id[-5:])))


def _surroundings(rng: Random, style: Style, headings: list[str]) -> tuple[str, str]:
    """Return what stands above the first section and below the last."""
    subject = rng.choice(("Agent Papers", "LLM Reasoning", "Embodied AI", "Efficient Models", "Trustworthy ML"))
    badge = " [![Awesome](https://awesome.re/badge.svg)](https://awesome.re)" if rng.random() < 0.4 else ""
    above = [f"# Awesome {subject}{badge}"]
    if rng.random() < 0.7:
        above.append(f"A curated list of papers on {subject}. Pull requests are welcome!")
    if rng.random() < 0.15:
        above.append("## News\n\n- [2026/10/02] 🎉 The list has a new section.\n- [2026/01/15] First release.")
    if rng.random() < 0.55:
        lines = "\n".join(f"- [{words}](#{_anchor(words)})" for words in headings)
        above.append(f"## {rng.choice(('Table of Contents', 'Contents'))}\n\n{lines}")
    if style.heading.level == 3:
        above.append("## Papers")
    below = []
    if rng.random() < 0.3:
        below.append("## Contributing\n\nPlease open an issue or a pull request if a paper is missing.")
    if rng.random() < 0.2:
        below.append("## License\n\nThis list is released under CC0.")
    if rng.random() < 0.15:
        below.append("## Citation\n\n```bibtex\n@misc{list2025,\n  title={A List},\n  year={2025}\n}\n```")
    return "\n\n".join(above), "\n\n".join(below)


def _anchor(words: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
