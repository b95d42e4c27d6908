"""The first taxonomy of a list, drafted from the list alone: one leaf per heading with entries."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import yaml
from sklearn.feature_extraction.text import TfidfVectorizer

from agent.core.catalog.overview import HeadingOverview, Overview, read_overview
from agent.core.catalog.parse import parse
from agent.core.catalog.places import is_place, period_of
from agent.core.catalog.sections import Heading
from agent.core.papers.matching import identifiers
from agent.core.survey.heading_kinds import NUMBER, is_administration, is_contents, names_material, plain_name
from agent.core.survey.taxonomy import SURVEY_FILE, Relevance
from agent.errors import ConfigError
from agent.records import InventedPaper, Record

MARK: Final = "# draft: review"
"""Stands above every text that nobody has read yet."""

_TERMS: Final = 8
_EXEMPLARS: Final = 20
_SLUG_WORDS: Final = 6
_FEW_WORDS: Final = 5
_NICKNAME_WORDS: Final = 3
_ENOUGH_LEAVES: Final = 4
_OWN_PAPERS: Final = 2
_OWN_PAGE: Final = re.compile(
    r"(?!\w+:|[\w-]+(?:\.[\w-]+)+/)(?:\.{0,2}/)*+(?:[^\s#.]*|[^\s#]*(?:\.(?:md|markdown|html?|ipynb)|/))(?:#\S*)?",
    re.IGNORECASE,
)
"""An address without a host: a file, a folder or a heading of the list's own repository."""
_LONGEST_ADDRESS: Final = 500
"""Characters: a longer address is none of a page, and is not read."""
_CLAUSE: Final = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]{7}")
"""Chinese and Japanese have no blanks: so long a run of characters is a clause, no term."""


class LeafDraft(Record):
    """A leaf as it will be written, with the headings whose entries it holds: its own, then the places inside it."""

    id: str
    heading: str
    definition: str
    must: str = ""
    belongs: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    exemplars: tuple[str, ...] = ()
    invented: tuple[InventedPaper, ...] = ()
    papers: bool = True
    rows: tuple[HeadingOverview, ...]

    @property
    def line(self) -> int:
        return self.rows[0].line


class SectionDraft(Record):
    """Leaves that stand under one heading of the list, and the file that they are written to."""

    file: str
    section: str
    name: str
    parent: str | None
    leaves: tuple[LeafDraft, ...]


class TaxonomyDraft(Record):
    """A whole taxonomy, unreviewed. ``left_out`` are the headings with entries that became no leaf.

    ``fenced`` are the lines of the list in blocks of code that link to papers.
    """

    title: str
    subject: str
    in_scope: tuple[str, ...]
    out_of_scope: tuple[str, ...]
    grades: tuple[tuple[str, str], ...]
    sections: tuple[SectionDraft, ...]
    left_out: tuple[HeadingOverview, ...]
    introduction: str = ""
    fenced: tuple[int, ...] = ()

    @property
    def leaves(self) -> tuple[LeafDraft, ...]:
        return tuple(leaf for section in self.sections for leaf in section.leaves)

    @property
    def headings(self) -> dict[str, Heading]:
        """Return how each leaf's heading reads in the list, as the parser wants it."""
        return {
            leaf.id: Heading(title=leaf.heading, parent=section.parent)
            for section in self.sections
            for leaf in section.leaves
        }


class _Home(NamedTuple):
    """A heading that becomes a leaf, and the rows whose entries it holds."""

    row: HeadingOverview
    places: list[HeadingOverview]

    @property
    def rows(self) -> tuple[HeadingOverview, ...]:
        return self.row, *self.places


def draft_taxonomy(text: str) -> TaxonomyDraft:
    """Return the first taxonomy of a list. Raises ConfigError when no heading of it has entries."""
    return draft_from(read_overview(text), text)


def draft_from(overview: Overview, text: str, unseen: Collection[int] = frozenset()) -> TaxonomyDraft:
    """Return the first taxonomy of a list that was read already.

    The entries in the lines ``unseen`` stay where they are, but nothing is learned from their words: an eval asks where
    their papers would be placed.
    """
    homes, left_out = _homes(overview, text)
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
        in_scope=tuple(_scope_line(section) for section in sections),
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


def to_files(draft: TaxonomyDraft) -> dict[str, str]:
    """Return the files of ``taxonomy/``, as name -> YAML text."""
    return {SURVEY_FILE: _survey_yaml(draft)} | {section.file: _section_yaml(section) for section in draft.sections}


