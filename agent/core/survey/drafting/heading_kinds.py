"""Headings that are about the list itself: news, contents, how to contribute."""

from __future__ import annotations

import re
from typing import Final

NUMBER: Final = re.compile(r"\A(?P<number>\d{1,2}(?:\.\d{1,2})*)\.?(?=\s|$)\s*")
"""The number that a heading may begin with; two digits at most: a year is no number of a section."""

_CONTENTS: Final = r"(?:table of )?contents?(?: \(?toc\)?)?(?: list)?|toc|index|menu|目录"
_ADMINISTRATION: Final = re.compile(
    r"what'?s new|(?:latest |recent )?(?:news|updates?)(?: (?:and|&) (?:news|updates?))?|(?:change|update) ?logs?"
    rf"|{_CONTENTS}"
    r"|(?:how to )?(?:contribut\w*|cite\w*)(?: .*)?|citations?|citing(?: .*)?|bibtex|reference to this .*|licen[cs]e\w*"
    r"|(?:acknowledge?ments?|thanks|credits?)(?: .*)?|contacts?(?: (?:us|me|info\w*))?|star(?:gazers?| history).*"
    r"|(?:project )?(?:maintainers?|authors?|team)(?: .*)?|(?:project |our )?(?:\w+ ){0,3}contributors"
    r"|to ?do(?: list)?|roadmap|disclaimers?|faq|support(?: us)?|sponsors?(?:hip)?|join us|installation"
    r"|(?:other |related )?awesome .*(?:lists?|repo\w*)|(?:other|related) (?:paper )?(?:lists|repo\w*|projects)"
    r"|our (?:\w+ ){0,2}(?:works?|papers?|surveys?|projects?|publications?)|quick links?|subscribe\w*|newsletter"
    r"|leader ?boards?|getting started|usage|about(?: us)?"
    r"|更新\w*|新闻|最新\w*|贡献\w*|引用|许可\w*|致谢|联系\w*|星标历史",
    re.IGNORECASE,
)
_PUBLISHED: Final = re.compile(
    r"(?:accepted |peer reviewed )?publications?|(?:published|accepted|peer reviewed)(?: papers?)?", re.IGNORECASE
)
_SHORTCODE: Final = re.compile(r":[a-z0-9_+-]+:")


_MATERIAL: Final = frozenset(
    """
    blog blogs post posts article talk talks lecture lectures video videos podcast podcasts newsletter newsletters
    tutorial tutorials course courses slides book books tool tools toolkit toolkits toolbox toolboxes software library
    libraries implementation implementations code codes repository repositories product products company companies
    people researcher researchers community communities conference conferences workshop workshops challenge challenges
    competition competitions demo demos event events job jobs website websites
    """.split()  # noqa: SIM905 (read as prose)
)
_SPEECH: Final = frozenset(
    "blog blogs talk talks lecture lectures video videos podcast podcasts course courses slides".split()  # noqa: SIM905
)
_BESIDE: Final = frozenset("and or open source other useful related introductory online media technical the".split())  # noqa: SIM905


def names_material(heading: str) -> bool:
    """Say whether a heading names nothing but what is no paper: ``Talks``, ``Open Source Software/Tools``."""
    return _names_only(heading, _MATERIAL)


def names_speech(heading: str) -> bool:
    """Say whether a heading names nothing but what is said or shown, be it of papers: ``Talks and Videos``."""
    return _names_only(heading, _SPEECH)


def _names_only(heading: str, kinds: frozenset[str]) -> bool:
    words = re.findall(r"[^\W\d_]+", NUMBER.sub("", plain_name(heading)).casefold())
    return not kinds.isdisjoint(words) and all(word in kinds or word in _BESIDE for word in words)


def plain_name(heading: str) -> str:
    """Return the words of a heading, without the emoji shortcodes (``:star:``) that decorate it."""
    return " ".join(_SHORTCODE.sub(" ", heading).split())


def is_administration(heading: str) -> bool:
    """Say whether a heading is about the list itself (``News``, ``How to contribute``): what stands there is no
    entry."""
    return _ADMINISTRATION.fullmatch(_words(heading)) is not None


def names_published(heading: str) -> bool:
    """Say whether a heading names published papers, whatever they are about."""
    return _PUBLISHED.fullmatch(_words(heading)) is not None


def is_contents(heading: str) -> bool:
    """Say whether a heading is that of a table of contents."""
    return re.fullmatch(_CONTENTS, _words(heading), re.IGNORECASE) is not None


def _words(heading: str) -> str:
    """Return a heading without number, emoji and signs."""
    return " ".join(re.sub(r"[^\w\s'()&]|_", " ", NUMBER.sub("", plain_name(heading))).split())
