"""``triage audit`` as a curator runs it, against a replica of arXiv that may be unwell."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from agent.database.store import open_store
from tests.conftest import ROOT
from tests.replicas.arxiv_corpus import Deposit
from tests.replicas.arxiv_server import ArxivServer
from tests.replicas.git_server import Bare, GitServer
from tests.replicas.github_server import GitHubServer
from tests.support.cli import Commands
from tests.support.fakes import paper

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
DRIP = "Drip by Drip: Learned Irrigation for Roof Gardens"
WATER = "When to Water: Moisture Forecasts for Lazy Gardeners"
SNIP = "SnipBot: Pruning Vines with a Seven-Axis Arm"
LEAF = "LeafWatch: Cheap Cameras that Count Leaves"


def deposit(paper_id: str, title: str, **fields: Any) -> Deposit:
    day = date(2024, 4, 2)
    published = datetime.combine(day, time(12), UTC)
    return Deposit(paper_id, title, "We study gardens.", ("cs.RO",), day, published, ("A. Grower",), **fields)


RIGHT = [
    deposit("2401.00011", DRIP),
    deposit("2402.00012", WATER),
    deposit("2403.00013", SNIP),
    deposit("2404.00014", LEAF),
]
"""Every link of the list right, and the drip paper wrong in ``WRONG``."""
WRONG = [deposit("2401.00011", "Spin Waves in Magnets"), deposit("2401.55555", DRIP), *RIGHT[1:]]


@pytest.fixture
def garden(tmp_path: Path) -> Path:
    home = tmp_path / "garden"
    shutil.copytree(GARDENS, home)
    text = (home / "data" / "list.md").read_text()
    contents = "* [Watering](#watering)\n* [Pruning and Picking](#pruning-and-picking)\n"
    (home / "data" / "list.md").write_text(text.replace("* [Watering](#watering)\n", contents))
    return home


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArxivServer]:
    with ArxivServer(WRONG, today=date(2026, 1, 1)) as server:
        point_to(server.api_url, monkeypatch, patience=10)
        yield server


def point_to(url: str, monkeypatch: pytest.MonkeyPatch, patience: float = 0.3) -> None:
    """Ask at this address. Only where nothing can come of it may the patience be short: a busy machine is slow."""
    monkeypatch.setenv("TRIAGE_ARXIV_API_URL", url)
    monkeypatch.setenv("TRIAGE_ARXIV_PAUSE_SECONDS", "0")
    monkeypatch.setenv("TRIAGE_ARXIV_PATIENCE_SECONDS", str(patience))


def options(garden: Path) -> list[object]:
    return ["--config", garden / "triage.toml"]


def kinds(findings: Sequence[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(finding["kind"], finding["listed_id"]) for finding in findings]


def test_a_wrong_link_is_reported_with_the_right_id(triage: Commands, garden: Path, server: ArxivServer) -> None:
    ended = triage("audit", *options(garden), "--json")
    (finding,) = ended.json["findings"]
    assert (ended.code, ended.json["entries"], ended.json["patch"]) == (0, 4, None)
    assert set(finding) == {
        "kind", "line", "entry_title", "detail", "listed_id", "found_title", "proposed_id", "confidence",
    }  # fmt: skip
    assert (finding["kind"], finding["listed_id"], finding["proposed_id"]) == ("wrong_id", "2401.00011", "2401.55555")
    assert (finding["found_title"], finding["entry_title"]) == ("Spin Waves in Magnets", DRIP)


def test_a_person_gets_a_table(triage: Commands, garden: Path, server: ArxivServer) -> None:
    ended = triage("audit", *options(garden))
    assert (ended.code, ended.err) == (0, "")
    assert "1 finding; 4 entries" in ended.out
    assert "2401.55555" in ended.out


def test_strict_is_exit_1_only_when_something_is_wrong(triage: Commands, garden: Path, server: ArxivServer) -> None:
    assert triage("audit", *options(garden), "--strict").code == 1
    server.papers = RIGHT
    ended = triage("audit", *options(garden), "--strict", "--json", state=garden / "fresh")
    assert (ended.code, ended.json["findings"]) == (0, [])


def test_offline_says_what_was_learned_before_and_asks_nobody(
    triage: Commands, garden: Path, server: ArxivServer
) -> None:
    before = triage("audit", *options(garden), "--offline", "--json")
    assert {finding["kind"] for finding in before.json["findings"]} == {"unresolved"}
    assert (before.code, len(before.json["findings"]), server.calls) == (0, 4, [])
    words = triage("audit", *options(garden), "--offline").out
    assert "0 findings; 4 entries" in words and "4 could not be checked" in words
    online = triage("audit", *options(garden), "--json")
    asked = len(server.calls)
    offline = triage("audit", *options(garden), "--offline", "--json")
    assert offline.json["findings"] == online.json["findings"]
    assert len(server.calls) == asked


def test_the_table_names_twenty_entries_that_could_not_be_checked_and_counts_the_others(
    triage: Commands, garden: Path, server: ArxivServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = [f"* [Plot {n}: A Garden Study](https://arxiv.org/abs/2405.{n:05})" for n in range(1, 31)]
    path = garden / "data" / "list.md"
    path.write_text(path.read_text().rstrip("\n") + "\n" + "\n".join(more) + "\n")
    out = triage("audit", *options(garden), "--offline").out
    assert "unresolved" not in out, "nobody was asked, which says nothing about an entry"
    assert "34 could not be checked: nothing is stored of them, and --offline asks nobody; `triage sync` first" in out
    server.plan = lambda kind, number: "503"
    point_to(server.api_url, monkeypatch)
    out = triage("audit", *options(garden)).out
    assert out.count("unresolved") == 20
    assert "14 more could not be checked" in out
    assert len(triage("audit", *options(garden), "--offline", "--json").json["findings"]) == 34


def test_offline_compares_with_the_papers_that_earlier_nights_listed(
    triage: Commands, garden: Path, server: ArxivServer
) -> None:
    server.papers = RIGHT
    with open_store(triage.state, exclusive=True) as store:
        store.save_papers(
            paper(each.id, title=each.title, announced=each.announced, authors=each.authors) for each in RIGHT
        )
    ended = triage("audit", *options(garden), "--offline", "--json")
    assert (ended.code, ended.json["findings"], server.calls) == (0, [], [])


def test_a_second_audit_searches_for_nothing_again(triage: Commands, garden: Path, server: ArxivServer) -> None:
    triage("audit", *options(garden))
    asked = len(server.calls)
    triage("audit", *options(garden))
    assert len(server.calls) - asked == 1


def test_the_patch_applies_changes_the_named_line_only_and_the_next_audit_is_quiet(
    triage: Commands, garden: Path, server: ArxivServer
) -> None:
    subprocess.run(["git", "init", "-q", garden], check=True)
    before = (garden / "data" / "list.md").read_text()
    ended = triage("audit", *options(garden), "--fix", "patch")
    patch = Path(ended.out.strip().splitlines()[-1])
    subprocess.run(["git", "apply", patch], cwd=garden, check=True)
    assert (garden / "data" / "list.md").read_text() == before.replace("2401.00011", "2401.55555")
    assert "Drip by Drip" in patch.with_suffix(".md").read_text()
    again = triage("audit", *options(garden), "--fix", "patch", "--json")
    assert (again.json["findings"], again.json["patch"]) == ([], None)


@pytest.mark.parametrize("fix", ["everything", ""])
def test_an_unknown_way_to_fix_is_exit_2(triage: Commands, garden: Path, fix: str) -> None:
    ended = triage("audit", *options(garden), "--fix", fix)
    assert (ended.code, "allowed: patch, pr" in ended.line) == (2, True)


def test_a_pull_request_needs_a_token_before_anything_is_asked(
    triage: Commands, garden: Path, server: ArxivServer
) -> None:
    ended = triage("audit", *options(garden), "--fix", "pr")
    assert (ended.code, "GITHUB_TOKEN" in ended.line, server.calls) == (2, True, [])


def test_the_repairs_become_a_pull_request(
    triage: Commands, garden: Path, server: ArxivServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_ = (garden / "data" / "list.md").read_text()
    bare, token = Bare.holding(garden / "list.git", {"README.md": list_}), "ghp_writer0123456789abcdef"
    with GitServer(garden, {token: "write"}) as git, GitHubServer(bare, {token: "write"}, {}) as hub:
        for name, value in (("REPOSITORY", "owner/list"), ("REMOTE", git.url("list")), ("API_URL", hub.url)):
            monkeypatch.setenv(f"TRIAGE_GITHUB_{name}", value)
        monkeypatch.setenv("GITHUB_TOKEN", token)
        ended = triage("audit", *options(garden), "--fix", "pr", "--json")
        assert ended.json["pr_url"] == hub.pulls[0]["html_url"]
    assert bare.text("triage/drafts-repairs") == list_.replace("2401.00011", "2401.55555")
    assert bare.text("main") == list_


@pytest.mark.parametrize("fix", ["patch", "pr"])
def test_repairs_that_cannot_be_handed_over_do_not_hide_the_findings(
    triage: Commands, garden: Path, server: ArxivServer, monkeypatch: pytest.MonkeyPatch, fix: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "a-token")
    monkeypatch.setenv("TRIAGE_GITHUB_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TRIAGE_GITHUB_REPOSITORY", "a/b")
    triage.state.mkdir()
    (triage.state / "patches").write_text("no folder")
    ended = triage("audit", *options(garden), "--fix", fix, "--json")
    assert (ended.code, kinds(ended.json["findings"])) == (5, [("wrong_id", "2401.00011")])
    assert (ended.json["patch"], ended.json["pr_url"]) == (None, None)


def test_with_arxiv_down_everything_is_unresolved_and_nothing_guessed(
    triage: Commands, garden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_to("http://127.0.0.1:9/api/query", monkeypatch)
    ended = triage("audit", *options(garden), "--json", "--strict")
    assert {finding["kind"] for finding in ended.json["findings"]} == {"unresolved"}
    assert (ended.code, len(ended.json["findings"]), "arXiv" in ended.line) == (4, 4, True)


@pytest.mark.parametrize(
    "fault", ["503", "html", "nothing", "truncated", "error entry", "429", "no results", "empty page"]
)
def test_an_unwell_arxiv_leads_to_no_guess(triage: Commands, garden: Path, server: ArxivServer, fault: str) -> None:
    server.plan = lambda kind, number: fault
    ended = triage("audit", *options(garden), "--json")
    assert ended.code in (0, 4)
    assert (ended.code == 4) is bool(ended.json["problem"])
    assert {finding["kind"] for finding in ended.json["findings"]} == {"unresolved"}


def test_arxiv_that_fails_after_the_ids_still_gives_the_wrong_id_but_no_proposal(
    triage: Commands, garden: Path, server: ArxivServer
) -> None:
    server.plan = lambda kind, number: "503" if number else ""
    ended = triage("audit", *options(garden), "--json")
    (finding,) = ended.json["findings"]
    assert (finding["kind"], finding["proposed_id"], finding["confidence"]) == ("wrong_id", None, "medium")
    assert "503" in ended.json["problem"]


@pytest.mark.parametrize("answered", [1, 2])
def test_half_the_ids_unanswered_are_unresolved_and_not_dead(
    triage: Commands, garden: Path, server: ArxivServer, answered: int
) -> None:
    server.papers = RIGHT[:answered]
    ended = triage("audit", *options(garden), "--json")
    assert kinds(ended.json["findings"]) == [("unresolved", paper.id) for paper in RIGHT[answered:]]


def test_a_single_id_that_arxiv_does_not_have_is_dead(triage: Commands, garden: Path, server: ArxivServer) -> None:
    server.papers = RIGHT[:3]
    ended = triage("audit", *options(garden), "--json")
    assert kinds(ended.json["findings"]) == [("dead_link", "2404.00014")]
    offline = triage("audit", *options(garden), "--json", "--offline")
    assert offline.json["findings"] == ended.json["findings"]


def test_an_id_left_out_of_one_answer_only_is_not_dead(triage: Commands, garden: Path, server: ArxivServer) -> None:
    server.papers = RIGHT
    server.plan = lambda kind, number: "short page" if number == 0 else ""
    assert triage("audit", *options(garden), "--json").json["findings"] == []


@pytest.mark.parametrize("hits", [0, 50])
def test_searches_with_no_hit_or_fifty_propose_nothing(
    triage: Commands, garden: Path, server: ArxivServer, hits: int
) -> None:
    twins = [deposit(f"2402.{n:05}", DRIP) for n in range(hits)]
    server.papers = [paper for paper in WRONG if paper.id != "2401.55555"] + twins
    (finding,) = triage("audit", *options(garden), "--json").json["findings"]
    assert (finding["kind"], finding["proposed_id"]) == ("wrong_id", None)


def test_a_paper_renamed_since_its_first_version_is_not_reported(
    triage: Commands, garden: Path, server: ArxivServer
) -> None:
    server.papers = [*RIGHT, deposit("2401.00011", "Thirsty Rooftops", version=2)]
    assert triage("audit", *options(garden), "--json").json["findings"] == []


def test_a_venue_and_a_withdrawal_are_read_from_arxiv(triage: Commands, garden: Path, server: ArxivServer) -> None:
    server.papers = [
        RIGHT[0],
        deposit("2402.00012", WATER, comment="Accepted to CoRL 2024"),
        RIGHT[2],
        deposit("2404.00014", LEAF, comment="This paper has been withdrawn by its authors"),
    ]
    ended = triage("audit", *options(garden), "--fix", "patch", "--json")
    assert kinds(ended.json["findings"]) == [("now_published", "2402.00012"), ("withdrawn", "2404.00014")]
    assert "(CoRL 2024)" in Path(ended.json["patch"]).read_text()


def test_a_list_that_is_not_there_is_exit_2(triage: Commands, garden: Path) -> None:
    ended = triage("audit", *options(garden), "--catalog", garden / "none.md")
    assert (ended.code, "none.md" in ended.line) == (2, True)


def test_where_no_repair_is_sure_that_is_said(triage: Commands, garden: Path, server: ArxivServer) -> None:
    ended = triage("audit", *options(garden), "--offline", "--fix", "patch")
    assert ended.code == 0 and "nothing is sure enough to be repaired" in ended.err
