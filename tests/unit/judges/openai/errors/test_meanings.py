"""The meaning of different servers' errors, and the wait that they ask for."""

# The words of servers stand as they send them, each on its line.
# ruff: noqa: E501

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.judges.openai.errors.meanings import Reply, ServerError, moved_to, understand
from agent.judges.openai.errors.token_numbers import Sent
from agent.judges.openai.retry_policy import wait_for_reset, wait_in_words

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
        (302, "", "moved"),
        (407, "", "proxy"),
        (511, "<title>Network Authentication Required</title>", "login"),
        (401, said("You exceeded your current quota", type="insufficient_quota"), "quota"),
        (401, said("Your token has expired"), "key"),
        (401, said(f"key not allowed to access model. Tried to access {MODEL}"), "model"),
        (400, [said("API key expired. Please renew the API key.")], "key"),
        (400, {"errors": [{"message": "Invalid format for Authorization header"}]}, "key"),
        (403, {"error": "Your newly created team doesn't have any credits yet."}, "quota"),
        (429, {"error": "Your team has either used all available credits or reached its monthly spending limit."}, "quota"),
        (412, said("Account u is suspended, possibly due to reaching the monthly spending limit"), "quota"),
        (403, {"code": 403, "reason": "NOT_ENOUGH_BALANCE", "message": "not enough balance"}, "quota"),
        (403, {"code": 30001, "message": "Sorry, your account balance is insufficient"}, "quota"),
        (403, said("your account has an overdue balance."), "quota"),
        (403, said("用户额度不足, 剩余额度: $0.00", code="insufficient_user_quota"), "quota"),
        (403, {"detail": {"error": "inference prohibited, please enter a payment method"}}, "quota"),
        (429, said("You have reached your daily request limit for this model"), "quota"),
        (429, said("该API已达今日调用次数上限"), "quota"),
        (429, said("Requests per day limit exceeded"), "quota"),
        (429, said("您当前使用该API的并发数过高"), "try_again"),
        (403, said("Rate limit exceeded, please slow down"), "try_again"),
        (400, {"detail": "Server is busy, please try again later"}, "try_again"),
        (498, said("Flex tier capacity exceeded"), "try_again"),
        (400, said("Invalid prompt: your prompt was flagged as potentially violating our usage policy."), "refused"),
        (400, said("The request failed because the input text may contain sensitive information."), "refused"),
        (400, said("The request was rejected because it was considered high risk"), "refused"),
        (403, {"error": "Content violates usage guidelines."}, "refused"),
        (403, said("Country, region, or territory not supported"), "forbidden"),
        (400, [said("User location is not supported for the API use.")], "forbidden"),
        (400, said(f"The model `{MODEL}` requires terms acceptance."), "forbidden"),
        (400, said(f"The model `{MODEL}` has been decommissioned and is no longer supported."), "model"),
        (410, {"title": "Gone", "detail": f"The model '{MODEL}' has reached its end of life on 2025-11-01."}, "model"),
        (404, {"title": "Not Found", "detail": "Function 'f1': Not found for account 'a1'"}, "model"),
        (404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "The given endpoint does not exist"}, "model"),
        (404, said(f"Your account has not activated the model {MODEL}.", code="ModelNotOpen"), "model"),
        (400, said("模型不存在"), "model"),
        (400, said(f'"{MODEL}" does not support chat'), "model"),
        (404, said("This model is only supported in v1/responses and not in v1/chat/completions."), "model"),
        (500, said(f"could not load model: model {MODEL} not found"), "model"),
        (400, said("Missing required query parameter: api-version"), "address"),
        (400, "<title>400 The plain HTTP request was sent to HTTPS port</title>", "no_https"),
        (503, {"error": "Model is being provisioned"}, "loading"),
        (503, {"error": "Engine is not ready"}, "loading"),
        (404, said("No endpoints found matching your data policy."), "bad_request"),
        (406, "<title>Not Acceptable!</title>", "bad_request"),
        (404, said(f"No endpoints found for {MODEL}."), "model"),
        (503, said(f"当前分组 default 下对于模型 {MODEL} 无可用渠道"), "model"),
        (400, said(f"The chatCompletion operation does not work with the specified model, {MODEL}."), "model"),
        (404, {"detail": {"error": f"Model {MODEL} is deprecated. Use another."}}, "model"),
        (400, said("The parameter max_tokens is deprecated for this model."), "bad_request"),
        (404, said(f"模型 {MODEL} 已下线"), "model"),
        (400, said(f"LLM Provider NOT provided. You passed model={MODEL}"), "model"),
        (404, "<!DOCTYPE html><html><body>The endpoint abc.example is offline.</body></html>", "address"),
        (403, "<html><title>403 Forbidden</title></html>", "blocked"),
        (422, {"detail": [{"loc": ["header", "authorization"], "msg": "Field required"}]}, "key"),
        (400, said("API Key 无效或已过期"), "key"),
        (403, said("The free tier of the model has been exhausted.", code="AllocationQuota.FreeTierOnly"), "quota"),
        (429, said("Your account has reached the set inference limit for the model", code="SetLimitExceeded"), "quota"),
        (429, said("已达到 5 小时的使用上限。"), "quota"),
        (403, said("预扣费额度失败, 用户剩余额度: 0.01"), "quota"),
        (403, said("token quota is not enough, need quota: 0.01"), "quota"),
        (429, {"error": "you've reached your weekly usage limit, please upgrade to continue"}, "quota"),
        (400, said("当前服务繁忙, 请稍后重试"), "try_again"),
        (403, said("访问量过大, 请您稍后再试"), "try_again"),
        (404, {"error": "Model is still loading"}, "loading"),
        (400, said("违反了 JSON schema 的约束"), "bad_request"),
        (400, said("输入内容违反了相关法律法规"), "refused"),
        (424, {"error": [{"message": "Prompt blocked due to security configurations"}]}, "refused"),
        (400, said("Failed to generate JSON.", code="json_validate_failed"), "try_again"),
        (400, said("response_format cannot be used when the model is loaded without a grammar"), "bad_request"),
        (400, said(f"Model {MODEL} is currently being loaded"), "loading"),
        (400, said("max_tokens with this model is deprecated, use max_completion_tokens instead"), "bad_request"),
        (403, "<html><title>Request blocked</title>Your request violates the security policy of this site</html>", "blocked"),
        (451, "<html><title>Unavailable For Legal Reasons</title></html>", "blocked"),
        (499, "", "try_again"),
        (423, said("Locked"), "try_again"),
        (400, said("Too many tokens, please wait before trying again."), "try_again"),
        (429, said("Too many tokens per day, please wait before trying again."), "quota"),
        (429, said(f"No deployments available for selected model, Try again in 5 seconds. Passed model={MODEL}."), "try_again"),
        (429, {"statusCode": 429, "message": "Token limit is exceeded. Try again in 12 seconds."}, "try_again"),
        (400, {"error": "The model has crashed without additional information. (Exit code: 6)"}, "try_again"),
        (400, {"error": "Model unloaded."}, "try_again"),
        (400, {"object": "error", "message": "**NETWORK ERROR DUE TO HIGH TRAFFIC.**", "code": 50001}, "try_again"),
        (400, said("The model generated output that could not be parsed.", code="output_parse_failed"), "try_again"),
        (400, said("Failed to generate JSON.", failed_generation="invalid api key, no credits, flagged as harmful"), "try_again"),
        (400, {"errors": [{"message": "AiError: JSON Mode couldn't be met", "code": 5025}]}, "try_again"),
        (403, "error code: 1010", "blocked"),
        (429, "error code: 1015", "try_again"),
        (403, {"message": "Out of call volume quota. Quota will be replenished in 12:34:56."}, "quota"),
        (403, {"error": "Quota exceeded"}, "quota"),
        (403, said("rejected because the usage quota for this billing period has been reached."), "quota"),
        (429, said("You have exceeded your premium request allowance.", code="quota_exceeded"), "quota"),
        (400, said("Insufficient points. Please top up."), "quota"),
        (429, said("quota of resource group reached, retry after 5 seconds"), "try_again"),
        (400, {"error": "The endpoint is paused, ask a maintainer to restart it"}, "forbidden"),
        (400, said("A schema in the request exceeds the maximum allowed nesting depth."), "bad_request"),
        (429, {"error": "Quota exceeded for requests per minute"}, "try_again"),
        (403, said("Key limit exceeded (daily limit)."), "quota"),
        (429, said("Usage limit reached for 5 hour."), "quota"),
        (400, said("You have reached your specified API usage limits. You will regain access on 2026-12-01."), "quota"),
        (401, {"detail": "Inactive subscription or usage limit reached"}, "quota"),
        (429, said("Quota exceeded for metric: free_tier_requests, limit: 0, model: m"), "quota"),
        (429, said("Quota exceeded for metric: free_tier_requests, limit: 15, model: m"), "try_again"),
        (429, {"message": "a Trial key, which is limited to 1000 API calls / month."}, "quota"),
        (429, {"message": "a Trial key, which is limited to 20 API calls / minute."}, "try_again"),
        (429, said("You have exceeded today's quota for this model"), "quota"),
        (429, said("您的套餐已到期,暂无法使用"), "quota"),
        (400, said("资源包余量已用尽"), "quota"),
        (400, said("Output blocked by content filtering policy"), "refused"),
        (400, said("Invalid prompt: we've limited access to this content for safety reasons."), "refused"),
        (400, said("This organization has been disabled."), "forbidden"),
        (400, "<html><title>400 No required SSL certificate was sent</title></html>", "forbidden"),
        (400, {"message": "token is expired"}, "key"),
        (403, {"message": "jwt malformed"}, "key"),
        (403, {"error": "Key has expired, please renew"}, "key"),
        (400, {"error": "Unauthorized"}, "key"),
        (404, "no router for requested model", "model"),
        (404, said("No allowed providers are available for the selected model."), "model"),
        (400, said(f"Malformed publisher model {MODEL}; expecting format publisher/model"), "model"),
        (400, said(f"Only qwen allowed now, your model {MODEL}"), "model"),
        (400, {"detail": "No models are currently loaded."}, "model"),
        (409, {"message": "Model has not been loaded, please load model into cortex"}, "model"),
        (404, {"title": "Not Found", "detail": "Specified function in account 'a' is not found"}, "model"),
        (400, said("API version not supported"), "address"),
        (400, said("json_schema is enabled only for api versions 2024-08-01-preview and later"), "bad_request"),
        (410, {"error": "https://api-inference.example is no longer supported. Please use https://router.example."}, "address"),
        (422, {"detail": [{"loc": ["body", "model"], "msg": "Input should be 'a' or 'b'"}]}, "model"),
        (404, {"detail": f"Model {MODEL} is not running."}, "model"),
        (429, said("You've used all your free requests. Add a payment method to continue."), "quota"),
        (404, "default backend - 404", "address"),
        (400, said("Multiple models are loaded. Please specify a model by providing a 'model' field"), "model"),
        (500, said("input is too large to process. increase the physical batch size"), "too_long"),
        (501, "<html><title>Error response</title><p>Message: Unsupported method ('POST').</p></html>", "address"),
        (404, said("Unknown request URL: POST /chat/completions. Please check the URL for typos"), "address"),
        (404, said("Unrecognized request URL (POST: /chat/completions)."), "address"),
        (500, {"code": 500, "msg": "No static resource chat/completions."}, "address"),
        (400, said("Unavailable model: another-name", code="unavailable_model"), "model"),
        (400, {"error": "Model is not ready, it is still building or deploying"}, "loading"),
        (400, said("No connected db.", type="no_db_connection"), "try_again"),
        (400, said("OllamaException - [Errno 111] Connection refused"), "try_again"),
        (400, said("Model did not output valid JSON.", type="invalid_model_output"), "try_again"),
        (400, said("Tool choice is none, but model called a tool", code="tool_use_failed"), "try_again"),
        (400, said("cannot use own model - must be: llama3"), "model"),
        (400, said("model must be one of ['a', 'b']"), "model"),
        (404, said("No endpoints available matching your guardrail restrictions and data policy."), "bad_request"),
        (400, {"message": "Either x-portkey-config or x-portkey-provider header is required"}, "header"),
        (400, {"error": "Missing required header: x-tenant"}, "header"),
        (422, {"detail": "The X-Project-Id header must be provided"}, "header"),
        (400, said("response_format is missing; no headers were read"), "bad_request"),
        (500, said("model requires more system memory (8.4 GiB) than is available (5.0 GiB)"), "unfit"),
        (400, {"error": "Model loading was stopped due to insufficient system resources."}, "unfit"),
        (500, said("unknown model architecture: 'qwen9'"), "unfit"),
    ],
)  # fmt: skip
def test_what_an_error_means(status: int, body: object, meaning: str) -> None:
    assert error(status, body).meaning == meaning


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "the input violates the schema given in response_format"),
        (400, "request body violates the JSON schema"),
        (422, "messages.0.role: value 'system' violates the constraint"),
        (400, "the request has a schema violation"),
        (400, "thinking budget is required"),
        (400, "no thinking budget for this model"),
        (400, "Thinking budget exceeded the maximum"),
        (400, "Thinking budget of 32000 tokens exceeds the maximum of 24576"),
        (400, "the budget for reasoning is required"),
        (400, "reached the token budget of this model's thinking"),
        (400, "budget exceeded for reasoning tokens"),
        (400, "there are no data points in the input"),
        (400, "not enough data points"),
        (400, "Invalid schema: property 'unsafe' in request content is not allowed"),
        (400, "response_format: content must not contain harmful characters"),
    ],
)
def test_a_wrong_request_is_neither_a_refusal_nor_a_quota(status: int, message: str) -> None:
    assert error(status, said(message)).meaning == "bad_request"


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ("Your input violates our content policy", "refused"),
        ("The prompt violates the community standards", "refused"),
        ("Request blocked: policy violation", "refused"),
        ("Monthly budget exceeded", "quota"),
        ("You have no budget left", "quota"),
        ("ExceededBudget: key has exceeded its budget", "quota"),
    ],
)
def test_a_policy_and_money_are_still_known_by_their_words(message: str, meaning: str) -> None:
    assert error(400, said(message)).meaning == meaning


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (429, said("Usage limit exceeded: 60 requests per minute. Please try again in 12s."), "try_again"),
        (429, said("Token usage limit reached for this minute"), "try_again"),
        (429, said("no available balance across replicas, try again in 3s"), "try_again"),
        (429, said("You reached the maximum number of points per second. Retry in 2 seconds"), "try_again"),
        (429, said("You reached the maximum number of tokens per minute"), "try_again"),
        (429, said("Free tier rate limit exceeded: 20 requests per minute"), "try_again"),
        (429, said("Concurrent session limit reached"), "try_again"),
        (429, said("You exceeded your current quota, try again in 20s", type="insufficient_quota"), "quota"),
        (429, said("You have no credits left. The free plan allows 3 requests per minute."), "quota"),
        (429, said("Quota exceeded for metric: requests per minute, limit: 0. Please retry in 12s."), "quota"),
        (429, said("Your team reached its spending limit, try again in 10s"), "quota"),
        (429, said("Free tier exceeded: 60 requests per minute, 1000 requests per day"), "quota"),
        (429, said("Your account has been temporarily blocked due to too many requests. Please try again later."), "try_again"),
        (400, said("Your account has been temporarily blocked due to too many requests. Please try again later."), "try_again"),
        (429, said("Your team is temporarily restricted to 10 requests per minute"), "try_again"),
        (403, said("Your team is restricted to 10 requests per minute"), "try_again"),
        (429, said("Service in region westus is currently not available to you due to high demand"), "try_again"),
        (403, said("Quota exceeded for quota metric 'A' and limit 'requests per minute'", reason="rateLimitExceeded"), "try_again"),
        (403, said("Quota exceeded for quota metric 'A' and limit 'requests per day'", reason="rateLimitExceeded"), "quota"),
        (403, said("Usage limit exceeded: 60 requests per minute"), "try_again"),
        (400, said("The model is not available at the moment due to high demand, please try again later"), "try_again"),
        (404, said(f"No endpoints found for {MODEL}: provider temporarily unavailable, try again later"), "try_again"),
        (404, said("gone, try again later", code="model_not_found"), "model"),
        (403, said("Your account does not have enough points"), "quota"),
    ],
)  # fmt: skip
def test_a_limit_of_minutes_and_a_busy_server_pass_while_money_and_days_do_not(
    status: int, body: object, meaning: str
) -> None:
    assert error(status, body).meaning == meaning


