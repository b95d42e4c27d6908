"""The baselines are judges like any other, and leak-free like any other."""

from __future__ import annotations

import pytest

from agent.core.survey.known_papers import Known
from agent.core.survey.taxonomy import Taxonomy, parse
from agent.errors import JudgeError
from agent.records import Paper
from evals.baselines import keyword_bot
from evals.baselines.judges import BASELINES, build_baseline, names_for
from evals.baselines.keyword_bot import KeywordBot
from evals.datasets import list_known
from tests.conftest import ROOT
from tests.support.eval_cases import paper

KNOWN = [
    Known(key="a", titles=("Cleaning web text",), leaves=("4.1.1",), text="We clean and deduplicate crawled web text."),
    Known(key="b", titles=("More cleaning",), leaves=("4.1.1",), text="Deduplicated web text, cleaned again."),
    Known(key="c", titles=("A web agent benchmark",), leaves=("3.2.3",), text="An environment for agents, tool use."),
    Known(key="d", titles=("Tool calls",), leaves=("3.2.3",), text="Trajectories of agents and their tool use."),
    Known(key="e", titles=("A review",), leaves=("1.generation",), text="We review agents, tool use, and web text."),
]


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return parse({path.name: path.read_text() for path in (ROOT / "taxonomy").glob("*.yaml")})


async def top(name: str, taxonomy: Taxonomy, asked: Paper, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    judge = build_baseline(name, taxonomy, KNOWN)(without, frozenset())
    judge.prepare(())
    return (await judge.judge(asked)).top


@pytest.mark.parametrize("name", BASELINES)
async def test_every_baseline_judges_in_the_strict_schema_with_leaves_of_the_taxonomy(
    name: str, taxonomy: Taxonomy
) -> None:
    judge = build_baseline(name, taxonomy, KNOWN)(frozenset(), frozenset())
    judge.prepare([paper("n", title="Tonight", abstract="A paper about agents.")])
    found = await judge.judge(paper("n", title="Agents", abstract="Language model agents and tool use on the web."))
    assert set(found.top) <= set(taxonomy.leaf_ids)
    assert found.primary == found.top[0]
    assert judge.identity.taxonomy == taxonomy.name


async def test_a_paper_is_not_its_own_precedent(taxonomy: Taxonomy) -> None:
    listed = list_known(KNOWN)[0].paper
    planted = [known.model_copy(update={"leaves": ("5.4.2",)}) if known.key == "a" else known for known in KNOWN]
    found = []
    for known in (KNOWN, planted):
        judge = build_baseline("tf-idf-neighbours", taxonomy, known)(frozenset(), frozenset())
        judge.prepare(())
        found.append(await judge.judge(listed))
    assert found[0] == found[1]


async def test_what_a_judge_is_built_without_is_out_of_reach(taxonomy: Taxonomy) -> None:
    asked = paper("x", title="Cleaning", abstract="We clean and deduplicate web text.")
    assert (await top("tf-idf-neighbours", taxonomy, asked))[0] == "4.1.1"
    assert "4.1.1" not in await top("tf-idf-neighbours", taxonomy, asked, without=frozenset({"a", "b"}))


async def test_without_any_example_a_paper_fails_instead_of_getting_a_wrong_leaf(taxonomy: Taxonomy) -> None:
    everything = frozenset(known.key for known in KNOWN)
    with pytest.raises(JudgeError, match="no example is left"):
        await top("tf-idf-neighbours", taxonomy, paper("x"), without=everything)


async def test_definitions_alone_place_a_plain_case(taxonomy: Taxonomy) -> None:
    asked = paper("x", title="Deduplication", abstract="Data cleaning and deduplication by a filtering pipeline.")
    assert (await top("definitions-only", taxonomy, asked))[0] == "4.1.1"


# The bot's arithmetic, as its description has it.


async def judge_by_keywords(title: str, abstract: str) -> tuple[int, str, float]:
    bot = KeywordBot(keyword_bot.read_words(), "taxonomy@0")
    found = await bot.judge(paper("x", title=title, abstract=abstract))
    return int(found.reason.split()[2].rstrip(";")), found.reason.split()[-1], found.score


async def test_a_hit_in_the_title_counts_4_elsewhere_2_and_the_query_family_3() -> None:
    assert await judge_by_keywords("Persona", "an agent") == (4, "Creation", 0.4)
    assert await judge_by_keywords("A", "an agent with a persona") == (2, "Creation", 0.25)
    assert await judge_by_keywords("A", "an agent with a persona and a data mixture") == (
        2 + 2 + 3,
        "Ingestion",
        7 / 13,
    )


async def test_keywords_match_inside_words() -> None:
    total, tier, _ = await judge_by_keywords("A", "agents that are fragmented")
    assert (total, tier) == (2, "Ingestion")


async def test_ties_between_tiers_go_to_the_alphabetically_last() -> None:
    _, tier, _ = await judge_by_keywords("A", "an agent with a persona, safety, and forgetting")
    assert tier == "Substrates"


async def test_without_a_context_word_nothing_counts() -> None:
    assert (await judge_by_keywords("Persona mixture", "cats"))[2] == 0.0


def test_the_bot_has_the_shape_of_its_description() -> None:
    words = keyword_bot.read_words()
    assert (len(words.families), len(words.context)) == (11, 9)
    assert sorted(words.tiers) == ["Creation", "Ingestion", "Substrates"]
    subcategories = [each for tier in words.tiers.values() for each in tier.subcategories]
    assert len(subcategories) == 14
    assert not [word for each in subcategories for word in each.keywords if "benchmark" in word]


def test_the_leaves_it_is_mapped_to_exist(taxonomy: Taxonomy) -> None:
    words = keyword_bot.read_words()
    named = {leaf for tier in words.tiers.values() for each in tier.subcategories for leaf in each.leaves}
    assert named | {leaf for tier in words.tiers.values() for leaf in tier.other} <= set(taxonomy.leaf_ids)


async def test_a_list_without_a_paper_has_nothing_that_papers_are_usually_like(taxonomy: Taxonomy) -> None:
    judge = build_baseline("definitions-only", taxonomy, ())(frozenset(), frozenset())
    judge.prepare([paper("n", title="Tool use of agents")])
    found = await judge.judge(paper("n", title="Tool use of agents"))
    assert (found.grade, found.primary in taxonomy.leaf_ids) == (0, True)


def test_the_keyword_bot_is_left_out_of_lists_that_it_was_not_written_for(taxonomy: Taxonomy) -> None:
    folder = ROOT / "tests" / "fixtures" / "gardens" / "taxonomy"
    other = parse({path.name: path.read_text() for path in folder.glob("*.yaml")})
    assert names_for(taxonomy) == tuple(BASELINES)
    assert set(BASELINES) - {*names_for(other)} == {"keyword-bot"}
