"""The folders of a fleet's lists: named, or clones of their repositories that are brought up to date."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from agent import environment
from agent.deliveries.git_process import Git, is_redirect, redirect_of
from agent.errors import ConfigError, SourceError
from agent.jobs.fleet_file import Fleet, FleetList
from agent.settings import CONFIG_NAME, Settings, load_settings

OWN_FOLDER: Final = ".triage-fleet"
"""Beside ``fleet.toml``: clones, and what the nights spent when the fleet has no database."""
_GIT_SECONDS: Final = 300
_USER: Final = re.compile(r"://[^/\s']*@")


def load_list_settings(fleet: Fleet, chosen: FleetList, **overrides: Any) -> Settings:
    """Return the settings of a list, whose clone is brought up to date first.

    Its state is in the fleet's database, or without one where the list's own settings say. Raises ConfigError for a
    list that cannot be read, SourceError when its repository does not answer.
    """
    state = {"state": {"url": fleet.state_url, "list": chosen.name}} if fleet.state_url else {}
    if chosen.folder is not None:
        environment.refuse_one_state_folder()
        home, folder = fleet.home / chosen.folder, None
    else:
        place = fleet.home / OWN_FOLDER / chosen.own_folder
        home, folder = place / "list", place / "state"
        _bring_up_to_date(home, _address(fleet, str(chosen.git)))
    if not (home / CONFIG_NAME).is_file():
        raise ConfigError(
            f"list {chosen.name}: no {CONFIG_NAME} in {home}: run `triage init` there, or correct fleet.toml"
        )
    return load_settings(home / CONFIG_NAME, folder, **{**overrides, **state})


def _address(fleet: Fleet, git: str) -> str:
    """Return the address of a list's repository; the path of one on this machine is relative to the file, too."""
    beside = fleet.home / git
    return str(beside) if "://" not in git and beside.exists() else git


class _GitFailed(SourceError):
    """Git itself said no."""


def _bring_up_to_date(clone: Path, remote: str) -> None:
    """Make the clone, or take over what the repository's default branch is now. Git uses the user's own credentials.

    A clone in which git fails is made anew: a git that was killed may have left it half made, or its locks in it.
    """
    if (clone / ".git").exists():
        try:
            _git(remote, "fetch", "--quiet", "--depth", "1", "--", remote, "HEAD", cwd=clone)
            return _git(remote, "reset", "--quiet", "--hard", "FETCH_HEAD", cwd=clone)
        except _GitFailed:
            pass
    made = clone.with_name("list.new")
    try:
        clone.parent.mkdir(parents=True, exist_ok=True)
        _remove(made)
        _git(remote, "clone", "--quiet", "--depth", "1", "--", remote, str(made), cwd=clone.parent)
        _remove(clone)
        made.rename(clone)
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}; make the folder of fleet.toml writable") from None


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _git(remote: str, *words: str, cwd: Path) -> None:
    shown = _redact(remote)
    try:
        done = Git(environment.inherited(), remote).run(*words, cwd=cwd, timeout=_GIT_SECONDS)
    except FileNotFoundError:
        raise ConfigError("git is not installed: install it, or give folders in fleet.toml") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"{shown}: git took over {_GIT_SECONDS} s; the next attempt may find it") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        if is_redirect(said):
            place = _redact(redirect_of(remote))
            raise _GitFailed(f"{shown}: the repository has moved{place}: correct its address in fleet.toml")
        last = _redact((said.splitlines() or ["no word of it"])[-1])
        raise _GitFailed(f"{shown}: git failed ({last}); check the address, and that git can read it without asking")


def _redact(said: str) -> str:
    """Return the text without the users and passwords of its addresses: either may be a token."""
    return _USER.sub("://", said)
