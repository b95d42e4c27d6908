"""The meaning of different servers' errors, and the wait that they ask for."""

# The words of servers stand as they send them, each on its line.
# ruff: noqa: E501

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.judges.openai.retry_policy import duration, wait_for_reset, wait_in_words
from agent.judges.openai.server_errors import Reply, Sent, ServerError, moved_to, understand

MODEL = "small-model"


def error(status: int, body: object, **headers: str) -> ServerError:
    text = body if isinstance(body, str) else json.dumps(body)
    return understand(Reply(status=status, headers=headers, text=text), MODEL)


def said(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (301, "", "moved"),
        (401, said("bad key"), "key"),
        (400, [said("API key not valid. Please pass a valid API key.")], "key"),
        (402, said("Insufficient credits"), "quota"),
        (429, said("You exceeded your current quota", type="insufficient_quota"), "quota"),
        (429, [said("You exceeded your current quota, please check your plan", status="RESOURCE_EXHAUSTED")], "try_again"),
        (403, said("not for you"), "forbidden"),
        (403, said("Your chosen model requires moderation and your input was flagged"), "refused"),
        (400, said("filtered", code="content_filter"), "refused"),
        (404, said(f"The model `{MODEL}` does not exist"), "model"),
        (404, {"detail": "Not Found"}, "address"),
        (404, "404 page not found", "address"),
        (404, "", "address"),
        (404, said("No endpoints can handle the requested parameters"), "bad_request"),
        (405, {"detail": "Method Not Allowed"}, "address"),
        (400, said(f"Invalid model name passed in model={MODEL}"), "model"),
        (400, said("Model Not Exist"), "model"),
        (404, said("No models loaded. Please load a model in the developer page."), "model"),
        (400, said(f"{MODEL} does not support json_schema"), "bad_request"),
        (422, said("Unprocessable entity"), "bad_request"),
        (501, said("not implemented"), "bad_request"),
        (503, said("Loading model"), "loading"),
        (500, "Internal Server Error", "try_again"),
        (529, said("Overloaded"), "try_again"),
        (413, "Request Entity Too Large", "too_long"),
        (404, said("Model not found, inaccessible, and/or not deployed"), "model"),
        (400, said("The provided model identifier is invalid."), "model"),
        (400, said(f"The requested model '{MODEL}' is not supported by any provider you have enabled."), "model"),
        (404, {"error": f"The model {MODEL} was not loaded"}, "model"),
        (503, said("No available channel", code="model_not_found"), "model"),
        (429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}, "quota"),
        (429, said("Your account is not active", code="billing_not_active"), "quota"),
        (404, {"errors": [{"message": "Could not route to /v1/chat, perhaps your object identifier is invalid?"}]}, "address"),
        (404, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}, "address"),
        (400, {"error": {"code": "1301", "message": "系统检测到输入或生成内容可能包含不安全或敏感内容"}}, "refused"),
        (400, said("Content Exists Risk"), "refused"),
        (451, said("blocked for legal reasons"), "refused"),
        (424, said("Request failed during generation"), "try_again"),
        (400, said("Unsupported parameter: 'reasoning_effort' exceeds nothing"), "bad_request"),
    ],
)  # fmt: skip
def test_what_an_error_means(status: int, body: object, meaning: str) -> None:
    assert error(status, body).meaning == meaning


@pytest.mark.parametrize(
    ("message", "context", "prompt"),
    [
        ("This model's maximum context length is 8192 tokens. However, you requested 13600 tokens (9600 in the messages, "
         "4000 in the completion).", 8192, 9600),
        ("This model's maximum context length is 8192 tokens. However, your messages resulted in 9600 tokens.", 8192, 9600),
        ("'max_tokens' is too large: 4000. This model's maximum context length is 4096 tokens and your request has 1200 "
         "input tokens", 4096, 1200),
        ("request (9600 tokens) exceeds the available context size (4096 tokens), try increasing it", 4096, 9600),
        ("Trying to keep the first 9600 tokens when context the overflows. However, the model is loaded with context "
         "length of only 4096 tokens, which is not enough", 4096, 9600),
        ("The input token count (9600) exceeds the maximum number of tokens allowed (8192).", 8192, 9600),
        ("prompt is too long: 9600 tokens > 8192 maximum", 8192, 9600),
        ("Prompt contains 9600 tokens and 0 draft tokens, too large for model with 8192 maximum context length", 8192, 9600),
        ("Request too large for model on tokens per minute (TPM): Limit 6000, Requested 9600", 6000, None),
        ("Please reduce the length of the messages or completion.", None, None),
    ],
)  # fmt: skip
def test_a_prompt_that_does_not_fit_is_known_with_its_numbers(
    message: str, context: int | None, prompt: int | None
) -> None:
    found = error(400, said(message))
    assert (found.meaning, found.context, found.prompt) == ("too_long", context, prompt)


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens is too large: 4000. This model supports at most 2048 completion tokens, whereas you provided 4000.",
        "Invalid max_tokens value, the valid range of max_tokens is [1, 2048]",
        "`max_tokens` must be less than or equal to `2048`, the maximum value for `max_tokens` is less than the "
        "`context_window` for this model",
        "max_new_tokens must be <= 2048",
        "max_tokens: 4000 exceeds the maximum allowed number of output tokens 2048",
    ],
)
def test_the_longest_answer_that_a_server_allows_is_read(message: str) -> None:
    found = error(400, said(message))
    assert (found.meaning, found.most_output) == ("output_limit", 2048)


