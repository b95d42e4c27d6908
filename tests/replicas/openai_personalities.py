"""Model servers as their users describe them: what each refuses and in which words, and how it answers.

Each is modelled on how that software, or a gateway in front of it, behaves; ``seen`` says where it was described. To
add one: add a ``Personality`` to ``PERSONALITIES``.
"""

# A table of what servers say, a server to a row: broken lines would hide it.
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]
Completion = dict[str, Any]
Refusal = tuple[int, object]
"""Status, and the body: an object, sent as JSON, or any text."""


@dataclass(frozen=True)
class Personality:
    """How a server differs from OpenAI's.

    ``refuses`` returns what a request is refused with (None: it is taken), ``answers`` the body that holds the completion. ``first`` and its like: only so many calls for each paper are refused (0: all are). ``fails`` is
    what stands in the reason of every paper, where none can be judged, and ``ends`` the same where the run ends.
    """

    name: str
    seen: str
    refuses: Callable[[Body], Refusal | None] = lambda body: None
    answers: Callable[[Completion, Body], str | bytes] = lambda completion, body: json.dumps(completion)
    first: int = 0
    headers: Mapping[str, str] | None = None
    content_type: str = "application/json"
    fails: str = ""
    ends: str = ""


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


def form(body: Body) -> str:
    """Return the type of the response format that is asked for; empty: none."""
    return str(body.get("response_format", {}).get("type", ""))


def needs(*conditions: tuple[Callable[[Body], bool], Refusal]) -> Callable[[Body], Refusal | None]:
    """Return a server that refuses with the first refusal whose condition holds."""
    return lambda body: next((refusal for holds, refusal in conditions if holds(body)), None)


def effort(body: Body) -> bool:
    return "reasoning_effort" in body


def schema(body: Body) -> bool:
    return form(body) == "json_schema"


def any_form(body: Body) -> bool:
    return bool(form(body))


def new_limit(body: Body) -> bool:
    return "max_completion_tokens" in body


def system(body: Body) -> bool:
    return bool(body["messages"][0]["role"] == "system")


def limit_above(most: int) -> Callable[[Body], bool]:
    return lambda body: max(body.get("max_tokens", 0), body.get("max_completion_tokens", 0)) > most


def message(change: Callable[[dict[str, Any]], None]) -> Callable[[Completion, Body], str]:
    """Return a server whose message is changed so."""

    def answer(completion: Completion, body: Body) -> str:
        change(completion["choices"][0]["message"])
        return json.dumps(completion)

    return answer


def content(change: Callable[[str], Any]) -> Callable[[Completion, Body], str]:
    return message(lambda given: given.update(content=change(given["content"])))


def elsewhere(field: str, wrap: Callable[[str], Any] = str) -> Callable[[Completion, Body], str]:
    """Return a server that puts the answer into another field of the message and leaves the content empty."""
    return message(lambda given: given.update({field: wrap(given["content"]), "content": None}))


