"""The prompt that a list uses: the one it names, or the newest in its folder that fits the model's context."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.core.survey.known_papers import Knowledge
from agent.core.survey.survey import Survey
from agent.errors import ConfigError
from agent.judges.local.judge import LocalJudge
from agent.settings import JudgeSettings, load_settings
from agent.wiring import judges, lists, prompts
from tests.conftest import ROOT
from tests.support.fakes import paper


def chosen(home: Path, wanted: str, context: int | None) -> str:
    settings = load_settings(home / "triage.toml", home / ".triage", judge={"prompt": wanted})
    tree = lists.load_taxonomy(settings)
    local = LocalJudge(tree, Knowledge(()), ())
    return prompts.build_guidance(settings, tree, local, context).prompt.version


@pytest.mark.parametrize(
    ("context", "version"),
    [(None, "judge/v1"), (8_192, "judge/v1"), (16_384, "judge/v1"), (32_768, "judge/v3"), (400_000, "judge/v3")],
)
def test_auto_takes_the_full_prompt_where_the_context_is_known_to_hold_it(context: int | None, version: str) -> None:
    assert chosen(ROOT, "auto", context) == version


def test_a_prompt_that_is_named_is_used_whatever_the_context() -> None:
    assert chosen(ROOT, "judge/v2", 8_192) == "judge/v2"
    assert chosen(ROOT, "judge/v1", 400_000) == "judge/v1"


@pytest.mark.parametrize(
    ("model", "second", "version"),
    [
        ("gpt-6-luna", "", "judge/v3"),
        ("gpt-6-luna-2026-05-01", "gpt-6-sol", "judge/v3"),
        ("gpt-6-luna", "llama-of-mine", "judge/v1"),
        ("llama-of-mine", "", "judge/v1"),
    ],
)
def test_auto_asks_the_price_table_how_long_the_contexts_are(model: str, second: str, version: str) -> None:
    settings = load_settings(ROOT / "triage.toml", judge={"prompt": "auto", "model": model, "second_model": second})
    tree = lists.load_taxonomy(settings)
    survey = Survey.of(tree, lists.read_text(settings.catalog_path), (), ())
    local = LocalJudge(tree, Knowledge(()), ())
    assert judges.build_questions(settings, survey, local).identity.prompt.startswith(f"{version}@")


def test_auto_is_what_triage_toml_and_the_default_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIAGE_JUDGE_PROMPT", raising=False)
    assert load_settings(ROOT / "triage.toml").judge.prompt == JudgeSettings().prompt == "auto"


def test_a_prompt_that_is_nowhere_is_named_with_those_that_there_are() -> None:
    with pytest.raises(
        ConfigError, match=r"\[judge\] prompt 'judge/v0': .* allowed: auto, judge/v1, judge/v2, judge/v3"
    ):
        chosen(ROOT, "judge/v0", None)


def test_a_broken_prompt_is_named_with_its_path(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "fixtures" / "gardens", tmp_path / "list")
    (tmp_path / "list" / "prompts" / "judge" / "garden.yaml").write_text("version: 1\n")
    with pytest.raises(ConfigError, match=r"prompts/judge/garden\.yaml: "):
        chosen(tmp_path / "list", "auto", None)


def test_the_full_prompt_comes_with_twelve_examples_and_the_compact_one_with_six() -> None:
    counts = {}
    for version in ("judge/v1", "judge/v3"):
        settings = load_settings(ROOT / "triage.toml", judge={"prompt": version})
        tree = lists.load_taxonomy(settings)
        local = _Everywhere()
        built = prompts.build_guidance(settings, tree, local, None)  # type: ignore[arg-type]
        prompts.build_messages(built, tree, local)(paper())  # type: ignore[arg-type]
        counts[version] = local.asked
    assert counts == {"judge/v1": 6, "judge/v3": 12}


class _Everywhere:
    """Stands in for the local judge: notes how many neighbours it is asked for."""

    knowledge = Knowledge(())
    asked = 0

    def nearest(self, paper: object, count: int) -> tuple[()]:
        self.asked = count
        return ()
