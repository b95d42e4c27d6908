"""``triage init``: a folder that holds only a list is set up, and a night on it works at once."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from pathlib import Path
from typing import IO, Any

import pytest

from agent.core.survey import taxonomy
from agent.settings import load_settings
from tests.conftest import ROOT
from tests.support.cli import Commands

POTS = """# Awesome Pots

A curated list of papers on pots and how they are made.

## News
- [A prize for this list](https://example.org)

## Clay Firing
- [Firing Clay Pots with Language Models](https://arxiv.org/abs/2301.00001). arXiv 2023.
- [Kilns that Plan: Firing Clay by Agents](https://arxiv.org/abs/2305.00002). arXiv 2023.

Also worth reading: https://arxiv.org/abs/2101.00003

## Glass Blowing
### 2024
- [Glass Blowing in Zero Gravity](https://arxiv.org/abs/2412.00006). arXiv 2024.
- [Glass Beads from Waste](https://arxiv.org/abs/2404.00007). arXiv 2024.
- [Blowing Glass with Robots](https://arxiv.org/abs/2401.00004). arXiv 2024.
### 2023
- [Windows Blown by Hand](https://arxiv.org/abs/2305.00008). arXiv 2023.
- [Glass Blowing Policies from Video](https://arxiv.org/abs/2301.00005). arXiv 2023.
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with nothing in it but the list."""
    path = tmp_path / "pots"
    path.mkdir()
    (path / "README.md").write_text(POTS)
    monkeypatch.chdir(path)
    return path


def _night(folder: Path) -> Path:
    paper = {
        "title": "Clay Firing Schedules Learned by Kilns",
        "abstract": "We fire clay pots in kilns. Clay firing is learned.",
    }
    other = {
        "title": "Hand Tracking in American Football",
        "abstract": "Players are tracked by cameras and by hand. We release a dataset of games, and a baseline.",
    }
    dated = {"categories": ["cs.CL"], "announced": "2025-11-13"}
    path = folder.parent / "night.jsonl"
    rows = [paper | {"id": "2511.00001"} | dated, other | {"id": "2511.00002"} | dated]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_it_shows_what_was_understood_and_writes_what_a_night_needs(triage: Commands, folder: Path) -> None:
    ended = triage("init")
    assert ended.code == 0
    for line in (
        "Clay Firing  (line 8, leaf clay-firing)",
        "  2 entries; 3 arXiv; order: newest first",
        "  first  Firing Clay Pots with Language Models",
        "  last   Kilns that Plan: Firing Clay by Agents",
        "  places inside: 2024, 2023",
        "  5 entries; 5 arXiv; order: newest first",
        "about the list itself, no leaves: News (line 5)",
    ):
        assert line in ended.out.splitlines()
    assert "  new    - [The Title of a New Paper](https://arxiv.org/abs/" in ended.out
    assert "Clay Firing (2 entries) links more papers than were read as entries, line 12" in " ".join(ended.err.split())
    assert "7 entries under 2 headings" in ended.err
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    prompts = sorted(f"prompts/judge/{path.name}" for path in (ROOT / "prompts" / "judge").glob("*.yaml"))
    own = [".gitignore", "README.md", "taxonomy/01-awesome-pots.yaml", "taxonomy/survey.yaml", "triage.toml"]
    assert written == sorted([*own, *prompts])
    assert (folder / ".gitignore").read_text() == ".triage/\n" and (folder / "README.md").read_text() == POTS
    assert load_settings().catalog_path == folder / "README.md"


def test_a_night_after_it_drafts_what_is_on_the_subject_in_a_patch_that_applies(triage: Commands, folder: Path) -> None:
    assert triage("init").code == 0
    ended = triage("run", "--source", _night(folder), "--judge", "local", "--json")
    assert ended.code == 0, ended.err
    (draft,) = ended.json["drafts"]
    assert draft["section"] == "clay-firing"
    subprocess.run(["git", "init", "-q", "."], check=True)
    subprocess.run(["git", "apply", ended.json["patch"]], check=True)
    lines = (folder / "README.md").read_text().splitlines()
    assert sorted(set(lines) - set(POTS.splitlines())) == draft["entry"].splitlines()


def test_json_holds_all_of_it(triage: Commands, folder: Path) -> None:
    found = triage("init", "--json").json
    assert found["entries"] == 7 and found["catalog"].endswith("README.md")
    clay, glass = found["leaves"]
    assert clay["links"] == {"arxiv": 3, "acl": 0, "openreview": 0, "doi": 0} and clay["unread_lines"] == [12]
    assert (glass["order"], glass["places"]) == ("newest first", ["2024", "2023"])
    assert (glass["first"], glass["last"]) == ("Glass Blowing in Zero Gravity", "Glass Blowing Policies from Video")
    assert found["left_out"] == [{"heading": "News", "line": 5, "entries": 1}]
    assert len(found["warnings"]) == 1 and all(Path(path).exists() for path in found["written"])


def test_nothing_is_overwritten_without_force(triage: Commands, folder: Path) -> None:
    assert triage("init").code == 0
    mine = folder / "taxonomy" / "survey.yaml"
    mine.write_text("title: Mine\n")
    (folder / "taxonomy" / "99-old.yaml").write_text("name: Old\nleaves: [{id: old, heading: Old}]\n")
    refused = triage("init")
    assert refused.code == 2 and "is set up already" in refused.line and "--force" in refused.line
    assert mine.read_text() == "title: Mine\n"
    assert triage("init", "--force").code == 0
    files = {path.name: path.read_text() for path in (folder / "taxonomy").iterdir()}
    assert "99-old.yaml" not in files and taxonomy.parse(files).leaf_ids == ("clay-firing", "glass-blowing")
    assert (folder / ".gitignore").read_text() == ".triage/\n"


def test_what_force_writes_anew_is_kept_first_and_said(triage: Commands, folder: Path) -> None:
    assert triage("init").code == 0
    mine = {
        "taxonomy/survey.yaml": "title: My Pots\n",
        "triage.toml": "[review]\nbudget = 3\n",
        "taxonomy/99.yaml": "x\n",
    }
    for name, text in mine.items():
        (folder / name).write_text(text)
    ended = triage("init", "--force", "--json")
    (kept,) = (folder / ".triage" / "replaced").iterdir()
    assert {str(path.relative_to(kept)): path.read_text() for path in kept.rglob("*") if path.is_file()} == mine
    assert ended.json["replaced"] == [str(kept / name) for name in sorted(mine)]
    assert f"3 files that were there are kept in .triage/replaced/{kept.name}" in ended.err
    again = triage("init", "--force", "--json")
    assert again.json["replaced"] == [] and "are kept" not in again.err, "nothing differs"


def test_nothing_is_replaced_where_it_cannot_be_kept(triage: Commands, folder: Path) -> None:
    assert triage("init").code == 0
    (folder / "taxonomy" / "survey.yaml").write_text("title: My Pots\n")
    (folder / ".triage").write_text("a file where the folder of the state should be")
    ended = triage("init", "--force")
    assert ended.code == 2 and "make it readable and its folder writable" in ended.line
    assert (folder / "taxonomy" / "survey.yaml").read_text() == "title: My Pots\n"


def test_a_gitignore_and_a_remote_that_are_there_are_kept_and_used(triage: Commands, folder: Path) -> None:
    (folder / ".gitignore").write_text("*.pyc")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text('[remote "origin"]\n\turl = git@github.com:potters/awesome-pots.git\n')
    assert triage("init").code == 0
    assert (folder / ".gitignore").read_text() == "*.pyc\n.triage/\n"
    chosen = load_settings().github
    assert (chosen.repository, chosen.remote) == ("potters/awesome-pots", "https://github.com/potters/awesome-pots.git")


def test_a_list_below_the_top_of_a_clone_has_its_path_and_the_default_branch_in_the_repository(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = folder.parent
    (clone / ".git" / "refs" / "remotes" / "origin").mkdir(parents=True)
    (clone / ".git" / "config").write_text('[remote "origin"]\n\turl = https://github.com/potters/lists.git\n')
    (clone / ".git" / "HEAD").write_text("ref: refs/heads/kilns\n")
    (clone / ".git" / "refs" / "remotes" / "origin" / "HEAD").write_text("ref: refs/remotes/origin/master\n")
    refused = triage("init", "--workflow", "--action", "potters/triage@v1")
    assert refused.code == 2 and f"top folder alone, which is {clone.resolve()}" in refused.line
    assert sorted(path.name for path in folder.iterdir()) == ["README.md"]
    assert triage("init").code == 0
    chosen = load_settings().github
    assert (chosen.repository, chosen.base, chosen.catalog_path) == ("potters/lists", "master", "pots/README.md")
    assert chosen.branch == "triage/drafts-of-pots"
    (clone / ".git" / "refs" / "remotes" / "origin" / "HEAD").unlink()
    monkeypatch.chdir(clone)
    assert triage("init", "pots/README.md", "--workflow", "--action", "potters/triage@v1").code == 0
    chosen = load_settings().github
    assert (chosen.base, chosen.catalog_path, chosen.branch) == ("kilns", "pots/README.md", "triage/drafts")
    (clone / ".git" / "packed-refs").write_text(f"# pack-refs with: peeled\n{'0' * 40} refs/remotes/origin/main\n")
    assert triage("init", "pots/README.md", "--force").code == 0
    assert load_settings().github.base == "main"


def test_a_list_in_a_worktree_finds_the_repository_of_its_clone(
    triage: Commands, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: object) -> None:
        named = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        subprocess.run(
            ["git", *map(str, words)], cwd=folder, check=True, capture_output=True, env={**os.environ, **named}
        )

    git("init", "-q", "-b", "kilns")
    git("remote", "add", "origin", "https://github.com/potters/awesome-pots.git")
    git("add", "README.md")
    git("commit", "-q", "-m", "pots")
    git("worktree", "add", "-q", "-b", "later", tmp_path / "tree")
    monkeypatch.chdir(tmp_path / "tree")
    assert triage("init").code == 0
    chosen = load_settings().github
    assert (chosen.repository, chosen.base, chosen.catalog_path) == ("potters/awesome-pots", "later", "README.md")


def test_lists_in_folders_of_any_script_have_branches_of_their_own(triage: Commands, folder: Path) -> None:
    (folder / ".git").mkdir()
    branches = set()
    for name in ("\u65e5\u672c\u8a9e", "\u4e2d\u6587", "\U0001f433", "\U0001f42c"):
        (folder / name).mkdir()
        assert triage("init", "README.md", "--config", folder / name / "triage.toml").code == 0
        branches.add(load_settings(folder / name / "triage.toml").github.branch)
    assert len(branches) == 4 and "triage/drafts-of-\u65e5\u672c\u8a9e" in branches


def test_another_file_and_what_is_wrong_with_it(triage: Commands, folder: Path) -> None:
    (folder / "docs").mkdir()
    (folder / "README.md").rename(folder / "docs" / "papers.md")
    for missing in (triage("init"), triage("init", folder), triage("init", "docs")):
        assert missing.code == 2 and "papers.md; give the file of the list" in missing.line
        assert "as in `triage init docs/papers.md`" in missing.line
    assert "no such file" in triage("init", "no.md").line
    (folder / "empty.md").write_text("# Nothing\n")
    empty = triage("init", "empty.md")
    assert empty.code == 2 and "no heading of the list has entries" in empty.line
    done = triage("init", "docs/papers.md")
    assert done.code == 0 and "triage: docs/papers.md: 7 entries under" in done.err
    assert load_settings().catalog.path == "docs/papers.md"


def test_links_that_name_no_file_which_can_be_read_are_passed_over(triage: Commands, folder: Path) -> None:
    (folder / "round.md").symlink_to("round.md")
    links = ("a%00b.md", f"{'多' * 150}.md", "round.md", "gone.md", "../../up.md")
    with (folder / "README.md").open("a", encoding="utf-8") as file:
        file.write("".join(f"See [more]({link}).\n" for link in links))
    assert triage("init").code == 0


def test_check_says_what_changed_since(triage: Commands, folder: Path) -> None:
    assert triage("init").code == 0
    same = triage("init", "--check")
    assert (same.code, same.out) == (0, "list and taxonomy agree\n")
    new = "## Paper Folding\n- [Folding Paper](https://arxiv.org/abs/2302.00001)\n"
    (folder / "README.md").write_text(POTS.replace("## Clay Firing", "## Firing of Clay") + new)
    changed = triage("init", "--check")
    assert changed.code == 1
    assert "new heading without a leaf: Awesome Pots / Paper Folding (line 22, 1 entry)\na leaf for it" in changed.out
    assert "  - id: paper-folding\n    heading: Paper Folding\n" in changed.out
    assert "id: firing-of-clay" not in changed.out, "a leaf whose heading was renamed is there already"
    assert "leaf without a heading: clay-firing ('Clay Firing'); did you mean 'Firing of Clay'?" in changed.out
    found = triage("init", "--check", "--json").json
    assert [leaf["leaf"] for leaf in found["lost"]] == ["clay-firing"] and len(found["new"]) == 2


def test_headings_are_shown_in_the_order_of_the_list(triage: Commands, folder: Path) -> None:
    nested = "## Pots\n### Big\n- [Big Pots](https://arxiv.org/abs/2302.00001)\n"
    last = "## Vases\n- [Vases of Glass](https://arxiv.org/abs/2302.00002)\n"
    (folder / "README.md").write_text(f"{POTS}{nested}{last}")
    said = triage("init").out
    assert said.index("Pots / Big  (line") < said.index("Vases  (line")


def test_check_names_titles_that_no_entry_has_any_more(triage: Commands, folder: Path) -> None:
    assert triage("init").code == 0
    (folder / "README.md").write_text(POTS.replace("Glass Beads from Waste", "Glass Beads"))
    gone = triage("init", "--check")
    assert gone.code == 0 and gone.out.startswith("list and taxonomy agree\n")
    assert "title in taxonomy/ that no entry has: Glass Beads from Waste (leaf glass-blowing)" in gone.out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--check", "--force"), "--check and --force: --check only compares"),
        (("--check", "--workflow"), "--check and --workflow: "),
        (("--model", "gpt-6-luna"), "--model is about the model that drafts definitions: add --judge openai"),
        (("--judge", "local", "--max-cost", "2"), "--max-cost is about the model"),
        ((), "TRIAGE_REVIEW_BUDGET: review.budget = 'ten'"),
    ],
)
def test_what_would_be_left_undone_is_refused_before_anything_is_written(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], said: str
) -> None:
    if not given:
        monkeypatch.setenv("TRIAGE_REVIEW_BUDGET", "ten")
    ended = triage("init", *given)
    assert (ended.code, said in ended.line) == (2, True), ended.err
    assert [path.name for path in folder.iterdir()] == ["README.md"]


@pytest.mark.parametrize("name", [".gitignore", "taxonomy/older.yaml", "triage.toml"])
def test_a_file_that_cannot_be_written_is_named(triage: Commands, folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    ended = triage("init", "--force")
    assert ended.code == 2
    assert f"{folder / name}: " in ended.line


def test_a_folder_that_is_not_there_is_named(triage: Commands, tmp_path: Path) -> None:
    ended = triage("init", "--config", tmp_path / "gone" / "triage.toml")
    assert ended.code == 2
    assert f"{tmp_path / 'gone'}: No such file or directory" in ended.line


def test_papers_in_blocks_of_code_are_named_since_nothing_is_written_there(triage: Commands, folder: Path) -> None:
    block = "\n```\n[Pots of Brown Clay](https://arxiv.org/abs/2305.00002)\n```\n"
    readme = folder / "README.md"
    readme.write_text(readme.read_text("utf-8") + block, "utf-8")
    last = len(readme.read_text("utf-8").splitlines()) - 1
    ended = triage("init")
    assert ended.code == 0
    assert f"blocks of code link to papers, line {last}; these papers count as listed" in " ".join(ended.err.split())
    readme.write_text(f"# Pots\n\n## Clay\n{block}", "utf-8")
    ended = triage("init", "--force")
    assert ended.code == 2
    assert "stand in blocks of code (line 6 and others), which are not edited" in " ".join(ended.err.split())


def test_papers_in_other_files_of_the_list_are_named_and_a_translation_is_none(triage: Commands, folder: Path) -> None:
    rows = "".join(f"- [Pot {n}](https://arxiv.org/abs/2202.0000{n})\n" for n in range(1, 7))
    (folder / "papers").mkdir()
    (folder / "papers" / "wood fired.md").write_text(f"# Wood\n\n{rows}")
    (folder / "README_zh.md").write_text(POTS)
    links = "[wood](papers/wood%20fired.md#wood), [zh](README_zh.md), [gone](gone.md), [up](../x.md)\n"
    (folder / "README.md").write_text(POTS + links)
    ended = triage("init", "--json")
    [warning] = [each for each in ended.json["warnings"] if "links to files" in each]
    assert "not hold: papers/wood fired.md (6 papers); one file is read" in warning
    assert f"warning: {warning}" in ended.err


def test_a_settings_file_of_another_name_is_refused_before_anything_is_written(
    triage: Commands, tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text("# Pots\n\n## Clay\n- [One](https://arxiv.org/abs/2511.00001)\n", "utf-8")
    ended = triage("init", "--config", tmp_path / "mine.toml")
    assert (ended.code, f"give {tmp_path / 'triage.toml'}" in ended.line) == (2, True)
    assert [each.name for each in tmp_path.iterdir()] == ["README.md"]


def test_a_full_disk_leaves_the_list_as_it_was(triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert triage("init").code == 0
    (folder / "taxonomy" / "old.yaml").write_text("kept: true\n", "utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    opened = Path.open

    def open_until_full(path: Path, mode: str = "r", **form: str) -> IO[Any]:
        if path.parent.name == "judge" and mode == "wb":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, **form)

    monkeypatch.setattr(Path, "open", open_until_full)
    ended = triage("init", "--force")
    assert (ended.code, "the disk is full" in ended.line) == (4, True)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
