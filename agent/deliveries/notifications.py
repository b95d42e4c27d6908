"""Tell a watcher of cron jobs, and a chat room, how a night went.

The ping follows healthchecks.io (https://healthchecks.io/docs/http_api/): a request to ``URL/start`` when the night
begins, to ``URL`` when it succeeded, and to ``URL/fail`` when it did not, with the summary line as the body. The chat
message is the JSON that the incoming webhooks of Slack (``text``), Discord (``content``) and Matrix (``text``) read;
Discord takes no content longer than 2,000 characters (https://discord.com/developers/docs/resources/webhook).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from agent.core.http import address_of
from agent.errors import ConfigError, TriageError
from agent.tls import tls_context

TIMEOUT_SECONDS: Final = 10.0
LONGEST_MESSAGE: Final = 2_000
"""Characters; the whole line is in the ping and on stderr."""


@dataclass
class Notifier:
    """Sends what it is given to the addresses that are set (empty: none).

    A message that cannot be sent never stops a night: ``problems`` then says so, naming scheme and host alone, since
    the rest of such an address is a secret.
    """

    ping_url: str = ""
    webhook_url: str = ""
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Say that a night begins, and why it failed if the block raises a designed error."""
        self._ping("/start", "")
        try:
            yield
        except TriageError as error:
            self.report_end(f"triage: {error}", well=False)
            raise

    def report_end(self, line: str, *, well: bool) -> None:
        """Say how a night ended; ``line`` is its summary."""
        self._ping("" if well else "/fail", line)
        self._chat(line)

    def _ping(self, suffix: str, line: str) -> None:
        if self.ping_url:
            parts = urlsplit(self.ping_url)  # a query, such as ?create=1, stays behind the path
            url = parts._replace(path=parts.path.rstrip("/") + suffix).geturl()
            self._post(url, content=line.encode())

    def _chat(self, line: str) -> None:
        if self.webhook_url:
            told = line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 2]} …"
            self._post(self.webhook_url, json={"text": told, "content": told})

    def _post(self, url: str, **body: Any) -> None:
        host = address_of(url)
        try:
            response = httpx2.post(url, verify=tls_context(), timeout=TIMEOUT_SECONDS, follow_redirects=False, **body)
        except (httpx2.HTTPError, httpx2.InvalidURL, ConfigError) as error:
            why = str(error) if isinstance(error, ConfigError) else type(error).__name__
            self._note(f"{host} could not be notified ({why})")
            return
        if not response.is_success:
            self._note(f"{host} did not take the notification (HTTP {response.status_code})")

    def _note(self, problem: str) -> None:
        """Keep a problem, once: the start and the end of a night usually have the same."""
        if problem not in self.problems:
            self.problems.append(problem)