@pytest.mark.parametrize(
    "message",
    [
        "too many tokens: size limit exceeded by 1408 tokens. The limit for this model is 8192 tokens.",
        "This model's maximum prompt length is 8192 but the request contains 9600 tokens.",
        "The estimated number of input and maximum output tokens (13600) exceeded this model context window limit (8192).",
        "Range of input length should be [1, 8192]",
        "Your request exceeded model token limit: 8192 (requested: 9600)",
        "`inputs` must have less than 8192 tokens. Given: 9600",
        "Input length 9600 exceeds maximum allowed token size 8192",
        "The decoder prompt (length 9600) is longer than the maximum model length of 8192.",
        "Exceeded max context length: prompt tokens 9600 > 8192",
    ],
)
def test_in_unknown_words_the_context_is_told_from_the_length_of_the_prompt(message: str) -> None:
    found = understand(
        Reply(status=400, headers={}, text=json.dumps(said(message))), MODEL, Sent(prompt=9400, output=4000)
    )
    assert (found.meaning, found.context) == ("too_long", 8192)


@pytest.mark.parametrize(
    "message",
    [
        "The maximum tokens you requested exceeds the model limit of 2048. Try a value that is lower than 2048.",
        "max_tokens: 4000 > 2048, which is the maximum allowed number of output tokens",
        "a maxOutputTokens value of 4000 but the supported range is from 1 (inclusive) to 2049 (exclusive).",
        "Requested max_tokens 4000 is greater than the allowed 2048",
        "Parameter max_tokens must be in range 1..2048",
    ],
)
def test_in_unknown_words_the_longest_answer_is_a_number_below_the_one_asked_for(message: str) -> None:
    found = understand(
        Reply(status=400, headers={}, text=json.dumps(said(message))), MODEL, Sent(prompt=9400, output=4000)
    )
    assert (found.meaning, found.most_output) == ("output_limit", 2048)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (said("plain"), "plain"),
        ({"error": "plain"}, "plain"),
        ({"detail": "plain"}, "plain"),
        ({"message": "plain"}, "plain"),
        ([said("plain")], "plain"),
        (said("outer", metadata={"raw": '{"error": {"message": "inner"}}'}), "outer - inner"),
        ({"object": "error", "message": '{"error": {"message": "inner"}}'}, "inner"),
        ({"detail": [{"loc": ["body", "x"], "msg": "not permitted"}]}, "body.x: not permitted"),
        ("<html><style>p {}</style><title>502</title> Bad <b>Gateway</b></html>", "502 Bad Gateway"),
        ("upstream\n timed out", "upstream timed out"),
        ("", "(it gives no reason)"),
        ({"code": 7}, '{"code": 7}'),
    ],
)
def test_the_server_s_own_words_are_found_in_any_form(body: object, words: str) -> None:
    assert error(400, body).words == words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 7.2s.", 7.2),
        ("Please try again in 1m30s", 90.0),
        ("Please try again in 230ms", 0.23),
        ("retry after 20 seconds", 20.0),
        ('{"retryDelay": "34s"}', 34.0),
        ('{"error": "loading", "estimated_time": 20.5}', 20.5),
        ("Please wait 2 minutes", 120.0),
        ("try again later", None),
        ("Limit 6000, Used 5900", None),
        ("try again after\n  at least:  20 s", 20.0),
        ("The service is unavailable 503", None),
        ("The model will be available in 20 s", 20.0),
    ],
)
def test_the_wait_is_read_from_the_words(text: str, seconds: float | None) -> None:
    assert wait_in_words(text) == seconds


@pytest.mark.parametrize("filler", [" ", "'", ": ", "in ", "1", "1 ", "1s", "wait ", "wait in "])
def test_a_long_hostile_error_is_read_to_its_end(filler: str) -> None:
    wait_in_words("wait" + filler * 20_000)
    assert wait_in_words("wait" + filler * 20_000 + "x") == wait_in_words("wait" + filler * 20_000)
    understand(Reply(status=400, headers={}, text="context length " + filler * 20_000), "m")


def test_the_wait_is_read_from_the_limit_that_is_used_up() -> None:
    headers = {
        "x-ratelimit-remaining-requests": "12", "x-ratelimit-reset-requests": "6m0s",
        "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s",
    }  # fmt: skip
    assert wait_for_reset(headers) == 7.66
    assert error(429, said("slow down"), **headers).wait == 7.66
    assert error(429, said("try again in 3s"), **headers).wait == 3
    assert error(429, said("try again in 3s"), **{"retry-after": "2"}).wait == 2


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://user:pw@models.example:8443/v1?key=1", "https://models.example:8443"),
        ("/v1/chat/completions/", "another path of this server"),
        ("http://[bad", "an address that cannot be read"),
    ],
)
def test_where_a_server_has_moved_is_shown_without_what_may_be_secret(location: str, shown: str) -> None:
    assert moved_to({"location": location}) == shown


@given(st.integers(300, 599), st.text(), st.dictionaries(st.sampled_from(["retry-after", "location"]), st.text()))
def test_no_error_breaks_the_reader(status: int, text: str, headers: dict[str, str]) -> None:
    found = understand(Reply(status=status, headers=headers, text=text), MODEL)
    assert found.words
    assert "\n" not in found.words


@given(st.text())
def test_no_duration_breaks_the_reader(text: str) -> None:
    seconds = duration(text)
    assert seconds is None or seconds >= 0