def chunks(completion: Completion, body: Body, *, comments: bool = False) -> str:
    """Return the completion as a stream of chunks."""
    text, head = completion["choices"][0]["message"]["content"], {"model": completion["model"]}
    parts = [text[start : start + 40] for start in range(0, len(text), 40)]
    rows: list[dict[str, Any]] = [
        {**head, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": part}}]}
        for part in parts
    ]
    rows[0]["choices"][0]["delta"]["role"] = "assistant"
    rows += [{**head, "object": "chat.completion.chunk", "choices": [{"delta": {}, "finish_reason": "stop"}]}]
    rows += [{**head, "object": "chat.completion.chunk", "choices": [], "usage": completion["usage"]}]
    lines = [f"data: {json.dumps(row)}\n\n" for row in rows]
    return ": OPENROUTER PROCESSING\n\n" * comments + "".join(lines) + "data: [DONE]\n\n"


def with_usage(change: Callable[[dict[str, Any]], object]) -> Callable[[Completion, Body], str]:
    return lambda completion, body: json.dumps(completion | {"usage": change(completion["usage"])})


def nearly(text: str) -> str:
    """Return the same answer as a small model writes it: names and grades in other spellings, text for a list."""
    said = json.loads(text)
    leaves = said["leaves"]
    return json.dumps(
        {
            "Relevance": said["relevance"].upper().replace("_", " "),
            "LEAVES": leaves[0] if len(leaves) == 1 else [f"[{leaf}]" for leaf in leaves],
            "secondary": None,
            "evidence": said["evidence"][0] if said["evidence"] else None,
            "confidence": "80%",
            "reason": ["short", "enough"],
        }
    )


def failing(status: int, body: object) -> Callable[[Body], Refusal | None]:
    return lambda asked: (status, body)


THINKING = 'Let me see. Perhaps {"relevance": "out", "leaves": []}? No.'
XGRAMMAR = "The provided JSON schema contains features not supported by xgrammar."
CONTEXT = 8192

PERSONALITIES = [
    Personality(
        "ollama, a model that does not think", "ollama/ollama#12561",
        needs((effort, (400, error('"llama3.2:3b" does not support thinking', type="api_error")))),
    ),
    Personality(
        "gemini", "googleapis/python-genai#660, google/generative-ai-docs",
        needs(
            (effort, (400, [error("Thinking level is not supported for this model.", status="INVALID_ARGUMENT")])),
            (schema, (400, [error("The specified schema produces a constraint that has too many states for serving.")])),
        ),
        content(lambda text: f"```json\n{text}\n```"),
    ),
    Personality(
        "gemini, a key that is none", "liliMozi/openhanako#395",
        failing(400, [error("API key not valid. Please pass a valid API key.", code=400, status="INVALID_ARGUMENT")]),
        ends="OPENAI_API_KEY",
    ),
    Personality("vllm, xgrammar", "vllm-project/vllm#15236", needs((schema, (400, {"object": "error", "message": XGRAMMAR})))),
    Personality("vllm, a crash on the grammar", "vllm-project/vllm#15762", needs((any_form, (500, "Internal Server Error")))),
    Personality(
        "vllm, the answer does not fit", "vllm-project/vllm#12345",
        needs((limit_above(2000), (400, {"object": "error", "code": 400, "message": (
            "'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum context length is 4096 "
            "tokens and your request has 2096 input tokens (4000 > 4096 - 2096).")}))),
    ),
    Personality(
        "llama.cpp, a grammar that cannot be parsed", "ggml-org/llama.cpp PR 19349",
        needs((schema, (500, error("Failed to initialize samplers: failed to parse grammar", code=500)))),
    ),
    Personality(
        "llama.cpp, the model is loading", "ggml-org/llama.cpp#9891",
        failing(503, error("Loading model", type="unavailable_error", code=503)), first=6,
    ),
    Personality(
        "llama.cpp, too short a context", "ggml-org/llama.cpp#14266",
        failing(400, error("the request exceeds the available context size, try increasing it", code=400,
                           type="exceed_context_size_error", n_prompt_tokens=9600, n_ctx=4096)),
        fails="4096",
    ),
    Personality(
        "llama-cpp-python", "abetlen/llama-cpp-python#1857",
        needs((schema, (422, {"detail": [{"type": "literal_error", "loc": ["body", "response_format", "type"],
                                          "msg": "Input should be 'text' or 'json_object'"}]}))),
    ),
    Personality(
        "lm studio", "lmstudio-ai/lmstudio-bug-tracker#189",
        needs((lambda body: form(body) == "json_object", (400, {"error": "'response_format.type' must be 'json_schema' or 'text'"})),
              (effort, (400, {"error": "Invalid parameter"}))),
    ),
    Personality(
        "groq", "groq/groq-typescript#186",
        needs((schema, (400, error("This model does not support response format `json_schema`.", type="invalid_request_error"))),
              (effort, (400, error("`reasoning_effort` is not supported with this model")))),
    ),
    Personality(
        "groq, too many tokens a minute", "groq community",
        failing(429, error("Rate limit reached for model in organization on tokens per minute (TPM): Limit 6000, Used "
                           "5900, Requested 300. Please try again in 15ms.", type="tokens", code="rate_limit_exceeded")),
        first=1,
    ),
    Personality(
        "openrouter, comments before the body", "OpenRouterTeam docs, streaming",
        answers=lambda completion, body: ": OPENROUTER PROCESSING\n\n" * 3 + "\n  " + json.dumps(completion),
    ),
    Personality(
        "openrouter, an upstream failure in the choice", "nodetool-ai/nodetool PR 5755",
        failing(200, {"choices": [{"error": {"code": 502, "message": "Provider returned error", "metadata": {"raw": "upstream down"}},
                                   "finish_reason": "error", "message": {"role": "assistant", "content": ""}}]}),
        first=2,
    ),
    Personality(
        "openrouter, an upstream failure that lasts", "UKGovernmentBEIS/inspect_ai PR 1536",
        failing(200, error("Provider returned error", code=502, metadata={"raw": '{"error": {"message": "upstream on fire"}}'})),
        fails="upstream on fire",
    ),
    Personality("openrouter, no credit", "OpenRouterTeam docs, errors", failing(402, error("Insufficient credits.", code=402)), fails="Insufficient credits"),
    Personality("together", "togethercomputer docs", needs((effort, (422, error("Unprocessable entity"))), (schema, (422, error("Unprocessable entity"))))),
    Personality(
        "mistral", "mistralai/client-python#78",
        needs(
            (effort, (422, {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "reasoning_effort"],
                                                                      "msg": "Extra inputs are not permitted", "input": "low"}]}})),
            (new_limit, (422, {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"],
                                                                          "msg": "Extra inputs are not permitted"}]}})),
        ),
        content(lambda text: [{"type": "thinking", "thinking": [{"type": "text", "text": THINKING}]}, {"type": "text", "text": text}]),
    ),
    Personality(
        "deepseek", "deepseek-ai/DeepSeek-V3#302",
        needs((schema, (400, error("This response_format type is unavailable now", type="invalid_request_error"))),
              (limit_above(2048), (400, error("Invalid max_tokens value, the valid range of max_tokens is [1, 2048]")))),
        lambda completion, body: "\n\n\n" + json.dumps(completion),
    ),
    Personality("deepseek, thinking in a field of its own", "BerriAI/litellm#8193", answers=message(lambda given: given.update(reasoning_content=THINKING))),
    Personality("deepseek, no balance", "deepseek docs", failing(402, error("Insufficient Balance")), fails="Insufficient Balance"),
    Personality("azure, an old deployment", "Azure/azure-sdk-for-python#38000", needs((effort, (400, error("Unrecognized request argument supplied: reasoning_effort"))), (new_limit, (400, error("Unrecognized request argument supplied: max_completion_tokens"))))),
    Personality(
        "azure, the filter before the model", "Azure/azure-sdk-for-net#41838",
        failing(400, error("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", code="content_filter", status=400)),
        fails="content management policy",
    ),
    Personality("litellm", "BerriAI/litellm#9296", needs((effort, (400, error("litellm.UnsupportedParamsError: openai does not support parameters: ['reasoning_effort']", code="400"))))),
    Personality("text-generation-webui", "oobabooga/text-generation-webui#4953", needs((any_form, (422, {"detail": "Unprocessable"}))), with_usage(lambda usage: {"prompt_tokens": 0, "completion_tokens": 0})),
    Personality("text-generation-inference", "huggingface/text-generation-inference#2300", needs((any_form, (422, {"error": "Input validation error: grammar is not supported", "error_type": "validation"})), (limit_above(1596), (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 2500 `inputs` tokens and 4000 `max_new_tokens`"})))),
    Personality("gemma, no system role", "vllm-project/vllm#3323", needs((system, (400, {"object": "error", "message": "System role not supported"})))),
    Personality("gemma behind gemini", "google-gemini/gemma-cookbook#142", needs((system, (400, [error("Developer instruction is not enabled for models/gemma-3-27b-it")])))),
    Personality("a gateway without a reason for the form", "noonghunna/club-3090#45", needs((schema, (400, "")))),
    Personality("a gateway without a reason for the role", "jinja templates", needs((system, (400, error("Bad Request"))))),
    Personality("a gateway without a reason for two things", "open-webui/open-webui#10421", needs((effort, (400, "Bad Request")), (any_form, (400, "Bad Request")))),
    Personality("a gateway that streams all the same", "decolua/9router#3492", answers=chunks, content_type="text/event-stream"),
    Personality("a gateway that streams with comments", "open-webui/computer#193", answers=lambda completion, body: chunks(completion, body, comments=True), content_type="text/event-stream"),
    Personality("a gateway that streams unless told", "rohitg00/agentmemory#526", answers=lambda completion, body: json.dumps(completion) if body.get("stream") is False else chunks(completion, body)),
    Personality("one whole completion as an event", "decolua/9router#3492", answers=lambda completion, body: f"data: {json.dumps(completion)}\n\ndata: [DONE]\n\n"),
    Personality("a body that ends like a stream", "open-webui/computer#193", answers=lambda completion, body: json.dumps(completion) + "\ndata: [DONE]\n"),
    Personality("a body inside an envelope", "gateways", answers=lambda completion, body: json.dumps({"success": True, "result": completion})),
    Personality("a body inside a list", "gateways", answers=lambda completion, body: json.dumps([completion])),
    Personality("a body with a byte order mark, called text", "gateways", answers=lambda completion, body: "\ufeff" + json.dumps(completion), content_type="text/plain"),
    Personality("qwen, thinking in the content", "QwenLM/Qwen3#1242", answers=content(lambda text: f"<think>\n{THINKING}\n</think>\n\n{text}")),
    Personality("qwen, the opening tag swallowed", "vllm-project/vllm#13125", answers=content(lambda text: f"{THINKING}\n</think>\n{text}")),
    Personality("thinking after the answer", "field reports", answers=content(lambda text: f"{text}\n<think>{THINKING}</think>")),
    Personality("all in reasoning_content", "vllm-project/vllm#12999", answers=elsewhere("reasoning_content")),
    Personality("all in reasoning", "ollama/ollama#10976", answers=elsewhere("reasoning")),
    Personality("all in a tool call", "langchain-ai/langchain PR 38996", answers=elsewhere("tool_calls", lambda text: [{"id": "1", "type": "function", "function": {"name": "verdict", "arguments": text}}])),
    Personality("all in a function call", "older gateways", answers=elsewhere("function_call", lambda text: {"name": "verdict", "arguments": text})),
    Personality("content already parsed", "gateways", answers=content(json.loads)),
    Personality("content in parts without a type", "gateways", answers=content(lambda text: [{"text": text[:50]}, {"text": text[50:]}])),
    Personality("content encoded twice", "gateways", answers=content(json.dumps)),
    Personality("an answer in a list", "langchain4j/langchain4j#4045", answers=content(lambda text: f"[{text}]")),
    Personality("an answer in an answer", "basher83/Zammad-MCP#201", answers=content(lambda text: f'{{"answer": {text}}}')),
    Personality("words around the answer", "small models", answers=content(lambda text: f"Sure! Here it is:\n```json\n{text}\n```\nHope {{this}} helps.")),
    Personality("nearly the words", "langchain4j/langchain4j#4045", answers=content(nearly)),
    Personality("says length, and is whole", "small servers", answers=lambda completion, body: json.dumps(completion).replace('"stop"', '"length"')),
    Personality("usage as text", "gateways", answers=with_usage(lambda usage: {name: str(value) for name, value in usage.items()})),
    Personality("usage null", "gateways", answers=with_usage(lambda usage: None)),
    Personality("usage without what was cached", "BerriAI/litellm#5443", answers=with_usage(lambda usage: usage | {"prompt_tokens": 300, "prompt_tokens_details": {"cached_tokens": 9000}})),
    Personality("two choices, the first one empty", "gateways", answers=lambda completion, body: json.dumps(completion | {"choices": [{"message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}, *completion["choices"]]})),
    Personality("anthropic", "docs.anthropic.com, OpenAI compatibility", needs((lambda body: "reasoning_effort" in body, (400, {"type": "error", "error": {"type": "invalid_request_error", "message": "reasoning_effort: Extra inputs are not permitted"}}))), content(lambda text: f"Here is the JSON:\n\n{text}")),
    Personality("anthropic, overloaded", "docs.anthropic.com, errors", failing(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), first=2),
    Personality("anthropic, no credit", "docs.anthropic.com, errors", failing(400, error("Your credit balance is too low to access the API.")), fails="credit balance is too low"),
    Personality("a page before the server", "nginx", failing(502, "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"), fails="502 Bad Gateway"),
    Personality("hugging face, a cold model", "huggingface/huggingface_hub#1270", failing(503, {"error": "Model is currently loading", "estimated_time": 0.02}), first=6),
    Personality("a queue that is full", "huggingface/text-generation-inference#1600", failing(429, {"error": "Model is overloaded", "error_type": "overloaded"}), first=2),
    Personality("ollama, an unknown model", "ollama/ollama#3000", failing(404, error("model 'gpt-6-luna' not found, try pulling it first", type="not_found_error")), ends="does not know model"),
    Personality("mistral, an unknown model", "mistral docs", failing(400, {"object": "error", "message": "Invalid model: gpt-6-luna", "type": "invalid_model", "code": "1500"}), ends="does not know model"),
    Personality("a server that has moved", "http to https", failing(301, ""), headers={"Location": "https://user:secret@models.example/v1/chat/completions?key=1"}, ends="has moved to https://models.example"),
    Personality("no such path", "fastapi", failing(404, {"detail": "Not Found"}), ends="usually ends in /v1"),
    Personality("an upstream key refused, in 200", "gateways", failing(200, error("Invalid API key", code=401)), ends="OPENAI_API_KEY"),
    Personality(
        "ollama, the prompt cut in silence", "ollama/ollama#3839",
        answers=with_usage(lambda usage: usage | {"prompt_tokens": 2050, "prompt_tokens_details": {"cached_tokens": 0}}),
        fails="raise num_ctx",
    ),
    Personality("all forms refused for good", "a broken server", failing(400, {"detail": "tensor shape mismatch"}), fails="tensor shape mismatch"),
    Personality("azure, the filter after the model", "Azure/azure-sdk-for-net#41838", answers=lambda completion, body: json.dumps(completion | {"choices": [{"message": {"role": "assistant", "content": ""}, "finish_reason": "content_filter", "content_filter_results": {"hate": {"filtered": True}}}]}), fails="content filter"),
    Personality("azure, a wait in milliseconds", "openai/openai-python#957", failing(429, error("Requests have exceeded call rate limit", code="429")), first=1, headers={"retry-after-ms": "15", "Retry-After": "60"}),
    Personality("azure, an unknown deployment", "Azure docs", failing(404, error("The API deployment for this resource does not exist.", code="DeploymentNotFound")), ends="does not know model"),
    Personality("a wait until a date", "RFC 9110", failing(429, "slow down"), first=1, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    Personality("bedrock behind litellm", "BerriAI/litellm#5283", failing(400, error("litellm.BadRequestError: BedrockException - The provided model identifier is invalid.")), ends="does not know model"),
    Personality("bedrock, less output", "aws docs", needs((limit_above(2048), (400, {"message": "The maximum tokens you requested exceeds the model limit of 2048. Try again with a maximum tokens value that is lower than 2048."})))),
    Personality("bedrock, a guardrail", "aws docs", failing(400, error("Guardrail was enabled and input was blocked: guardrail_intervened")), fails="refused the paper"),
    Personality("vertex, an exclusive bound", "googleapis/python-genai#842", needs((limit_above(2048), (400, [error("Unable to submit request because it has a maxOutputTokens value of 4000 but the supported range is from 1 (inclusive) to 2049 (exclusive).", code=400, status="INVALID_ARGUMENT")])))),
    Personality("fireworks, an unknown model", "fireworks docs", failing(404, error("Model not found, inaccessible, and/or not deployed", code="NOT_FOUND")), ends="does not know model"),
    Personality("cohere, less output", "cohere docs", needs((limit_above(2048), (400, {"message": "too many tokens: max tokens must be less than or equal to 2048, the maximum output length for this model - received 4000."})))),
    Personality("cohere, in its own protocol", "cohere docs", answers=lambda completion, body: json.dumps({"id": "1", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content": [{"type": "text", "text": completion["choices"][0]["message"]["content"]}]}, "usage": {"tokens": {"input_tokens": completion["usage"]["prompt_tokens"], "output_tokens": 80}}})),
    Personality("anthropic, in its own protocol", "gateways", answers=lambda completion, body: json.dumps({"type": "message", "role": "assistant", "content": [{"type": "text", "text": completion["choices"][0]["message"]["content"]}], "stop_reason": "end_turn", "usage": {"input_tokens": completion["usage"]["prompt_tokens"], "output_tokens": 80}})),
    Personality("anthropic, output named by comparison", "anthropics/anthropic-sdk-python#461", needs((limit_above(2048), (400, {"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens: 4000 > 2048, which is the maximum allowed number of output tokens for this model"}})))),
    Personality("responses instead of completions", "gateways", answers=lambda completion, body: json.dumps({"object": "response", "output": [{"type": "reasoning", "summary": []}, {"type": "message", "content": [{"type": "output_text", "text": completion["choices"][0]["message"]["content"]}]}], "usage": {"input_tokens": completion["usage"]["prompt_tokens"], "output_tokens": 80}})),
    Personality("gemini, in its own protocol", "gateways", answers=lambda completion, body: json.dumps({"candidates": [{"content": {"parts": [{"text": completion["choices"][0]["message"]["content"]}]}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": completion["usage"]["prompt_tokens"], "candidatesTokenCount": 80}})),
    Personality("koboldcpp, busy", "LostRuins/koboldcpp docs", failing(503, {"detail": {"msg": "Server is busy; please try again later.", "type": "service_unavailable"}}), first=2),
    Personality("koboldcpp, in its own protocol", "LostRuins/koboldcpp docs", answers=lambda completion, body: json.dumps({"results": [{"text": completion["choices"][0]["message"]["content"], "finish_reason": "stop"}]})),
    Personality("sglang, too short a context", "sgl-project/sglang#3041", failing(400, {"object": "error", "message": "The input (9600 tokens) is longer than the model's context length (8192 tokens).", "type": "BadRequestError", "code": 400}), fails="8192"),
    Personality("xai, too short a context", "xai docs", failing(400, {"code": "Client specified an invalid argument", "error": "This model's maximum prompt length is 8192 but the request contains 9600 tokens."}), fails="8192"),
    Personality("github models, too large a body", "github community", failing(413, error("Request body too large for this model. Max size: 8000 tokens.", code="tokens_limit_reached")), fails="8000"),
    Personality("cloudflare, a path that is none", "developers.cloudflare.com", failing(404, {"success": False, "errors": [{"code": 7003, "message": "Could not route to /ai/v1/chat/completions, perhaps your object identifier is invalid?"}], "result": None}), ends="usually ends in /v1"),
    Personality("cloudflare, a gateway in front", "developers.cloudflare.com", failing(524, "<html><body>error code: 524</body></html>"), first=2),
    Personality("a page where nothing is", "nginx", failing(404, "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>"), ends="usually ends in /v1"),
    Personality("dashscope, streams only", "QwenLM/Qwen3#1300", needs((lambda body: body.get("stream") is not True, (400, error("This model only support stream mode, please enable the stream parameter to access the model.", code="invalid_parameter_error")))), answers=chunks, content_type="text/event-stream"),
    Personality("streaming required, in other words", "sub2api gateways", needs((lambda body: body.get("stream") is not True, (400, {"detail": "Stream must be set to true"}))), answers=chunks, content_type="text/event-stream"),
    Personality("dashscope, in arrears", "dashscope docs", failing(400, error("Access denied, please make sure your account is in good standing.", code="Arrearage")), fails="quota"),
    Personality("dashscope, less output", "dashscope docs", needs((limit_above(2048), (400, error("<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 2048]"))))),
    Personality("dashscope, text that it will not read", "dashscope docs", failing(400, error("Output data may contain inappropriate content.", code="data_inspection_failed")), fails="refused the paper"),
    Personality("a limit that must be there", "anthropic gateways", needs((lambda body: "max_tokens" not in body, (400, error("max_tokens: Field required"))))),
    Personality("a schema with too many values", "openai docs, structured outputs", needs((schema, (400, error("Invalid schema for response_format 'verdict': Expected at most 500 enum values in total.", param="response_format"))))),
    Personality("a schema that must say more", "openai community", needs((schema, (400, error("In context=(), 'additionalProperties' is required to be supplied and to be false."))))),
    Personality("an answer with comments and commas too many", "small models", answers=content(lambda text: f"```json\n{text[:-1]}, // checked\n}}\n```")),
    Personality("an answer as Python prints it", "small models", answers=content(lambda text: repr(json.loads(text)))),
    Personality("thinking without an end, and then the answer", "deepseek-ai/DeepSeek-R1#352", answers=content(lambda text: f"<think>\nIt filters. So:\n{text}")),
    Personality("tokens of the template left in", "ggml-org/llama.cpp#6944", answers=content(lambda text: f"<|im_start|>assistant\n{text}<|im_end|>")),
    Personality("relevance with its reason", "small models", answers=content(lambda text: json.dumps(json.loads(text) | {"relevance": f"{json.loads(text)['relevance']} (by its abstract)"}))),
    Personality("evidence in objects and marks", "small models", answers=content(lambda text: json.dumps(json.loads(text) | {"evidence": [{"sentence": f"\u201c{quote}\u2026\u201d"} for quote in json.loads(text)["evidence"]]}))),
    Personality("leaves with their scores", "small models", answers=content(lambda text: json.dumps(json.loads(text) | {"leaves": {leaf: 0.9 for leaf in json.loads(text)["leaves"]}}))),
    Personality("a leaf with dots around it", "small models", answers=content(lambda text: json.dumps(json.loads(text) | {"leaves": [f"{leaf}." for leaf in json.loads(text)["leaves"]]}))),
    Personality("the body in UTF-16", "windows gateways", answers=lambda completion, body: json.dumps(completion).encode("utf-16")),
    Personality("the body on several lines of an event", "html.spec.whatwg.org", answers=lambda completion, body: "".join(f"data: {line}\n" for line in json.dumps(completion, indent=1).splitlines()) + "\n"),
    Personality("a body under the wrong name of a compression", "gateways", answers=lambda completion, body: json.dumps(completion), headers={"Content-Encoding": "identity"}),
    Personality("choices empty, an upstream that failed", "OpenRouterTeam docs", failing(200, {"id": "1", "choices": []}), first=2),
    Personality("an answer that was aborted", "vllm-project/vllm#2484", failing(200, {"choices": [{"index": 0, "message": {"role": "assistant", "content": "{"}, "finish_reason": "abort"}]}), first=1),
    Personality("no channel for the model", "songquanpeng/one-api#1023", failing(503, error("No available channel for model gpt-6-luna under group default", code="model_not_found")), ends="does not know model"),
    Personality("a refusal in its field", "openai docs", answers=message(lambda given: given.update(refusal="I cannot help with that.", content=None)), fails="the model refused"),
    Personality("credits used up", "huggingface docs", failing(429, {"error": "You have exceeded your monthly included credits for Inference Providers."}), fails="quota"),
    Personality("groq, the limit of a day", "groq community", failing(429, error("Rate limit reached for model on tokens per day (TPD): Limit 100000, Used 99911, Requested 9600. Please try again in 7h12m1s.", code="rate_limit_exceeded")), fails="it asks to wait 25921 s"),
    Personality("the limit of a day, in a header", "gateways", failing(429, "slow down"), headers={"Retry-After": "86000"}, fails="it asks to wait 86000 s"),
]  # fmt: skip
