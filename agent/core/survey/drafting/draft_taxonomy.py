"""The first taxonomy of a list, drafted from the list alone: one leaf per heading with entries."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from agent.core.catalog.overview import HeadingOverview, Overview, read_overview
from agent.core.papers.matching import identifiers
from agent.core.survey.drafting.distinctive_terms import distinctive_terms
from agent.core.survey.drafting.draft_records import LeafDraft, SectionDraft, TaxonomyDraft
from agent.core.survey.drafting.heading_kinds import NUMBER, plain_name
from agent.core.survey.drafting.leaf_headings import Home, find_homes, parent_of
from agent.core.survey.taxonomy import Relevance
from agent.errors import ConfigError

_EXEMPLARS: Final = 20
_SLUG_WORDS: Final = 6
_SIGNS: Final = frozenset({"So", "Sk", "Cf", "Mn", "Pd", "Zs"})
"""The Unicode categories of emoji, what joins them, dashes and blanks."""
_FEW_WORDS: Final = 5
_NO_HEADING: Final = "List"
"""The section of leaves whose headings stand below no other."""


def draft_taxonomy(text: str) -> TaxonomyDraft:
    """Return the first taxonomy of a list. Raises ConfigError when no heading of it has entries."""
    return draft_from(read_overview(text), text)


def draft_from(overview: Overview, text: str, unseen: Collection[int] = frozenset()) -> TaxonomyDraft:
    """Return the first taxonomy of a list that was read already.

    The entries in the lines ``unseen`` stay where they are, but nothing is learned from their words: an eval asks where
    their papers would be placed.
    """
    homes, left_out = find_homes(overview, text)
    if not homes and overview.fenced:
        raise ConfigError(
            f"the papers of the list stand in blocks of code (line {overview.fenced[0]} and others), which are not "
            "edited; take the ``` lines away, and write each paper as a bullet or a table row below a heading"
        )
    if not homes:
        raise ConfigError(
            "no heading of the list has entries below it; a list needs headings such as '## Papers', with a bullet or "
            "a table row per paper"
        )
    title = _plain_title(overview.title)
    subject = _subject(overview, title)
    sections = _sections(homes, frozenset(unseen))
    return TaxonomyDraft(
        title=title,
        subject=subject,
        in_scope=tuple(line for section in sections for line in _scope_lines(section, overview.title)),
        condition=(
            "It is on the subject of the list, too: a section of surveys, benchmarks, tools or applications holds "
            "those of this subject alone."
        ),
        out_of_scope=(
            "a work on another subject, however alike its methods",
            "a work that only uses or mentions what the list is about",
        ),
        grades=tuple(Relevance().model_dump().items()),
        sections=sections,
        left_out=tuple(left_out),
        introduction=overview.introduction,
        fenced=overview.fenced,
    )


def _sections(homes: Sequence[Home], unseen: frozenset[int]) -> tuple[SectionDraft, ...]:
    """Return the leaves under their headings, each heading a section and a file of its own."""
    groups: dict[tuple[str, ...], list[Home]] = {}
    for home in homes:
        groups.setdefault(home.row.path, []).append(home)
    ids = _ids(homes)
    terms = distinctive_terms(homes, unseen)
    width = len(str(len(groups)))
    sections = []
    for position, (path, members) in enumerate(groups.items(), 1):
        name = path[-1] if path else members[0].row.title if len(members) == 1 else _NO_HEADING
        number = NUMBER.match(name)
        leaves = tuple(_leaf(home, ids[home.row.line], terms[home.row.line], unseen) for home in members)
        file = f"{position:0{max(2, width)}}-{_slug(name) or 'section'}.yaml"
        section = number["number"] if number else name
        sections.append(
            SectionDraft(file=file, section=section, name=name, parent=parent_of(members[0].row), leaves=leaves)
        )
    return tuple(sections)


def _ids(homes: Sequence[Home]) -> dict[int, str]:
    """Return an id for each leaf: the number its heading prints, else its words, with those above where they repeat.

    A heading keeps its id when others are added, moved or taken away, unless they repeat it.
    """
    numbers = {home.row.line: found["number"] for home in homes if (found := NUMBER.match(home.row.title))}
    numbers = {line: number for line, number in numbers.items() if Counter(numbers.values())[number] == 1}
    names = {home.row.line: numbers.get(home.row.line) or _slug(home.row.title) or "section" for home in homes}
    for depth in (1, 2, 3):
        taken = Counter(names.values())
        for home in homes:
            if taken[names[home.row.line]] > 1 and len(home.row.path) >= depth:
                names[home.row.line] = f"{_slug(home.row.path[-depth]) or 'section'}.{names[home.row.line]}"
    seen: Counter[str] = Counter()
    for line, name in names.items():
        seen[name] += 1
        names[line] = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return names


def _name(heading: str) -> str:
    """Return a heading without its number, and without the signs and emoji around its words."""
    bare = NUMBER.sub("", plain_name(heading))
    words = [at for at, sign in enumerate(bare) if sign not in "*_|" and unicodedata.category(sign) not in _SIGNS]
    return bare[words[0] : words[-1] + 1].lstrip(" :").rstrip(" .:") if words else heading


def _slug(text: str) -> str:
    words = re.findall(r"[^\W_]+", _name(text).casefold().replace("'", ""))
    return "-".join(words[:_SLUG_WORDS])


def _leaf(home: Home, leaf_id: str, terms: Sequence[str], unseen: frozenset[int]) -> LeafDraft:
    entries = [entry for row in home.rows for entry in row.entries]
    titles = list(dict.fromkeys(e.title for e in entries if e.title.strip() and e.line not in unseen))
    step = max(1, -(-len(titles) // _EXEMPLARS))
    linked = [entry for entry in entries if entry.url]
    return LeafDraft(
        id=leaf_id,
        heading=home.row.title,
        definition=_definition(home.row),
        # Told to a person and to a model. The local judge reads no details: it learns from the titles themselves, and
        # placed fewer papers right where their terms stood in the definition, too (evals/README.md).
        details=(f"What is listed here speaks of {', '.join(terms)}.",) if terms else (),
        exemplars=tuple(titles[::step]),
        papers=not linked or any(identifiers(entry.url or "") for entry in linked),
        rows=home.rows,
    )


def _definition(row: HeadingOverview) -> str:
    above = [_name(title) for title in row.path[1:]]
    name = _name(row.title)
    what = name if re.search(r"\bpapers?\b", name, re.IGNORECASE) else f"Papers on {name}"
    parts = [what + (f", within {' / '.join(above)}" if above else "") + "."]
    if sentence := _first_sentence(row.introduction):
        parts.append(sentence)
    return " ".join(parts)


def _first_sentence(text: str) -> str:
    found = re.match(r".{20,300}?[.!?。](?=\s|$)", text)
    return found[0] if found else ""


def _plain_title(title: str) -> str:
    return " ".join(re.sub(r"[^\w\s:,.'()&+/-]|_", " ", title).split()) or "Reading List"


def _subject(overview: Overview, title: str) -> str:
    """Return what the list says it is about, in one sentence of its own, else its title."""
    for sentence in re.split(r"(?<=[.!?])\s+", overview.introduction):
        words = sentence.split()
        if _FEW_WORDS <= len(words) <= 40 and re.search(
            r"\b(?:list|collection|papers|curated|resources)\b", sentence, re.I
        ):
            return sentence.strip(" .")
    return re.sub(r"\bawesome\b[\s-]*", "", title, flags=re.IGNORECASE).replace("-", " ").strip(" :-") or title


def _scope_lines(section: SectionDraft, title: str) -> list[str]:
    """Return what a section takes: one line, or one for each leaf where no heading but the list's own holds several."""
    names, name = [_name(leaf.heading) for leaf in section.leaves], _name(section.name)
    if section.name in (_NO_HEADING, title):
        return [f"a work on {each}" for each in names]
    alone = [each.casefold() for each in names] == [name.casefold()]
    return [f"a work on {name}" + ("" if alone else f": {', '.join(names)}")]
