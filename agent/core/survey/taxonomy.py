"""Reads a list's own knowledge from ``taxonomy/``: scope, tiers, placement rule, pair questions, one record per leaf.

One file, ``survey.yaml``, holds what is true of the whole list; every other file holds one section and its leaves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, model_validator
from rapidfuzz import fuzz, process

from agent.core.survey import yaml_files
from agent.errors import ConfigError
from agent.records import NO_LEAF, Record

OUT = "OUT"
"""Where ``not_here`` sends what does not belong in the list at all."""

SURVEY_FILE = "survey.yaml"

Text = Annotated[str, Field(min_length=1)]

F = TypeVar("F", bound=Record)


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


Targets = Annotated[tuple[Text, ...], BeforeValidator(_one_or_more), Field(min_length=1)]


class Tier(Record):
    """One tier: the question it answers, and the test a paper of it passes."""

    id: Text
    name: Text
    question: Text
    test: Text


class Borderline(Record):
    """A kind of paper near the edge of the scope, and what to do with it."""

    case: Text
    rule: Text


class Scope(Record):
    """The scope that the list takes (any of ``in_scope``, under the ``condition``), what it does not, and rules for the
    edge.
    """

    in_scope: tuple[Text, ...] = Field(min_length=1, examples=[["a method that finds faults in programs"]])
    condition: Text | None = None
    out_of_scope: tuple[Text, ...] = Field(min_length=1, examples=[["works that only use such a method"]])
    borderline: tuple[Borderline, ...] = ()


class Relevance(Record):
    """The meaning of each grade for this list, in the order of ``Judgment.grade`` 0 to 3."""

    out: Text = "The paper is on something else, or only uses what the list is about."
    adjacent: Text = "The paper is near the subject of the list, but none of its sections would hold it."
    in_scope: Text = "The paper contributes to the subject of a section, as one part of it."
    core: Text = "The subject of a section is the paper's main contribution."


class Pair(Record):
    """Leaves that are easily confused, and the question that decides between them."""

    leaves: tuple[Text, ...] = Field(min_length=2, examples=[["planning", "memory"]])
    question: Text = Field(examples=["Is a plan made, or is something remembered?"])


class Homeless(Record):
    """A frequent topic without a leaf of its own, and where it goes."""

    topic: Text
    handling: Text


class Details(Record):
    """Guidance for prompts that have room for all of it, beyond the keys of the same name.

    ``relevance`` tells grade from grade; ``placement`` holds reference cases of the tiers; ``topics`` are decisions
    on kinds of paper that could go two ways.
    """

    scope: tuple[Text, ...] = ()
    relevance: tuple[Text, ...] = ()
    placement: tuple[Text, ...] = ()
    habits: tuple[Text, ...] = ()
    pairs: tuple[Pair, ...] = ()
    topics: tuple[Homeless, ...] = ()


class NotHere(Record):
    """Work that looks as if it belonged, and the leaves (or ``OUT``, ``NO_LEAF``) where it goes instead."""

    what: Text = Field(examples=["surveys of the subject"])
    leaf: Targets = Field(examples=["OUT"])


class Cues(Record):
    """Words by which a paper says that it is of a document type, in its ``title`` or in its ``abstract``."""

    title: tuple[Text, ...] = ()
    abstract: tuple[Text, ...] = ()


class LeafText(Record):
    """A leaf as its file gives it.

    ``heading`` is the text printed in the list. ``exemplars`` and ``odd`` are entry titles as printed there: good
    examples of the leaf, and entries not to learn from. ``note`` says when the leaf may be primary. ``details`` are
    what only a prompt with room for the whole guidance says. Without a ``definition`` the heading has to say it.
    """

    id: Text = Field(examples=["fault-localisation"])
    heading: Text = Field(examples=["Fault Localisation"])
    definition: Text = Field(examples=["Papers that find the place of a fault in a program."])
    must: str = ""
    belongs: tuple[Text, ...] = Field(default=(), examples=[["spectrum-based localisation", "bug report analysis"]])
    not_here: tuple[NotHere, ...] = Field(default=(), examples=[[{"what": "surveys of it", "leaf": "surveys"}]])
    details: tuple[Text, ...] = Field(default=(), examples=[["A tool that only ranks files is here, too."]])
    keywords: tuple[Text, ...] = Field(default=(), examples=[["spectrum", "bug report"]])
    exemplars: tuple[Text, ...] = Field(default=(), examples=[["The Title of an Entry, as Printed"]])
    odd: tuple[Text, ...] = Field(default=(), examples=[["The Title of an Entry, as Printed"]])
    secondary_by_default: bool = False
    note: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _define_by_heading(cls, given: Any) -> Any:
        return (
            {"definition": given.get("heading"), **given} if isinstance(given, dict) and "heading" in given else given
        )


class Leaf(LeafText):
    """A leaf with what its section says: ``parent`` is the printed heading above it, where its own is not unique;
    ``headline`` tells whether the headline figure of placement evals counts it. A leaf with a ``document_type`` holds
    only papers that are of it, as their ``cues`` tell: surveys, for example."""

    section: Text
    tier: Text
    headline: bool
    parent: Text | None = None
    document_type: Text | None = None
    cues: Cues | None = None

    @property
    def label(self) -> str:
        """Id and heading, or the heading alone where it begins with the id or says the same words."""
        said = self.heading.startswith(self.id) or _letters(self.heading) == _letters(self.id)
        return self.heading if said else f"{self.id} {self.heading}"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


class TaxonomySection(Record):
    """Leaves that stand together in the list."""

    section: Text
    name: Text
    leaves: tuple[Leaf, ...]


_ONE_TIER = Tier(
    id="papers",
    name="Papers",
    question="Is it a paper on the subject?",
    test="It contributes something to the subject.",
)
_PLACEMENT = (
    "Take the leaf whose definition names what the paper contributes, not what it uses.",
    "Where two fit, take the narrower one; name the other as secondary.",
)


class _SurveyFile(Record):
    """``survey.yaml``: only its title is required. The subject is the title, and the scope the subject, unless said."""

    title: Text = Field(examples=["Papers on Program Repair"])
    subject: Text = Field(examples=["finding and repairing faults in programs"])
    tiers: tuple[Tier, ...] = Field(default=(_ONE_TIER,), min_length=1)
    scope: Scope
    relevance: Relevance = Relevance()
    placement: tuple[Text, ...] = Field(default=_PLACEMENT, min_length=1)
    habits: tuple[Text, ...] = ()
    pairs: tuple[Pair, ...] = ()
    homeless: tuple[Homeless, ...] = ()
    details: Details = Details()

    @model_validator(mode="before")
    @classmethod
    def _default_to_title(cls, given: Any) -> Any:
        if not (isinstance(given, dict) and isinstance(given.get("title"), str)):
            return given
        subject = given.get("subject", given["title"])
        scope = {
            "in_scope": [f"a work that contributes to {subject}"],
            "out_of_scope": ["works on something else, and works that only use what the list is about"],
        }
        return {"subject": subject, "scope": scope, **given}


class _SectionFile(Record):
    """A file of leaves. Without ``section`` its name is its number; without ``tier`` it is of the first one."""

    section: Text = Field(examples=["3.1"])
    name: Text = Field(examples=["Program Repair"])
    tier: str = ""
    headline: bool = True
    parent: Text | None = None
    document_type: Text | None = None
    cues: Cues | None = None
    leaves: tuple[LeafText, ...] = Field(
        min_length=1,
        examples=[[{"id": "repair", "heading": "Program Repair", "definition": "Papers that mend programs."}]],
    )

    @model_validator(mode="before")
    @classmethod
    def _number_by_name(cls, given: Any) -> Any:
        return {"section": given.get("name"), **given} if isinstance(given, dict) and "name" in given else given


class Taxonomy(_SurveyFile):
    """Everything ``taxonomy/`` says, checked. Sections are in the order of their file names, leaves as written."""

    sections: tuple[TaxonomySection, ...] = Field(min_length=1)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        return tuple(leaf for section in self.sections for leaf in section.leaves)

    @property
    def leaf_ids(self) -> tuple[str, ...]:
        return tuple(leaf.id for leaf in self.leaves)

    @property
    def labels(self) -> dict[str, str]:
        """The label of each leaf, by its id."""
        return {leaf.id: leaf.label for leaf in self.leaves}

    @property
    def tier_ids(self) -> tuple[str, ...]:
        return tuple(tier.id for tier in self.tiers)

    def leaf(self, leaf_id: str) -> Leaf:
        """Return the leaf. Raises ConfigError for an unknown id."""
        try:
            return self._by_id[leaf_id]
        except KeyError:
            raise ConfigError(self.unknown(leaf_id)) from None

    def unknown(self, leaf_id: str) -> str:
        """Return what is said of an id that no leaf has."""
        return f"unknown leaf {leaf_id!r}; allowed: {_listed(self.leaf_ids)}"

    @cached_property
    def _by_id(self) -> dict[str, Leaf]:
        return {leaf.id: leaf for leaf in self.leaves}

    @cached_property
    def digest(self) -> str:
        """Twelve hex digits of sha256 over the content: comments and layout of the files do not count."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @property
    def name(self) -> str:
        """``taxonomy@digest``, as it stands in ``JudgeIdentity.taxonomy``."""
        return f"taxonomy@{self.digest}"


