"""``triage run`` end to end on an invented survey: another list by data alone, and every bad input."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.database.store import open_store
from tests.conftest import ROOT
from tests.support import killed_run
from tests.support.cli import Commands
from tests.support.processes import Child

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
BUCKETS = {"known", "repeat", "off_category", "drafted", "queued", "rejected", "failed"}


@pytest.fixture
def garden(tmp_path: Path) -> Path:
    """A list of its own: three sections, its own taxonomy, prompt, catalog and triage.toml."""
    home = tmp_path / "garden"
    shutil.copytree(GARDENS, home)
    return home


def options(garden: Path, source: object = None) -> list[object]:
    return ["--config", garden / "triage.toml", "--source", source or garden / "night.jsonl", "--judge", "local"]


def test_another_list_is_served_by_other_files_alone(triage: Commands, garden: Path) -> None:
    ended = triage("run", *options(garden), "--json", "--judgments", garden / "out.jsonl")
    report = ended.json
    assert ended.code == 0
    assert report["listed"] == sum(report["buckets"].values()) == 7
    assert set(report["buckets"]) == BUCKETS
    assert report["buckets"]["off_category"] == report["buckets"]["known"] == 1
    assert {draft["section"] for draft in report["drafts"]} <= {"water", "prune", "sense"}
    assert all(draft["entry"].startswith("* **[") for draft in report["drafts"])
    rows = [json.loads(line) for line in (garden / "out.jsonl").read_text().splitlines()]
    assert len(rows) == 7
    assert {row["bucket"] for row in rows} <= BUCKETS


def test_a_path_for_judgments_that_cannot_be_written_is_refused_before_the_night(
    triage: Commands, garden: Path
) -> None:
    ended = triage("run", *options(garden), "--judgments", garden / "none" / "out.jsonl")
    assert (ended.code, "none/out.jsonl: No such file" in ended.line) == (2, True)
    report = triage("run", *options(garden), "--json").json
    assert "repeat" not in {bucket for bucket, count in report["buckets"].items() if count}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_judgments_that_cannot_be_written_after_the_night_do_not_hide_it(triage: Commands, garden: Path) -> None:
    ended = triage("run", *options(garden), "--json", "--judgments", "/dev/full")
    assert (ended.code, ended.json["judgments"]) == (4, None)
    assert ended.json["drafts"]
    assert ended.err.splitlines()[-1].startswith("triage: the judgments were not written: /dev/full: the disk is full")


def test_a_watering_robot_is_placed_among_the_watering_robots(triage: Commands, garden: Path) -> None:
    report = triage("run", *options(garden), "--json").json
    assert {draft["paper_id"]: draft["section"] for draft in report["drafts"]}["2511.90001"] == "water"


def test_the_patch_is_accepted_by_git_and_deletes_nothing(triage: Commands, garden: Path) -> None:
    patch = triage("run", *options(garden), "--json").json["patch"]
    subprocess.run(["git", "init", "-q", garden], check=True)
    shutil.move(garden / "data" / "list.md", garden / "list.md")
    subprocess.run(["git", "apply", "--check", patch], cwd=garden, check=True)
    counts = subprocess.run(
        ["git", "apply", "--numstat", patch], cwd=garden, capture_output=True, text=True, check=True
    )
    added, deleted, name = counts.stdout.split()
    assert (int(added) > 0, deleted, name) == (True, "0", "list.md")


def test_the_second_run_repeats_and_still_delivers_what_nobody_has_decided(triage: Commands, garden: Path) -> None:
    first = triage("run", *options(garden), "--json").json
    second = triage("run", *options(garden), "--json").json
    assert second["drafts"] == []
    assert second["buckets"]["repeat"] == 5
    assert Path(second["patch"]).read_text() == Path(first["patch"]).read_text()


def test_beside_a_patch_stands_how_a_no_is_remembered(triage: Commands, garden: Path) -> None:
    first = triage("run", *options(garden), "--json")
    again = triage("run", *options(garden), "--json")
    drafts = len(first.json["drafts"])
    assert "of earlier runs" not in first.err
    assert f"{drafts} of its drafts are of earlier runs: `triage review` refuses for good" in " ".join(
        again.err.split()
    )
    said = Path(again.json["patch"]).with_suffix(".md").read_text("utf-8")
    assert "**No**: refuse it with `triage review`" in said and "comments" not in said


def test_papers_that_read_like_an_entry_are_named_and_from_the_fourth_on_counted(
    triage: Commands, garden: Path
) -> None:
    taken = next(line for line in (garden / "data" / "list.md").read_text("utf-8").splitlines() if "arxiv.org" in line)
    title = re.sub(r".*?\[(.+?)\].*", r"\1", taken).replace("Roof Gardens", "Roof Garden")
    row = {"title": title, "abstract": "We water it. It works.", "categories": ["cs.RO"], "announced": "2025-11-13"}
    rows = [{"id": f"2511.9100{number}", **row} for number in range(5)]
    (garden / "night.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    said = " ".join(triage("run", *options(garden)).err.split())
    assert said.count("is not taken for the similar") == 3
    assert "nor are 2 more papers for entries that read like them" in said


def test_a_draft_that_came_into_the_catalog_is_accepted_and_not_delivered_again(triage: Commands, garden: Path) -> None:
    first = triage("run", *options(garden), "--json").json
    subprocess.run(["git", "apply", first["patch"]], cwd=garden / "data", check=True)
    second = triage("run", *options(garden), "--json").json
    assert second["patch"] is None
    assert second["buckets"]["known"] == 1 + len(first["drafts"])
    status = triage("status", "--config", garden / "triage.toml", "--json").json
    assert {row["kind"] for row in status["decisions"]} == {"accepted"}
    # A patch is applied as a whole: the judge may not take its own choice for that of a person.
    assert status["learned"]["decisions"] == 0


def test_a_rejudged_night_asks_again_but_never_drafts_twice(triage: Commands, garden: Path) -> None:
    first = triage("run", *options(garden), "--json").json
    again = triage("run", *options(garden), "--json", "--rejudge").json
    assert again["buckets"]["repeat"] == len(first["drafts"])
    assert not {d["paper_id"] for d in first["drafts"]} & {d["paper_id"] for d in again["drafts"]}


def test_a_quiet_night_is_no_error(triage: Commands, garden: Path) -> None:
    (garden / "quiet.jsonl").write_text("")
    ended = triage("run", *options(garden, garden / "quiet.jsonl"), "--json")
    assert (ended.code, ended.json["listed"], ended.json["patch"]) == (0, 0, None)


def test_nothing_is_delivered_with_none_but_the_drafts_are_kept_for_the_next_patch(
    triage: Commands, garden: Path
) -> None:
    first = triage("run", *options(garden), "--json", "--deliver", "none").json
    assert first["patch"] is None
    second = triage("run", *options(garden), "--json").json
    assert second["patch"] is not None


def test_a_patch_that_cannot_be_written_is_exit_5_and_comes_with_the_next_run(triage: Commands, garden: Path) -> None:
    triage.state.mkdir()
    (triage.state / "patches").write_text("in the way")
    ended = triage("run", *options(garden))
    assert ended.code == 5
    assert "patches" in ended.err
    (triage.state / "patches").unlink()
    assert triage("run", *options(garden), "--json").json["patch"] is not None


def test_a_dry_run_judges_nothing_and_leaves_nothing_to_repeat(triage: Commands, garden: Path) -> None:
    plan = triage("run", *options(garden), "--dry-run", "--json").json
    assert plan["papers"] == 5
    assert triage("run", *options(garden), "--json").json["buckets"]["repeat"] == 0


def test_a_dry_run_of_the_local_judge_names_no_model_and_no_price(triage: Commands, garden: Path) -> None:
    ended = triage("run", *options(garden), "--dry-run")
    assert ended.out == "5 papers for the local judge, which costs nothing\n"
    plan = triage("run", *options(garden), "--dry-run", "--json").json
    assert (plan["judge"], plan["model"], plan["usage"]["calls"]) == ("local", None, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--show-prompt", ""), "--show-prompt '': no such paper"),
        (("--judgments", "out.jsonl", "--dry-run"), "--judgments out.jsonl and --dry-run: "),
        (("--judgments", "out.jsonl", "--show-prompt", "x"), "--judgments out.jsonl and --show-prompt: "),
        (("--requests", "q.jsonl", "--show-prompt", "x"), "--requests and --show-prompt: give one"),
        (("--fleet", "fleet.toml"), "--fleet fleet.toml names lists for --all: add --all"),
        (("--since", "0001-01-01", "--until", "0001-01-02"), "--since 0001-01-01: arXiv opened on 1991-08-14"),
        (("--until", "9999-12-31"), "--until 9999-12-31: more than a year ahead"),
    ],
)
def test_options_that_would_do_something_else_than_they_say_are_refused(
    triage: Commands, garden: Path, given: tuple[str, ...], said: str
) -> None:
    ended = triage("run", *options(garden), *given)
    assert (ended.code, ended.out, said in ended.line) == (2, "", True)
    assert not (triage.state / "patches").exists()


def test_a_model_that_would_not_be_asked_is_refused(triage: Commands, garden: Path) -> None:
    local = triage("run", *options(garden), "--model", "our-own")
    assert (local.code, "the judge is local, which has no model" in local.line) == (2, True)
    asks = options(garden)[: options(garden).index("--judge")]
    keyless = triage("run", *asks, "--model", "our-own")
    assert (keyless.code, "set OPENAI_API_KEY or OPENAI_BASE_URL" in keyless.line) == (2, True)
    for command in (("eval",), ("backfill", "--since", "2025-11-12", "--until", "2025-11-14")):
        assert "set OPENAI_API_KEY" in triage(*command, "--config", asks[1], "--model", "our-own").line
    assert triage("run", *asks, "--model", "our-own", "--requests", str(triage.state / "asked.jsonl")).code == 0


def test_a_dry_run_for_a_model_says_tokens_and_dollars(triage: Commands, garden: Path) -> None:
    asks = (*options(garden)[: options(garden).index("--judge")], "--judge", "openai", "--dry-run")
    words = triage("run", *asks).out
    tokens = r"about [\d,]+ tokens in .* out \(500 an answer, assumed\)"
    assert re.fullmatch(rf"5 papers for \S+: {tokens}; about \$0\.\d\d, at most \$0\.\d\d\n", words)
    assert "its price is not known" in triage("run", *asks, "--model", "none-such").out


def test_the_summary_says_what_to_read_before_the_patch_is_applied(triage: Commands, garden: Path) -> None:
    ended = triage("run", *options(garden))
    patch = Path(ended.out.splitlines()[-1])
    assert f"read {patch.with_suffix('.md')}, then git apply" in ended.line
    assert patch.with_suffix(".md").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--judge", "foo"), "--judge 'foo': Input should be 'openai', 'local' or 'recorded'"),
        (("--budget", "-3"), "--budget -3: Input should be greater than or equal to 0"),
    ],
)
def test_a_wrong_option_is_not_blamed_on_the_file(
    triage: Commands, garden: Path, wrong: tuple[str, str], said: str
) -> None:
    ended = triage("run", *options(garden), *wrong)
    assert (ended.code, ended.line) == (2, f"triage: {said}")


def test_a_run_that_is_killed_leaves_the_same_drafts_to_the_next(
    triage: Commands, garden: Path, tmp_path: Path
) -> None:
    undisturbed = triage("run", *options(garden), "--json", state=tmp_path / "other").json
    killed = Child(killed_run.run, [*map(str, options(garden)), "--state", str(triage.state)], tmp_path / "err.txt")
    assert killed.wait() == -signal.SIGKILL, killed.err.read_text()
    with open_store(triage.state, exclusive=True) as store:
        assert store.latest_outcomes() == {}
    after = triage("run", *options(garden), "--json").json
    assert after["drafts"] == undisturbed["drafts"]
    assert after["buckets"] == undisturbed["buckets"]


ROW = '{"id": "2511.1", "title": "T", "abstract": "A.", "categories": ["cs.RO"], "announced": "2025-11-13"}\n'.replace(
    "2511.1", "2511.00001"
)


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not json\n", "line 1"),
        (b'{"title": "T", "abstract": "A.", "categories": ["cs.RO"], "announced": "2025-11-13"}\n', "id"),
        ((ROW + ROW).encode(), "2511.00001"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b'{"id": "' + b"x" * 50_000_000 + b'"}\n', "line 1"),
    ],
    ids=["not JSON", "no id", "duplicate id", "not UTF-8", "a line of 50 MB"],
)
def test_a_bad_listing_is_one_line_and_exit_3(triage: Commands, garden: Path, content: bytes, said: str) -> None:
    (garden / "bad.jsonl").write_bytes(content)
    ended = triage("run", *options(garden, garden / "bad.jsonl"))
    assert ended.code == 3
    assert said in ended.line
    with open_store(triage.state, exclusive=True) as store:
        assert store.runs(1) == ()


def test_a_listing_that_is_not_there_is_exit_3(triage: Commands, garden: Path) -> None:
    ended = triage("run", *options(garden, garden / "gone.jsonl"))
    assert (ended.code, "gone.jsonl" in ended.line) == (3, True)


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("taxonomy/doing.yaml", lambda t: t.replace("leaf: sense", "leaf: smell"), "smell"),
        ("taxonomy/doing.yaml", lambda t: t.replace("id: prune", "id: water"), "water"),
        ("data/list.md", lambda t: t.replace("## Sensing", "## Other"), "Sensing"),
        ("triage.toml", lambda t: t.replace("budget = 3", "budget = -3"), "budget"),
        ("triage.toml", lambda t: t + "colour = 1\n", "colour"),
        ("prompts/judge/garden.yaml", lambda t: t.replace("paper.title", "paper.taste"), ""),
    ],
    ids=["unknown leaf", "duplicate leaf", "no section", "bad value", "unknown key", "unknown variable"],
)
def test_bad_configuration_is_one_line_and_exit_2(
    triage: Commands, garden: Path, file: str, change: Callable[[str], str], said: str
) -> None:
    rewrite(garden / file, change)
    ended = triage("run", *options(garden), "--judge", "openai", "--dry-run")
    assert (ended.code, said in ended.line) == (2, True)


def test_a_catalog_that_is_not_utf_8_is_exit_2_and_stays_as_it_was(triage: Commands, garden: Path) -> None:
    (garden / "data" / "list.md").write_bytes(b"# L\xe9\n")
    ended = triage("run", *options(garden))
    assert (ended.code, "UTF-8" in ended.line) == (2, True)
    assert (garden / "data" / "list.md").read_bytes() == b"# L\xe9\n"


def test_a_state_folder_in_use_by_another_run_is_exit_2(triage: Commands, garden: Path) -> None:
    with open_store(triage.state, exclusive=True):
        ended = triage("run", *options(garden))
    assert (ended.code, "another run" in ended.line) == (2, True)


def test_a_state_folder_that_cannot_be_made_is_exit_2(triage: Commands, garden: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = triage("run", *options(garden), state=tmp_path / "file" / "state")
    assert (ended.code, "state" in ended.line) == (2, True)


@pytest.mark.parametrize("command", ["run", "backfill"])
def test_a_range_of_days_that_runs_backwards_is_exit_2(triage: Commands, garden: Path, command: str) -> None:
    ended = triage(command, *options(garden), "--since", "2025-11-14", "--until", "2025-11-12")
    assert (ended.code, "2025-11-14" in ended.line) == (2, True)


def test_a_backfill_that_cannot_deliver_is_exit_5(triage: Commands, garden: Path) -> None:
    triage.state.mkdir()
    (triage.state / "patches").write_text("in the way")
    day = ["--since", "2025-11-13", "--until", "2025-11-13"]
    assert triage("backfill", *options(garden), *day, "--deliver", "patch").code == 5


@pytest.mark.parametrize(
    "wrong",
    [["--judge", "gpt9"], ["--since", "yesterday"], ["--deliver", "mail"], ["--nonsense"], ["--budget", "-1"]],
)
def test_a_wrong_option_is_one_line_and_exit_2(triage: Commands, garden: Path, wrong: list[str]) -> None:
    ended = triage("run", *options(garden), *wrong)
    assert ended.code == 2
    assert wrong[-1] in ended.line


@pytest.mark.parametrize("command", ["run", "eval"])
def test_asking_elsewhere_and_bringing_answers_back_are_two_steps(triage: Commands, garden: Path, command: str) -> None:
    both = ("--requests", garden / "q.jsonl", "--answers", garden / "a.jsonl")
    ended = triage(command, "--config", garden / "triage.toml", *both)
    assert (ended.code, "give one" in ended.line) == (2, True)


def test_the_openai_judge_without_key_or_server_is_exit_2(triage: Commands, garden: Path) -> None:
    ended = triage("run", *options(garden), "--judge", "openai")
    assert (ended.code, "OPENAI_API_KEY" in ended.line) == (2, True)
