"""The first message: one text a night, no trace of the paper that is judged, and the newest prompt that fits."""

from __future__ import annotations

import pytest

from agent.core.judging import guidance, prompt
from agent.core.judging.guidance import Guidance
from agent.core.survey.known_papers import Knowledge, Known
from agent.judges.local.typical import rank_by_typicality
from tests.support.fakes import paper
from tests.support.nights import TREE

TEMPLATE = """version: {version}
changed: Now.
static: |
  About {{{{ taxonomy.title }}}}.{filler}
  {{% for group in precedents %}}
  [{{{{ group.leaf }}}}]{{% for entry in group.entries %}} {{{{ entry.title }}}}.{{% endfor %}}

  {{% endfor %}}
paper: "{{{{ paper.title }}}} {{{{ fence }}}}"
"""


def asked(version: str = "judge/v3", filler: str = "") -> prompt.Prompt:
    return prompt.parse(TEMPLATE.format(version=version, filler=filler))


def known(title: str, leaf: str, arxiv_id: str | None = None) -> Known:
    ids = frozenset({f"arxiv:{arxiv_id}"}) if arxiv_id else frozenset()
    return Known(key=title, titles=(title,), leaves=(leaf,), ids=ids, operation=f"It is {title.lower()}.")


def build(*papers: Known, version: str = "judge/v3", filler: str = "") -> Guidance:
    return Guidance(asked(version, filler), TREE, Knowledge(papers), rank_by_typicality)


LISTED = (known("Hoses that Feel", "water"), known("Leaves on Camera", "sense"))
NEW = paper("2511.00009", title="A Robot for Roses")


def test_papers_that_the_list_does_not_have_get_one_text() -> None:
    built = build(*LISTED)
    other = paper("2511.00010", title="Another Robot")
    assert built.text(NEW) is built.text(other)
    assert "Hoses that Feel." in built.text(NEW) and "Leaves on Camera." in built.text(NEW)


@pytest.mark.parametrize("size", [0, 3_000], ids=["all entries fit", "too many to show"])
@pytest.mark.parametrize("leaf", ["water", "sense"])
def test_planting_the_paper_and_its_twin_in_the_list_changes_nothing(leaf: str, size: int) -> None:
    others = (*LISTED, *(known(f"Watering Plot {number} by Drip and Hose", "water") for number in range(size)))
    own = known("A Robot for Roses", leaf)
    twin = known("Rose-Bot: A Robot that Tends Roses at Night", leaf, arxiv_id="2511.00009")
    planted = build(own, *others, twin)
    assert planted.text(NEW) == build(*others).text(NEW)
    seen = planted.text(paper("2511.00010", title="Something Else Entirely"))
    assert size or (own.title in seen and twin.title in seen), "the others do see them"


def test_a_prompt_that_shows_no_precedents_is_the_same_for_a_listed_paper() -> None:
    plain = prompt.parse("version: judge/v1\nchanged: x\nstatic: '{{ taxonomy.title }}'\npaper: '{{ paper.title }}'\n")
    built = Guidance(plain, TREE, Knowledge(LISTED), rank_by_typicality)
    assert built.text(paper("2511.00011", title="Hoses that Feel")) == built.text(NEW) == TREE.title


def test_the_newest_prompt_that_fits_the_context_is_chosen() -> None:
    small, large = build(version="judge/v9"), build(version="judge/v10", filler="x" * 40_000)
    room = large.tokens(4000)
    assert room == pytest.approx(10_000 + guidance.PAPER_TOKENS + 4000, abs=50)
    for candidates in ([small, large], [large, small]):
        assert guidance.choose(candidates, room, 4000) is large
        assert guidance.choose(candidates, room - 1, 4000) is small
        assert guidance.choose(candidates, None, 4000) is small
        assert guidance.choose(candidates, 10, 4000) is small
