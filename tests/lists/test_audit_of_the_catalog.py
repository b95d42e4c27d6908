"""The audit over the list under care: how many of its wrong ids are found, and how many get the right one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from agent.core.arxiv.ids import base_id
from agent.core.audit.check import ids_to_ask, read_cases
from agent.core.catalog.blocks import split_lines
from agent.core.papers.resolve import record_of, resolve
from agent.records import Paper
from agent.sources.arxiv.query_api import ArxivQuery
from tests.conftest import ROOT
from tests.replicas.arxiv_corpus import Deposit, read_catalog_papers, read_listing
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import SkippingClock, http
from tests.support.audit_cases import as_papers, audit_of, invented, known_papers, listed_under_care, truth
from tests.support.cli import Commands
from tests.unit.sources.arxiv.test_resolve import decoys, entries_and_truth

PRINTED = {entry.line: i for entry in listed_under_care().entries if (i := base_id(entry.url or ""))}


@dataclass(frozen=True)
class Score:
    """Of ``wrong_id``: lines, judged by the true ids."""

    precision: float
    recall: float
    right_proposals: float
    missed: list[int]
    false: list[int]
    misproposed: list[int]


def score(findings: Iterable[dict[str, Any]], right: dict[int, str | None]) -> Score:
    wrong = {line for line, printed in PRINTED.items() if printed != right[line]}
    found = {finding["line"]: finding["proposed_id"] for finding in findings if finding["kind"] == "wrong_id"}
    on_arxiv = [line for line in wrong if right[line]]
    assert (len(PRINTED), len(wrong), len(on_arxiv)) == (85, 47, 44)
    return Score(
        precision=len(wrong & set(found)) / len(found) if found else 0.0,
        recall=len(wrong & set(found)) / len(wrong),
        right_proposals=sum(found.get(line) == right[line] for line in on_arxiv) / len(on_arxiv),
        missed=sorted(wrong - set(found)),
        false=sorted(set(found) - wrong),
        misproposed=sorted(line for line, proposed in found.items() if proposed not in (None, right[line])),
    )


def deposit(one: Paper) -> Deposit:
    published = datetime.combine(one.published or one.announced, time(12), UTC)
    return Deposit(one.id, one.title, one.abstract, ("cs.CL",), published.date(), published, one.authors)


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch) -> Iterable[ArxivServer]:
    """The true papers, and under each wrong id an invented one."""
    right = as_papers(known_papers())
    decoys_ = invented(set(PRINTED.values()) - {one.id for one in right})
    with ArxivServer([deposit(one) for one in (*right, *decoys_)], today=date(2026, 1, 1)) as server:
        monkeypatch.setenv("TRIAGE_ARXIV_API_URL", server.api_url)
        monkeypatch.setenv("TRIAGE_ARXIV_PAUSE_SECONDS", "0")
        yield server


def test_with_what_is_committed_of_its_papers_every_wrong_id_is_found(
    triage: Commands, replica: ArxivServer, tmp_path: Path
) -> None:
    result = triage("audit", "--json", "--fix", "patch").json
    found = score(result["findings"], truth(known_papers()))
    assert (result["entries"], result["resolved"]) == (144, 143)
    assert (found.precision, found.recall, found.misproposed) == (1.0, 1.0, [])
    assert found.right_proposals == 1.0
    assert len(replica.calls) <= 3, "one or two pages of ids, no search"

    # The patch applies to the list as it is, and touches the named lines only.
    before = (ROOT / "data" / "catalog.md").read_bytes()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "catalog.md").write_bytes(before)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "apply", result["patch"]], cwd=tmp_path, check=True)
    after = (tmp_path / "data" / "catalog.md").read_bytes()
    pairs = zip(split_lines(before.decode()), split_lines(after.decode()), strict=True)
    changed = {number for number, (old, new) in enumerate(pairs, 1) if old != new}
    sure = {finding["line"] for finding in result["findings"] if finding["confidence"] == "high"}
    assert len(changed) > 45
    assert changed <= sure

    again = triage("audit", "--json", "--catalog", tmp_path / "data" / "catalog.md").json
    assert [finding for finding in again["findings"] if finding["line"] in changed] == []


@pytest.mark.slow
def test_by_searching_arxiv_alone_nearly_every_wrong_id_gets_the_right_one(shared_data: Path) -> None:
    """Nothing known beforehand: the papers are searched for among 3,000 others and four look-alikes of each entry."""
    catalog = listed_under_care()
    entries, right = entries_and_truth(shared_data)
    true = read_catalog_papers(shared_data / "catalog_papers.jsonl")
    noise = read_listing(shared_data / "background-2025-09-to-11.jsonl.gz")
    wrong = set(PRINTED.values()) - {one.id for one in true}
    invented_ = [deposit(one) for one in invented(wrong)]
    corpus = {one.id: one for one in (*noise, *decoys(entries, set(PRINTED.values())), *invented_, *true)}
    with ArxivServer(corpus.values(), today=date(2026, 1, 1)) as server:
        lookup = ArxivQuery(http(SkippingClock(), timeout=30.0), server.api_url)
        records = record_of(list(resolve(catalog.entries, (), lookup)))
        ids = ids_to_ask(read_cases(catalog.entries, records))
        answered = {one.id: one for one in lookup.find_ids(ids)}
    for known, proposals in ((records, 0.85), ((), 0.0)):
        findings = audit_of(catalog, known, {i: answered.get(i) for i in ids})
        found = score([finding.model_dump(mode="json") for finding in findings], right)
        assert found.precision >= 0.97, found
        assert found.recall >= 0.90, found
        assert found.right_proposals >= proposals, found
        assert found.misproposed == [], found
        missing = [finding for finding in findings if finding.kind == "missing_link"]
        assert {one.proposed_id for one in missing} <= {*(right[one.line] for one in missing), None}
