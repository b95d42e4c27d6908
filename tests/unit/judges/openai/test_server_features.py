"""The features that a server takes: found out from refusals in any words, and kept for a month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.judges.openai.server_features import FeatureMemory, Features, Search, must_stream, named_feature
from tests.support.judge_cases import Memory

TODAY = date(2026, 3, 1)
BODY = {
    "messages": [{"role": "system", "content": "static"}, {"role": "user", "content": "paper"}],
    "max_completion_tokens": 4000,
    "reasoning_effort": "low",
    "response_format": {"type": "json_schema"},
}


def found(refusal: Callable[[Features], str | None]) -> tuple[Features, int]:
    """Return what a search ends with on a server that refuses in these words, and how many requests it took."""
    features, tries = Features(), 1
    said = refusal(features)
    assert said is not None
    search = Search(features, said, named_feature(said, BODY))
    while said is not None:
        trial = search.next(said, named_feature(said, BODY))
        assert trial is not None
        features, tries, said = trial, tries + 1, refusal(trial)
    return features, tries


def test_without_a_reason_only_what_is_refused_is_left_out() -> None:
    assert found(lambda asked: None if not asked.system else "bad request")[0] == Features(system=False)


def test_a_named_feature_is_left_out_first() -> None:
    features, tries = found(lambda asked: "unknown field max_completion_tokens" if "comp" in asked.limit else None)
    assert (features, tries) == (Features(limit="max_tokens"), 2)


def test_two_reasons_in_different_words_are_found_one_after_the_other() -> None:
    def refusal(asked: Features) -> str | None:
        if asked.effort:
            return "does not support thinking"
        return "no system role" if asked.system else None

    assert found(refusal) == (Features(effort=False, system=False), 3)


def test_two_reasons_in_the_same_words_cost_no_more_than_both_of_them() -> None:
    features, tries = found(lambda asked: "bad request" if asked.effort or asked.mode == "json_schema" else None)
    assert (features, tries <= 12) == (Features(effort=False, mode="json_object_schema"), True)


def test_words_that_differ_only_in_an_id_are_the_same_words() -> None:
    ids = iter(range(100))
    features, _ = found(lambda asked: f"bad request req_{next(ids)}" if asked.system else None)
    assert features == Features(system=False)


@given(st.lists(st.text(max_size=5), min_size=30, max_size=30))
def test_every_search_comes_to_an_end(said: list[str]) -> None:
    search = Search(Features(), said[0], None)
    tries = [search.next(words, None) for words in said]
    barest = Features(mode="text", effort=False, limit="", system=False, names_stream=False)
    assert None in tries or barest in tries


@pytest.mark.parametrize(
    ("words", "feature"),
    [
        ('"qwen2.5:7b" does not support thinking', "effort"),
        ("unsupported parameter: 'reasoning_effort'", "effort"),
        ("the provided json schema contains features not supported by xgrammar", "mode"),
        ("failed to parse grammar", "mode"),
        ("a constraint that has too many states for serving", "mode"),
        ("max_tokens is too large", "limit"),
        ("system role not supported", "system"),
        ("only user and assistant roles are supported!", "system"),
        ("tensor shape mismatch", None),
        ('{"message":"bad request, see https://example.org/docs/reasoning","param":"max_tokens"}', "limit"),
    ],
)
def test_what_a_refusal_names(words: str, feature: str | None) -> None:
    assert named_feature(words, BODY) == feature


def test_a_body_is_spoken_with_the_names_and_roles_that_the_server_knows() -> None:
    assert Features().adapt(BODY) == {**BODY, "stream": False}
    told = Features(limit="max_tokens", effort=False, system=False, names_stream=False, most_output=1500).adapt(BODY)
    assert told == {
        "messages": [{"role": "user", "content": "static\n\npaper"}],
        "response_format": {"type": "json_schema"},
        "max_tokens": 1500,
    }


def test_what_worked_is_kept_for_a_month_by_server_and_model() -> None:
    memory, learnt = Memory(), Features(mode="text", effort=False)
    here = FeatureMemory(memory, "http://127.0.0.1:1/v1", "m")
    assert here.load(TODAY) == Features()
    here.save(learnt, TODAY)
    assert FeatureMemory(memory, "http://127.0.0.1:1/v1/", "m").load(date(2026, 3, 30)) == learnt
    assert here.load(date(2026, 4, 1)) == Features()
    assert FeatureMemory(memory, "http://127.0.0.1:1/v1", "n").load(TODAY) == Features()
    assert "127.0.0.1" not in repr(memory)


def test_features_that_an_older_program_kept_are_forgotten() -> None:
    memory = Memory()
    here = FeatureMemory(memory, "http://127.0.0.1:1/v1", "m")
    here.save(Features(), TODAY)
    for kept in ({}, {"learnt": "soon"}, {"learnt": TODAY.isoformat(), "features": {"dialect": 1}}):
        memory[next(iter(memory))] = kept
        assert here.load(TODAY) == Features()


@pytest.mark.parametrize(
    ("words", "streams"),
    [
        ("parameter 'stream' must be true", True),
        ('set "stream": true', True),
        ("please set `stream` to true", True),
        ("unknown field in {'stream': false, 'strict': true}", False),
    ],
)
def test_whether_a_server_only_streams(words: str, streams: bool) -> None:
    assert must_stream(words) is streams


def test_how_a_server_streams_is_read_as_an_older_program_kept_it() -> None:
    memory = Memory()
    here = FeatureMemory(memory, "http://127.0.0.1:1/v1", "m")
    here.save(Features(), TODAY)
    old = {"mode": "text", "stream": False, "streamed": True, "stream_usage": False}
    memory[next(iter(memory))] = {"learnt": TODAY.isoformat(), "features": old}
    learnt = Features(mode="text", names_stream=False, asks_stream=True, asks_usage=False)
    assert here.load(TODAY) == learnt
    here.save(learnt, TODAY)
    assert here.load(TODAY) == learnt
