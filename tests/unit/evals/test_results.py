"""Committed results: no text of a paper, and the README table is made from them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from agent.errors import ConfigError
from evals import results
from evals.results import BEGIN, END, Committed
from evals.scoring import metrics
from tests.conftest import ROOT
from tests.unit.evals.test_compare import placement, relevance

TODAY = date(2025, 11, 23)


def test_a_saved_result_is_read_back(tmp_path: Path) -> None:
    path = results.save(placement([1]), "nights", TODAY, tmp_path)
    (found,) = results.read_all(tmp_path)
    assert (path.name, found.data, found.measured) == ("nights-scripted.json", "nights", TODAY)
    assert found.result == placement([1])


def test_a_new_result_of_the_same_judge_replaces_the_old_one(tmp_path: Path) -> None:
    results.save(placement([1]), "nights", TODAY, tmp_path)
    results.save(placement([2]), "nights", TODAY, tmp_path)
    assert [each.result for each in results.read_all(tmp_path)] == [placement([2])]


def test_tables_are_made_of_the_results(tmp_path: Path) -> None:
    results.save(placement(range(10)), "nights", TODAY, tmp_path)
    results.save(relevance([0.9, 0.8, 0.7, 0.1], [3, 0, 3, 0]), "repository", TODAY, tmp_path)
    text = results.tables(results.read_all(tmp_path))
    assert "| scripted | 40 | 0.75 (0.60 to 0.86)" in text
    assert "| scripted | 4 | 0.83" in text
    assert "Measured 2025-11-23" in text


def test_the_readme_is_changed_between_the_markers_only() -> None:
    before = f"top\n{BEGIN}\nold\n{END}\nbottom\n"
    assert results.splice(before, "new") == f"top\n{BEGIN}\nnew\n{END}\nbottom\n"


@pytest.mark.parametrize("readme", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{END}", f"{BEGIN}{BEGIN}{END}"])
def test_a_readme_without_its_markers_is_one_clear_line(readme: str) -> None:
    with pytest.raises(ConfigError, match="must be there once each"):
        results.splice(readme, "new")


@pytest.mark.parametrize(("path", "tables"), [("README.md", results.summary), ("docs/results.md", results.tables)])
def test_the_tables_are_those_of_the_committed_results(path: str, tables: Callable[[Sequence[Committed]], str]) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert results.splice(text, tables(results.read_all())) == text, "run: python -m evals.measure --table"


def test_every_judge_of_the_table_is_committed_on_every_kind_of_data() -> None:
    found = results.read_all()
    names = {each.result.judge.name for each in found}
    assert {"local", "keyword-bot", "majority-leaf", "tf-idf-neighbours", "definitions-only"} <= names
    assert {each.data for each in found} == set(results.DATA)


def test_committed_results_hold_no_text_of_a_paper() -> None:
    for path in results.FOLDER.glob("*.json"):
        row = json.loads(path.read_text(encoding="utf-8"))
        assert {field for field, text in texts(row) if len(text.split()) > 6} <= {"intervals", "key"}, path
        assert not {"title", "abstract", "evidence", "reason", "operation"} & {field for field, _ in texts(row)}, path


def test_every_metric_is_in_the_readme_of_evals() -> None:
    readme = (ROOT / "evals" / "README.md").read_text(encoding="utf-8")
    assert {name for name in metrics.METRICS if not re.search(rf"`{name}`", readme)} == set()


def texts(value: object, field: str = "") -> list[tuple[str, str]]:
    """Return every text in a JSON value with the name of the field that it is in."""
    if isinstance(value, str):
        return [(field, value)]
    if isinstance(value, dict):
        return [found for name, child in value.items() for found in texts(child, name)]
    return [found for child in value for found in texts(child, field)] if isinstance(value, list) else []