@pytest.mark.parametrize(
    ("status", "message", "meaning"),
    [
        (403, "Das Kontingent Ihrer Abteilung für diesen Monat ist erschöpft.", "quota"),
        (429, "Kontingent überschritten: 20 Anfragen pro Minute", "try_again"),
        (429, "Vous avez dépassé votre quota mensuel.", "quota"),
        (429, "Quota dépassé : 20 requêtes par minute", "try_again"),
        (403, "Ha superado su cuota mensual de uso.", "quota"),
        (400, "Saldo insuficiente para completar la solicitud", "quota"),
        (403, "Você excedeu a cota mensal", "quota"),
        (403, "Hai superato la quota giornaliera: credito esaurito", "quota"),
        (403, "Месячный лимит исчерпан", "quota"),
        (429, "今月の利用上限に達しました。", "quota"),
        (429, "1分あたりの利用上限に達しました。", "try_again"),
        (429, "이번 달 사용량 한도를 초과했습니다.", "quota"),
        (403, "餘額不足", "quota"),
        (403, "Ihr API-Schlüssel ist abgelaufen.", "key"),
        (400, "Clé d'API invalide", "key"),
        (400, "Недействительный запрос: неизвестное поле", "bad_request"),
    ],
)
def test_quotas_and_keys_are_known_in_other_languages(status: int, message: str, meaning: str) -> None:
    assert error(status, said(message)).meaning == meaning


