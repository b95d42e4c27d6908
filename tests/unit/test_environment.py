"""Keys and addresses of the environment, as they are pasted there."""

from __future__ import annotations

import pytest

from agent import environment
from agent.errors import ConfigError


def test_an_empty_key_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "")
    given = environment.openai_api_key(), environment.openai_base_url(), environment.github_token()
    assert given == (None, None, None)


@pytest.mark.parametrize("pasted", ["", "/", "/chat/completions", "/chat/completions/"])
def test_the_address_of_a_model_server_is_known_from_one_of_a_whole_request(
    pasted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:8000/v1{pasted}")
    assert environment.openai_base_url() == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("pasted", ["", "/", "/chat/completions"])
def test_the_version_in_an_address_of_azure_is_kept_and_any_other_query_refused(
    pasted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = "https://name.example/openai/deployments/mine"
    monkeypatch.setenv("OPENAI_BASE_URL", f"{deployment}{pasted}?api-version=2024-10-21")
    assert environment.openai_base_url() == f"{deployment}?api-version=2024-10-21"
    monkeypatch.setenv("OPENAI_BASE_URL", f"{deployment}{pasted}?api-version=2024-10-21&code=secret")
    with pytest.raises(ConfigError, match="an api-version may stay") as raised:
        environment.openai_base_url()
    assert "code" not in str(raised.value)


def test_quotes_and_the_word_before_a_key_are_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", '"Bearer sk-1" ')
    monkeypatch.setenv("OPENAI_BASE_URL", "'http://127.0.0.1:8000/v1/'")
    assert (environment.openai_api_key(), environment.openai_base_url()) == ("sk-1", "http://127.0.0.1:8000/v1")


@pytest.mark.parametrize(
    "url", ["https://host/secret\n", "https://ho\tst/", "https://host/a b", "ftp://host/", "http://"]
)
def test_what_an_http_client_would_refuse_is_no_web_address(url: str) -> None:
    assert not environment.is_web_address(url)
