"""Git, as the pull request needs it: a bare clone of our own in the state folder, driven by the real ``git``.

There is no working tree and no index, so nothing of the user's can be touched, no hook and no line-end filter runs, and
every byte of the catalog that is not ours stays. The token travels only in the environment of the child process: never
in a URL, an argument, a file or a message.
"""

from __future__ import annotations

import base64
import errno
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import tenacity
from pydantic import SecretStr

from agent.core.http import address_of
from agent.deliveries.git_process import Git, is_redirect, redirect_of
from agent.deliveries.github.rest import NEW_TOKEN_WAIT_S, REFUSES_THE_ACCOUNT, WHAT_THE_ACCOUNT_NEEDS
from agent.deliveries.github.texts import COMMAND_TRAILER, PAPER_TRAILER
from agent.errors import ConfigError, DeliveryError

BOT_NAME: Final = "paper-triage[bot]"
BOT_EMAIL: Final = "paper-triage@noreply.invalid"
"""A name of nobody's (RFC 2606): GitHub would attribute a ``users.noreply.github.com`` address to an account."""

TIMEOUT_S: Final = 600
LOOSE_OBJECTS: Final = 1000
"""From about so many objects in files of their own on, they are packed into one."""
_BOT: Final = {
    "GIT_AUTHOR_NAME": BOT_NAME,
    "GIT_AUTHOR_EMAIL": BOT_EMAIL,
    "GIT_COMMITTER_NAME": BOT_NAME,
    "GIT_COMMITTER_EMAIL": BOT_EMAIL,
}
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_ORIGIN: Final = "refs/remotes/origin"
_MADE: Final = "refs/triage/made"
"""Points in our clone at the last commit that was made here, and is never pushed under this name."""


class RemoteMoved(DeliveryError):
    """Someone else pushed in between: fetch and do it again."""


class Unauthorised(DeliveryError):
    """The remote does not know the token."""


class _Killed(DeliveryError):
    """Git was killed, and may have left locks and half-written files."""


class _Unexplained(DeliveryError):
    """Git failed, and not for a reason of the remote's: our clone may be damaged, as by a cut of the power."""


class Commit(NamedTuple):
    """One commit, by what the next run must know of it: the trailers of the bot's own commits, as lists.

    Trailers in other people's commits are text.
    """

    subject: str
    ours: bool
    papers: tuple[str, ...]
    commands: tuple[str, ...]


class Version(NamedTuple):
    """What the catalog is to read, and the message of the commit that says so."""

    text: str
    message: str