def parse(files: Mapping[str, str]) -> Taxonomy:
    """Read a taxonomy from its files, given as file name -> YAML text.

    Raises ConfigError for bad YAML, an unknown or missing key, a duplicate leaf, a tier or leaf that does not exist,
    and a taxonomy without leaves: everything that is wrong, a line each, naming the file, the key and an example.
    """
    if SURVEY_FILE not in files:
        raise ConfigError(f"taxonomy: no {SURVEY_FILE} among {_listed(sorted(files)) or 'no files'}; add it")
    problems: list[str] = []
    survey = _read(_SurveyFile, SURVEY_FILE, files[SURVEY_FILE], problems)
    others = [name for name in sorted(files) if name != SURVEY_FILE]
    sections = {name: file for name in others if (file := _read(_SectionFile, name, files[name], problems))}
    if survey is not None:
        problems += _misfits(survey, sections, complete=not problems)
    if problems or survey is None:
        raise ConfigError(problems[0] if len(problems) == 1 else _together(problems))
    return Taxonomy(
        **{field: getattr(survey, field) for field in _SurveyFile.model_fields},
        sections=tuple(_section(file, survey.tiers[0].id) for file in sections.values()),
    )


def _read(kind: type[F], name: str, text: str, problems: list[str]) -> F | None:
    """Return the file, or None with what is wrong in it added to ``problems``."""
    try:
        return yaml_files.read(kind, f"taxonomy {name}", text)
    except yaml_files.Refused as refused:
        problems += refused.problems
        return None


