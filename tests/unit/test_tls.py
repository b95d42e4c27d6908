"""The certificates that connections trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.tls import tls_context


def test_the_certificates_are_read_once() -> None:
    assert tls_context() is tls_context()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "corporate.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigError, match=r"corporate\.pem: .*; let SSL_CERT_FILE name a readable PEM file") as refused:
        tls_context.__wrapped__()
    assert "\n" not in str(refused.value)
