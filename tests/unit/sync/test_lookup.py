"""What arXiv leaves out of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.database.store import open_store
from agent.records import Paper
from agent.sync.entries import IDS_A_REQUEST
from agent.sync.lookup import RememberingLookup
from tests.support.fakes import paper


class Arxiv:
    """Implements Lookup: has every paper but those that are ``gone``."""

    def __init__(self, gone: Sequence[str]) -> None:
        self.gone = gone
        self.sizes: list[int] = []

    def find_ids(self, ids: Sequence[str]) -> list[Paper]:
        self.sizes.append(len(ids))
        return [paper(each) for each in ids if each not in self.gone]

    def find(self, query: str) -> list[Paper]:
        return []


@pytest.mark.parametrize("more", [0, 1, 2])
def test_an_id_that_arxiv_does_not_have_is_known_to_be_absent_however_many_are_asked_for(
    tmp_path: Path, more: int
) -> None:
    ids = [f"2501.{number:05}" for number in range(1, IDS_A_REQUEST + 1 + more)]
    arxiv = Arxiv(ids[-1:])
    with open_store(tmp_path, exclusive=True) as store:
        found = RememberingLookup(store, arxiv).papers(ids)
    assert found.keys() == set(ids) and [name for name in ids if found[name] is None] == ids[-1:]
    assert max(arxiv.sizes) <= IDS_A_REQUEST