class Clone:
    """A bare clone of ``remote`` in ``folder``; one file of it, ``catalog_path``, is read and written.

    Everything is read from the remote anew, so the folder may be deleted at any time. All methods raise DeliveryError.
    """

    def __init__(
        self,
        folder: Path,
        remote: str,
        catalog_path: str,
        token: SecretStr,
        environment: Mapping[str, str],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``environment`` is what git inherits (PATH, HOME, proxies); most ``GIT_*`` variables in it are dropped.

        ``sleep`` waits between tries, in seconds. Raises ConfigError for a token that can be none, and for a remote
        that holds one.
        """
        if not re.fullmatch(r"[!-~]+", token.get_secret_value()):
            raise ConfigError("GITHUB_TOKEN holds characters that no token has (a blank or line end?): set it again")
        address = remote.partition("://")[2]
        if remote.startswith("http") and ("@" in address.partition("/")[0] or re.search(r"[?#]", address)):
            raise ConfigError("[github] remote holds a user, password or query: take it out, the token is GITHUB_TOKEN")
        self._folder = folder
        self._remote = remote
        self._shown = _shown(remote)
        self._token = token
        self._sleep = sleep
        self._path = catalog_path
        basic = base64.b64encode(f"x-access-token:{token.get_secret_value()}".encode()).decode()
        self._secrets = (basic, token.get_secret_value())
        self._process = Git(environment, remote, f"Authorization: Basic {basic}")
        # What a commit holds never changes, and a run asks for the same few commits again and again.
        self._entry = lru_cache(maxsize=64)(self._read_entry)
        self._text = lru_cache(maxsize=8)(self._read_text)
        self._history = lru_cache(maxsize=64)(self._read_history)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the clone. What a killed run or git left is thrown away: it may hold locks and half-written files. So is
        a clone in which git failed for no reason that is known. After any other error the clone is kept.
        """
        marker = self._folder.with_name(f"{self._folder.name}.in-use")
        try:
            if marker.exists() and self._folder.exists():
                shutil.rmtree(self._folder)
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            marker.touch()
            if not self._folder.exists():
                self._git("init", "--quiet", "--bare", "--template=", str(self._folder), anywhere=True)
        except OSError as error:
            remedy = "make room" if error.errno == errno.ENOSPC else "give a writable folder with --state"
            raise DeliveryError(f"{self._folder}: {error.strerror}; {remedy}") from None
        try:
            yield
        except (_Killed, _Unexplained):
            raise
        except DeliveryError:
            marker.unlink(missing_ok=True)
            raise
        # Packed now and then, since a night leaves a few objects of its own; a failure is made up for by a later night.
        pack = ("-c", f"gc.auto={LOOSE_OBJECTS}", "-c", "gc.autoDetach=false")
        self._run(*pack, "gc", "--auto", "--quiet")
        marker.unlink(missing_ok=True)

    def fetch(self, base: str, branch: str) -> dict[str, str]:
        """Return the tips of ``base`` and of every branch whose name begins with ``branch``, by branch name."""
        wanted = [f"+refs/heads/{name}:{_ORIGIN}/{name}" for name in (base, f"{branch}*")]
        fetch = ("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", self._remote, *wanted)
        tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Unauthorised),
            stop=tenacity.stop_after_attempt(2),
            wait=tenacity.wait_fixed(NEW_TOKEN_WAIT_S),
            sleep=self._sleep,
            reraise=True,
        )(self._git, *fetch)
        rows = self._git("for-each-ref", "--format=%(refname) %(objectname)", _ORIGIN).decode().splitlines()
        return {name.removeprefix(f"{_ORIGIN}/"): sha for name, sha in (row.split(" ") for row in rows)}

    def text(self, commit: str) -> str:
        """Return the catalog as it is in a commit, line ends untouched."""
        return self._text(commit)

    def _read_text(self, commit: str) -> str:
        mode, content = self._entry(commit)
        if mode not in ("100644", "100755"):
            raise DeliveryError(f"{self._path} is not a plain file in {self._shown}; set [github] catalog_path")
        blob = self._git("cat-file", "blob", content)
        if blob.startswith(_LFS_POINTER):
            raise DeliveryError(f"{self._path} in {self._shown} is kept in Git LFS; take it out (git lfs untrack)")
        try:
            return blob.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DeliveryError(f"{self._path} in {self._shown} is not UTF-8 (byte {error.start}); repair it") from None

    def contains(self, descendant: str, ancestor: str) -> bool:
        """Return whether ``ancestor`` is part of the history of ``descendant``, a commit that we have; one that we do
        not have is not part of it.
        """
        return descendant == ancestor or self._run("merge-base", "--is-ancestor", ancestor, descendant).returncode == 0

    def commits(self, tip: str, without: Sequence[str]) -> tuple[Commit, ...]:
        """Return the commits of ``tip`` that are in the history of none of ``without``, newest first."""
        return self._history(tip, tuple(without))

    def _read_history(self, tip: str, without: tuple[str, ...]) -> tuple[Commit, ...]:
        trailers = "%x1f".join(
            f"%(trailers:key={key},valueonly,separator=%x20)" for key in (PAPER_TRAILER, COMMAND_TRAILER)
        )
        out = self._git("log", "-z", f"--format=%ae%x1f{trailers}%x1f%s", tip, "--not", *without)
        rows = [row.split("\x1f", 3) for row in out.decode(errors="replace").split("\0") if row]
        return tuple(
            Commit(subject, True, tuple(papers.split()), tuple(commands.split()))
            if mail == BOT_EMAIL
            else Commit(subject, False, (), ())
            for mail, papers, commands, subject in rows
        )

    def merge(self, ours: str, theirs: str, message: str) -> str | None:
        """Return a commit that holds both sides (one of them, if it already does), or None when they conflict."""
        if self.contains(ours, theirs):
            return ours
        if self.contains(theirs, ours):
            return theirs
        merged = self._run("merge-tree", "--write-tree", "--no-messages", ours, theirs)
        if merged.returncode == 1:
            return None
        if merged.returncode != 0:
            raise self._error(merged)
        return self._commit_tree(merged.stdout.decode().split()[0], [ours, theirs], message)

    def commit(self, parent: str, text: str, message: str) -> str:
        """Return a new commit on ``parent`` in which the catalog reads ``text`` and nothing else differs."""
        return self.commit_each(parent, [Version(text, message)])

    def commit_each(self, parent: str, versions: Sequence[Version]) -> str:
        """Return the last of new commits, each on the one before and the first on ``parent``, or ``parent`` if there
        are none. In each the catalog reads as the version says and nothing else differs.

        One process makes them all (https://git-scm.com/docs/git-fast-import#_input_format).
        """
        if not versions:
            return parent
        mode, _ = self._entry(parent)
        orders = [b"feature done\n"]
        for number, version in enumerate(versions, 1):
            orders += [
                f"commit {_MADE}\nmark :{number}\ncommitter {BOT_NAME} <{BOT_EMAIL}> now\n".encode(),
                _counted(version.message),
                f"from {parent if number == 1 else f':{number - 1}'}\n".encode(),
                f"M {mode} inline {_quoted(self._path)}\n".encode(),
                _counted(version.text),
            ]
        orders += [f"get-mark :{len(versions)}\ndone\n".encode()]
        made = self._git("fast-import", "--quiet", "--force", "--date-format=now", stdin=b"".join(orders))
        return made.decode().strip()

    def push(self, commit: str, branch: str, expected: str | None) -> None:
        """Move a remote branch from ``expected`` forward to a commit on top of it, or create it (None).

        Raises RemoteMoved when it is elsewhere by now, also when people deleted it: it is not to come back.
        """
        lease = f"--force-with-lease=refs/heads/{branch}:{expected or ''}"
        where = (self._remote, f"{commit}:refs/heads/{branch}")
        self._git("push", "--quiet", "--porcelain", "--no-follow-tags", lease, *where)

    def delete(self, branch: str, expected: str) -> None:
        """Delete a remote branch if, and only if, it still is at ``expected``; raises RemoteMoved when it is not."""
        lease = f"--force-with-lease=refs/heads/{branch}:{expected}"
        self._git("push", "--quiet", "--porcelain", lease, self._remote, f":refs/heads/{branch}")

    def _read_entry(self, commit: str) -> tuple[str, str]:
        out = self._git("ls-tree", "-z", commit, "--", self._path).decode(errors="replace")
        if not out:
            raise DeliveryError(f"{self._path} does not exist in {self._shown}; set [github] catalog_path")
        mode, _, blob = out.partition("\t")[0].split(" ")
        return mode, blob

    def _commit_tree(self, tree: str, parents: Sequence[str], message: str) -> str:
        links = [word for parent in parents for word in ("-p", parent)]
        return self._git("commit-tree", tree, *links, stdin=message.encode("utf-8")).decode().strip()

    def _git(self, *words: str, stdin: bytes = b"", anywhere: bool = False) -> bytes:
        done = self._run(*words, stdin=stdin, anywhere=anywhere)
        if done.returncode != 0:
            raise self._error(done)
        return done.stdout

    def _run(self, *words: str, stdin: bytes = b"", anywhere: bool = False) -> subprocess.CompletedProcess[bytes]:
        where = [] if anywhere else [f"--git-dir={self._folder}"]
        cwd = self._folder.parent
        try:
            return self._process.run(*where, *words, cwd=cwd, timeout=TIMEOUT_S, stdin=stdin, environment=_BOT)
        except FileNotFoundError:
            raise DeliveryError("git is not installed: install git 2.38 or later, then run again") from None
        except subprocess.TimeoutExpired:
            raise _Killed(f"git {words[0]} with {self._shown} took over {TIMEOUT_S} s; the next run delivers") from None

    def _error(self, done: subprocess.CompletedProcess[bytes]) -> DeliveryError:
        if done.returncode < 0:
            return _Killed(f"git was killed by signal {-done.returncode}; the next run delivers")
        said = (done.stdout + b"\n" + done.stderr).decode(errors="replace")
        for secret in self._secrets:
            said = said.replace(secret, "***")
        if is_redirect(said):
            place = redirect_of(self._remote, ("x-access-token", self._token.get_secret_value()))
            return DeliveryError(
                f"{self._shown}: the repository has moved{place}: set [github] remote (and repository) to its new "
                "address"
            )
        return _explain(said.replace(self._remote, self._shown), self._shown)


