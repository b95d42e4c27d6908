"""The environment variables that are no settings: keys and tokens, addresses that may hold one, files that CI names.

They are read when they are needed, by name, so that no record holds a secret.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from agent.errors import ConfigError

STATE_URL: Final = "TRIAGE_STATE_URL"
"""The variable that may hold the address of the database with its password."""


def is_web_address(url: str) -> bool:
    """Return whether an address is one of HTTP or HTTPS that can be asked."""
    try:
        parts = urlsplit(url)
        # Python leaves line ends and tabs out of what it splits; an HTTP client refuses them.
        whole = url.isprintable() and " " not in url
        return whole and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def openai_api_key() -> str | None:
    """Return the key of the model server, None without one.

    Raises ConfigError for what cannot be sent as a key; the message does not repeat it.
    """
    # Pasted from a page that shows the whole header.
    key = _unquoted("OPENAI_API_KEY").removeprefix("Bearer ").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError("OPENAI_API_KEY holds characters that no key has (a typographic quote?); copy it again")
    return key or None


def openai_base_url() -> str | None:
    """Return the address of the model server, None when the environment gives none.

    One of Azure's that names a deployment has its ``api-version``, which is no secret. Raises ConfigError for what is
    no web address, and for one that may hold a secret; neither is repeated.
    """
    url = _unquoted("OPENAI_BASE_URL")
    if url and not is_web_address(url):
        raise ConfigError("OPENAI_BASE_URL is no web address; give one such as http://127.0.0.1:8000/v1")
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.fragment or (parts.query and not _API_VERSION.fullmatch(parts.query)):
        raise ConfigError(
            f"OPENAI_BASE_URL at {parts.scheme}://{parts.netloc.rpartition('@')[2]} holds a user name, a password or a "
            "query; addresses are shown and passed on: give the address alone (an api-version may stay), and the key "
            "as OPENAI_API_KEY"
        )
    # Pasted from a page that shows a whole request.
    path = parts.path.rstrip("/").removesuffix("/chat/completions").rstrip("/")
    return urlunsplit(parts._replace(path=path)) or None


_API_VERSION: Final = re.compile(r"api-version=[\w.-]{1,40}")


def _unquoted(name: str) -> str:
    """Return a variable without blanks and quotes around it: docker's ``--env-file`` passes quotes on as they stand."""
    value = os.environ.get(name, "").strip()
    return value[1:-1].strip() if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def state_url() -> str:
    """Return the address of the state's database that the environment gives, empty when it gives none."""
    return os.environ.get(STATE_URL, "")


def refuse_one_state_folder() -> None:
    """Check that the lists of a fleet can have a state folder each.

    Raises ConfigError when the environment names one for all of them.
    """
    folder = os.environ.get("TRIAGE_STATE_FOLDER", "")
    if Path(folder).is_absolute():
        raise ConfigError(
            f"TRIAGE_STATE_FOLDER {folder}: all lists of the fleet would share it; give a folder relative to each "
            "list's triage.toml, or set [state] folder there"
        )


def fleet_file() -> Path:
    """Return the file of the fleet's lists that the environment names, else that of the working directory."""
    return Path(os.environ.get("TRIAGE_FLEET") or "fleet.toml")


def github_token() -> str | None:
    """Return the token for GitHub, None without one."""
    return os.environ.get("GITHUB_TOKEN") or None


def job_summary() -> Path | None:
    """Return the file whose Markdown GitHub Actions shows as the summary of a job, or None outside of it.

    Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions (adding a job summary).
    """
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    return Path(path) if path else None


SECRETS: Final = frozenset(
    {
        "OPENAI_API_KEY",
        "GITHUB_TOKEN",
        STATE_URL,
        "PGPASSWORD",
        "TRIAGE_NOTIFY_PING_URL",
        "TRIAGE_NOTIFY_WEBHOOK_URL",
    }
)


def inherited() -> dict[str, str]:
    """Return the environment that programs we start inherit, without our tokens."""
    return {name: value for name, value in os.environ.items() if name not in SECRETS}
