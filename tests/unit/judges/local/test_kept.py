"""The files of what was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from agent.judges.local import kept
from agent.judges.local.ridge import Solution


def test_a_file_that_a_killed_run_did_not_finish_is_removed_when_the_next_one_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / ".relevance-0123.99.next").touch()
    kept.remember(tmp_path, "relevance", "space")("key", lambda: Solution(np.zeros(1), np.zeros(1)))
    (written,) = tmp_path.iterdir()
    assert written.suffix == ".npz"
