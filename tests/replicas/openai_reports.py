"""Behaviours of model servers that reports speak of, beside those of ``openai_personalities`` and ``openai_gateways``.

Each stands for a kind: where an answer was put, in what form it was written, and how a request was turned away.
"""

# A table of what servers say, a server to a row: broken lines would hide it.
# ruff: noqa: E501

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import yaml

from tests.replicas.openai_gateways import delta, instead, must_stream, said, streamed
from tests.replicas.openai_personalities import (
    THINKING,
    Body,
    Completion,
    Personality,
    Refusal,
    any_form,
    chunks,
    content,
    effort,
    elsewhere,
    error,
    failing,
    message,
    needs,
    schema,
)

DRAFT = f'{THINKING} Or {{"relevance": "core", "leaves": ["1.1"], "reason": "a draft", "evidence": []}}? No.'


def rewritten(change: Callable[[dict[str, Any]], object]) -> Callable[[Completion, Body], str]:
    """Return a server whose model writes its answer in another way."""
    return content(lambda text: json.dumps(change(json.loads(text))))


def with_fields(**changes: Callable[[dict[str, Any]], object]) -> Callable[[Completion, Body], str]:
    return rewritten(lambda answer: answer | {name: change(answer) for name, change in changes.items()})


def choices(row: Callable[[Completion], list[Any]]) -> Callable[[Completion, Body], str]:
    return lambda completion, asked: json.dumps(completion | {"choices": row(completion)})


def in_yaml(text: str) -> str:
    return str(yaml.safe_dump(json.loads(text), sort_keys=False))


def in_bold(text: str) -> str:
    answer = json.loads(text)
    rows = {
        "Relevance": answer["relevance"],
        "Leaves": ", ".join(answer["leaves"]),
        "Evidence": json.dumps(answer["evidence"]),
    }
    return "My verdict:\n\n" + "\n".join(f"- **{name}:** {value}" for name, value in rows.items())


def counts_what_is_new(completion: Completion, asked: Body) -> str:
    """Return the answer of a server that remembers the prompt of an earlier night, and counts what is new in it."""
    counted = completion["usage"]["prompt_tokens"] if asked["messages"][0]["content"].startswith("[") else 400
    return json.dumps(completion | {"usage": {"prompt_tokens": counted, "completion_tokens": 100}})


def once_for_the_second(refusal: Refusal) -> Callable[[Body], Refusal | None]:
    """Return a server that turns the second paper away once."""
    asked: list[Body] = []

    def refuse(body: Body) -> Refusal | None:
        if "Study 2" not in body["messages"][-1]["content"] or asked:
            return None
        asked.append(body)
        return refusal

    return refuse


def vllm_in_16384(body: Body) -> Refusal | None:
    """Return the refusal of vLLM, which counts no further than to the first token too many."""
    asked = body.get("max_completion_tokens", body.get("max_tokens", 0))
    if sum(len(each["content"]) for each in body["messages"]) // 4 + asked <= 16384:
        return None
    return 400, error(
        f"This model's maximum context length is 16384 tokens. However, you requested {asked} output tokens and your prompt contains at least {16385 - asked} input tokens, for a total of at least 16385 tokens."
    )


def together_at_most(
    most: int,
    words: str = "The sum of prompt length ({prompt}.0), query length (0) and max_tokens should not exceed {most}",
) -> Callable[[Body], Refusal | None]:
    """Return a server that allows so many tokens to prompt and answer together, and says so."""

    def refuse(body: Body) -> Refusal | None:
        asked = body.get("max_completion_tokens", body.get("max_tokens", 4096))
        prompt = sum(len(each["content"]) for each in body["messages"]) // 4
        return (400, error(words.format(prompt=prompt, most=most))) if prompt + asked > most else None

    return refuse


