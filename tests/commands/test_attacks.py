"""Every attack of the corpus through the whole path: ids, schema and the verdicts on other papers stay as they were."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.core.judging import prompt
from agent.core.judging.injection import suspicious
from agent.records import NO_LEAF, Judgment, Paper, Record
from tests.replicas.openai_server import OpenAIServer
from tests.support.fakes import paper
from tests.support.judge_cases import LEAVES, STATIC, core, judge_all, judge_at, messages, questions

OTHERS = [
    paper("2511.00001", title="A plain study", abstract="We rank web text by a small model. It helps."),
    paper("2511.00002", title="Another plain study", abstract="We prove a bound for sorting. It is tight."),
]
VICTIM = "2511.09999"
FIRST_WORDS = "We measure the heat of stars."


class Attack(Record):
    name: str
    text: str
    where: str = "abstract"
    obeyed: str | None = None
    flagged: bool = True

    @property
    def paper(self) -> Paper:
        """Return a paper out of scope that holds the attack."""
        text = self._named(self.text)
        fields = {
            "title": "On the heat of stars",
            "abstract": f"{FIRST_WORDS} {text if self.where == 'abstract' else ''} The end.",
            "comment": "3 pages",
        }
        if self.where != "abstract":
            fields[self.where] = text
        return paper(VICTIM, **fields)

    @property
    def reply(self) -> str:
        """Return what a model that obeys would say."""
        if self.obeyed == "NESTED":
            return '{"a":[' * 3000
        quote = " ".join(self._named(self.text).split())[:60]
        return self._named(self.obeyed) if self.obeyed else json.dumps(core(LEAVES[0], quote=quote))

    def _named(self, text: str) -> str:
        return text.replace("PAPER_1", OTHERS[0].id).replace("PAPER_2", OTHERS[1].id)


CORPUS = [
    Attack.model_validate(record)
    for record in yaml.safe_load((Path(__file__).parent / "attacks.yaml").read_text("utf-8"))
]
each_attack = pytest.mark.parametrize("attack", CORPUS, ids=lambda attack: attack.name)

HONEST: dict[str, Any] = {
    OTHERS[0].id: core(LEAVES[1], quote="We rank web text by a small model."),
    OTHERS[1].id: core(relevance="out", leaves=[], evidence=[]),
    VICTIM: core(relevance="out", leaves=[], quote=FIRST_WORDS),
}


async def night(attack: Attack, answers: Mapping[str, Any]) -> tuple[dict[str, Judgment | str], OpenAIServer]:
    papers = [OTHERS[0], attack.paper, OTHERS[1]]
    with OpenAIServer(papers, answers=answers) as server:
        return await judge_all(judge_at(server), papers), server


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Judgment | str]:
    """What becomes of the other papers on a night without an attack."""

    async def run() -> dict[str, Judgment | str]:
        with OpenAIServer(OTHERS, answers=HONEST) as server:
            return await judge_all(judge_at(server), OTHERS)

    return asyncio.run(run())


def test_the_corpus_is_large_and_no_attack_stands_in_it_twice() -> None:
    assert len(CORPUS) >= 25
    assert len({attack.name for attack in CORPUS}) == len({attack.text for attack in CORPUS}) == len(CORPUS)


@each_attack
async def test_a_model_that_does_not_fall_for_it_judges_as_if_it_were_not_there(
    attack: Attack, undisturbed: dict[str, Judgment | str]
) -> None:
    found, server = await night(attack, HONEST)
    assert all(found[other.id] == undisturbed[other.id] for other in OTHERS)
    victim = found[VICTIM]
    assert isinstance(victim, Judgment)
    assert (victim.paper_id, victim.grade, victim.evidence) == (VICTIM, 0, (FIRST_WORDS,))
    assert len(server.calls) == 3
    for call in server.calls:
        assert [message["role"] for message in call.body["messages"]] == ["system", "user"]
        assert call.body["messages"][0]["content"] == STATIC
        assert call.body["response_format"]["json_schema"]["schema"] == questions().schema


@each_attack
async def test_a_model_that_obeys_it_harms_no_other_paper_and_invents_nothing(
    attack: Attack, undisturbed: dict[str, Judgment | str]
) -> None:
    found, _ = await night(attack, HONEST | {VICTIM: attack.reply})
    assert list(found) == [OTHERS[0].id, VICTIM, OTHERS[1].id]
    assert all(found[other.id] == undisturbed[other.id] for other in OTHERS)
    victim = found[VICTIM]
    if isinstance(victim, Judgment):
        assert victim.paper_id == VICTIM
        assert {*victim.top, *victim.secondary} <= {*LEAVES, NO_LEAF}
        assert all(quote in " ".join(attack.paper.abstract.split()) for quote in victim.evidence)
    else:
        assert "\n" not in victim


@each_attack
def test_it_stays_between_the_lines_that_fence_the_paper(attack: Attack) -> None:
    text = messages(attack.paper)[-1]["content"]
    code = prompt.fence(attack.paper)
    lines = text.splitlines()
    begin, end = lines.index(f"<<<PAPER {code}>>>"), lines.index(f"<<<END PAPER {code}>>>")
    assert text.count(code) == 2
    inside = "\n".join(lines[begin:end])
    assert all(line in inside for line in attack._named(attack.text).strip().splitlines())


@each_attack
def test_it_is_flagged_for_the_reviewer_unless_known_to_slip_through(attack: Attack) -> None:
    marked = attack.paper
    flag = suspicious("\n".join([marked.title, marked.comment or "", marked.abstract]))
    assert (flag is not None) is attack.flagged


@pytest.mark.parametrize("plain", OTHERS, ids=lambda plain: plain.title)
def test_a_plain_paper_is_not_flagged(plain: Paper) -> None:
    assert suspicious(f"{plain.title}\n{plain.abstract}") is None
