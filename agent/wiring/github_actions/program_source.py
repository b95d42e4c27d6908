"""Find the GitHub repository and the version that the installed program comes from, which a workflow has to name.

What an installation leaves behind is read in this order: the repository and commit that pip was given
(``direct_url.json``, https://packaging.python.org/en/latest/specifications/direct-url/), the clone that it was
installed from, and the address of the source in the metadata (``[project.urls]``), with releases tagged ``v<version>``.
"""

from __future__ import annotations

import json
import re
import subprocess
from importlib.metadata import Distribution
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from agent.deliveries.git_process import Git
from agent.environment import inherited
from agent.errors import ConfigError
from agent.records import Record

_GIVEN: Final = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)@(?P<ref>[\w./-]+)")
_GITHUB: Final = re.compile(r"github\.com[:/](?P<repository>[\w.-]+/[\w.-]+?)(?:\.git)?/?$")
_SOURCE_LABELS: Final = ("source", "repository", "source code", "github", "homepage")
_GIT_SECONDS: Final = 60


class Action(Record):
    """The composite action of this program, as a workflow names it. ``version`` is that of a commit, for people."""

    repository: str
    ref: str
    version: str | None = None

    @property
    def uses(self) -> str:
        return f"{self.repository}@{self.ref}" + (f" # v{self.version}" if self.version else "")

    @classmethod
    def parse(cls, given: str) -> Self:
        """Return the action that ``--action`` names. Raises ConfigError for what is no OWNER/REPO@REF."""
        found = _GIVEN.fullmatch(given)
        if found is None:
            raise ConfigError(
                f"--action {given!r}: names no version of a repository; write OWNER/REPO@REF, "
                "with a tag or a commit as REF"
            )
        return cls(repository=found["repository"], ref=found["ref"])


def find_action(installed: Distribution) -> Action:
    """Return the action of the program as it is installed. Raises ConfigError, which asks for it, if it is unknown."""
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    url, commit = str(origin.get("url", "")), origin.get("vcs_info", {}).get("commit_id")
    if commit and (found := github_repository(url)):
        return Action(repository=found, ref=commit, version=installed.version)
    if url.startswith("file:") and (action := _of_clone(Path(unquote(urlsplit(url).path)), installed.version)):
        return action
    for row in installed.metadata.get_all("Project-URL") or ():
        label, _, address = row.partition(",")
        if label.strip().lower() in _SOURCE_LABELS and (found := github_repository(address.strip())):
            return Action(repository=found, ref=f"v{installed.version}")
    raise ConfigError(
        f"--workflow: paper-triage {installed.version} was not installed from a repository on GitHub, "
        "and a workflow has to name one that holds it; give --action OWNER/REPO@REF, with a tag or a commit as REF"
    )


def github_repository(url: str) -> str | None:
    """Return ``owner/name`` of an address on GitHub, and None for any other."""
    found = _GITHUB.search(url)
    return found["repository"] if found else None


def _of_clone(folder: Path, version: str) -> Action | None:
    """Return the action of a clone at its present commit, and None when the folder is no clone of a GitHub repository.

    Raises ConfigError when GitHub does not have that commit.
    """
    repository = github_repository(_git(folder, "remote", "get-url", "origin"))
    commit = _git(folder, "rev-parse", "HEAD")
    if not repository or not commit:
        return None
    if not _git(folder, "branch", "--remotes", "--contains", commit):
        raise ConfigError(
            f"--workflow: paper-triage is installed from {folder}, whose commit {commit[:12]} is not on "
            f"{repository} yet; push it, or give --action {repository}@REF"
        )
    return Action(repository=repository, ref=commit, version=version)


def _git(folder: Path, *arguments: str) -> str:
    """Return what git prints about a folder, and nothing when it fails or is not installed."""
    try:
        done = Git(inherited(), remote="").run(*arguments, cwd=folder, timeout=_GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""
