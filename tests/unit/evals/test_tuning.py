"""Nothing is tuned on what is reported, and no judge of an evaluation learns from a label of a paper it reports on."""

from __future__ import annotations

import ast
import sys
from datetime import date
from pathlib import Path

import pytest

from agent.core.survey.labelled_papers import LabelledPaper, LabelSource
from agent.database.store import open_store
from agent.records import Paper
from agent.settings import load_settings
from agent.wiring import judges
from agent.wiring.lists import load_survey
from evals import tuning
from evals.material import Options, gather
from evals.run import ids_of, judge_builder
from tests.conftest import ROOT

REPORTED = ("listings", "retrospective", "2025-11-1", "sample_listing")


def test_tuning_opens_only_the_labelled_background_and_what_is_learned_from(shared_data: Path) -> None:
    opened: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open" and str(arguments[0]).endswith((".jsonl", ".gz")):
            opened.append(str(arguments[0]))

    sys.addaudithook(watch)
    tuning.read_labelled()
    tuning.read_papers()
    tuning.read_invented(tuning.INVENTED)
    watching = False
    assert set(opened) == {str(path) for path in tuning.READ}
    assert not [path for path in opened for name in REPORTED if name in Path(path).name or f"/{name}/" in path]


def test_the_tuning_knows_no_module_that_reads_what_is_reported() -> None:
    tree = ast.parse(Path(tuning.__file__).read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in imported if name and name.startswith("evals")]


def test_labels_of_reported_papers_change_no_judgment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(ROOT / "triage.toml", tmp_path, judge={"kind": "local"})
    night = ROOT / "data" / "sample_listing.jsonl"
    options = Options(nights=[night], labels=[ROOT / "data" / "labels" / "2025-11-12_to_14.jsonl"])
    with open_store(settings.state.folder, exclusive=False) as store:
        survey = load_survey(settings, store)
        material = gather(settings, survey, options)
        assert material.nights
        papers = material.nights.nights[0].papers
        scores = []
        for planted in ((), [_label(paper) for paper in papers]):
            monkeypatch.setattr(judges, "load_labelled", lambda *_, planted=planted: planted)
            judge = judge_builder(settings, survey, store)(frozenset(), ids_of(material.nights.nights))
            judge.prepare(papers)
            scores.append(judge.identity)
    assert scores[0] == scores[1]


def _label(paper: Paper) -> LabelledPaper:
    told = paper.model_copy(update={"announced": date(2025, 11, 13)})
    return LabelledPaper(paper=told, grade=3, primary="3.2.1", source=LabelSource.PERSON)


def test_without_the_background_tuning_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tuning, "BACKGROUND", tmp_path / "background.jsonl.gz")
    monkeypatch.setattr(sys, "argv", ["tuning", "--reference"])
    assert tuning.main() == 3
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'background.jsonl.gz'}: No such file")