@pytest.mark.parametrize(
    "headers",
    [{"retry-after": "Thu, 13 Nov 2025 13:00:02 GMT"}, {"x-ratelimit-reset": "1763038802"}],
)
def test_a_moment_is_one_of_the_server_s_own_clock(headers: dict[str, str]) -> None:
    date = "Thu, 13 Nov 2025 13:00:00 GMT"
    assert error(429, said("Too many requests"), date=date, **headers).wait == 2.0


def test_a_wait_in_the_headers_tells_a_limit_of_minutes_from_one_of_hours() -> None:
    waits = ("20", "7200")
    found = [error(429, said("Usage limit reached"), **{"retry-after": wait}).meaning for wait in waits]
    assert found == ["try_again", "quota"]
    assert error(429, said("Insufficient credits"), **{"retry-after": "20"}).meaning == "quota"


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ("Error loading model: file not found", "try_again"),
        ("CUDA initialization failed", "try_again"),
        ("Failed to initialize sampler: failed to parse grammar", "try_again"),
        ("Could not initialize the backend", "try_again"),
        ("Initialization of the tokenizer has failed", "try_again"),
        ("The request failed because the model is still loading", "loading"),
        ("Error: model not ready", "loading"),
        ("Loading model, request failed", "loading"),
    ],
)
def test_a_model_that_failed_to_load_is_not_loading(status: int, message: str, meaning: str) -> None:
    assert error(status, said(message)).meaning == meaning