def _counted(text: str) -> bytes:
    """Return a text as ``git fast-import`` takes it: any bytes, their number before them."""
    content = text.encode("utf-8")
    return b"data %d\n%b\n" % (len(content), content)


def _quoted(path: str) -> str:
    """Return a path in quotes, as git takes any path."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _shown(remote: str) -> str:
    """Return what may be printed of a remote: scheme and host, ``host`` of ``user@host:path``, or a path as it is."""
    if "://" in remote:
        return address_of(remote)
    host, colon, _ = remote.rpartition("@")[2].partition(":")
    return host if colon and "/" not in host else remote


_WRONG_TOKEN: Final = "GITHUB_TOKEN is wrong or has expired: set a valid one"
_REMEDIES: Final = (
    (
        ("No space left on device",),
        "the disk is full: make room in the state folder; the drafts are kept, the next run delivers",
    ),
    (
        ("was archived", "is archived"),
        "the repository is archived: unarchive it in its settings, or set another [github] repository and remote",
    ),
    (
        ("exists; cannot create",),
        "a branch stands in the way of this name (a and a/b cannot both exist): set another [github] branch",
    ),
    (
        ("fetch first", "non-fast-forward", "stale info", "cannot lock ref", "failed to update ref", "already exists"),
        "",
    ),
    (
        ("verified signature",),
        "the repository takes signed commits alone, and the bot signs none: let it bypass that rule (Settings > Rules)",
    ),
    (
        ("creations being restricted", "Branch name must", "ranch name does not"),
        "a rule refuses a branch of this name: set another [github] branch, or let the bot bypass it (Settings > "
        "Rules)",
    ),
    (
        ("GH006", "GH013", "protected branch", "rule violations", "hook declined"),
        "the branch is protected: let the bot push to it (Settings > Branches, or Rules), or set another branch",
    ),
    (
        ("workflows` permission", "workflow` scope"),
        "the base changed a workflow file, which this token may not push: use one with 'workflows: write', or press "
        "'Update branch' on the pull request",
    ),
    (REFUSES_THE_ACCOUNT, WHAT_THE_ACCOUNT_NEEDS),
    (
        ("error: 403", "denied to", "not granted"),
        "GITHUB_TOKEN may only read: it needs 'contents: write' on the repository",
    ),
    (
        ("terminal prompts disabled", "Authentication failed", "could not read Username", "error: 401"),
        _WRONG_TOKEN,
    ),
    (("couldn't find remote ref",), "the base branch does not exist there: set [github] base"),
    (("not found", "does not appear to be a git repository"), "no such repository: set [github] remote"),
    (("unknown option `write-tree'", "usage: git merge-tree"), "git is too old: install git 2.38 or later"),
    (("unrelated histories",), "base and branch share no history: delete the branch, the next run makes it anew"),
    (("error: 5", "Could not resolve", "unable to access", "timed out", "hung up"), "the next run delivers"),
)


def _explain(said: str, remote: str) -> DeliveryError:
    """Return git's complaint as one line with its remedy, the first that matches.

    What the other side says tells more than what git makes of it, and a rule that was broken more than that one was.
    """
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip() not in ("", "Done", "remote:")]
    telling = [line for line in lines if line.startswith(("fatal:", "remote:", "error:", "!"))] or lines
    telling.sort(key=lambda line: (not line.startswith("remote: - "), not line.startswith("remote:")))
    short = " | ".join(telling[:4])[:400]
    for signs, remedy in _REMEDIES:
        if any(sign in said for sign in signs):
            if not remedy:
                return RemoteMoved(f"{remote}: someone else pushed at the same time ({short}); run again")
            if remedy == _WRONG_TOKEN:
                return Unauthorised(f"{remote}: {remedy} (git: {short})")
            return DeliveryError(f"{remote}: {remedy} (git: {short})")
    return _Unexplained(f"{remote}: git failed ({short}); the next run makes its clone anew")
