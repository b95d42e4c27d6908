"""Placement of the list's own papers by the local judge, with the hand-written taxonomy and with the one that
``triage init`` drafts from the list alone.

``python -m evals.drafted_taxonomy`` prints one row each. A paper is judged as if it were not listed: it is out of what
the judge learns from, and its entries' words are out of the drafted definitions.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.core.catalog.overview import Overview, read_overview
from agent.core.survey import taxonomy
from agent.core.survey.drafting.draft_files import to_files
from agent.core.survey.drafting.draft_taxonomy import draft_from
from agent.core.survey.survey import Survey
from agent.core.survey.taxonomy import Taxonomy
from agent.database.store import Store
from agent.errors import ConfigError, TriageError
from agent.judges.local.judge import LocalJudge
from agent.settings import load_settings
from agent.wiring.lists import load_survey
from agent.wiring.state import open_state
from evals.datasets import Listed, list_known
from evals.result import PlacedPaper
from evals.scoring.intervals import wilson


def place_by_hand_written(survey: Survey, store: Store, papers: Sequence[Listed]) -> Iterator[PlacedPaper]:
    """Yield where each paper is placed by the taxonomy of the list."""
    judge = LocalJudge(survey.taxonomy, survey.knowledge, store.background())
    for each in papers:
        yield PlacedPaper(key=each.key, gold=each.gold, top=asyncio.run(judge.judge(each.paper)).top)


def place_by_drafted(survey: Survey, store: Store, papers: Sequence[Listed]) -> Iterator[PlacedPaper]:
    """Yield where each paper is placed by the drafted taxonomy, leaves named as in the taxonomy of the list."""
    text = survey.catalog.text
    overview = read_overview(text)
    drafted = Survey.of(_draft(overview, text, ()), text, survey.papers, ())
    names = _same_sections(drafted, survey)
    lines: dict[str, list[int]] = {}
    printed = {title: known.key for known in survey.knowledge.papers for title in known.titles}
    for entry in survey.catalog.entries:
        lines.setdefault(printed[entry.title], []).append(entry.line)
    for each in papers:
        tree = _draft(overview, text, lines.get(each.key, ()))
        judge = LocalJudge(tree, drafted.knowledge, store.background())
        top = tuple(names[leaf] for leaf in asyncio.run(judge.judge(each.paper)).top)
        yield PlacedPaper(key=each.key, gold=each.gold, top=top)


def _draft(overview: Overview, text: str, unseen: Sequence[int]) -> Taxonomy:
    return taxonomy.parse(to_files(draft_from(overview, text, unseen)))


def _same_sections(drafted: Survey, survey: Survey) -> dict[str, str]:
    """Return drafted leaf -> leaf of the list's own taxonomy with the same section; one without is called by its own
    id."""
    at: Mapping[int, str] = {section.line: leaf for leaf, section in survey.catalog.sections.items()}
    return {leaf: at.get(section.line, leaf) for leaf, section in drafted.catalog.sections.items()}


def main() -> None:
    """Print the table for the list of the working directory's triage.toml. Raises ConfigError for a list without papers
    in its headline sections."""
    with TemporaryDirectory() as state:
        settings = load_settings(None, Path(state), judge={"kind": "local"})
        with open_state(settings, exclusive=False) as store:
            survey = load_survey(settings, store)
            headline = {leaf.id for leaf in survey.taxonomy.leaves if leaf.headline}
            papers = [each for each in list_known(survey.knowledge.papers) if headline.intersection(each.gold)]
            if not papers:
                raise ConfigError(f"{settings.catalog_path}: no paper stands in the headline sections; add some")
            rows = {"hand-written": place_by_hand_written, "drafted": place_by_drafted}
            sys.stdout.write(
                "| taxonomy | papers | first leaf right (95 %) | among the first three |\n|---|---|---|---|\n"
            )
            for name, place in rows.items():
                sys.stdout.write(_row(name, list(place(survey, store, papers))))


def _row(name: str, placed: Sequence[PlacedPaper]) -> str:
    first = [each.top[0] in each.gold for each in placed]
    three = sum(not set(each.gold).isdisjoint(each.top) for each in placed)
    low, high = wilson(first) or (0.0, 0.0)
    count = len(placed)
    return f"| {name} | {count} | {sum(first) / count:.2f} ({low:.2f} - {high:.2f}) | {three / count:.2f} |\n"


if __name__ == "__main__":
    try:
        main()
    except TriageError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
