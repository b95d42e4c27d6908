"""Gathering what the local judge may learn from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.core.survey.labelled_papers import LabelSource
from agent.database.store import open_store
from agent.records import Bucket
from agent.settings import load_settings
from agent.wiring.labels import count_learned, load_background, load_labelled
from tests.conftest import ROOT
from tests.support.desk import NOW, report
from tests.support.fakes import paper


def test_labels_that_a_model_read_count_as_its_judgments(tmp_path: Path) -> None:
    settings = load_settings(ROOT / "triage.toml", tmp_path, judge={"kind": "local"})
    folder = settings.state.folder / "labels"
    folder.mkdir(parents=True)
    row = {"grade": 2, "primary": None, "secondary": []}
    told = [{"id": "2511.00001", **row}, {"id": "2511.00002", **row, "reader": "model", "chosen": True}]
    (folder / "some.jsonl").write_text("".join(json.dumps(each) + "\n" for each in told))
    with open_store(settings.state.folder, exclusive=False) as store:
        store.save_background([paper(each["id"]) for each in told])
        found = {
            each.paper.id: (each.source, each.chosen) for each in load_labelled(settings, store, store.background())
        }
        counted = count_learned(settings, store)
    assert found == {"2511.00001": (LabelSource.FILE, False), "2511.00002": (LabelSource.MODEL, True)}
    assert (counted.labels, counted.model_judgments) == (1, 1)


@pytest.mark.parametrize(("synced", "judged", "used"), [(0, 499, 0), (0, 500, 500), (1, 500, 501), (500, 500, 500)])
def test_papers_of_the_first_nights_stand_in_for_a_background_that_was_not_fetched(
    tmp_path: Path, synced: int, judged: int, used: int
) -> None:
    earlier = [paper(f"2511.{number:05}") for number in range(judged)]
    with open_store(tmp_path, exclusive=True) as store:
        store.save_background([paper(f"2510.{number:05}") for number in range(synced)])
        store.save_papers(earlier)
        store.finish_run(report("1"), {each.id: Bucket.REJECTED for each in earlier}, (), NOW)
        assert len(load_background(store)) == used