def _homes(overview: Overview, text: str) -> tuple[list[_Home], list[HeadingOverview]]:
    """Return the headings that become leaves, and those with entries that do not."""
    labels = _labels(overview)
    spans = [range(label.line, label.end_line + 1) for label in labels]
    rows = [_without(row, spans) for row in overview.headings if row.kind == "heading"] + labels
    rows.sort(key=lambda row: row.line)
    about_itself = _administered(rows) | _introductory(rows) | _unlinked(rows) | _leading_elsewhere(rows)
    about_itself |= _material(rows)
    filled = [row for row in rows if row.entries and row.line not in about_itself]
    owners = {row.line: owner for row in filled if is_place(row.title) and (owner := _owner(row, rows))}
    while True:
        homes = _group(filled, owners)
        astray = _astray(homes, text)
        if not astray:
            break
        owners = {line: owner for line, owner in owners.items() if line not in astray}
    return homes, [row for row in rows if row.entries and row.line in about_itself]


def _without(row: HeadingOverview, spans: Sequence[range]) -> HeadingOverview:
    """Return the heading without the entries of the bullets that are headings themselves."""
    kept = tuple(entry for entry in row.entries if not any(entry.line in span for span in spans))
    return row if len(kept) == len(row.entries) else row.model_copy(update={"entries": kept})


def _labels(overview: Overview) -> list[HeadingOverview]:
    """Return the bullets that serve as headings: links to a place of the page with entries nested in them, or one of
    several under a heading that hold papers."""
    linked = [
        row.model_copy(update={"entries": kept})
        for row in overview.headings
        if row.kind == "bullet" and (kept := tuple(entry for entry in row.entries if entry.url))
    ]
    families = Counter(
        row.path
        for row in overview.headings
        if row.kind == "bullet" and any(_stands_at(other, row) for other in linked)
    )
    below = {path: [r for r in linked if r.path[: len(path)] == path] for path in families}
    papers = {path: _share_of_papers(rows) for path, rows in below.items()}
    entries = {path: sum(len(r.entries) for r in rows) for path, rows in below.items()}
    return [
        row
        for row in linked
        if row.anchor
        or (families[row.path] > 1 and papers[row.path] > 0.5 and entries[row.path] >= 2 * families[row.path])
    ]


def _stands_at(row: HeadingOverview, label: HeadingOverview) -> bool:
    """Whether a row is a label itself, or stands below it."""
    return row is label or row.line == label.line or row.path[: len(label.path) + 1] == (*label.path, label.title)


def _share_of_papers(rows: Sequence[HeadingOverview]) -> float:
    entries = [entry for row in rows for entry in row.entries]
    return sum(bool(identifiers(entry.url or "")) for entry in entries) / max(1, len(entries))


