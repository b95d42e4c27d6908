"""The benchmark of the review page: it ends when there is no page."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.benchmarks.review_page import served


def test_a_page_that_does_not_start_ends_the_benchmark(tmp_path: Path) -> None:
    (tmp_path / "triage.sqlite3").write_text("no database, but longer than the header of one" * 100)
    with pytest.raises(SystemExit, match="did not start"), served(tmp_path):
        pass
