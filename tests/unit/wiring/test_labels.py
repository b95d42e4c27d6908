"""Gathering what the local judge may learn from."""

from __future__ import annotations

import json
from pathlib import Path

from agent.core.survey.labelled_papers import LabelSource
from agent.database.store import open_store
from agent.settings import load_settings
from agent.wiring.labels import count_learned, load_labelled
from tests.conftest import ROOT
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
        found = {each.paper.id: (each.source, each.chosen) for each in load_labelled(settings, store)}
        counted = count_learned(settings, store)
    assert found == {"2511.00001": (LabelSource.FILE, False), "2511.00002": (LabelSource.MODEL, True)}
    assert (counted.labels, counted.model_judgments) == (1, 1)