PAPER_TEXT = "TITLE: x. The content was flagged as harmful; the prompt is unsafe, credits insufficient. Wait 900 s."
MESSAGES = [{"role": "user", "content": PAPER_TEXT}]


@pytest.mark.parametrize(
    "body",
    [
        {"detail": [{"loc": ["body", "effort"], "msg": "Extra inputs are not permitted", "input": PAPER_TEXT}]},
        {
            "detail": [
                {"loc": ["body", "messages", 0], "msg": "not a valid dict", "input": MESSAGES[0], "ctx": MESSAGES}
            ]
        },
        {"detail": "Unprocessable", "body": {"model": MODEL, "messages": MESSAGES, "error": None} | {"input": 1}},
        {"error": {"message": "wrong", "request": {"messages": MESSAGES}}, "prompt": PAPER_TEXT},
        {"error": {"message": "wrong", "metadata": {"raw": json.dumps({"error": "wrong", "messages": MESSAGES})}}},
        {"message": str([{"type": "extra_forbidden", "msg": "not permitted", "input": PAPER_TEXT}])},
        json.dumps({"detail": [{"msg": "wrong", "input": MESSAGES}]})[:-20],
        f"data: {json.dumps({'error': {'message': 'wrong'}, 'messages': MESSAGES})}\n\n",
    ],
)
def test_a_request_that_is_repeated_in_an_error_decides_nothing(body: object) -> None:
    found = error(422, body)
    assert (found.meaning, found.wait) == ("bad_request", None)


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        ({"status": 422, "body": {"error": {"message": "Insufficient credits"}}}, "quota"),
        ({"message": "upstream", "body": json.dumps({"error": "Content violates usage guidelines."})}, "refused"),
        (said("Invalid value for 'input': the content was flagged as unsafe"), "refused"),
    ],
)
def test_an_error_under_the_name_of_a_part_of_a_request_is_read(body: object, meaning: str) -> None:
    assert error(422, body).meaning == meaning


