"""While a listed paper is judged, nothing in reach names it: planting its label there changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

import pytest

from agent.core.survey.known_papers import Knowledge, Known
from agent.core.survey.survey import Survey
from agent.core.survey.taxonomy import Leaf, Taxonomy
from agent.database.store import open_store
from agent.judges.local.judge import LocalJudge
from agent.records import Judgment, Paper
from agent.settings import Settings, load_settings
from agent.wiring import judges, lists
from evals.datasets import Listed, list_known
from tests.conftest import ROOT

PLANTED = "5.4.3"
SOME = 3


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(ROOT / "triage.toml", tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def survey(settings: Settings) -> Iterator[Survey]:
    with open_store(settings.state.folder, exclusive=False) as store:
        yield lists.load_survey(settings, store)


@pytest.fixture(scope="module", params=[0, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "others"])
def some(survey: Survey, request: pytest.FixtureRequest) -> list[Listed]:
    """Papers from all over the list: enough to catch a leak, few enough to be quick."""
    listed = list_known(survey.knowledge.papers)
    step = len(listed) // (2 * SOME)
    return list(listed[request.param * step :: 2 * step][:SOME])


@pytest.fixture(scope="module")
def before(survey: Survey, some: list[Listed]) -> dict[str, Judgment]:
    """What is judged of each while nothing is planted."""
    return {each.key: asyncio.run(judge(survey.taxonomy, survey.knowledge.papers, each.paper)) for each in some}


async def judge(taxonomy: Taxonomy, papers: Sequence[Known], asked: Paper) -> Judgment:
    found = LocalJudge(taxonomy, Knowledge(tuple(papers)), ())
    found.prepare([])
    judgment = await found.judge(asked)
    # The identity is a digest of all that was learned from, so it tells that something was planted.
    return judgment.model_copy(update={"judge": None})


async def test_planting_its_label_in_its_own_record_changes_nothing(
    survey: Survey, some: list[Listed], before: dict[str, Judgment]
) -> None:
    for each in some:
        planted = [
            known.model_copy(update={"leaves": (PLANTED,), "text": "Something else.", "operation": "Other."})
            if known.key == each.key
            else known
            for known in survey.knowledge.papers
        ]
        assert await judge(survey.taxonomy, planted, each.paper) == before[each.key], each.key


@pytest.mark.parametrize("shared", ["title", "id"])
async def test_planting_its_label_in_a_twin_changes_nothing(
    survey: Survey, some: list[Listed], before: dict[str, Judgment], shared: str
) -> None:
    for each in some:
        twin = Known(
            key="twin",
            titles=(each.paper.title if shared == "title" else f"{each.paper.title}, extended",),
            ids=frozenset({f"arxiv:{each.paper.id}"}) if shared == "id" else frozenset(),
            leaves=(PLANTED,),
            text=each.paper.abstract,
        )
        assert await judge(survey.taxonomy, [*survey.knowledge.papers, twin], each.paper) == before[each.key], each.key


async def test_planting_its_title_among_the_exemplars_of_another_leaf_changes_nothing(
    survey: Survey, some: list[Listed], before: dict[str, Judgment]
) -> None:
    for each in some:
        title = each.paper.title
        planted = edit(survey.taxonomy, lambda leaf, title=title: {"exemplars": (*leaf.exemplars, title)})
        assert await judge(planted, survey.knowledge.papers, each.paper) == before[each.key], each.key


def test_no_definition_or_keyword_names_a_listed_paper(survey: Survey) -> None:
    """Short names (``Magpie: ...``) and whole titles; a name that is an ordinary word of the field does not count."""
    names = {
        name
        for known in survey.knowledge.papers
        for title in known.titles
        for name in (title, title.partition(":")[0])
        if name and (len(name.split()) > 2 or any(letter.isupper() for letter in name[1:]))
    }
    for leaf in survey.taxonomy.leaves:
        text = "\n".join(
            [
                leaf.heading,
                leaf.definition,
                leaf.must,
                *leaf.belongs,
                *leaf.keywords,
                *(each.what for each in leaf.not_here),
                *leaf.details,
            ]
        )
        assert [name for name in names if name in text] == [], leaf.id


@pytest.mark.parametrize("place", range(SOME))
def test_no_prompt_about_a_listed_paper_changes_with_its_label(
    survey: Survey, some: list[Listed], settings: Settings, place: int
) -> None:
    each = some[place]
    planted = {"leaves": (PLANTED,), "operation": "Other."}
    elsewhere = [
        known.model_copy(update=planted) if known.key == each.key else known for known in survey.knowledge.papers
    ]
    twin = Known(key="twin", titles=(f"{each.paper.title}, extended",), ids=own_ids(each), **planted)
    known_as = [survey.knowledge.papers, elsewhere]
    if twin.ids:
        known_as.append([*survey.knowledge.papers, twin])
    found: dict[str, list[object]] = {"judge/v1": [], "judge/v3": []}
    for papers in known_as:
        local = LocalJudge(survey.taxonomy, Knowledge(tuple(papers)), ())
        for version, of_version in found.items():
            asking = settings.model_copy(update={"judge": settings.judge.model_copy(update={"prompt": version})})
            of_version.append(list(judges.build_questions(asking, survey, local).messages(each.paper)))
    for version, of_version in found.items():
        assert all(messages == of_version[0] for messages in of_version), version
        text = "\n".join(str(message["content"]) for message in of_version[0])
        assert text.count(each.paper.title) == 1, version


def own_ids(listed: Listed) -> frozenset[str]:
    """Return the arXiv id of the paper, where the paper goes by one."""
    return frozenset({f"arxiv:{listed.paper.id}"}) if listed.paper.id != listed.key else frozenset()


async def test_a_label_that_is_planted_elsewhere_does_count(
    survey: Survey, some: list[Listed], before: dict[str, Judgment]
) -> None:
    """So that the tests above cannot pass because nothing is learned at all."""
    changed = 0
    for each in some:
        look_alike = Known(key="other", titles=("Something else",), leaves=(PLANTED,), text=each.paper.abstract)
        changed += await judge(survey.taxonomy, [*survey.knowledge.papers, look_alike], each.paper) != before[each.key]
    assert changed == len(some)


def edit(taxonomy: Taxonomy, change: Callable[[Leaf], dict[str, object]]) -> Taxonomy:
    """Change the planted leaf."""
    sections = tuple(
        section.model_copy(
            update={
                "leaves": tuple(
                    leaf.model_copy(update=change(leaf)) if leaf.id == PLANTED else leaf for leaf in section.leaves
                )
            }
        )
        for section in taxonomy.sections
    )
    return taxonomy.model_copy(update={"sections": sections})
