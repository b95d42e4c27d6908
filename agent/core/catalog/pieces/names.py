"""Author names as lists print them: read with the manner they are printed in, and printed in that manner again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from agent.records import Record

MOST_AUTHORS: Final = 15
"""More are printed as the first ten and ``et al``, where a list names all."""

_MLA: Final = 3
_KEY_NAMES: Final = 4
ALPHA_KEY: Final = re.compile(r"[A-Z][A-Za-z]{1,5}\+?\d\d[a-z]?")
"""A key of BibTeX's style ``alpha``: ``MCD+25``."""
_PARTICLE: Final = r"(?:van|von|der|den|de|del|della|di|da|dos|du|la|le|el|al|bin|ben|ter|ten|zu|y)"
_WORD: Final = r"[^\W\d_a-z][\w'\u2019\u00b4.-]*"
_NAME: Final = rf"(?:{_PARTICLE}[ ])*(?:{_WORD}|[A-Z]\.)(?:[ ](?:{_PARTICLE}|{_WORD}|\"\w+\"))*"
_ET_AL: Final = re.compile(
    r"(?P<sep>[,;]?[ \u00a0]*(?:and[ ]|&[ ])?)(?P<mark>[*_]{0,2})"
    r"(?P<words>et\.?[ \u00a0]?al\b\.?|and others\b|\u7b49|\u0438 \u0434\u0440\b\.?|u\. ?a\b\.?"
    r"|y (?:otros\b|cols?\b\.?)|e outros\b|et coll\b\.?)(?P<close>[*_]{0,2})",
    re.IGNORECASE,
)
_AND: Final = r"(?:,?[ ](?:and|&|\\&|y|e|et|und|\u0438)[ ])"
"""``and`` in the languages that lists are written in."""
_SEPARATOR: Final = re.compile(rf"{_AND}|[,;\u3001\uff0c\u00b7](?:\n|[ \u00a0]*)|[ ][/|][ ]")
_ONE: Final = re.compile(_NAME)
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_ASIDE: Final = re.compile(r"[ ]?\([^()]*\)")
_MARKS: Final = re.compile(
    r"(?<!\bal)(?<!\bal\.)(?:\\?[*\u2020\u2021\u00a7]|<sup>[^<]*</sup>|[\u00b9\u00b2\u00b3])+(?=[,;]|$|[ ])"
)
_BY: Final = re.compile(
    r"[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\s]*"
    r"(?:(?:by|authors?(?:\(s\))?\s*[:\uff1a])\s+|(?:\u4f5c\u8005|\u8457\u8005|\uc800\uc790)\s*[:\uff1a]\s*)?",
    re.IGNORECASE,
)
"""What leads to names: an emoji, ``by``, ``Authors:``."""
_LONGEST: Final = 8000
"""Characters: more are no list of authors, and are not read. It holds about 500 names."""
_BARE: Final = re.compile(r"[^\W\d_a-z][\w'\u2019-]+(?: [A-Z]{1,3}){1,2}\.?")
INITIALS: Final = re.compile(r"(?:[A-Z]\.[ -]?)+[^\W\d_]{2}")
"""How a name with initials begins, which is a person's and no paper's: ``M. Lenz``."""
_DOTTED: Final = re.compile(r"[^\W\d_a-z][\w'\u2019-]+ (?:[A-Z\u0410-\u042f]\.[ -]?){1,3}")
_ONLY_INITIALS: Final = re.compile(r"(?:[A-Z]\.[ -]?)+")
_GIVEN: Final = re.compile(r"[\w-]+(?: [A-Z]\.)*")
_INITIALS_FIRST: Final = re.compile(r"(?:[A-Z]\.[ -]?)+[ ]?\S{2,}")
_INITIAL_STOP: Final = re.compile(r"(?:\b[A-Z\u0410-\u042f]|\b[JS]r)\.$")
_FULL_STOP: Final = re.compile(r"[a-z]{3}\.$")
_NO_AUTHORS: Final = re.compile(r"\d{2}|https?:")
_NO_NAMES: Final = frozenset(
    """
    the a an of for with in on by from via towards toward using is are to models model learning language benchmark
    survey paper code website project data dataset page link arxiv pdf learn new github agents agent reasoning
    evaluation generation author authors abstract concepts progress applications challenges opportunities methods
    trends taxonomy directions perspectives advances foundations frontiers limitations risks benchmarks datasets metrics
    tools theory practice systems architectures algorithms techniques prospects
    \u4f5c\u8005 \u6458\u8981 \u94fe\u63a5 \u4f1a\u8bae \u671f\u520a \u5355\u4f4d \u673a\u6784
    \u4ee3\u7801 \u7b80\u4ecb \u8bba\u6587 \u65e5\u671f \u65f6\u95f4 \u6807\u9898
    """.split()  # noqa: SIM905 (read as prose)
)


