"""The query language of the arXiv API: prefix:term, prefix:"a phrase", date ranges, AND, OR, ANDNOT, parentheses.

Manual: https://info.arxiv.org/help/api/user-manual.html, 5.1. Words match whole, operators bind left to right, and two
terms side by side mean OR.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.replicas.arxiv_corpus import Deposit, words_of

Match = Callable[[Deposit], bool]

_TOKEN = re.compile(r'\s*(\(|\)|\w+:\[[^\]]*\]|\w+:"[^"]*"|"[^"]*"|[^\s()]+)')


class BadQuery(Exception):
    """A query that arXiv would answer with HTTP 400."""


def parse(text: str) -> Match:
    """Return the test that a query is; raises BadQuery."""
    words = _TOKEN.findall(text)
    if re.sub(r"\s", "", "".join(words)) != re.sub(r"\s", "", text) or not words:
        raise BadQuery(f"cannot parse {text!r}")
    match, rest = _expression(words)
    if rest:
        raise BadQuery(f"unbalanced parentheses in {text!r}")
    return match


def _expression(words: list[str]) -> tuple[Match, list[str]]:
    left, words = _term(words)
    while words and words[0] != ")":
        operator = words[0] if words[0] in ("AND", "OR", "ANDNOT") else "OR"
        right, words = _term(words[1:] if words[0] in ("AND", "OR", "ANDNOT") else words)
        left = _join(left, operator, right)
    return left, words


def _join(left: Match, operator: str, right: Match) -> Match:
    if operator == "AND":
        return lambda paper: left(paper) and right(paper)
    if operator == "ANDNOT":
        return lambda paper: left(paper) and not right(paper)
    return lambda paper: left(paper) or right(paper)


def _term(words: list[str]) -> tuple[Match, list[str]]:
    if not words or words[0] in (")", "AND", "OR", "ANDNOT"):
        raise BadQuery("an operator without a term")
    if words[0] == "(":
        inner, rest = _expression(words[1:])
        if rest[:1] != [")"]:
            raise BadQuery("unbalanced parentheses")
        return inner, rest[1:]
    prefix, colon, value = words[0].partition(":")
    return _leaf(prefix, value) if colon else _leaf("all", words[0]), words[1:]


def _leaf(prefix: str, value: str) -> Match:
    if prefix == "cat":
        return lambda paper: value.strip('"') in paper.categories
    if prefix == "submittedDate":
        start, end = _range(value)
        return lambda paper: start <= paper.published < end
    fields = ("ti", "abs", "au", "co") if prefix == "all" else (prefix,)
    if not set(fields) <= {"ti", "abs", "au", "co"}:
        raise BadQuery(f"unknown field {prefix!r}")
    phrase = words_of(value)
    if not phrase.strip():
        raise BadQuery(f"{prefix}: needs a term")
    return lambda paper: any(phrase in paper.words[name] for name in fields)


def _range(value: str) -> tuple[datetime, datetime]:
    found = re.fullmatch(r"\[(\d{12}) TO (\d{12})\]", value)
    if not found:
        raise BadQuery(f"submittedDate needs [YYYYMMDDHHMM TO YYYYMMDDHHMM], not {value!r}")
    start, end = (datetime.strptime(part, "%Y%m%d%H%M").replace(tzinfo=UTC) for part in found.groups())
    return start, end + timedelta(minutes=1)
