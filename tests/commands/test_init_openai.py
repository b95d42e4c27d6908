"""``triage init --judge openai``: a model drafts the definitions, one question for a few leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.core.survey import taxonomy
from agent.core.survey.drafting.draft_files import MARK
from agent.sources.files.records import read_invented
from tests.conftest import ROOT
from tests.replicas.openai_answers import text_of
from tests.replicas.openai_server import OpenAIServer
from tests.support.cli import Commands

LEAVES = 11
LIST = "# Awesome Pots\nA curated list of papers on pots and their makers.\n" + "".join(
    f"## Part {n}\n- [A Study of Part {n} of Pots](https://arxiv.org/abs/2301.{n + 1:05}). arXiv 2023.\n"
    for n in range(LEAVES)
)


def _answer(_: str, body: Mapping[str, Any]) -> dict[str, Any]:
    data = json.loads(text_of(body).split("===")[1])
    texts = {"must": "shape a pot.", "belongs": ["throwing", "firing"]}
    ids = [leaf["id"] for leaf in data["leaves"]]
    example = {"abstract": "We shape a pot.\nIt holds water."}
    return {
        "subject": "pots and how they are made",
        "in_scope": ["a new way to make pots"],
        "out_of_scope": ["pans"],
        "grades": {"out": "No pot.", "adjacent": "A pan.", "in_scope": "A pot.", "core": "All about pots."},
        "leaves": [
            {
                "id": name,
                "definition": f"Papers that shape {name}.",
                "examples": [{"title": f"Shaping {name}", **example}, {"title": "The Same Pot", **example}],
                **texts,
            }
            for name in [*ids, "no-such"]
        ],
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "README.md").write_text(LIST)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-of-a-test")
    return tmp_path


def _taxonomy(folder: Path) -> taxonomy.Taxonomy:
    return taxonomy.parse({path.name: path.read_text() for path in (folder / "taxonomy").glob("*.yaml")})


def test_a_model_drafts_definition_scope_and_grades_marked_for_review(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(answers=_answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        ended = triage("init", "--judge", "openai", "--json")
        assert (ended.code, len(server.calls)) == (0, 3), ended.err
        form = server.calls[0].body["response_format"]["json_schema"]
    assert form["strict"] and "definition" in json.dumps(form["schema"])
    assert ended.json["cost"]["calls"] == 3 and float(ended.json["cost"]["usd"]) > 0
    tree = _taxonomy(folder)
    assert len(tree.leaf_ids) == LEAVES
    assert tree.leaf("part-9").definition == "Papers that shape part-9."
    assert tree.leaf("part-9").belongs == ("throwing", "firing") and tree.leaf("part-9").must == "shape a pot."
    assert (tree.subject, tree.scope.out_of_scope) == ("pots and how they are made", ("pans",))
    assert tree.relevance.core == "All about pots."
    texts = "".join(path.read_text() for path in (folder / "taxonomy").glob("*.yaml"))
    assert texts.count(MARK) == 3 + LEAVES


def test_a_model_invents_papers_that_the_local_judge_learns_from(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(answers=_answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        ended = triage("init", "--judge", "openai", "--json")
    path = folder / "taxonomy" / "invented.jsonl"
    assert str(path) in ended.json["written"]
    invented = read_invented(path)
    assert {each.leaf for each in invented} == set(_taxonomy(folder).leaf_ids)
    assert [each.abstract for each in invented] == ["We shape a pot. It holds water."] * (LEAVES + 1)
    night = ("run", "--source", ROOT / "data" / "sample_listing.jsonl", "--judge", "local", "--deliver", "none")
    assert triage(*night).code == 0
    path.write_text(path.read_text().replace("part-10", "part-99"))
    refused = triage(*night)
    assert refused.code == 2 and "is of unknown leaf 'part-99'; allowed: part-0, part-1," in refused.line
    path.write_text("{bad\n")
    assert triage(*night).code == 2
    assert triage("init").code == 2
    assert triage("init", "--force").code == 0
    assert not path.exists()


def test_what_the_model_does_not_answer_keeps_its_own_draft(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(name: str, body: Mapping[str, Any]) -> Any:
        return "no JSON at all" if '"id": "part-0"' in text_of(body) else _answer(name, body)

    with OpenAIServer(answers=answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        ended = triage("init", "--judge", "openai")
    assert ended.code == 4
    assert "the answer holds no JSON object; those leaves keep what was drafted" in " ".join(ended.err.split())
    tree = _taxonomy(folder)
    assert tree.leaf("part-0").definition.startswith("Papers on Part 0.")
    assert tree.leaf("part-10").definition == "Papers that shape part-10."
    with OpenAIServer(answers=_answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        assert triage("init", "--judge", "openai", "--force").code == 0
        assert len(server.calls) == 1, "only what could not be read is asked again"
    assert _taxonomy(folder).leaf("part-0").definition == "Papers that shape part-0."


def test_without_a_key_or_with_an_unknown_judge_nothing_is_written(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    refused = triage("init", "--judge", "openai")
    assert refused.code == 2 and "OPENAI_API_KEY" in refused.line
    assert triage("init", "--judge", "recorded").code == 2
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-of-a-test")
    assert triage("init", "--judge", "openai", "--max-cost", "0").code == 2
    assert [path.name for path in folder.iterdir()] == ["README.md"]


def test_a_cap_that_is_reached_is_said(triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer(answers=_answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        ended = triage("init", "--judge", "openai", "--max-cost", "0.000001")
        assert not server.calls
    assert ended.code == 4 and "cap" in ended.err
    assert yaml.safe_load((folder / "taxonomy" / "survey.yaml").read_text())["title"] == "Awesome Pots"


def test_a_wrong_key_costs_the_model_s_texts_and_not_the_list(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(answers=_answer, key="another") as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        ended = triage("init", "--judge", "openai", "--json")
    assert (ended.code, float(ended.json["cost"]["usd"] or 0)) == (4, 0)
    assert "taxonomy/survey.yaml" in " ".join(ended.json["written"])
    (problem,) = ended.json["problems"]
    assert "key" in problem
    assert "run again with --force" in " ".join(ended.err.split())
    assert _taxonomy(folder).leaf("part-0").definition.startswith("Papers on Part 0.")


def test_the_most_tokens_of_an_answer_are_those_that_are_set(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_JUDGE_MAX_OUTPUT_TOKENS", "9000")
    with OpenAIServer(answers=_answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        assert triage("init", "--judge", "openai").code == 0
        assert {call.body["max_completion_tokens"] for call in server.calls} == {9000}


def test_what_was_paid_before_the_asking_ended_is_reported(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_JUDGE_CONCURRENCY", "1")

    def answer_once(question: str, body: Mapping[str, Any]) -> dict[str, Any]:
        server.key = "another"
        return _answer(question, body)

    with OpenAIServer(answers=answer_once) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        ended = triage("init", "--judge", "openai", "--json")
    assert (ended.code, ended.json["cost"]["calls"]) == (4, 1)
    assert "key" in " ".join(ended.json["problems"])