RPD = "Rate limit reached for requests per day (RPD): Limit 10000, Used 10000."


@pytest.mark.parametrize(
    ("message", "headers", "meaning", "wait"),
    [
        (RPD, {}, "quota", None),
        (f"{RPD} Please try again in 8.64s.", {}, "try_again", 8.64),
        (RPD, {"retry-after": "20"}, "try_again", 20.0),
        (f"{RPD} Please try again in 7h12m.", {}, "try_again", 25920.0),
    ],
)
def test_a_limit_of_a_day_that_says_how_long_to_wait_is_waited_for(
    message: str, headers: dict[str, str], meaning: str, wait: float | None
) -> None:
    found = error(429, said(message), **headers)
    assert (found.meaning, found.wait) == (meaning, wait)


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
        ("Input too long: this model's maximum context length is 8k tokens", 8000, None),
        ("maximum context length is 8192 tokens. However, you requested 4000 output tokens and your prompt contains at "
         "least 4193 input tokens", 8192, None),
        ("input length and `max_tokens` exceed context limit: 9600 + 4000 > 8192", 8192, None),
        ("prompt too long; exceeded max context length by 512 tokens", None, None),
        ("string too long. Expected a string with maximum length 8000, but got one with length 36000", None, None),
        ("the max input length is 8000 characters", None, None),
        ("The sum of prompt length (9600.0), query length (0) and max_tokens (4000) should not exceed max_num_tokens (12288)",
         12288, 9600),
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
        "Context length 9600 is greater than max_seq_len 8192",
        "Current length is 9600 while limit is 8192. Please reduce the length of the messages",
        "The provided prompt is 9600 tokens long, so generating 4000 tokens requires a sequence length of 13600, but the "
        "maximum supported sequence length is just 8192!",
        "max tokens of 8192 exceeded",
        "输入长度超过最大限制 8192",
        "max_total_tokens (13600) must be less than or equal to max_seq_len (8192)",
        "The number of tokens to keep is greater than the context length (n_keep: 9600>= n_ctx: 8192)",
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
        "max_tokens should be ≤ 2048",
        "max_tokens参数非法, 请输入 [1, 2048] 范围内的数值",
        "The requested completion length 4000 is over the cap of 2048 for this model",
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


