"""Hosted services and gateways, beside the servers of ``openai_personalities``: what stands between a user and a model.

Each is there for a kind of behaviour, and ``seen`` names those that have it.
"""

# A table of what servers say, a server to a row: broken lines would hide it.
# ruff: noqa: E501

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

from tests.replicas.openai_personalities import (
    THINKING,
    Body,
    Completion,
    Personality,
    chunks,
    content,
    error,
    failing,
    form,
    limit_above,
    needs,
    schema,
    with_usage,
)


def said(completion: Completion) -> str:
    return str(completion["choices"][0]["message"]["content"])


def instead(body: Callable[[str], object]) -> Callable[[Completion, Body], str]:
    """Return a server that answers with a body of its own around the text of the answer."""
    return lambda completion, asked: json.dumps(body(said(completion)))


def streamed(row: Callable[[str], object], *, grows: bool = False) -> Callable[[Completion, Body], str]:
    """Return a server that streams rows of its own; ``grows``: each repeats all before it."""

    def answer(completion: Completion, asked: Body) -> str:
        text = said(completion)
        starts = range(0, len(text), 60)
        rows = [row(text[: start + 60] if grows else text[start : start + 60]) for start in starts]
        return "".join(f"data:{json.dumps(each)}\r\n\r\n" for each in rows) + "data:[DONE]\r\n\r\n"

    return answer


def under_a_form(text: str) -> Callable[[Completion, Body], str]:
    """Return a server whose model writes only this where a form is enforced."""
    return lambda completion, asked: content(lambda given: text if form(asked) else given)(completion, asked)


def cut_unless(known: Callable[[Body], bool]) -> Callable[[Completion, Body], str]:
    """Return a server that cuts at a small limit of its own, unless the request names one that it knows."""

    def answer(completion: Completion, asked: Body) -> str:
        if not known(asked):
            completion["choices"][0] |= {"finish_reason": "length", "message": {"content": said(completion)[:48]}}
            completion["usage"] |= {"completion_tokens": 16}
        return json.dumps(completion)

    return answer


def told_in_words(completion: Completion, asked: Body) -> str:
    """Return the answer of a server that leaves the form out in silence: its model has other names for the fields."""
    knows = "JSON Schema" in asked["messages"][0]["content"]
    return content(lambda given: given if knows else '{"verdict": "yes", "section": "4"}')(completion, asked)


def counts_what_is_new(completion: Completion, asked: Body) -> str:
    """Return the answer of a server that counts only the tokens of a prompt that it did not remember of the last one."""
    first = "Study 1" in asked["messages"][-1]["content"]
    counted = completion["usage"]["prompt_tokens"] if first else 400
    return with_usage(lambda usage: {"prompt_tokens": counted, "completion_tokens": 100})(completion, asked)


def must_stream(body: Body) -> bool:
    return body.get("stream") is not True


