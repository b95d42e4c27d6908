"""A real bare repository behind ``git http-backend``, with token auth: what git sees of GitHub.

CGI contract: https://git-scm.com/docs/git-http-backend. In tests a context manager; ``Bare`` is the hand of the people
and of GitHub itself, which change the same repository from the other side.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

PERSON = ("A Reviewer", "reviewer@example.org")


class Hold:
    """Stops a server at one step until the test lets go, so that its client can be killed exactly there."""

    def __init__(self, step: str) -> None:
        self.step = step
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def at(self, step: str) -> None:
        if step == self.step and not self.let_go.is_set():
            self.reached.set()
            self.let_go.wait(30)
            if step.startswith("before"):
                raise ConnectionAbortedError("the client was killed: its request came to nothing")


class Bare:
    """A bare repository on disk, changed with plumbing only: no working tree, no identity needed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def holding(cls, path: Path, files: dict[str, str]) -> Bare:
        """Make a repository with these files on ``main``; the same files again are a copy of the first one made."""
        shutil.copytree(_made(tuple(files.items())).name, path, dirs_exist_ok=True)
        return cls(path)

    def begin(self, files: dict[str, str]) -> None:
        self._git("init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(self.path), anywhere=True)
        self._git("config", "receive.denyNonFastForwards", "true")
        self._git("config", "receive.autogc", "false")
        self._commit("main", files, "The list as it was")

    def head(self, branch: str) -> str | None:
        """Return the tip of a branch; read from its file, since git packs no refs here and this is asked often."""
        ref = self.path / "refs" / "heads" / branch
        return ref.read_text().strip() if ref.is_file() else None

    def text(self, branch: str, path: str = "README.md") -> str:
        return self._run("cat-file", "blob", f"refs/heads/{branch}:{path}").stdout.decode()

    def edit(
        self, branch: str, change: Callable[[str], str], message: str = "An edit by hand", path: str = "README.md"
    ) -> str:
        """Commit ``change(text)`` as a person would."""
        old = self.head(branch)
        assert old is not None
        return self._commit(branch, {path: change(self.text(branch, path))}, message, old)

    def merge(self, branch: str, how: str, base: str = "main") -> str:
        """Merge as GitHub's three buttons do, and return the new base commit."""
        ours, theirs = self.head(base), self.head(branch)
        assert ours and theirs
        tree = self._git("merge-tree", "--write-tree", ours, theirs).split("\n")[0]
        if how == "merge":
            return self._move(
                base, self._git("commit-tree", tree, "-p", ours, "-p", theirs, "-m", "Merge pull request")
            )
        if how == "squash":
            bodies = self._git("log", "--reverse", "--format=* %B", f"{base}..{branch}")
            return self._move(base, self._git("commit-tree", tree, "-p", ours, "-m", f"Squashed\n\n{bodies}"))
        tip = ours
        for commit in self._git("rev-list", "--reverse", "--no-merges", f"{base}..{branch}").split():
            picked = self._pick(tip, commit)
            author = self._git("log", "-1", "--format=%an%x00%ae%x00%B", commit).split("\0")
            tip = self._git("commit-tree", picked, "-p", tip, "-m", author[2], author=(author[0], author[1]))
        return self._move(base, tip)

    def resolve(self, branch: str, base: str, files: dict[str, str]) -> str:
        """Merge ``base`` into a branch as a person does who makes these files of the conflicts."""
        return self._commit(branch, files, "Resolve", str(self.head(branch)), str(self.head(base)))

    def drop(self, branch: str, commit: str) -> None:
        """Rewrite a branch without one of its commits, as ``git rebase -i`` and a forced push do."""
        tip = self._git("rev-parse", f"{commit}^")
        for later in self._git("rev-list", "--reverse", f"{commit}..{branch}").split():
            name, mail, message = self._git("log", "-1", "--format=%an%x00%ae%x00%B", later).split("\0")
            tip = self._git("commit-tree", self._pick(tip, later), "-p", tip, "-m", message, author=(name, mail))
        self._move(branch, tip)

    def delete(self, branch: str) -> None:
        self._git("update-ref", "-d", f"refs/heads/{branch}")

    def log(self, branch: str, format: str = "%s") -> list[str]:
        """Return the commits of a branch that main does not have, oldest first."""
        out = self._git("log", "--reverse", f"--format={format}%x1e", f"main..{branch}")
        return [row.strip("\n") for row in out.split("\x1e") if row.strip("\n")]

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        return self._run("merge-base", "--is-ancestor", ancestor, descendant).returncode == 0

    def protect(self, branch: str) -> None:
        """Refuse pushes to a branch in GitHub's words."""
        self._refuse(f'"$1" = "refs/heads/{branch}"', "error: GH006: Protected branch update failed for $1.")

    def rule(self, violation: str, *, on_deletions: bool = False) -> None:
        """Refuse what a ruleset forbids, in GitHub's words: every push, or deletions alone."""
        said = ["error: GH013: Repository rule violations found for $1.", "Review all repository rules at https://x"]
        self._refuse(f'{"" if on_deletions else "!"} "$3" = {40 * "0"}', *said, "", f"- {violation}", "")

    def allow(self) -> None:
        (self.path / "hooks" / "update").unlink()

    def _refuse(self, when: str, *said: str) -> None:
        hook = self.path / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        lines = "".join(f'echo "{line}" >&2\n' for line in said)
        hook.write_text(f"#!/bin/sh\n[ {when} ] || exit 0\n{lines}exit 1\n")
        hook.chmod(0o755)

    def _pick(self, tip: str, commit: str) -> str:
        """Return the tree of ``tip`` with the change of one commit; git 2.39 has no ``merge-tree --merge-base`` yet."""
        beside = self._git("commit-tree", f"{tip}^{{tree}}", "-p", f"{commit}^", "-m", "the tip, beside the commit")
        return self._git("merge-tree", "--write-tree", beside, commit).split("\n")[0]

    def _commit(self, branch: str, files: dict[str, str], message: str, *parents: str) -> str:
        """Commit files to a branch in one process. The other files are those of the first parent."""
        orders = [f"commit refs/heads/{branch}\nmark :1\ncommitter {PERSON[0]} <{PERSON[1]}> now\n".encode()]
        orders += [_counted(f"{message}\n")]
        orders += [f"{word} {parent}\n".encode() for word, parent in zip(("from", "merge"), parents, strict=False)]
        for path, text in files.items():
            orders += [f"M 100644 inline {path}\n".encode(), _counted(text)]
        return self._git("fast-import", "--quiet", "--date-format=now", stdin=b"".join([*orders, b"get-mark :1\n"]))

    def _move(self, branch: str, commit: str) -> str:
        self._git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def _git(
        self,
        *words: str,
        stdin: bytes = b"",
        anywhere: bool = False,
        author: tuple[str, str] = PERSON,
        **environment: str,
    ) -> str:
        done = self._run(*words, stdin=stdin, anywhere=anywhere, author=author, **environment)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def _run(
        self,
        *words: str,
        stdin: bytes = b"",
        anywhere: bool = False,
        author: tuple[str, str] = PERSON,
        **environment: str,
    ) -> subprocess.CompletedProcess[bytes]:
        name, mail = author
        who = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail}
        who |= {"GIT_COMMITTER_NAME": PERSON[0], "GIT_COMMITTER_EMAIL": PERSON[1]}
        where = [] if anywhere else [f"--git-dir={self.path}"]
        return subprocess.run(
            ["git", *where, *words], input=stdin, capture_output=True, env={**os.environ, **who, **environment}
        )


