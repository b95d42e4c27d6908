"""The git clone that a list's folder is in: where it lives on GitHub, and the branch that pull requests are for.

Git's own files are read (https://git-scm.com/docs/gitrepository-layout), since a folder that another user owns is
nothing that git answers about.
"""

from __future__ import annotations

import configparser
from pathlib import Path

from agent.files import exists, is_file
from agent.records import Record
from agent.wiring.github_actions.program_source import github_repository


class Clone(Record):
    """What a clone tells: ``repository`` is ``owner/name`` on GitHub, ``base`` the branch that pull requests are for;
    null where nothing tells.
    """

    repository: str | None = None
    base: str | None = None


def find_top(home: Path) -> Path | None:
    """Return the top folder of the git repository that a folder is in, or None when it is in none."""
    home = home.resolve()
    return next((folder for folder in (home, *home.parents) if exists(folder / ".git")), None)


def read_clone(home: Path) -> Clone:
    """Return what the clone that a folder is in tells of its repository.

    The base is the default branch of ``origin``, else ``main`` or ``master`` if it is there, else the branch that is
    checked out.
    """
    top = find_top(home)
    if top is None:
        return Clone()
    own = _own_folder(top)
    # A further worktree has a HEAD of its own, and all else in the folder of the first one.
    shared = own / (_read(own / "commondir").strip() or ".")
    config = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        config.read_string(_read(shared / "config"))
        repository = github_repository(config.get('remote "origin"', "url"))
    except configparser.Error:
        repository = None
    base = (
        _branch(shared / "refs/remotes/origin/HEAD", "refs/remotes/origin/")
        or next((name for name in ("main", "master") if _has_remote_branch(shared, name)), None)
        or _branch(own / "HEAD", "refs/heads/")
    )
    return Clone(repository=repository, base=base)


def _own_folder(top: Path) -> Path:
    """Return the folder of git's files: ``.git``, or where that points as a file, in a submodule or a worktree."""
    place = top / ".git"
    return top / _read(place).removeprefix("gitdir:").strip() if is_file(place) else place


def _has_remote_branch(folder: Path, name: str) -> bool:
    """Tell whether a clone has seen this branch at ``origin``."""
    reference = f"refs/remotes/origin/{name}"
    return is_file(folder / reference) or f" {reference}\n" in _read(folder / "packed-refs")


def _branch(reference: Path, prefix: str) -> str | None:
    """Return the branch that a symbolic reference names, or None when it names none."""
    kind, _, target = _read(reference).strip().partition(": ")
    branch = target.removeprefix(prefix)
    # Where a clone keeps its references in tables, the file names a branch that cannot be.
    return branch if kind == "ref" and target.startswith(prefix) and branch != ".invalid" else None


def _read(path: Path) -> str:
    """Return the text of a file, empty where none can be read."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