def delta(text: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": text if isinstance(text, dict) else {"content": text}}]}


DAY = [{"error": {"code": 429, "message": "You exceeded your current quota, please check your plan and billing details.",
                  "details": [{"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}, {"retryDelay": "34s"}]}}]  # fmt: skip
MINUTE = [{"error": {"code": 429, "message": "You exceeded your current quota, please check your plan and billing details.",
                     "details": [{"violations": [{"quotaId": "GenerateRequestsPerMinutePerProject"}]}, {"retryDelay": "0.01s"}]}}]  # fmt: skip

GATEWAYS = [
    # what the model writes
    Personality("gpt-oss, its channels left in", "vllm-project/vllm#22337", answers=content(lambda text: f"<|channel|>analysis<|message|>{THINKING}<|end|><|start|>assistant<|channel|>final<|message|>{text}<|return|>")),
    Personality("gpt-oss, the marks of its channels left out", "ggml-org/llama.cpp#15227", answers=content(lambda text: f"analysis{THINKING}assistantfinal{text}")),
    Personality("a tool call as text", "vllm without a tool parser", answers=content(lambda text: f"<tool_call>\n{json.dumps({'name': 'verdict', 'arguments': text})}\n</tool_call>")),
    Personality("a tool call as a part", "Databricks, Anthropic models", answers=content(lambda text: [{"type": "text", "text": "Here."}, {"type": "tool_use", "input": json.loads(text)}])),
    Personality("parts whose text is an object", "assistants gateways", answers=content(lambda text: [{"type": "text", "text": {"value": text, "annotations": []}}])),
    Personality("an answer in full-width marks", "small Chinese models", answers=content(lambda text: text.translate(str.maketrans('{}[]:,"', "\uff5b\uff5d\uff3b\uff3d\uff1a\uff0c\uff02")))),
    Personality("an answer escaped once too often", "gateways", answers=content(lambda text: json.dumps(text)[1:-1])),
    Personality("an answer whose first brace was given to the model", "prefilled answers", answers=content(lambda text: text[1:])),
    Personality("an answer without its last brace", "llama.cpp, a stop word of its own", answers=content(lambda text: text[:-1])),
    Personality("thinking in marks of its own, cut", "Kimi, Seed-OSS", answers=lambda completion, asked: json.dumps(completion | {"choices": [{"finish_reason": "length", "message": {"content": f"\u25c1think\u25b7 Perhaps {said(completion)}, but wait, "}}]}), fails="max_output_tokens"),
    Personality("a draft in the thinking, and no answer", "vllm with a reasoning parser", answers=instead(lambda text: {"choices": [{"finish_reason": "stop", "message": {"content": None, "reasoning_content": f"{THINKING} I look further."}}]}), fails="empty"),
    Personality("the schema, and no answer", "small models", answers=content(lambda text: json.dumps({"type": "object", "properties": {"relevance": {"type": "string", "enum": ["out", "core"]}, "leaves": {"type": "array"}}})), fails="relevance"),
    Personality("the words of the schema as they stand there", "small models", answers=content(lambda text: json.dumps(json.loads(text) | {"relevance": "<out|adjacent|in_scope|core>"})), fails="relevance"),
    Personality("the question, and no answer", "echo servers", answers=lambda completion, asked: content(lambda text: asked["messages"][-1]["content"])(completion, asked), fails="no valid answer"),
    Personality("an apology", "aligned models", answers=content(lambda text: "I'm sorry, but I can't assist with that."), fails="I'm sorry"),
    Personality("a gateway's error as the answer", "chat front ends", answers=content(lambda text: "You have run out of credits. Visit https://pay.example to top up."), fails="run out of credits"),
    # forms that are taken and not kept to
    Personality("a gateway that waits for no whole answer", "aws api gateway, cloudflare", needs((must_stream, (504, {"message": "Endpoint request timed out"}))), answers=chunks, content_type="text/event-stream"),
    Personality("a notice as the answer", "chat front ends", failing(200, {"choices": [{"message": {"role": "assistant", "content": "\u23f3 Model is loading, please retry your request in a moment."}, "finish_reason": "stop"}]}), first=2),
    Personality("a limit by its old name only", "text-generation-webui, older vllm", answers=cut_unless(lambda asked: "max_tokens" in asked)),
    Personality("another object where only JSON is asked for, and no schemas", "vllm, xgrammar", needs((schema, (400, error("The provided JSON schema contains features not supported by xgrammar.")))), answers=under_a_form('{"answer": "It fits the list.", "confidence": 0.9}')),
    Personality("nothing under a form", "ollama with thinking models", answers=under_a_form("")),
    Personality("an empty object under a form", "mlx, vllm", answers=under_a_form("{}")),
    Personality("one mark again and again under a form", "vllm guided decoding", answers=under_a_form("!" * 2000)),
    Personality("a form left out in silence", "koboldcpp, mlx, older ollama", answers=told_in_words),
    # what is around the answer
    Personality("a choice without a message", "hunyuan", answers=instead(lambda text: {"choices": [{"role": "assistant", "content": text}]})),
    Personality("messages of a sender", "minimax", answers=instead(lambda text: {"choices": [{"messages": [{"sender_type": "BOT", "text": text}]}], "base_resp": {"status_code": 0, "status_msg": ""}})),
    Personality("names with capitals", "tencent", answers=instead(lambda text: {"Response": {"Choices": [{"Message": {"Role": "assistant", "Content": text}}]}})),
    Personality("predictions", "vertex, sagemaker", answers=instead(lambda text: {"predictions": [{"content": text}]})),
    Personality("a verdict as the body", "gateways that parse", answers=instead(json.loads)),
    Personality("an error that is none", "Chinese gateways", answers=lambda completion, asked: json.dumps(completion | {"error": {"message": None, "code": 0}})),
    Personality("a stream that repeats all before", "dashscope", answers=streamed(delta, grows=True)),
    Personality("a stream of parts", "mistral", answers=streamed(lambda text: delta({"content": [{"type": "text", "text": text}]}))),
    Personality("a stream of a tool's arguments", "gateways", answers=streamed(lambda text: delta({"tool_calls": [{"index": 0, "function": {"arguments": text}}]}))),
    Personality("a stream in anthropic's protocol", "gateways", answers=streamed(lambda text: {"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}})),
    Personality("a stream of texts", "older gateways", answers=streamed(lambda text: {"choices": [{"text": text}]})),
    Personality("streams only, without options", "Azure/azure-sdk-for-python#38000", needs((must_stream, (400, error("This model only supports streaming."))), (lambda body: "stream_options" in body, (400, error("Unrecognized request argument supplied: stream_options")))), answers=chunks, content_type="text/event-stream"),
    Personality("compressed without being asked or saying so", "gateways", answers=lambda completion, asked: gzip.compress(json.dumps(completion).encode())),
    Personality("said to be compressed, and not", "gateways", headers={"Content-Encoding": "gzip"}),
    Personality("tokens counted without those remembered", "ollama/ollama#2068", answers=counts_what_is_new),
    # errors with status 200
    Personality("a key refused in 200, in words alone", "minimax", failing(200, {"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail: Please carry the API key in the 'Authorization' field"}}), ends="OPENAI_API_KEY"),
    Personality("no balance in 200, in words alone", "minimax, siliconflow", failing(200, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}), fails="quota"),
    Personality("a model not known in 200", "gateways", failing(200, {"error": "model 'gpt-6-luna' not found"}), ends="does not know model"),
    Personality("a form refused in 200", "gateways", needs((schema, (200, error("response_format json_schema is not supported"))))),
    # who may ask
    Personality("a key that may not ask this model", "BerriAI/litellm", failing(401, error("key not allowed to access model. This key can only access models=['gpt-4o-mini']. Tried to access gpt-6-luna")), ends="models=['gpt-4o-mini']"),
    Personality("an address that may not ask", "OpenAI, allow lists", failing(401, error("Your IP address is not in the allow list.")), ends="allow list"),
    Personality("no login at the proxy", "corporate proxies", failing(407, "<html><title>407 Proxy Authentication Required</title></html>"), ends="HTTPS_PROXY"),
    Personality("a redirect to log in", "oauth2-proxy", failing(302, ""), headers={"Location": "/oauth2/sign_in?rd=secret"}, ends="wants someone to log in"),
    Personality("plain HTTP at a port of HTTPS", "go, nginx", failing(400, "Client sent an HTTP request to an HTTPS server."), ends="https://"),
    Personality("an old address of azure", "Azure docs", failing(400, error("Missing required query parameter: api-version")), ends="/openai/v1"),
    Personality("terms to accept", "groq", failing(400, error("The model `gpt-6-luna` requires terms acceptance.", code="model_terms_required")), ends="terms acceptance"),
    Personality("a region without the service", "gemini", failing(400, [error("User location is not supported for the API use.")]), ends="location"),
    Personality("a model that is gone", "nvidia nim", failing(410, {"status": 410, "title": "Gone", "detail": "The model 'gpt-6-luna' has reached its end of life."}), ends="end of life"),
    Personality("a header that is not sent", "Portkey-AI/gateway", failing(400, {"status": "failure", "message": "Either x-portkey-config or x-portkey-provider header is required"}), ends="goes by a header"),
    Personality("a model of the route's own", "Kong/kong", failing(400, error("cannot use own model - must be: llama3")), ends="must be: llama3"),
    Personality("a policy that leaves no provider", "openrouter", failing(404, error("No endpoints found matching your data policy. Configure: https://openrouter.ai/settings/privacy", code=404)), fails="data policy"),
    Personality("a model that is too large for the machine", "ollama", failing(500, error("model requires more system memory (8.4 GiB) than is available (5.0 GiB)")), ends="cannot run model"),
    # how much may be asked
    Personality("a limit of the day with a short delay", "gemini", failing(429, DAY), fails="quota"),
    Personality("a limit of the minute", "gemini", failing(429, MINUTE), first=2),
    Personality("a limit of the day in words", "openrouter, cerebras", failing(429, error("Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day")), fails="quota"),
    Personality("a limit in a header since 1970", "openrouter", failing(429, "slow"), headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int((time.time() + 7200) * 1000))}, fails="it asks to wait"),
    Personality("a limit in a status of its own", "groq", failing(498, error("Flex tier capacity exceeded, please try again later")), first=2),
    Personality("too many requests, as a bad one", "bedrock gateways", failing(400, {"__type": "ThrottlingException", "message": "Too many requests, please wait before trying again."}), first=2),
    Personality("a budget that is spent", "BerriAI/litellm", failing(400, error("Budget has been exceeded! Current cost: 10.1, Max budget: 10.0")), fails="quota"),
    Personality("a text against the rules", "xai", failing(403, {"code": "permission-denied", "error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}), fails="refused the paper"),
    Personality("scaled to zero", "serverless", failing(503, {"error": "The endpoint is scaled to zero, please retry"}), first=6),
    Personality("pydantic names the most output", "nvidia nim", needs((limit_above(2048), (422, {"detail": [{"loc": ["body", "max_tokens"], "msg": "Input should be less than or equal to 2048"}]})))),
    Personality("too short a context, named last", "sambanova", failing(400, error("The provided prompt is 9600 tokens long, so generating 4000 tokens requires a sequence length of 13600, but the maximum supported sequence length is just 8192!")), fails="a context of 8192"),
]  # fmt: skip
