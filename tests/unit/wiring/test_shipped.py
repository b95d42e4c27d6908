"""The files that ship with the program equal those in its own folders."""

from __future__ import annotations

from pathlib import Path

from agent.core.judging import costs
from agent.settings import load_settings
from agent.wiring import lists
from agent.wiring.shipped import shipped_prices, shipped_prompt, shipped_prompts
from tests.conftest import ROOT


def test_the_prompts_and_prices_are_those_of_the_checkout() -> None:
    ours = {f"judge/{path.stem}": path.read_text("utf-8") for path in (ROOT / "prompts" / "judge").glob("*.yaml")}
    assert shipped_prompts() == ours and shipped_prompt("judge/v1") == ours["judge/v1"]
    assert shipped_prompt("judge/v0") is None
    assert costs.read_prices(shipped_prices()) == costs.read_prices((ROOT / "data" / "prices.toml").read_text("utf-8"))


def test_a_list_without_prompts_and_prices_of_its_own_gets_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "triage.toml").write_text("")
    chosen = load_settings(tmp_path / "triage.toml")
    assert lists.read_prompts(chosen) == shipped_prompts()
    named = load_settings(tmp_path / "triage.toml", judge={"prompt": "judge/v1"})
    assert lists.read_prompts(named) == {"judge/v1": shipped_prompt("judge/v1")}
    assert lists.load_prices(chosen) == costs.read_prices(shipped_prices())
    (tmp_path / "prompts" / "judge").mkdir(parents=True)
    (tmp_path / "prompts" / "judge" / "v1.yaml").write_text("ours: 1\n")
    assert lists.read_prompts(chosen) == lists.read_prompts(named) == {"judge/v1": "ours: 1\n"}