def _together(problems: list[str]) -> str:
    return "\n  ".join([f"{len(problems)} things are wrong in taxonomy/:", *problems])


def _section(file: _SectionFile, first_tier: str) -> TaxonomySection:
    shared = file.model_dump(include={"section", "headline", "parent", "document_type"})
    shared |= {"tier": file.tier or first_tier, "cues": file.cues}
    return TaxonomySection(
        section=file.section,
        name=file.name,
        leaves=tuple(Leaf(**leaf.model_dump(), **shared) for leaf in file.leaves),
    )


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values)


def _misfits(survey: _SurveyFile, sections: Mapping[str, _SectionFile], *, complete: bool) -> Iterator[str]:
    """Yield what does not fit between the files.

    Leaves that are named elsewhere are looked for only when all files could be read (``complete``): one that is
    missing may be in the file that is broken.
    """
    yield from _homeless_leaves(survey, sections)
    if complete:
        yield from _unknown_leaves(survey, sections)


def _homeless_leaves(survey: _SurveyFile, sections: Mapping[str, _SectionFile]) -> Iterator[str]:
    """Yield the sections whose tier is unknown, and the leaves whose id is taken or reserved."""
    tiers = [tier.id for tier in survey.tiers]
    home: dict[str, str] = {}
    for name, file in sections.items():
        if file.tier and file.tier not in tiers:
            yield f"taxonomy {name}: unknown tier {file.tier!r}; allowed: {_listed(tiers)}"
        for leaf in file.leaves:
            if leaf.id in home:
                yield f"taxonomy {name}: leaf {leaf.id!r} is already in {home[leaf.id]}; give it one place"
            if leaf.id in (OUT, NO_LEAF):
                yield f"taxonomy {name}: leaf id {leaf.id!r} is reserved; choose another"
            home.setdefault(leaf.id, name)


def _unknown_leaves(survey: _SurveyFile, sections: Mapping[str, _SectionFile]) -> Iterator[str]:
    """Yield the places that name a leaf which no file has."""
    known = tuple(leaf.id for file in sections.values() for leaf in file.leaves)
    if not known:
        yield f"taxonomy: no leaves in {_listed(sorted([SURVEY_FILE, *sections]))}; add a section file"
    for name, file in sections.items():
        for leaf in file.leaves:
            for entry in leaf.not_here:
                yield from _unknown(f"{name}: not_here of {leaf.id}", entry.leaf, (*known, OUT, NO_LEAF))
    for pair in (*survey.pairs, *survey.details.pairs):
        yield from _unknown(f"{SURVEY_FILE}: pairs", pair.leaves, known)


def _unknown(where: str, targets: Iterable[str], allowed: tuple[str, ...]) -> Iterator[str]:
    for target in targets:
        if target not in allowed:
            near = process.extractOne(target, allowed, scorer=fuzz.ratio, score_cutoff=60)
            meant = f"did you mean {near[0]!r}? " if near else ""
            yield f"taxonomy {where} names unknown leaf {target!r}; {meant}allowed: {_listed(allowed)}"
