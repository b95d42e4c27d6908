"""Invented papers: titles, authors, ids and dates of realistic shape."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from agent.records import Paper


class Author(NamedTuple):
    """A name in its two parts, as in ``Ada B.`` and ``Miller``."""

    given: str
    family: str

    @property
    def full(self) -> str:
        return f"{self.given} {self.family}"


class Invented(NamedTuple):
    """One paper. ``nickname`` is the one word before the colon of its title, None for a title without."""

    title: str
    nickname: str | None
    authors: tuple[Author, ...]
    id: str
    day: date
    repository: str | None
    page: str | None
    summary: str

    @property
    def rest(self) -> str:
        """Return the title without the nickname."""
        return self.title if self.nickname is None else self.title.removeprefix(f"{self.nickname}: ")

    def as_paper(self) -> Paper:
        """Return what a source says of it."""
        abstract = [f"We present work on {self.rest[0].lower()}{self.rest[1:]}.", "It helps in four of five tasks."]
        if self.repository:
            abstract.append(f"Code is available at {self.repository}.")
        if self.page:
            abstract.append(f"Project page: {self.page}.")
        names = tuple(author.full for author in self.authors)
        return Paper(
            id=self.id,
            title=self.title,
            abstract=" ".join(abstract),
            authors=names,
            categories=("cs.CL", "cs.AI"),
            announced=self.day,
            published=self.day,
        )


WORDS: Final[dict[str, list[str]]] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))
"""The words of names, titles and headings, by what they are."""


def draw_papers(rng: Random, days: list[date]) -> list[Invented]:
    """Return a paper for each day, no two of them alike in title, nickname, first author or id."""
    papers: list[Invented] = []
    while len(papers) < len(days):
        paper = _draw(rng, days[len(papers)])
        if not any(_alike(paper, other) for other in papers):
            papers.append(paper)
    return papers


def draw_days(rng: Random, first: date, last: date, count: int) -> list[date]:
    """Return so many days between two, in any order."""
    return [first + timedelta(days=rng.randrange((last - first).days + 1)) for _ in range(count)]


def _alike(a: Invented, b: Invented) -> bool:
    words, others = set(a.rest.casefold().split()), set(b.rest.casefold().split())
    shared = len(words & others) / min(len(words), len(others))
    return a.id == b.id or (a.nickname is not None and a.nickname == b.nickname) or shared > 0.6


def _draw(rng: Random, day: date) -> Invented:
    nickname = _nickname(rng) if rng.random() < 0.5 else None
    rest = _phrase(rng)
    number = min(day.day * 500 + rng.randrange(500), 25999)
    owner = rng.choice(WORDS["family"]).encode("ascii", "ignore").decode().lower()
    name = nickname or "-".join(rest.split()[:2]).lower().replace(":", "").replace("?", "")
    task = rng.choice(WORDS["tasks"]).lower()
    return Invented(
        title=rest if nickname is None else f"{nickname}: {rest}",
        nickname=nickname,
        authors=_authors(rng),
        id=f"{day:%y%m}.{number:05}",
        day=day,
        repository=f"https://github.com/{owner}-lab/{name}" if rng.random() < 0.5 else None,
        page=f"https://{owner}.github.io/{name.lower()}" if rng.random() < 0.25 else None,
        summary=f"Shows that {rng.choice(WORDS['means']).lower()} {rng.choice(('help', 'hurt', 'suffice'))} in {task}.",
    )


def _authors(rng: Random) -> tuple[Author, ...]:
    count = rng.choice((1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 8))
    given, family = rng.sample(WORDS["given"], count), rng.sample(WORDS["family"], count)
    initials = [f" {rng.choice('ABCDHJKLMNRST')}." if rng.random() < 0.1 else "" for _ in range(count)]
    return tuple(Author(first + middle, last) for first, middle, last in zip(given, initials, family, strict=True))


def _nickname(rng: Random) -> str:
    shape = rng.random()
    if shape < 0.55:
        return rng.choice(WORDS["parts"]) + rng.choice(WORDS["ends"])
    if shape < 0.75:
        return "".join(rng.sample(WORDS["syllables"], 3))
    if shape < 0.9:
        return f"{rng.choice(WORDS['parts'])}-{rng.choice((*WORDS['ends'], '2', 'V', 'X'))}"
    return f"{rng.choice(WORDS['parts'])}{rng.choice(WORDS['parts'])}"


def _phrase(rng: Random) -> str:
    deed, quality, means, task = (
        rng.choice(words) for words in (WORDS["deeds"], WORDS["qualities"], WORDS["means"], WORDS["tasks"])
    )
    thing, other = rng.sample(WORDS["things"], 2)
    return rng.choice(
        (
            f"{deed} {quality} {thing} via {means}",
            f"{deed} {thing} with {means} for {task}",
            f"{quality} {thing} for {task}",
            f"{quality} {thing} through {means}",
            f"Towards {quality} {thing} in {task}",
            f"A {rng.choice(('Survey', 'Taxonomy', 'Unified View'))} of {quality} {thing} for {task}",
            f"From {thing} to {other}: {deed} {means} in {task}",
            f"On the Limits of {quality} {thing} in {task}",
            f"Do {thing} Need {means}? A Study of {task}",
            f"{means} Is Not Enough for {quality} {thing}",
            f"How Well Do {quality} {thing} Know {task}?",
            f"{deed} {thing} from {means}: {quality} {task}",
        )
    )
