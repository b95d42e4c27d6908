"""The material of an evaluation: the data that its options name, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from agent.core.night import buckets
from agent.core.survey.drafting.heading_kinds import NUMBER
from agent.core.survey.survey import Survey
from agent.core.survey.taxonomy import Taxonomy
from agent.errors import ConfigError, SourceError
from agent.files import list_files
from agent.ports import Progress
from agent.records import Bucket, Paper, Window
from agent.settings import Settings
from agent.sources.files import records
from agent.sources.files.listing import ListingFile
from evals import compare, datasets, run
from evals.baselines.judges import build_baseline, names_for
from evals.datasets import Listed, Nights, PickNight
from evals.result import EvalResult
from evals.run import Evaluation, JudgeBuilder
from evals.scoring.placement import Levels

Row = TypeVar("Row")


@dataclass(frozen=True)
class Options:
    """What to evaluate on. ``entries`` replaces the catalog's own papers; the rest adds a part each."""

    entries: Path | None = None
    nights: Sequence[Path] = ()
    labels: Sequence[Path] = ()
    retrospective: Path | None = None
    catalog: bool = True

    def without_unasked_catalog(self) -> Options:
        """Return the options that leave the catalog's own papers out where a night was named and no entries: each paper
        that a model is asked about costs money."""
        return replace(self, catalog=bool(self.entries) or not (self.nights or self.retrospective))


@dataclass(frozen=True)
class Material:
    """Everything an evaluation judges, read and checked; null for a part that was not asked for."""

    survey: Survey
    levels: Levels
    budget: int
    listed: tuple[Listed, ...] | None
    nights: Nights | None
    picks: tuple[PickNight, ...] | None

    def check_comparable(self, old: EvalResult) -> None:
        """Raises ConfigError when no result on this material could be compared with the old one."""
        compare.check_shared(
            old,
            placed=[each.key for each in self.listed or () if not self.levels.headline.isdisjoint(each.gold)],
            ranked=[paper_id for night in (self.nights.nights if self.nights else ()) for paper_id in night.labels],
            picked=[key for night in (self.picks or ()) for key in night.picks.values()],
        )

    def evaluate(self, build_judge: JudgeBuilder, progress: Progress | None = None) -> Evaluation:
        """Judge and score all of it."""
        return run.evaluate(
            build_judge,
            levels=self.levels,
            budget=self.budget,
            listed=self.listed,
            nights=self.nights,
            picks=self.picks,
            progress=progress,
        )

    def evaluate_baselines(self) -> list[EvalResult]:
        """Judge and score all of it with every baseline that fits the list."""
        tree, known = self.survey.taxonomy, self.survey.knowledge.papers
        return [self.evaluate(build_baseline(name, tree, known)).result for name in names_for(tree)]


def with_own_night(settings: Settings, options: Options) -> Options:
    """Return the options with the list's own sample, if it has one with labels and no night was named: a page with no
    night has no calibration to show. Raises ConfigError or SourceError for a file that cannot be read."""
    sample = settings.home / "data" / "sample_listing.jsonl"
    labels = tuple(list_files(settings.home / "data" / "labels", ".jsonl"))
    if options.nights or options.labels or not (sample.exists() and labels):
        return options
    graded = {label.id for path in labels for label in _read(records.read_labels, path)}
    if graded.isdisjoint(paper.id for paper in read_listings(settings, [sample])):
        return options  # the labels are of other nights
    return replace(options, nights=(sample,), labels=labels)


def gather(settings: Settings, survey: Survey, options: Options) -> Material:
    """Read what the options name. Raises ConfigError for data that cannot be scored, SourceError for a file that
    cannot be read."""
    leaves = survey.taxonomy.leaf_ids
    in_category = category_filter(settings)
    listed: tuple[Listed, ...] | None
    if options.entries:
        listed = datasets.list_entries(_read(records.read_entries, options.entries), leaves)
    else:
        listed = datasets.list_known(survey.knowledge.papers) if options.catalog else None
    nights = None
    if bool(options.nights) != bool(options.labels):
        raise ConfigError("--night and --labels belong together: give at least one of each")
    if options.nights:
        # Of two files that label a paper the later one counts, as for the local judge.
        labels = {label.id: label for path in options.labels for label in _read(records.read_labels, path)}
        nights = datasets.label_nights(
            read_listings(settings, options.nights), tuple(labels.values()), leaves, in_category
        )
    picks = None
    if options.retrospective:
        papers = read_listings(settings, [options.retrospective])
        picks = datasets.pick_nights(papers, survey.papers, survey.knowledge.about, in_category)
    return Material(
        survey=survey,
        levels=levels_of(survey.taxonomy),
        budget=settings.review.budget,
        listed=listed,
        nights=nights,
        picks=picks,
    )


def levels_of(taxonomy: Taxonomy) -> Levels:
    """Return what each leaf belongs to: its section, its tier, and its top-level section as the group reported
    apart."""
    return Levels(
        section={leaf.id: leaf.section for leaf in taxonomy.leaves},
        tier={leaf.id: leaf.tier for leaf in taxonomy.leaves},
        group={leaf.id: _top_section(leaf.section) for leaf in taxonomy.leaves},
        headline=frozenset(leaf.id for leaf in taxonomy.leaves if leaf.headline),
    )


def _top_section(section: str) -> str:
    """Return ``4`` of ``4.2``; a section with a name for a number is its own."""
    number = NUMBER.fullmatch(section)
    return number["number"].split(".")[0] if number else section


def category_filter(settings: Settings) -> Callable[[Paper], bool]:
    """Return whether a paper counts as in category, by the rule of the nightly run."""

    def counts(paper: Paper) -> bool:
        bucket = buckets.bucket_unjudged(
            paper,
            categories=settings.source.categories,
            cross_lists=settings.source.cross_lists,
            known=False,
            earlier={},
        )
        return bucket is not Bucket.OFF_CATEGORY

    return counts


def read_listings(settings: Settings, paths: Collection[Path]) -> list[Paper]:
    """Return the papers of all listings, in their order."""
    source = settings.source
    listings = [ListingFile(path, source.categories, source.cross_lists).listing(Window()) for path in paths]
    return [paper for listing in listings for paper in listing.papers]


def _read(read: Callable[[Path], tuple[Row, ...]], path: Path) -> tuple[Row, ...]:
    """Read labels or entries: what is wrong with them is wrong with the arguments, no listing failed to be fetched."""
    try:
        return read(path)
    except SourceError as error:
        raise ConfigError(str(error)) from None
