"""Options to material: what is read, how it is checked, and what the levels of the taxonomy are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from agent.core.survey.survey import Survey
from agent.database.store import open_store
from agent.errors import ConfigError, SourceError
from agent.settings import Settings, load_settings
from agent.wiring.lists import load_survey
from evals.material import Material, Options, category_filter, gather, levels_of
from tests.conftest import ROOT
from tests.support.eval_cases import paper

SAMPLE = ROOT / "data" / "sample_listing.jsonl"
LABELS = ROOT / "data" / "labels" / "2025-11-12_to_14.jsonl"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(ROOT / "triage.toml", tmp_path_factory.mktemp("state"), judge={"kind": "local"})


@pytest.fixture(scope="module")
def survey(settings: Settings) -> Iterator[Survey]:
    with open_store(settings.state.folder, exclusive=False) as store:
        yield load_survey(settings, store)


def write(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_without_options_the_lists_own_papers_are_placed_and_nothing_else(settings: Settings, survey: Survey) -> None:
    found = gather(settings, survey, Options())
    headline = [each for each in found.listed if not found.levels.headline.isdisjoint(each.gold)]
    # 106 entries in the headline sections; two of them are one paper.
    assert (len(found.listed), len(headline)) == (141, 105)
    assert sum(len(each.gold) > 1 for each in found.listed) == 2
    assert (found.nights, found.picks) == (None, None)


def test_every_listed_paper_can_be_told_apart(settings: Settings, survey: Survey) -> None:
    listed = gather(settings, survey, Options()).listed
    assert len({each.key for each in listed}) == len({each.paper.id for each in listed}) == len(listed)


def test_levels_are_those_of_the_taxonomy(survey: Survey) -> None:
    levels = levels_of(survey.taxonomy)
    assert {levels.group[leaf][0] for leaf in levels.headline} == {"3", "4", "5"}
    assert (levels.section["4.2.1"], levels.group["4.2.1"], levels.group["1.blogs"]) == ("4.2", "4", "1")


@pytest.mark.parametrize(
    ("section", "group"), [("4.2", "4"), ("12", "12"), ("Datasets (vol. 2)", "Datasets (vol. 2)"), ("2024.", "2024.")]
)
def test_only_the_number_of_a_section_has_a_top_level(section: str, group: str, survey: Survey) -> None:
    tree = survey.taxonomy
    (first, *others) = tree.sections
    leaves = tuple(leaf.model_copy(update={"section": section}) for leaf in first.leaves)
    changed = tree.model_copy(update={"sections": (first.model_copy(update={"leaves": leaves}), *others)})
    assert {levels_of(changed).group[leaf.id] for leaf in leaves} == {group}


def test_the_sample_night_is_matched_with_its_labels(settings: Settings, survey: Survey) -> None:
    found = gather(settings, survey, Options(nights=[SAMPLE], labels=[LABELS])).nights
    assert found is not None
    (night,) = found.nights
    assert len(night.labels) + found.unlabelled == 48
    assert len(night.labels) + found.labels_without_paper == 435
    assert sum(grade >= 2 for grade in night.labels.values()) == 36


def test_entries_are_placed_instead_of_the_lists_own(settings: Settings, survey: Survey, tmp_path: Path) -> None:
    row = {"key": "x", "title": "T", "abstract": None, "section_ids": ["4.2.1", "6.2.4"], "more": 1}
    found = gather(settings, survey, Options(entries=write(tmp_path / "e.jsonl", [row])))
    assert [(each.key, each.gold) for each in found.listed] == [("x", ("4.2.1", "6.2.4"))]


@pytest.mark.parametrize(("nights", "labels"), [([SAMPLE], []), ([], [LABELS])])
def test_a_night_without_labels_is_one_clear_line(
    nights: list[Path], labels: list[Path], settings: Settings, survey: Survey
) -> None:
    with pytest.raises(ConfigError, match="--night and --labels belong together"):
        gather(settings, survey, Options(nights=nights, labels=labels))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "no label in the file"),
        ([{"id": "2511.00001", "grade": 7, "primary": None}], "line 1: the field 'grade'"),
        ([{"id": "2511.08590", "grade": 3, "primary": "9.9"}], "unknown leaf '9.9'"),
        ([{"id": "2401.00001", "grade": 3, "primary": None}], "none of the 48 papers of the night"),
    ],
)
def test_bad_labels_are_one_clear_line_and_exit_code_2(
    rows: list[object], problem: str, settings: Settings, survey: Survey, tmp_path: Path
) -> None:
    labels = write(tmp_path / "labels.jsonl", rows)
    with pytest.raises(ConfigError, match=problem) as caught:
        gather(settings, survey, Options(nights=[SAMPLE], labels=[labels]))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_of_two_files_that_grade_a_paper_the_later_one_counts(
    settings: Settings, survey: Survey, tmp_path: Path
) -> None:
    rows = [{"id": "2511.08590", "grade": grade, "primary": None} for grade in (0, 1)]
    files = [write(tmp_path / f"{row['grade']}.jsonl", [row]) for row in rows]
    found = gather(settings, survey, Options(nights=[SAMPLE], labels=files)).nights
    assert found is not None and found.nights[0].labels == {"2511.08590": 1}


def test_an_empty_file_of_entries_is_one_clear_line(settings: Settings, survey: Survey, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no entry in the file"):
        gather(settings, survey, Options(entries=write(tmp_path / "e.jsonl", [])))


def test_a_listing_that_cannot_be_read_is_a_source_error(settings: Settings, survey: Survey, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        gather(settings, survey, Options(retrospective=tmp_path / "none.jsonl.gz"))


def test_in_category_is_decided_as_in_the_nightly_run(settings: Settings) -> None:
    counts = category_filter(settings)
    assert counts(paper("a").model_copy(update={"categories": ("cs.CV", "cs.CL")}))
    assert not counts(paper("a").model_copy(update={"categories": ("cs.CV",)}))


def test_the_23_picks_are_found_on_their_nights(settings: Settings, survey: Survey) -> None:
    nights = ROOT.parent / "shared" / "data" / "retrospective-2025.jsonl.gz"
    if not nights.exists():
        pytest.skip("the retrospective nights (third-party abstracts) are not beside this checkout")
    found: Material = gather(settings, survey, Options(retrospective=nights))
    assert found.picks is not None
    assert (len(found.picks), sum(len(night.picks) for night in found.picks)) == (21, 23)
    assert sum(len(night.papers) for night in found.picks) == 3640
    known = {each.key for each in survey.knowledge.papers}
    assert all(night.without <= known and len(night.without) >= len(night.picks) for night in found.picks)
