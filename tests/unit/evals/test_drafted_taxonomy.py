"""Placement with a drafted taxonomy: the paper that is asked about has told nothing of itself."""

from __future__ import annotations

from pathlib import Path

from agent.core.catalog.overview import read_overview
from agent.core.survey.drafting.draft_taxonomy import draft_from
from agent.database.store import open_store
from agent.settings import load_settings
from agent.wiring.lists import load_survey
from evals.datasets import list_known
from evals.drafted_taxonomy import place_by_drafted, place_by_hand_written
from tests.conftest import ROOT

GARDEN = ROOT / "tests" / "fixtures" / "gardens" / "triage.toml"


def test_both_taxonomies_place_every_paper_in_leaves_of_the_list(tmp_path: Path) -> None:
    settings = load_settings(GARDEN, tmp_path, judge={"kind": "local"})
    with open_store(settings.state.folder, exclusive=False) as store:
        survey = load_survey(settings, store)
        papers = list_known(survey.knowledge.papers)
        ours, drafted = (list(place(survey, store, papers)) for place in (place_by_hand_written, place_by_drafted))
    assert [each.key for each in ours] == [each.key for each in drafted] == [each.key for each in papers]
    assert {leaf for each in drafted for leaf in each.top} <= set(survey.taxonomy.leaf_ids)


def test_an_unseen_entry_leaves_no_word_in_the_draft() -> None:
    text = "# L\n## Clay\n- [Zebras](https://arxiv.org/abs/2301.00001)\n- [Quaggas](https://arxiv.org/abs/2301.00002)\n"
    overview = read_overview(text)
    assert "zebras" in draft_from(overview, text).leaves[0].details[0]
    unseen = draft_from(overview, text, [3]).leaves[0]
    assert "zebras" not in unseen.definition.lower() and unseen.exemplars == ("Quaggas",)