def _counted(text: str) -> bytes:
    content = text.encode()
    return b"data %d\n%b\n" % (len(content), content)


@cache
def _backend() -> str:
    """Return the path of the CGI program: by its name, git would start a process more."""
    folder = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{folder}/git-http-backend"


@cache
def _made(files: tuple[tuple[str, str], ...]) -> TemporaryDirectory[str]:
    folder = TemporaryDirectory()
    Bare(Path(folder.name)).begin(dict(files))
    return folder


class GitServer:
    """Serves ``folder/*.git``. ``tokens`` says what each token may do: ``read`` or ``write``."""

    def __init__(self, folder: Path, tokens: dict[str, str]) -> None:
        self.folder = folder
        self.tokens = tokens
        self.hold: Hold | None = None
        self.faults: dict[str, int] = {}
        """Step, such as ``git-receive-pack`` -> the HTTP status it gets instead of an answer."""
        self.before: dict[str, Callable[[], object]] = {}
        """Step -> what happens just before it, once."""
        self.moved: GitServer | None = None
        """Where every request is sent to, as when the repository moved."""
        self.steps: list[str] = []
        self._http = _Http(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/{name}.git"

    def __enter__(self) -> GitServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.hold:
            self.hold.let_go.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def role(self, authorization: str) -> str | None:
        kind, _, value = authorization.partition(" ")
        if kind.lower() != "basic":
            return None
        return self.tokens.get(base64.b64decode(value).decode().partition(":")[2])


class _Http(ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], owner: GitServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no error of ours."""


_CAPABILITIES: dict[tuple[str, str, bool], bytes] = {}
"""Answers to the first question of protocol 2, which tell nothing of a repository but that it is there
(https://git-scm.com/docs/protocol-v2#_capability_advertisement)."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    disable_nagle_algorithm = True
    wbufsize = 65_536
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._body())

    def _serve(self, body: bytes) -> None:
        owner, url = self.server.owner, urlsplit(self.path)
        service = url.query.removeprefix("service=") if url.path.endswith("info/refs") else url.path.rsplit("/", 1)[-1]
        step = f"{'discover ' if self.command == 'GET' else ''}{service}"
        owner.steps.append(step)
        if owner.moved:
            return self._plain(301, b"", ("Location", owner.moved.url("list").removesuffix("/list.git") + self.path))
        role = owner.role(self.headers.get("Authorization", ""))
        if role is None:
            return self._plain(401, b"Bad credentials\n", ("WWW-Authenticate", 'Basic realm="GitHub"'))
        if step in owner.faults:
            return self._plain(owner.faults[step], b"no\n")
        if service == "git-receive-pack" and role != "write":
            return self._plain(403, b"Permission to owner/list.git denied to reader.\n")
        if owner.hold:
            owner.hold.at(f"before {step}")
        if act := owner.before.pop(step, None):
            act()
        answer = self._answer(url, body)
        if owner.hold:
            owner.hold.at(f"after {step}")
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = [line.partition(": ")[::2] for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        self._plain(status, content, *[(name, value) for name, value in headers if name and name != "Status"])

    def _answer(self, url: Any, body: bytes) -> bytes:
        """Return what the CGI program says. What it can do is the same for every repository, and is asked once."""
        cgi = self._cgi(url, len(body))
        asked = (url.query, cgi["GIT_PROTOCOL"], (self.server.owner.folder / url.path[1:]).parents[1].is_dir())
        if asked not in _CAPABILITIES:
            said = subprocess.run([_backend()], input=body, capture_output=True, env=cgi).stdout
            if not said.partition(b"\r\n\r\n")[2].startswith(b"000eversion 2\n"):
                return said
            _CAPABILITIES[asked] = said
        return _CAPABILITIES[asked]

    def _cgi(self, url: Any, length: int) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.owner.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "someone",
            "REMOTE_ADDR": "127.0.0.1",
        }

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _plain(self, status: int, content: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