_COLLECTIVE: Final = frozenset(
    """
    ai alliance association center centre collaboration committee community consortium department foundation group
    initiative institute lab laboratory labs network organization organisation project research team university
    workgroup
    """.split()  # noqa: SIM905 (read as prose)
)
"""What a name ends with that is no person's: it has no surname."""


NameForm = Literal[
    "full",
    "initials",
    "surname",
    "last first",
    "last initials",
    "first inverted",
    "first inverted initials",
    "bare initials",
    "dotted initials",
]


class Manner(Record):
    """The form in which authors are printed: ``most`` of them (null: all) and then ``et_al``, which holds its own
    separator.

    ``name`` is one of ``full`` (Ada Miller), ``initials`` (A. Miller), ``surname`` (Miller), ``last first``,
    ``bare initials`` (Miller A), ``dotted initials`` (Miller A.) and ``first inverted initials`` (Miller, A., and B.
    Chen). In ``first inverted``, the style of the MLA, only the first name is (Miller, Ada, and
    Bo Chen), and more than three are the first with ``et al``, unless a list names all.
    """

    most: int | None = None
    et_al: str = ", et al"
    between: str = ", "
    last: str = ", "
    name: NameForm = "full"


def lead_of_names(text: str) -> int:
    """Return the length of what only leads to names, as an emoji, ``by`` or ``Author(s):`` do."""
    lead = _BY.match(text)
    return lead.end() if lead else 0


def read_names(text: str, *, sure: bool = False) -> tuple[tuple[str, ...], Manner] | None:
    """Return the names and their manner, or None when the text is no list of authors.

    ``sure`` says that the place speaks for authors, as an italic phrase after the title does: one name is enough.
    """
    plain = _without_marks(text)
    et_al = _ET_AL.search(plain)
    if et_al and plain[et_al.end() :].strip(" .,;"):
        return None
    named = plain[: et_al.start()] if et_al else plain.rstrip()
    named = named.rstrip(" ,;")
    ended = named.endswith(".") and not _INITIAL_STOP.search(named)
    if not et_al and ended:
        named = named[:-1]
    if not named or _NO_AUTHORS.search(named) or re.fullmatch(r"tl;?dr", named, re.IGNORECASE):
        return None
    if ";" in named and (paired := _family_first(named, et_al, ";")) is not None:
        return paired
    if "," in named and " and " in named and (paired := _family_first(named, et_al, " and ")) is not None:
        return paired
    parts = [part.strip() for part in _SEPARATOR.split(named)]
    parts = [part.removeprefix("and ").removeprefix("& ") for part in parts if part]
    if len({_CHINESE.search(part) is None for part in parts}) > 1:
        return None
    if not parts or not all(_is_name(part) for part in parts):
        return None
    if not _are_enough(parts, et_al, sure=sure):
        return None
    if (inverted := _first_inverted(named, parts, et_al)) is not None:
        return inverted
    manner = _manner(named, parts, et_al)
    return _paired(parts, manner), manner


def are_several(named: tuple[tuple[str, ...], Manner]) -> bool:
    """Say whether more than one author is meant: one name with ``et al`` is several."""
    return len(named[0]) > 1 or named[1].most is not None


def _words_of(et_al: re.Match[str]) -> str:
    """Return what stands for further authors, with the separator before it, in emphasis where that closes too."""
    return et_al[0] if et_al["mark"] == et_al["close"] else et_al[0].removesuffix(et_al["close"])


def _without_marks(text: str) -> str:
    """Return the text without asides, marks of institutes and what leads to names; empty where it is too long."""
    if len(text) > _LONGEST:
        return ""
    plain = _MARKS.sub("", _ASIDE.sub("", text)).strip()
    return plain[lead_of_names(plain) :]


