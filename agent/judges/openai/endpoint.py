"""The address of the model server."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from agent.core.http import address_of
from agent.records import Record

OPENAI_URL = "https://api.openai.com/v1"

SHORTEST_SECRET = 8
"""Characters: a shorter key ("x" for a local server) is no secret, and would be found in every other word."""


class Endpoint(Record):
    """The address of the model server; ``base_url`` ends in /v1. A local server may need no key.

    Azure's older addresses name a deployment and have an ``api-version`` in their query; they take the key in a header
    of their own: https://learn.microsoft.com/azure/ai-foundry/openai/reference.
    """

    base_url: str = OPENAI_URL
    api_key: SecretStr | None = None

    @property
    def dated(self) -> bool:
        """Whether the address names the version of its protocol."""
        return bool(urlsplit(self.base_url).query)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that hold the key; none without one."""
        if not self.secret:
            return {}
        return {"api-key": self.secret} if self.dated else {"Authorization": f"Bearer {self.secret}"}

    def at(self, path: str) -> str:
        """Return the address of a path, such as ``/chat/completions``."""
        parts = urlsplit(self.base_url)
        return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path))

    @property
    def shown(self) -> str:
        """Scheme and host: the rest of an address may hold what is nobody's business."""
        return address_of(self.base_url)

    @property
    def on_loopback(self) -> bool:
        """Whether the server runs on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.") or host.endswith(".localhost")

    @property
    def secret(self) -> str:
        return self.api_key.get_secret_value() if self.api_key else ""

    def without_key(self, text: str) -> str:
        """Return a server's words, which may repeat the key, without it; cut words may end within it."""
        if len(self.secret) < SHORTEST_SECRET:
            return text
        begins, rest = self.secret[:SHORTEST_SECRET], self.secret[SHORTEST_SECRET:]
        first, *others = text.split(begins)
        shown = [next(each[n:] for n in range(len(rest), -1, -1) if each.startswith(rest[:n])) for each in others]
        return "***".join([first, *shown])
