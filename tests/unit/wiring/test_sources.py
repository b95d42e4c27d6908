"""The pace of arXiv that the nights of one process keep together."""

from __future__ import annotations

from pathlib import Path

from agent.settings import load_settings
from agent.wiring.sources import build_http


def test_the_nights_of_one_process_share_the_pace(tmp_path: Path) -> None:
    (tmp_path / "triage.toml").write_text("")
    one, other = (build_http(load_settings(tmp_path / "triage.toml")) for _ in range(2))
    assert one is not other and one.last is other.last