def _are_enough(parts: Sequence[str], et_al: re.Match[str] | None, *, sure: bool) -> bool:
    """Return whether one or two names are authors: one with ``et al``, two with a blank or full stop in each."""
    if sure or len(parts) > 2:
        return True
    if len(parts) == 1:
        return et_al is not None and len(parts[0].split()) <= 4
    return et_al is not None or all(" " in part or "." in part for part in parts)


def _is_first_inverted(named: str, parts: Sequence[str], et_al: re.Match[str] | None) -> bool:
    """Return whether names are printed as ``Miller, Ada, et al`` or ``Miller, Ada, Bo Chen, and Carla Diaz``."""
    if len(parts) < 2 or _CHINESE.search(named) or " " in parts[0] or parts[0].endswith("."):
        return False
    if et_al:
        return len(parts) == 2 and _GIVEN.fullmatch(parts[1]) is not None
    last = _SEPARATOR.findall(named)[-1]
    several = len(parts) <= _MLA + 1 or _GIVEN.fullmatch(parts[1]) is not None
    return len(parts) > 2 and several and "and" in last and all(" " in part for part in parts[2:])


def _first_inverted(
    named: str, parts: Sequence[str], et_al: re.Match[str] | None
) -> tuple[tuple[str, ...], Manner] | None:
    """Return names of which the first alone is inverted, with initials or without; None for any others."""
    words = _words_of(et_al) if et_al else ", et al."
    if _begins_inverted(parts):
        most, last = (len(parts) - 1, ", ") if et_al else (None, _SEPARATOR.findall(named)[-1])
        manner = Manner(most=most, et_al=words, last=last, name="first inverted initials")
    elif _is_first_inverted(named, parts, et_al):
        most = _MLA if len(parts) <= _MLA + 1 else None
        manner = Manner(most=most, et_al=words, last=", and ", name="first inverted")
    else:
        return None
    return (", ".join(parts[:2]), *parts[2:]), manner


def _begins_inverted(parts: Sequence[str]) -> bool:
    """Return whether names are printed as ``Miller, A., B. Chen, and C. Diaz``."""
    if len(parts) < 3 or " " in parts[0] or "." in parts[0] or not _ONLY_INITIALS.fullmatch(parts[1]):
        return False
    return all(_INITIALS_FIRST.match(part) for part in parts[2:])


def _family_first(
    named: str, et_al: re.Match[str] | None, mark: Literal[";", " and "]
) -> tuple[tuple[str, ...], Manner] | None:
    """Return names printed as ``Miller, Ada; Chen, Bo``, or with ``and`` between all of them; None for any others."""
    parts = [part.strip().removeprefix("and ").removeprefix("& ") for part in named.split(mark) if part.strip()]
    if mark == " and " and len(parts) < 2:
        return None
    pairs = [part.split(",") for part in parts]
    if not all(len(pair) == 2 and _is_name(pair[0].strip()) and _is_name(pair[1].strip()) for pair in pairs):
        return None
    short = all(re.fullmatch(r"(?:[A-Z]\.[ -]?)+", pair[1].strip()) for pair in pairs)
    most = len(parts) if et_al else None
    between = "; " if mark == ";" else mark
    words = _words_of(et_al) if et_al else f"{between.rstrip()} et al."
    name: Literal["last initials", "last first"] = "last initials" if short else "last first"
    return tuple(parts), Manner(most=most, et_al=words, between=between, last=between, name=name)


def _is_name(part: str) -> bool:
    words = part.split()
    if any(_FULL_STOP.search(word) for word in words[:-1]):
        return False  # ``Ada Miller. Nature`` is a name and more
    if _CHINESE.search(part):
        return len(part) <= 5
    if len(words) > 6 or any(word.casefold() in _NO_NAMES and word != "A" for word in words):
        return False
    return _ONE.fullmatch(part.replace("\u00a0", " ")) is not None


def _paired(parts: Sequence[str], manner: Manner) -> tuple[str, ...]:
    """Return the names of which surname and given names were taken apart, at their comma, in one piece each."""
    apart = manner.name in ("last initials", "last first")
    return tuple(", ".join(parts[at : at + 2]) for at in range(0, len(parts), 2)) if apart else tuple(parts)


def _ends_with_pair(separators: Sequence[str]) -> bool:
    """Return whether ``and`` stands before the last name but one, as in ``Miller, Ada, Chen, Bo, and Diaz, Carla``."""
    last = separators[-2:]
    return len(separators) > 2 and re.fullmatch(_AND, last[0]) is not None and last[1].strip() == ","