REPORTS = [
    # what was thought, in marks of many makers
    Personality("drafts in a tag of seed", "ByteDance-Seed/seed-oss", answers=content(lambda text: f"{text}<seed:think>{DRAFT}</seed:think>")),
    Personality("drafts in a tag with attributes", "chat front ends", answers=content(lambda text: f'{text}<think duration="3">{DRAFT}</think>')),
    Personality("drafts in details", "open-webui", answers=content(lambda text: f'{text}\n<details type="reasoning" done="true">\n<summary>Thought</summary>\n> {DRAFT}\n</details>')),
    Personality("drafts in a scratchpad", "small models", answers=content(lambda text: f"{text}<scratchpad>{DRAFT}</scratchpad>")),
    Personality("drafts in marks of openthinker", "open-thoughts", answers=content(lambda text: f"{text}<|begin_of_thought|>{DRAFT}<|end_of_thought|>")),
    Personality("drafts behind the answer's own tag", "hunyuan", answers=content(lambda text: f"<answer>{text}</answer> I had considered {DRAFT}")),
    Personality("all in the reasoning's text", "gateways", answers=elsewhere("reasoning_text")),
    Personality("all in blocks of thinking", "BerriAI/litellm", answers=elsewhere("thinking_blocks", lambda text: [{"type": "thinking", "thinking": f"Hm. {text}", "signature": "x"}])),
    Personality("all in a provider's fields", "BerriAI/litellm", answers=elsewhere("provider_specific_fields", lambda text: {"reasoning_content": text})),
    # where the answer was put
    Personality("arguments in an object in an object", "langchain", answers=elsewhere("tool_calls", lambda text: [{"function": {"name": "verdict", "arguments": {"verdict": json.loads(text)}}}])),
    Personality("arguments under another name", "langchain", answers=elsewhere("tool_calls", lambda text: [{"name": "verdict", "args": json.loads(text)}])),
    Personality("a tool's input as text", "anthropic gateways", answers=elsewhere("tool_calls", lambda text: [{"name": "verdict", "input": text}])),
    Personality("words, and a tool that is called", "sglang", answers=message(lambda given: given.update(content="I call the tool.", tool_calls=[{"function": {"arguments": given["content"]}}]))),
    Personality("all in a field of no protocol", "gateways", answers=elsewhere("transcript")),
    Personality("content that holds the answer in an object", "gateways", answers=content(lambda text: {"answer": json.loads(text)})),
    Personality("a list of messages", "gateways", answers=choices(lambda completion: [{"message": [{"role": "user", "content": "x"}, completion["choices"][0]["message"]]}])),
    Personality("several choices, the first one no answer", "n-best gateways", answers=choices(lambda completion: [{"message": {"content": "no"}}, *completion["choices"]])),
    Personality("the answer again and again until it is cut", "small models", answers=choices(lambda completion: [{"finish_reason": "length", "message": {"content": f"{said(completion)}\n" * 3 + said(completion)[:30]}}])),
    Personality("warnings of PHP before the body", "one-api forks", answers=lambda completion, asked: "<br /><b>Warning</b>: Undefined index<br />" + json.dumps(completion)),
    Personality("compressed twice", "gateways before gateways", answers=lambda completion, asked: gzip.compress(gzip.compress(json.dumps(completion).encode()))),
    Personality("a stream in gemini's protocol", "gateways", answers=streamed(lambda text: {"candidates": [{"content": {"parts": [{"text": text}]}}]})),
    Personality("a stream in cohere's protocol", "gateways", answers=streamed(lambda text: {"type": "content-delta", "delta": {"message": {"content": {"text": text}}}})),
    Personality("a stream with thoughts of gemini", "googleapis/python-genai", answers=lambda completion, asked: f"data: {json.dumps(delta({'content': DRAFT, 'extra_content': {'google': {'thought': True}}}))}\n\n" + streamed(delta)(completion, asked)),
    # how the answer was written
    Personality("an answer in YAML", "small models", answers=content(in_yaml)),
    Personality("an answer in YAML, fenced", "small models", answers=content(lambda text: f"Here:\n```yaml\n{in_yaml(text)}```\nDone.")),
    Personality("an answer as a list of bold names", "small models", answers=content(in_bold)),
    Personality("values within the schema", "small models", answers=rewritten(lambda answer: {"properties": {name: {"type": "string", "value": value} for name, value in answer.items()}})),
    Personality("quotes as code points", ".NET gateways", answers=content(lambda text: text.replace('"', "\\u0022"))),
    Personality("blanks of other widths", "small models", answers=content(lambda text: text.replace(": ", ":\u00a0").replace(", ", ",\u200b "))),
    Personality("no commas between fields", "small models", answers=content(lambda text: json.dumps(json.loads(text), indent=1).replace(",\n", "\n"))),
    Personality("lists as texts", "small models", answers=with_fields(leaves=lambda answer: json.dumps(answer["leaves"]), evidence=lambda answer: str(answer["evidence"]), secondary=lambda answer: "[]")),
    Personality("evidence with its place", "small models", answers=with_fields(evidence=lambda answer: [f'"{quote}" (abstract, sentence 1)' for quote in answer["evidence"]])),
    Personality("evidence in numbered lines", "small models", answers=with_fields(evidence=lambda answer: "\n".join(f"{number}. {quote}" for number, quote in enumerate(answer["evidence"] * 2, 1)))),
    Personality("leaves with the word for an id", "small models", answers=with_fields(leaves=lambda answer: [f"leaf_id: {leaf}" for leaf in answer["leaves"]])),
    Personality("a longer name for the grade", "small models", answers=rewritten(lambda answer: {"relevance_grade" if name == "relevance" else name: value for name, value in answer.items()})),
    Personality("a leaf in a field of its own", "small models", answers=rewritten(lambda answer: {name: value for name, value in answer.items() if name != "leaves"} | {f"leaf_{number}": leaf for number, leaf in enumerate(answer["leaves"], 1)})),
    Personality("misspelt names", "small models", answers=rewritten(lambda answer: {{"relevance": "relevence", "leaves": "leafs"}.get(name, name): value for name, value in answer.items()})),
    Personality("the next question, asked and answered by the model", "base models, no stop token", answers=content(lambda text: f"{text}<|im_end|>\n<|im_start|>user\nTITLE: Tea<|im_end|>\n<|im_start|>assistant\n{DRAFT}")),
    Personality("a body as Python prints it", "flask servers", answers=lambda completion, asked: repr(completion)),
    Personality("a stream of texts alone", "fastapi servers", answers=lambda completion, asked: "".join(f"data: {json.dumps(said(completion)[at : at + 60])}\n\n" for at in range(0, len(said(completion)), 60))),
    # refused, cut, no answer
    Personality("gemini, stopped before it began", "googleapis/python-genai", answers=instead(lambda text: {"candidates": [{"finishReason": "SAFETY", "index": 0}], "usageMetadata": {"promptTokenCount": 9000}}), fails="content filter"),
    Personality("gemini, all of it thought", "googleapis/python-genai", answers=instead(lambda text: {"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}], "usageMetadata": {"promptTokenCount": 9000}}), fails="max_output_tokens"),
    Personality("a refusal as a part", "openai docs", answers=content(lambda text: [{"type": "refusal", "refusal": "I cannot help with that."}]), fails="the model refused"),
    Personality("a text refused in 200", "minimax", failing(200, {"choices": None, "base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}), fails="refused the paper"),
    Personality("a guardrail with a status of its own", "Portkey-AI/gateway", failing(446, error("The guardrail checks defined in the config failed.")), fails="refused the paper"),
    Personality("an answer in the middle of a sentence", "papers that tell a model what to answer", answers=content(lambda text: f"Autorzy chc\u0105, \u017cebym napisa\u0142 {text}, ale tego nie zrobi\u0119."), fails="no valid answer"),
    Personality("no such path at all", "kubernetes", failing(404, "default backend - 404"), ends="usually ends in /v1"),
    Personality("several models, and none named", "lm studio", failing(400, error("Multiple models are loaded. Please specify a model by providing a 'model' field")), ends="does not know model"),
    Personality("plain words in 200", "envoy", failing(200, "upstream connect error or disconnect/reset before headers"), fails="upstream connect error"),
    Personality("plain words as an event", "gateways", failing(200, "event: error\ndata: upstream timed out\n\n"), fails="upstream timed out"),
    Personality("plain words with marks that nobody sees", "gateways", failing(200, "Ser\u00advice\u200b is down"), fails="vice"),
    Personality("a compression that nobody asked for", "gateways", failing(200, "\x28\ufffd\x2f\ufffd"), fails="compressed"),
    Personality("a key refused in an envelope", "aws api gateway", failing(200, {"statusCode": 401, "body": json.dumps(error("bad"))}), ends="OPENAI_API_KEY"),
    Personality("a login refused in 200", "cloudflare", failing(200, {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}], "result": None}), ends="OPENAI_API_KEY"),
    Personality("a firewall's page", "cloudflare, zscaler", failing(403, "<!DOCTYPE html><title>Attention Required!</title><p>Sorry, you have been blocked"), ends="a firewall"),
    Personality("loaded, and not asked yet", "ollama", failing(200, {"choices": [{"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "load"}]}), first=1),
    # what a server takes
    Personality("streams only, in Chinese", "dashscope", needs((must_stream, (400, error("该模型仅支持流式输出")))), answers=chunks),
    Personality("streams only, said as of a wrong method", "gateways", needs((must_stream, (405, error("non-streaming requests are not supported, set stream to true")))), answers=chunks),
    Personality("a form that a plan does not have", "gateways", needs((schema, (403, error("response_format json_schema is not enabled for your plan"))))),
    Personality("streams only, refused in 200", "new-api channels", needs((must_stream, (200, error("only streaming is supported by this channel")))), answers=chunks),
    Personality("a form refused in 200, in Chinese", "zhipu", needs((schema, (200, {"code": 1210, "msg": "API 调用参数有误", "success": False})))),
    Personality("a form refused as if busy", "gateways", needs((schema, (503, error("response_format json_schema is not available"))))),
    Personality("a form refused as if down", "gateways", needs((any_form, (502, "<html><title>502 Bad Gateway</title></html>")))),
    Personality("a form refused as too many requests", "gateways", needs((schema, (429, error("structured outputs capacity is not available"))))),
    Personality("effort refused as if busy", "gateways", needs((effort, (503, error("reasoning is unavailable"))))),
    Personality("JSON that did not come out, for one paper", "groq", once_for_the_second((400, error("Failed to generate JSON. Please adjust your prompt.", code="json_validate_failed")))),
    # how much fits
    Personality("a prompt counted up to what fits", "vllm-project/vllm", vllm_in_16384),
    Personality("a batch that is too small", "ggml-org/llama.cpp", failing(500, error("input is too large to process. increase the physical batch size")), fails="too short a context"),
    Personality("a limit on prompt and answer together", "TensorRT-LLM", together_at_most(14000)),
    Personality("the same, in words for an answer", "gateways", together_at_most(14000, "max_tokens must not exceed {most}")),
    Personality("by how much it does not fit", "ollama", failing(400, error("prompt too long; exceeded max context length by 512 tokens")), fails="too short a context"),
    Personality("a code that looks like a context", "minimax", failing(200, {"base_resp": {"status_code": 2013, "status_msg": "invalid params, context window exceeds limit (2013)"}}), fails="too short a context"),
    Personality("a prompt remembered from an earlier night", "llama.cpp, ollama", answers=counts_what_is_new),
]  # fmt: skip
