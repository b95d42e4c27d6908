"""Where an installed program comes from, and what is said when nothing tells."""

from __future__ import annotations

import json
import subprocess
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.wiring.github_actions.program_source import find_action

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def installed(folder: Path, origin: object = None, *urls: str) -> Distribution:
    """Return what pip leaves behind: the metadata with its addresses, and where the package was taken from."""
    info = folder / "paper_triage-1.2.3.dist-info"
    info.mkdir()
    rows = ["Metadata-Version: 2.4", "Name: paper-triage", "Version: 1.2.3", *(f"Project-URL: {url}" for url in urls)]
    (info / "METADATA").write_text("\n".join(rows) + "\n", encoding="utf-8")
    if origin is not None:
        (info / "direct_url.json").write_text(json.dumps(origin), encoding="utf-8")
    return Distribution.at(info)


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada Potter", "-c", "user.email=ada@pots.example")
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def clone_of(folder: Path, address: str) -> str:
    """Make a folder with one commit, whose origin is an address; return the commit."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", address)
    git(folder, "commit", "-q", "--allow-empty", "-m", "Throw a pot")
    return git(folder, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    "url", ["https://github.com/pot-lovers/triage-of-pots.git", "ssh://git@github.com/pot-lovers/triage-of-pots"]
)
def test_a_program_installed_from_a_repository_is_named_by_it_and_its_commit(tmp_path: Path, url: str) -> None:
    found = find_action(installed(tmp_path, {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}}))
    assert found.uses == f"pot-lovers/triage-of-pots@{COMMIT} # v1.2.3"


def test_a_program_installed_from_a_clone_is_named_by_its_origin_and_commit(tmp_path: Path) -> None:
    clone = tmp_path / "a clone"
    commit = clone_of(clone, "git@github.com:pot-lovers/paper-triage.git")
    git(clone, "update-ref", "refs/remotes/origin/main", commit)
    found = find_action(installed(tmp_path, {"url": clone.as_uri(), "dir_info": {"editable": True}}))
    assert found.uses == f"pot-lovers/paper-triage@{commit} # v1.2.3"


def test_a_commit_that_github_does_not_have_is_not_named(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone_of(clone, "git@github.com:pot-lovers/paper-triage.git")
    with pytest.raises(ConfigError, match=r"is not on pot-lovers/paper-triage yet; push it, or give --action"):
        find_action(installed(tmp_path, {"url": clone.as_uri(), "dir_info": {}}))


def test_a_released_program_is_named_by_the_address_of_its_source_and_its_tag(tmp_path: Path) -> None:
    urls = ("Documentation, https://pots.example/docs", "Source, https://github.com/pot-lovers/paper-triage")
    assert find_action(installed(tmp_path, None, *urls)).uses == "pot-lovers/paper-triage@v1.2.3"


@pytest.mark.parametrize("origin", [None, {"url": "https://pots.example/paper_triage-1.2.3.whl", "archive_info": {}}])
def test_without_a_trace_the_action_is_asked_for(tmp_path: Path, origin: object) -> None:
    with pytest.raises(ConfigError, match=r"give --action OWNER/REPO@REF"):
        find_action(installed(tmp_path, origin, "Documentation, https://pots.example/docs"))


def test_a_clone_from_elsewhere_is_no_trace(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone_of(clone, "https://git.pots.example/paper-triage.git")
    with pytest.raises(ConfigError, match=r"give --action OWNER/REPO@REF"):
        find_action(installed(tmp_path, {"url": clone.as_uri(), "dir_info": {}}))