def _manner(named: str, parts: Sequence[str], et_al: re.Match[str] | None) -> Manner:
    separators = _SEPARATOR.findall(named)
    inverted = len(parts) > 1 and len(parts) % 2 == 0 and all(map(_ONLY_INITIALS.fullmatch, parts[1::2]))
    if inverted or (len(parts) % 2 == 0 and _ends_with_pair(separators)):
        name: NameForm = "last initials" if inverted else "last first"
        parts = [", ".join(parts[i : i + 2]) for i in range(0, len(parts), 2)]
        separators = separators[1::2]
    elif all(_INITIALS_FIRST.match(part) for part in parts):
        name = "initials"
    elif all(_DOTTED.fullmatch(part) for part in parts):
        name = "dotted initials"
    elif all(_BARE.fullmatch(part) for part in parts):
        name = "bare initials"
    elif all(" " not in part for part in parts) and (len(parts) > 1 or et_al) and not _CHINESE.search(named):
        name = "surname"
    else:
        name = "full"
    between = separators[0] if separators else ", "
    last = separators[-1] if separators else between
    if len(separators) == 1 and re.fullmatch(_AND, between):
        between = ", "
    words = _words_of(et_al) if et_al else ", et al"
    return Manner(
        most=len(parts) if et_al else None, et_al=words, between=between, last=last if not et_al else between, name=name
    )


_INVERTED: Final[tuple[NameForm, ...]] = ("last initials", "first inverted initials")
"""Where ``and`` between two names keeps the comma before it."""


def format_names(authors: Sequence[str], manner: Manner) -> str:
    """Return the authors in a manner; ``authors`` are safe to print, ``Given Family`` or ``Family, Given``."""
    if manner.name == "first inverted" and authors:
        inverted = _format_name(authors[0], "last first")
        if manner.most is not None and len(authors) > manner.most:
            return inverted + manner.et_al
        return ", ".join([inverted, *authors[1:-1]]) + (f", and {authors[-1]}" if len(authors) > 1 else "")
    names = [_format_name(author, manner.name) for author in authors]
    if manner.name == "first inverted initials" and names:
        names = [
            _format_name(authors[0], "last initials"),
            *(_format_name(author, "initials") for author in authors[1:]),
        ]
    if manner.most is not None and len(names) > manner.most:
        return manner.between.join(names[: manner.most]) + manner.et_al
    if len(names) > MOST_AUTHORS:
        return manner.between.join(names[:10]) + manner.et_al.rstrip(".")
    if len(names) < 2:
        return "".join(names)
    joined = len(names) == 2 and re.fullmatch(_AND, manner.last) and manner.name not in _INVERTED
    last = manner.last.lstrip(",") if joined else manner.last  # ``Miller, A., & Chen, B.`` keeps its comma
    return manner.between.join(names[:-1]) + last + names[-1]


def citation_key(authors: Sequence[str], year: int) -> str:
    """Return the key by which BibTeX's style ``alpha`` cites a paper: ``Mil25``, ``MC25``, ``MCD+25`` from five on."""
    families = [_format_name(author, "surname") for author in authors]
    initials = "".join(family[:1].upper() for family in families)
    if len(families) == 1:
        initials = families[0][:3]
    elif len(families) > _KEY_NAMES:
        initials = f"{initials[:3]}+"
    return f"{initials}{year % 100:02}"


def _format_name(author: str, form: str) -> str:
    words = author.split()
    if form in ("full", "first inverted initials") or len(words) < 2 or words[-1].casefold() in _COLLECTIVE:
        return author
    start = len(words) - 1
    while start > 1 and re.fullmatch(_PARTICLE, words[start - 1]):
        start -= 1
    family, given = " ".join(words[start:]), words[:start]
    if not all(word[0].isalpha() for word in given):
        return author
    initials = " ".join("-".join(f"{part[0].upper()}." for part in word.split("-") if part) for word in given)
    return {
        "surname": family,
        "initials": f"{initials} {family}",
        "last first": f"{family}, {' '.join(given)}",
        "last initials": f"{family}, {initials}",
        "bare initials": f"{family} {re.sub(r'[ .-]', '', initials)}",
        "dotted initials": f"{family} {initials}",
    }[form]
