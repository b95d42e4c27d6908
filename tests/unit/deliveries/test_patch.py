"""A patch is written by git, which inherits no secret and is given up when it does not end."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from agent import environment
from agent.core.catalog.edits import Edit, InsertPapers
from agent.deliveries import patch
from agent.deliveries.git_process import Git, is_redirect
from agent.deliveries.patch import PatchDelivery
from agent.errors import DeliveryError
from agent.records import ByHand, Draft
from tests.support.fakes import IDENTITY, NIGHT

DRAFT = Draft(paper_id="2511.1", title="T", section="water", score=0.9, entry="- T", announced=NIGHT, judge=IDENTITY)


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs come before those of the system."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def append(text: str, _: object) -> Edit:
    return Edit(text=f"{text}- T\n", inserted=(), already=())


def delivery(folder: Path, insert: InsertPapers = append) -> PatchDelivery:
    catalog = folder / "list.md"
    catalog.write_text("# List\n")
    return PatchDelivery(folder / "patches", catalog, insert, Git(environment.inherited(), remote=""))


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_git_inherits_no_secret(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment.SECRETS:
        monkeypatch.setenv(name, "sesame")
    script(bin_folder / "git", f"env > {tmp_path / 'seen'}")
    delivery(tmp_path).preview([DRAFT])
    seen = (tmp_path / "seen").read_text()
    assert "GIT_TERMINAL_PROMPT=0" in seen
    assert "sesame" not in seen


def test_a_git_that_does_not_end_is_given_up(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(bin_folder / "git", "exec sleep 60")
    monkeypatch.setattr(patch, "GIT_SECONDS", 0.01)
    with pytest.raises(DeliveryError, match="git diff took over"):
        delivery(tmp_path).deliver("1", [DRAFT], "")
    assert not list((tmp_path / "patches").iterdir())


def test_there_is_no_patch_where_every_entry_is_left_to_people(tmp_path: Path) -> None:
    left = ByHand(paper_id="2511.1", leaf="water", entry="- T", reason="odd")
    made = delivery(tmp_path, lambda text, _: Edit(text=text, inserted=(), already=(), by_hand=(left,)))
    done = made.deliver("1", [DRAFT], "# Triage: 1 draft\n")
    assert (done.patch, done.by_hand) == (None, (left,))
    page = tmp_path / "patches" / "1.md"
    assert f"there is no patch: {page} holds what is to be inserted by hand" in done.notes
    assert "`2511.1` into `water`: odd\n\n    - T" in page.read_text()
    assert list(page.parent.iterdir()) == [page], "git apply takes no empty patch"


def test_a_list_that_cannot_be_read_is_a_designed_error(tmp_path: Path) -> None:
    made = delivery(tmp_path)
    (tmp_path / "list.md").write_bytes(b"# List\xff\n")
    with pytest.raises(DeliveryError, match=r"list.md: not UTF-8 at byte 6; the drafts are kept"):
        made.deliver("1", [DRAFT], "")
    (tmp_path / "list.md").unlink()
    with pytest.raises(DeliveryError, match=r"list.md: No such file or directory; the drafts are kept"):
        made.deliver("1", [DRAFT], "")
    with pytest.raises(DeliveryError, match=r"list.md: No such file or directory; load the page again"):
        made.preview([DRAFT])


@pytest.mark.parametrize(
    ("said", "moved"),
    [
        ("fatal: unable to access 'https://host/a/redirects/': Could not resolve host: host", False),
        ("fatal: unable to access 'https://host/a/b/': The requested URL returned error: 301", True),
        ("fatal: unable to update url base from redirection:\n  asked for: https://host/a", True),
    ],
)
def test_a_redirect_is_told_by_git_s_own_words(said: str, moved: bool) -> None:
    assert is_redirect(said) is moved


def test_a_patch_applies_whatever_the_user_s_git_shows_of_a_diff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "attributes").write_text("*.md -diff\n")
    (tmp_path / "config").write_text(
        f"[diff]\n\tcontext = 0\n\tnoprefix = true\n[core]\n\tattributesFile = {tmp_path / 'attributes'}\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    done = delivery(tmp_path).deliver("1", [DRAFT], "# Triage: 1 draft\n")
    assert done.patch is not None
    subprocess.run(["git", "apply", done.patch], cwd=tmp_path, check=True)
    assert (tmp_path / "list.md").read_text() == "# List\n- T\n"