def _administered(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings about the list itself, and of all below them.

    Two kinds of headings do not count for what stands below them: a table of contents, because some lists are
    written under it (``# Contents`` / ``## Surveys``), and the title of the page.
    """
    return frozenset(
        row.line
        for row in rows
        if not row.anchor
        and (
            is_administration(row.title)
            or any(is_administration(name) and not is_contents(name) for name in row.path[1:])
        )
    )


def _introductory(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings whose own entries introduce the list.

    The table of contents follows, and they link one or two papers at most, or they stand below its title: there are
    headings below that and none of the entries links to a paper, or they are one or two below the first heading, such
    as the paper that the list belongs to.
    """
    contents = next((row.line for row in rows[1:] if is_contents(row.title)), 0)
    filled = [row for row in rows if row.entries and not is_place(row.title)]
    above = {(row.path[:depth], row.path[depth]) for row in filled for depth in range(len(row.path))}
    return frozenset(
        row.line
        for row in rows
        if (row is rows[0] and not row.path and any(each.line > contents > 0 for each in filled))
        or (row.line < contents and len(row.entries) * _share_of_papers([row]) <= _OWN_PAPERS)
        or (
            not row.path
            and (((), row.title) in above or (row is rows[0] and row.level == 1 and _share_of_papers(filled) > 0))
            and (
                not _share_of_papers([row])
                or (row is rows[0] and ((), row.title) in above and len(row.entries) <= _OWN_PAPERS)
            )
        )
    )


def _unlinked(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings none of whose entries has a link, in a list that links its entries."""
    entries = [entry for row in rows for entry in row.entries]
    if 2 * sum(entry.url is not None for entry in entries) <= len(entries):
        return frozenset()
    return frozenset(row.line for row in rows if row.entries and not any(entry.url for entry in row.entries))


def _leading_elsewhere(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings whose entries all lead to other pages of the list itself: ``[Pruning](pruning.md)``.

    None are left out where no heading would remain.
    """
    filled = [row for row in rows if row.entries]
    found = {row.line for row in filled if all(_leads_to_own_page(e.url or "") for e in row.entries)}
    return frozenset(found if len(found) < len(filled) else ())


def _leads_to_own_page(address: str) -> bool:
    return 0 < len(address) <= _LONGEST_ADDRESS and _OWN_PAGE.fullmatch(address) is not None


def _material(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings such as ``Talks`` whose entries link no paper, in a list that has papers elsewhere:
    no new paper belongs there. One below a heading with entries of its own is part of that."""
    filled = [row for row in rows if row.entries]
    above = {row.title for row in filled}
    alone = [row for row in filled if names_material(row.title) and above.isdisjoint(row.path)]
    found = {row.line for row in alone if not _share_of_papers([row])}
    others = [row for row in filled if row.line not in found]
    return frozenset(found) if _share_of_papers(others) else frozenset()


def _owner(place: HeadingOverview, rows: Sequence[HeadingOverview]) -> HeadingOverview | None:
    """Return the heading that a year belongs to: the nearest above it that is none itself and less deep.

    One that is as deep, and has no entries of its own, stands above the year too; above a venue only without a text.
    A year below a venue belongs where the venue does.
    """
    below = [row for row in rows if row.line < place.line and row.level < place.level]
    if below and is_place(below[-1].title) and not below[-1].entries and below[-1].title in place.path:
        return _owner(below[-1], rows) or below[-1]
    above = [row for row in rows if row.line < place.line and row.level <= place.level and not is_place(row.title)]
    while (
        above
        and above[-1].level == place.level
        and (
            above[-1].entries
            or is_administration(above[-1].title)
            or (period_of(place.title) is None and above[-1].introduction)
        )
    ):
        level = above.pop().level
        above = [row for row in above if row.level < level] or above[:0]
    owner = above[-1] if above else None
    return owner if owner and not is_administration(owner.title) else None


def _group(filled: Sequence[HeadingOverview], owners: Mapping[int, HeadingOverview]) -> list[_Home]:
    homes: dict[int, _Home] = {}
    for row in filled:
        owner = owners.get(row.line, row)
        home = homes.setdefault(owner.line, _Home(owner, []))
        if owner is not row:
            home.places.append(row)
    return [homes[line] for line in sorted(homes)]


def _astray(homes: Sequence[_Home], text: str) -> frozenset[int]:
    """Return the lines of places that a parser does not find inside their leaf: they have to be leaves themselves."""
    keys = {str(home.row.line): Heading(title=home.row.title, parent=_parent(home.row)) for home in homes}
    if not any(home.places for home in homes):
        return frozenset()
    found = parse(text, keys).sections
    return frozenset(
        place.line
        for home in homes
        for place in home.places
        if not (section := found.get(str(home.row.line))) or not section.line < place.line <= section.end_line
    )


def _parent(row: HeadingOverview) -> str | None:
    return row.path[-1] if row.path else None


def _sections(homes: Sequence[_Home], unseen: frozenset[int]) -> tuple[SectionDraft, ...]:
    """Return the leaves under their headings, each heading a section and a file of its own."""
    groups: dict[tuple[str, ...], list[_Home]] = {}
    for home in homes:
        groups.setdefault(home.row.path, []).append(home)
    ids = _ids(homes)
    terms = _distinctive_terms(homes, unseen)
    width = len(str(len(groups)))
    sections = []
    for position, (path, members) in enumerate(groups.items(), 1):
        name = path[-1] if path else members[0].row.title if len(members) == 1 else "List"
        number = NUMBER.match(name)
        leaves = tuple(_leaf(home, ids[home.row.line], terms[home.row.line], unseen) for home in members)
        file = f"{position:0{max(2, width)}}-{_slug(name) or 'section'}.yaml"
        section = number["number"] if number else name
        sections.append(
            SectionDraft(file=file, section=section, name=name, parent=_parent(members[0].row), leaves=leaves)
        )
    return tuple(sections)


def _ids(homes: Sequence[_Home]) -> dict[int, str]:
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
    """Return a heading without its number and emoji shortcodes."""
    return NUMBER.sub("", plain_name(heading)).strip(" .:") or heading


def _slug(text: str) -> str:
    words = re.findall(r"[^\W_]+", _name(text).casefold().replace("'", ""))
    return "-".join(words[:_SLUG_WORDS])


def _leaf(home: _Home, leaf_id: str, terms: Sequence[str], unseen: frozenset[int]) -> LeafDraft:
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
    parts = [f"Papers on {_name(row.title)}" + (f", within {' / '.join(above)}" if above else "") + "."]
    if sentence := _first_sentence(row.introduction):
        parts.append(sentence)
    return " ".join(parts)


def _first_sentence(text: str) -> str:
    found = re.match(r".{20,300}?[.!?。](?=\s|$)", text)
    return found[0] if found else ""


def _distinctive_terms(homes: Sequence[_Home], unseen: frozenset[int]) -> dict[int, tuple[str, ...]]:
    """Return the words and pairs of words that tell a leaf's titles from the others' (TF-IDF, each leaf a document).

    Nicknames before a colon are left out: they name one paper. Terms of several titles go before terms of one.
    """
    titles = [
        [_without_nickname(entry.title) for row in home.rows for entry in row.entries if entry.line not in unseen]
        for home in homes
    ]
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2),
        stop_words="english",
        sublinear_tf=True,
        max_df=0.5 if len(homes) >= _ENOUGH_LEAVES else 1.0,
        token_pattern=r"(?u)\b[^\W\d_][\w-]+\b",
    )
    try:
        weights = vectorizer.fit_transform(["\n".join(listed) for listed in titles]).tocsr()
    except ValueError:  # no title has a word
        return {home.row.line: () for home in homes}
    words = [str(word) for word in vectorizer.get_feature_names_out()]
    read = vectorizer.build_analyzer()
    terms = {}
    for place, home in enumerate(homes):
        counts = Counter(term for title in titles[place] for term in set(read(title)))
        weighed = weights.getrow(place)
        ranked = sorted(
            (counts[words[column]] < 2, -weight, words[column])
            for weight, column in zip(weighed.data, weighed.indices, strict=True)
        )
        terms[home.row.line] = _distinct([term for _, _, term in ranked])
    return terms


def _without_nickname(title: str) -> str:
    before, colon, after = title.partition(":")
    return after if colon and len(before.split()) <= _NICKNAME_WORDS and len(after.split()) > 1 else title


def _distinct(ranked: Sequence[str]) -> tuple[str, ...]:
    """Return the first terms, none a part of another."""
    kept: list[str] = []
    for term in ranked[: 5 * _TERMS]:
        words = set(term.split())
        if _CLAUSE.search(term):
            continue
        if not any(words <= set(other.split()) or set(other.split()) <= words for other in kept):
            kept.append(term)
        if len(kept) == _TERMS:
            break
    return tuple(kept)


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


def invented_lines(draft: TaxonomyDraft) -> str:
    """Return the papers that were invented for the leaves as JSON lines, each title once; empty if there are none."""
    papers = {paper.title: paper for leaf in draft.leaves for paper in leaf.invented}
    rows = (json.dumps(paper.model_dump(), ensure_ascii=False) for paper in papers.values())
    return "".join(f"{row}\n" for row in rows)


def _scope_line(section: SectionDraft) -> str:
    names = [_name(leaf.heading) for leaf in section.leaves]
    name = _name(section.name)
    return f"a work on {name}" + ("" if names == [name] else f": {', '.join(names)}")


def _survey_yaml(draft: TaxonomyDraft) -> str:
    parts = [
        "# What holds for the whole list, drafted from the list itself. Nobody has read the texts below a line\n"
        f"# '{MARK.removeprefix('# ')}' yet: correct them, then delete that line.\n",
        _dump({"title": draft.title}),
        f"{MARK}\n",
        _dump({"subject": draft.subject}),
        f"{MARK}\n",
        _dump({"scope": {"in_scope": list(draft.in_scope), "out_of_scope": list(draft.out_of_scope)}}),
        f"{MARK}\n",
        _dump({"relevance": dict(draft.grades)}),
    ]
    return "".join(parts)


def _section_yaml(section: SectionDraft) -> str:
    head = {"section": section.section, "name": section.name}
    if section.parent:
        head["parent"] = section.parent
    return _dump(head) + "leaves:\n" + "\n".join(_leaf_yaml(leaf) for leaf in section.leaves)


def _leaf_yaml(leaf: LeafDraft) -> str:
    record: dict[str, object] = {"id": leaf.id, "heading": leaf.heading, "definition": leaf.definition}
    record |= {key: value for key, value in (("must", leaf.must), ("belongs", list(leaf.belongs))) if value}
    record |= {key: list(value) for key, value in (("details", leaf.details), ("exemplars", leaf.exemplars)) if value}
    if not leaf.papers:
        record |= {"secondary_by_default": True, "note": "none of its entries links to a paper"}
    return f"  {MARK}\n" + "".join(_indented(_dump([record])))


def _indented(text: str) -> Iterator[str]:
    yield from (f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _dump(value: object) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=110)
