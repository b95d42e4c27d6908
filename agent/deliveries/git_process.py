"""The real ``git`` as a child process that asks nobody, follows no redirect and runs no hook."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx2

from agent.core.http import address_of
from agent.tls import tls_context

_KEPT: Final = ("GIT_SSL", "GIT_SSH", "GIT_PROXY", "GIT_EXEC_PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")
_CONFIG: Final = re.compile(r"GIT_CONFIG_(?:KEY|VALUE)_\d+")
_REDIRECT: Final = re.compile(r"returned error: 30\d|unable to update url base from redirection")


class Git:
    """Runs git for one remote (empty: for none). What it is told is in the child's environment (``GIT_CONFIG_COUNT``,
    https://git-scm.com/docs/git-config#ENVIRONMENT), never in an argument or a file.
    """

    def __init__(self, inherited: Mapping[str, str], remote: str, header: str | None = None) -> None:
        """``inherited`` is the environment to pass on (PATH, HOME, proxies); most ``GIT_*`` variables are dropped.

        ``header`` goes to ``remote`` in place of the credentials that the user's git has; None: with those, from the
        user's configuration and ``GIT_CONFIG_*`` variables.
        """
        config = [
            ("core.hooksPath", "/dev/null"),
            ("gc.auto", "0"),
            ("maintenance.auto", "false"),
            ("push.gpgSign", "false"),
            ("push.pushOption", ""),
            ("push.recurseSubmodules", "no"),
            ("trailer.separators", ":"),
            ("init.defaultObjectFormat", "sha1"),
            ("log.showSignature", "false"),
            ("i18n.commitEncoding", "UTF-8"),
            ("http.followRedirects", "false"),
            ("http.lowSpeedLimit", "1000"),
            ("http.lowSpeedTime", "60"),
        ]
        web = remote.startswith(("https://", "http://"))
        if web:
            # A header would go along with a redirect; a user's setting for this address would be the stronger one.
            config += [(f"http.{remote}.followRedirects", "false")]
        if header is not None:
            config += [("credential.helper", "")]
        if web and header is not None:
            # The empty value drops headers from the user's configuration: two Authorization lines are a 400.
            config += [(f"http.{remote}.extraHeader", ""), (f"http.{remote}.extraHeader", header)]
            # A user may have git turn this address into one of SSH, where no header goes: the longest match wins.
            config += [(f"url.{remote}.insteadOf", remote), (f"url.{remote}.pushInsteadOf", remote)]
        kept = {name: each for name, each in inherited.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}
        first = 0
        if header is None and inherited.get("GIT_CONFIG_COUNT", "").isdecimal():
            first = int(inherited["GIT_CONFIG_COUNT"])
            kept |= {name: each for name, each in inherited.items() if _CONFIG.fullmatch(name)}
        for number, (key, value) in enumerate(config, first):
            kept |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        self._environment = kept | {
            "GIT_CONFIG_COUNT": str(first + len(config)),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",  # else SSH_ASKPASS opens a window, and waits
            "LC_ALL": "C",
        }

    def run(
        self, *words: str, cwd: Path, timeout: float, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Return how a command ended, with its output. ``environment`` is added to the child's, ``timeout`` in seconds.

        Raises FileNotFoundError where git is not installed, and subprocess.TimeoutExpired.
        """
        return subprocess.run(
            ["git", *words],
            input=stdin,
            capture_output=True,
            env={**self._environment, **(environment or {})},
            cwd=cwd,
            timeout=timeout,
            check=False,
        )


def is_redirect(said: str) -> bool:
    """Say whether git's complaint is that the remote redirects."""
    return _REDIRECT.search(said) is not None


def redirect_of(remote: str, auth: tuple[str, str] | None = None) -> str:
    """Return where a remote redirects to, as `` to ADDRESS``, empty when it does not tell; nobody goes there.

    ``auth`` are the user and password to ask with; None asks as anyone may.
    """
    url = f"{remote.rstrip('/')}/info/refs?service=git-upload-pack"
    try:
        with httpx2.stream("GET", url, auth=auth, verify=tls_context(), timeout=30.0, follow_redirects=False) as answer:
            place = httpx2.URL(url).join(answer.headers["location"])
    except (httpx2.HTTPError, httpx2.InvalidURL, KeyError, ValueError):
        return ""
    name = re.fullmatch(r"((?:/[\w.-]+){2})/info/refs", place.path)
    return f" to {address_of(str(place))}{name[1] if name else ''}"
