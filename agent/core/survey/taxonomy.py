"""Reads a list's own knowledge from ``taxonomy/``: scope, tiers, placement rule, pair questions, one record per leaf.

One file, ``survey.yaml``, holds what is true of the whole list; every other file holds one section and its leaves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field

from agent.core.survey import yaml_files
from agent.errors import ConfigError
from agent.records import NO_LEAF, Record

OUT = "OUT"
"""Where ``not_here`` sends what does not belong in the list at all."""

SURVEY_FILE = "survey.yaml"

Text = Annotated[str, Field(min_length=1)]


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
    """What the list takes (any of ``in_scope``, under the ``condition``), what it does not, and rules for the edge."""

    in_scope: tuple[Text, ...] = Field(min_length=1)
    condition: Text | None = None
    out_of_scope: tuple[Text, ...] = Field(min_length=1)
    borderline: tuple[Borderline, ...] = ()


class Relevance(Record):
    """What each grade means for this list, in the order of ``Judgment.grade`` 0 to 3."""

    out: Text
    adjacent: Text
    in_scope: Text
    core: Text


class Pair(Record):
    """Leaves that are easily confused, and the question that decides between them."""

    leaves: tuple[Text, ...] = Field(min_length=2)
    question: Text


class Homeless(Record):
    """A frequent topic without a leaf of its own, and where it goes."""

    topic: Text
    handling: Text


class NotHere(Record):
    """What looks as if it belonged, and the leaves (or ``OUT``, ``NO_LEAF``) where it goes instead."""

    what: Text
    leaf: Targets


class LeafText(Record):
    """A leaf as its file gives it.

    ``heading`` is the text printed in the list. ``exemplars`` and ``odd`` are entry titles as printed there: good
    examples of the leaf, and entries not to learn from. ``note`` says when the leaf may be primary.
    """

    id: Text
    heading: Text
    definition: Text
    must: Text
    belongs: tuple[Text, ...] = Field(min_length=1)
    not_here: tuple[NotHere, ...] = ()
    keywords: tuple[Text, ...] = ()
    exemplars: tuple[Text, ...] = ()
    odd: tuple[Text, ...] = ()
    secondary_by_default: bool = False
    note: Text | None = None


class Leaf(LeafText):
    """A leaf with what its section says: ``parent`` is the printed heading above it, where its own is not unique;
    ``headline`` tells whether the headline figure of placement evals counts it."""

    section: Text
    tier: Text
    headline: bool
    parent: Text | None = None

    @property
    def label(self) -> str:
        """Id and heading, the id not said twice."""
        return self.heading if self.heading.startswith(self.id) else f"{self.id} {self.heading}"


class TaxonomySection(Record):
    """Leaves that stand together in the list."""

    section: Text
    name: Text
    leaves: tuple[Leaf, ...]


class _SurveyFile(Record):
    title: Text
    subject: Text
    tiers: tuple[Tier, ...] = Field(min_length=1)
    scope: Scope
    relevance: Relevance
    placement: tuple[Text, ...] = Field(min_length=1)
    habits: tuple[Text, ...] = ()
    pairs: tuple[Pair, ...] = ()
    homeless: tuple[Homeless, ...] = ()


class _SectionFile(Record):
    section: Text
    name: Text
    tier: Text
    headline: bool
    parent: Text | None = None
    leaves: tuple[LeafText, ...] = Field(min_length=1)


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
    def tier_ids(self) -> tuple[str, ...]:
        return tuple(tier.id for tier in self.tiers)

    def leaf(self, leaf_id: str) -> Leaf:
        """Return the leaf. Raises ConfigError for an unknown id."""
        try:
            return self._by_id[leaf_id]
        except KeyError:
            raise ConfigError(f"unknown leaf {leaf_id!r}; allowed: {_listed(self.leaf_ids)}") from None

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

    Raises ConfigError, one line naming the file, the value and what is allowed, for bad YAML, an unknown or missing
    key, a duplicate leaf, a tier or leaf that does not exist, and a taxonomy without leaves.
    """
    if SURVEY_FILE not in files:
        raise ConfigError(f"taxonomy: no {SURVEY_FILE} among {_listed(sorted(files)) or 'no files'}; add it")
    survey = yaml_files.read(_SurveyFile, f"taxonomy {SURVEY_FILE}", files[SURVEY_FILE])
    sections = {
        name: yaml_files.read(_SectionFile, f"taxonomy {name}", text)
        for name, text in sorted(files.items())
        if name != SURVEY_FILE
    }
    _check(survey, sections)
    return Taxonomy(
        **{field: getattr(survey, field) for field in _SurveyFile.model_fields},
        sections=tuple(_section(file) for file in sections.values()),
    )


def _section(file: _SectionFile) -> TaxonomySection:
    shared = file.model_dump(include={"section", "tier", "headline", "parent"})
    return TaxonomySection(
        section=file.section,
        name=file.name,
        leaves=tuple(Leaf(**leaf.model_dump(), **shared) for leaf in file.leaves),
    )


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values)


def _check(survey: _SurveyFile, sections: Mapping[str, _SectionFile]) -> None:
    tiers = [tier.id for tier in survey.tiers]
    home: dict[str, str] = {}
    for name, file in sections.items():
        if file.tier not in tiers:
            raise ConfigError(f"taxonomy {name}: unknown tier {file.tier!r}; allowed: {_listed(tiers)}")
        for leaf in file.leaves:
            if leaf.id in home:
                raise ConfigError(f"taxonomy {name}: leaf {leaf.id!r} is already in {home[leaf.id]}; give it one place")
            if leaf.id in (OUT, NO_LEAF):
                raise ConfigError(f"taxonomy {name}: leaf id {leaf.id!r} is reserved; choose another")
            home[leaf.id] = name
    if not home:
        raise ConfigError(f"taxonomy: no leaves in {_listed(sorted([SURVEY_FILE, *sections]))}; add a section file")
    for name, file in sections.items():
        for leaf in file.leaves:
            for entry in leaf.not_here:
                _check_targets(f"{name}: not_here of {leaf.id}", entry.leaf, (*home, OUT, NO_LEAF))
    for pair in survey.pairs:
        _check_targets(f"{SURVEY_FILE}: pairs", pair.leaves, tuple(home))


def _check_targets(where: str, targets: Iterable[str], allowed: tuple[str, ...]) -> None:
    for target in targets:
        if target not in allowed:
            raise ConfigError(f"taxonomy {where} names unknown leaf {target!r}; allowed: {_listed(allowed)}")