@pytest.mark.parametrize("filler", [" ", "'", ": ", "in ", "1", "1 ", "1s", "wait ", "wait in "])
def test_a_long_hostile_error_is_read_to_its_end(filler: str) -> None:
    wait_in_words("wait" + filler * 20_000)
    assert wait_in_words("wait" + filler * 20_000 + "x") == wait_in_words("wait" + filler * 20_000)
    understand(Reply(status=400, headers={}, text="context length " + filler * 20_000), "m")


def test_the_wait_is_read_from_the_headers_that_a_gateway_repeats_in_the_body() -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}
    assert error(429, said("Rate limit exceeded", metadata={"headers": headers})).wait == 30


def test_a_status_in_the_words_is_no_number_of_tokens() -> None:
    found = error(413, "<html><title>413 Request Entity Too Large</title></html>")
    assert (found.meaning, found.context) == ("too_long", None)


def test_the_wait_is_read_from_the_limit_that_is_used_up() -> None:
    headers = {
        "x-ratelimit-remaining-requests": "12", "x-ratelimit-reset-requests": "6m0s",
        "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s",
    }  # fmt: skip
    assert wait_for_reset(headers, datetime.now(UTC)) == 7.66
    assert error(429, said("slow down"), **headers).wait == 7.66
    assert error(429, said("try again in 3s"), **headers).wait == 3
    assert error(429, said("try again in 3s"), **{"retry-after": "2"}).wait == 2


@pytest.mark.parametrize(
    "location",
    [
        "https://login.uni.example/oauth2/authorize?id=1",
        "/oauth2/sign_in",
        "/sso?to=v1",
        "https://idp.uni.example/start",
    ],
)
def test_a_redirect_to_log_in_is_known(location: str) -> None:
    assert error(302, "", location=location).meaning == "login"


@pytest.mark.parametrize(
    "location", ["/v1/idp/chat", "https://models.example/v1/idp/chat", "https://sso.uni.example/v1/chat/completions"]
)
def test_a_redirect_to_an_api_is_none_to_log_in(location: str) -> None:
    assert error(302, "", location=location).meaning == "moved"


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
