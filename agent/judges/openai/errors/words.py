"""The vocabulary of model servers' errors: patterns over what they say, in lower case."""

from __future__ import annotations

import re

MODEL_CODES = (
    "model_not_found", "deploymentnotfound", "model_not_available", "invalid_model", "model not exist",
    "no models loaded", "no model loaded", "model not loaded", "model is not loaded", "unknown_model",
    "model_not_supported", "model_decommissioned", "modelnotopen", "resource_does_not_exist", "endpoint_not_found",
    "unavailable_model", "模型不存在", "模型未开通", "无可用渠道", "llm provider not provided",
)  # fmt: skip
MODEL_WORDS = (
    "does not exist", "not exist", "not found", "invalid model", "unknown model", "not a valid model", "no such model",
    "unable to access model", "try pulling it", "could not find", "isn't available", "unsupported model",
    "not loaded", "not deployed", "is not available", "not supported by any", "not activated", "not running",
    "no endpoints found for", "end of life", "been retired", "decommissioned", "discontinued",
    "不存在", "未找到", "已下线", "已下架", "无权访问",
)  # fmt: skip
"""Words that are about the model where its name is among what is said."""
NO_MODEL = re.compile(
    r"\b(model|deployment|serving endpoint|given endpoint)\b[^.]{0,60}"
    r"\b(not found|not exist|inaccessible|not available|not deployed|not loaded|not started)"
    r"|model (identifier|id|name)\b[^.]{0,40}\b(invalid|not valid|unknown|not found)"
    r"|\bmodel\b.{0,80}\b(decommissioned|end of life|been (retired|removed|shut down|discontinued)"
    r"|no longer (supported|available|served))\b"
    r"|\bnot work with the specified model\b"
    r"|\bfunction\b.{0,80}not found for account|\bnot a chat model\b|\bdoes not support chat\b"
    r"|\bonly supported in v1/|not supported in the v1/chat/completions|with on-demand throughput"
    r"|\bno (allowed )?(router|provider|worker|backend|instance|deployment)s?\b.{0,24} for (the )?(\S+ )?model\b"
    r"|\bspecified function\b.{0,80}not found|\bmalformed (publisher )?model\b|\bonly \S+ allowed now, your model\b"
    r"|\bbody\.model: |\bmultiple models are loaded\b|\bspecify a model\b"
    r"|\bno models? (is|are) (currently )?loaded|\bmodel has not been loaded"
    r"|\bmodel\b\W{0,4}(id |name )?must be( one of\b|:)"
)
DEPRECATED_MODEL = re.compile(r"\bmodel\b( \S+)? (is|has been) (now )?deprecated\b")
"""Of the model, unless a part of the request is named, which is deprecated *with* this model."""
NO_CHANNEL = ("model_not_found", "无可用渠道", "no available channel")
"""What one-api and its kin say with status 503 of a model that is behind none of their servers."""
NO_ACCESS_TO_MODEL = re.compile(r"\b(not (allowed|permitted|authorized)|cannot|no|denied)\b.{0,30}\b(access|use)\b")
QUOTA = (
    "insufficient_quota", "payment required", "exceeded_current_quota", "billing_not_active", "arrearage",
    "good standing", "included credits", "account is suspended", "account is not active", "insufficient_user_quota",
    "余额不足", "额度不足", "额度已用", "欠费", "剩余额度", "freetieronly", "setlimitexceeded", "quota is not enough",
    "not enough quota", "set inference limit",
)  # fmt: skip
_NOT_OF_MONEY = r"(?<!thinking.)(?<!reasoning.)(?<!thought.)(?<!token.)(?<!tokens.)(?<!output.)(?<!context.)"
_BUDGET = (
    rf"{_NOT_OF_MONEY}budget(?! (of |for )?(the )?(thinking|reasoning|thoughts?|tokens?)\b)"
    r"(?!.{0,24} (for|by|of|in) (the )?(thinking|reasoning)\b(?!-))"
)
"""Models have a budget of tokens for their thinking, too."""
THINKING_BUDGET = re.compile(
    r"\b(thinking|reasoning|thought)[ _.-](tokens?[ _-])?budget|budget_tokens|\bbudget\b.{0,30} (thinking|reasoning)\b"
)
_GIVE_PAYMENT = r"(enter|add|provide|update) (a|your) payment method"
_MONEY = rf"(balance|credits?|funds?|{_BUDGET}|spending (limit|cap)|payment|allowance)"
MONEY = re.compile(
    rf"\b{_MONEY}\b.{{0,30}}\b(insufficient|exceeded|exhausted|depleted|used up|too low|overdue|negative|required)\b"
    r"|\b(insufficient|not enough|not have enough|doesn't have any|no|out of|used all|all available|reached|exceeded"
    rf"|overdue|negative)\b.{{0,24}}\b{_MONEY}\b|\b{_GIVE_PAYMENT}\b|\baccount\b.{{0,30}}\bsuspended\b"
    r"|not_enough_balance|insufficient_(balance|funds|credits?)"
    r"|\bfree (tier|quota|trial|allowance)\b.{0,40}\b(exhausted|exceeded|used up|ended|expired)\b"
    r"|\b(usage|key) limits?\b.{0,30}\b(reached|exceeded)|\breached\b.{0,30}\busage limits?\b|inactive subscription"
    r"|\bquota for this billing period\b|\b(recharge|top up) your (account|balance)\b|\bplease top up\b"
    r"|\b(insufficient|(not|have|has) enough|out of)\b( \w+)? (?<!data )points\b"
    r"|(?<!data.)\bpoints\b.{0,30}\b(insufficient|exhausted|depleted|used up)\b"
    r"|\bquota exceeded\b.{0,200}\blimit: 0\b|套餐已?到期|(余量|资源包|额度)[^。]{0,8}(用尽|用完|耗尽)"
)
NO_MONEY = re.compile(
    r"\b(insufficient|not enough|no|out of|used all|doesn't have any)\b.{0,12}\b(credits?|funds?|points)\b"
    r"|\b(insufficient|not enough)\b.{0,12}\bbalance\b|insufficient_(balance|funds|credits?)"
    r"|\b(balance|credits?|funds?)\b.{0,30}\b(insufficient|exhausted|depleted|used up|too low|overdue|negative)\b"
    rf"|\b({_GIVE_PAYMENT}|top up|spending (limit|cap)|{_BUDGET})\b|\bquota exceeded\b.{{0,200}}\blimit: 0\b"
)
"""Words of money or of no quota at all, which no waiting helps against, however short a wait the server names."""
QUOTA_SPENT = re.compile(r"\bquota (is |has been |limit )?exceeded|\bout of\b.{0,24}\bquota\b")
"""Of a limit for a longer time, where the status is none of too many requests."""
DAILY = re.compile(
    r"\b(per|a|each)[ _-]?(day|week|month)\b|perday|byday|\b(daily|weekly|monthly)\b|\b(rpd|tpd)\b"
    r"|\b(hourly|(?<!concurrent )(?<!parallel )session|\d{1,2}[ -]hour) (usage )?limit\b|/ ?(day|week|month)\b"
    r"|\btoday's\b"
    r"|今日|当日|每[日天周月]|本[周月]|使用上限"
)
"""Limits that no waiting within a night helps against."""
SHORT_LIMIT = re.compile(
    r"(per|\b(a|each|this|every)|/)[ _-]?(sec(ond)?|min(ute)?)\b|\b[rtq]p[sm]\b|每(分钟|秒)"
    r"|\b(concurren\w+|parallel)\b.{0,30}\b(limit|exceeded|reached)|\b(due to|because of) too many requests\b"
)
"""Limits of a minute or less, or of what is asked at once."""
KEY = re.compile(
    r"(api|access|authentication|security|secret)[ _-]?(key|token)[^.]{0,40}"
    r"(not valid|invalid|incorrect|missing|required|expired|revoked|disabled)"
    r"|(invalid|incorrect|missing|no|valid|expired) (api|access)[ _-]?(key|token)|api[ _-]?key is correct"
    r"|authorization['\"]? (field|header)|header.authorization: |invalid_api_key|authfailure|login fail"
    r"|\b(jwt|bearer)\b.{0,40}\b(expired|invalid|malformed)\b|\b(token|key) (is|has|was) (been )?(expired|revoked)\b"
    r"|(api ?key|令牌|密钥).{0,12}(无效|过期|错误|不正确)|无效的 ?(api|令牌|密钥)"
)
NOT_KNOWN = re.compile(
    r"\b(not|un)[ -]?(authenticated|authori[sz]ed)\b|\bauthentication (error|failed|failure|required)\b"
)
"""What says the same where no status does."""
NO_ACCESS = re.compile(
    r"\b(location|countr(y|ies)|region|territory)\b.{0,40}\b(not supported|unsupported|not available|restricted)"
    r"|\b(requires?|accept)\b.{0,40}\b(terms|licen[cs]e|agreement)\b|must be verified|access to .{0,60}is restricted"
    r"|\b(organi[sz]ation|workspace|account|team)\b.{0,30}\b(disabled|restricted|deactivated|banned|blocked|locked)\b"
    r"|\b(endpoint|deployment) is (paused|stopped|disabled)\b"
    r"|\bno required ssl certificate\b|\bssl certificate error\b"
)
"""What the account has to get, or cannot get, before this model answers at all."""
HEADER_WANTED = re.compile(
    r"\bheaders?['\"`]?( \S+)? (is |are |was )?(required|missing|(not|must be) (set|provided|present))\b"
    r"|\b(missing|requires?)( \S+){0,4} headers?\b"
)
"""A gateway goes by a header of its own: which server is meant, or who pays."""
UNFIT = re.compile(
    r"\b(requires?|needs?) more (\S+ )?(memory|vram|ram)\b"
    r"|\b(insufficient|not enough)( \S+){0,2} (memory|vram|ram|resources)\b.{0,40}\b(load|run|start)"
    r"|\binsufficient system resources\b"
    r"|\b(unknown|unsupported) model architecture\b|\binvalid file magic\b"
)
"""The model is too large for the machine, or of a kind that the server cannot run: no waiting helps."""
REFUSED = (
    "content_filter", "content filtering policy", "for safety reasons",
    "content management policy", "responsibleaipolicyviolation", "data_inspection_failed",
    "requires moderation", "content policy", "inappropriate content", "safety system", "content moderation",
    "content exists risk", "guardrail", "prompt blocked", "prohibited_content", "new_sensitive", "敏感", "违规",
    "内容安全", "不适当的内容", "审核不通过",
)  # fmt: skip
_POLICY = (
    r"(polic(y|ies)|guidelines?|terms|safety|laws?|regulations?|principles|moderation"
    r"|(our|usage|community|content) (rules|standards))"
)
REFUSED_SOMEHOW = re.compile(
    r"\b(content|inputs?|prompt|request|text|messages?)\b.{0,60}"
    rf"\b(flagged|violat\w+ .{{0,40}}\b{_POLICY}|sensitive (information|content)|high risk|harmful|unsafe|nsfw)\b"
    rf"|\b{_POLICY}[ _-]violation|违反[^。]{{0,20}}(政策|法律|法规|准则)"
)
"""What violates no policy but a schema or a constraint is a wrong request."""
UNLUCKY = re.compile(
    r"json_validate_failed|incomplete_json_output|failed to (generate|validate) json|json mode couldn.?t be met"
    r"|output_parse_failed|output that could not be parsed|(did|could) not (output|produce|return|generate) valid json"
    r"|invalid_model_output|tool_use_failed|but model called a tool"
)
"""What the model wrote was in no form, for this once."""
SLOW_DOWN = re.compile(
    r"\b(too many|maximum number of) tokens\b.{0,40}\b(please wait|per[ _-]?(sec(ond)?|min(ute)?))\b"
)
"""Of tokens in a time, where other servers mean those of a prompt."""
BUSY = re.compile(
    rf"{UNLUCKY.pattern}|{SLOW_DOWN.pattern}"
    r"|throttl|too many requests|rate.?limit(ed|s? ?(was |is |has been )?(exceeded|reached))"
    r"|try again (later|shortly|in a)|at capacity|no capacity|capacity_exceeded"
    r"|(server|model|system|engine|service)( is|'s)? (too |very |currently )?(busy|overloaded)"
    r"|capacity (is |has been )?(temporarily )?exceeded|temporarily (unavailable|overloaded)"
    r"|稍[后候]再?[试重]|繁忙|过于频繁|请求过多|访问量过大|负载(已|过|较)|\bhigh (traffic|demand|load)\b"
    r"|\bmodel (has |was |is )?(crashed|unloaded|reloaded)\b|\bchannel error\b|\boperation cancell?ed\b"
    r"|\bno connected db\b|\bconnection (error|refused|reset|aborted)\b"
)
"""Something passing, whatever the status."""
LOADING = re.compile(
    r"loading|warming|starting up|still starting|is starting|\bcold\b|scal(ed|ing) (to|up|from)|provision|initiali[sz]"
    r"|\bbooting\b|spinning up|waking|not ready|being deployed"
)
_START = r"((re)?loading|warming|start(ing|up)|provision\w*|initiali[sz]\w*|deploying)"
FAILED_TO_LOAD = re.compile(
    rf"\b(errors?|fail\w*|could not|cannot|can't|unable|exception)( (to|in|while|when|during|at|be|model))* {_START}"
    rf"|(?<!is )(?<!still )\b{_START}\b( of)?( [^.,;:\s]+){{0,4}} (failed|failure|error)\b"
)
"""What did not start and never will."""
MODEL_LOADING = re.compile(
    r"\bmodel\b.{0,40}\bis ((still |currently )?(loading|starting)|(currently )?being loaded|not (yet )?ready)\b"
)
"""The same, where the status alone says something else."""
_STARTS = re.compile(r"\b(model|server|service|endpoint|instance)\b.{0,40}\b(loading|loaded|warming|starting|waking)\b")


def is_notice(content: str) -> bool:
    """Tell whether an answer is no model's, but says in a few words that it will be asked for in vain for a while."""
    said = content.lower()
    short = len(said) <= LONGEST_NOTICE and "{" not in said
    return short and (BUSY.search(said) or _STARTS.search(said)) is not None


LONGEST_NOTICE = 300
FIREWALL = re.compile(r"\berror code: 10(0[6-9]|10|12|20)\b")
"""Cloudflare's: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/."""
NO_HTTPS = re.compile(r"http request (was )?(sent )?to (an )?https (server|port)")
PAGE = re.compile(r"<!doctype html|<html\b")
LOGIN = re.compile(
    r"\b(log|sign)[ _-]?(in|on)\b|single sign-?on|\bsso\b|oauth2?/|/saml|/adfs|/cas\b|shibboleth|openid|//idp\b"
    r"|type=.?password"
)
"""A page for people, or where a redirect leads to one."""
TOO_LONG = re.compile(
    r"context[ _-](length|window|size)|context_length_exceeded|too many (input )?tokens|prompt is too long"
    r"|input (length|is too long|token count)|maximum number of tokens|exceed_context_size|reduce the length"
    r"|request (is )?too large|too large for model|larger context|max_new_tokens` must be|prompt.{0,20}exceeds"
    r"|max message tokens|\bstring too long\b|sequence length|max_(seq|model)_len\b|\bn_ctx\b"
    r"|too large to process|physical batch|\bsum of\b.{0,60}\b(prompt|input)\b"
    r"|超长|(输入|上下文|长度)[^。]{0,12}超"
)
TOO_LONG_SOMEHOW = re.compile(
    r"\b(prompt|inputs?|request|request body|tokens?|token limit)\b[^.]{0,60}"
    r"\b(too (long|large|many)|longer than|exceed(s|ed)?|larger than|greater than|less than|max(imum)? length"
    r"|over the limit)\b"
    r"|maximum prompt length"
)
OF_FORM = re.compile(r"\bschema\b|\bgrammar\b|nesting depth")
"""What else may be too long in a request than its prompt."""
NO_PATH = re.compile(
    r"\b(not[ _]found|404 page|no route|could not route|cannot post|invalid url|unexpected endpoint)\b|api-version"
    r"|https?://\S+ (is|has been) (no longer supported|deprecated|retired|removed)|unsupported method"
)
NO_ENDPOINT = re.compile(
    r"unexpected endpoint|cannot post|no route|could not route|invalid url|(unknown|unrecognized) request url"
    r"|no static resource"
)
"""A path that is none, whatever the status."""
UNSUPPORTED = re.compile(r"not support|unsupported|unrecognized|unknown (field|parameter|argument)|not permitted")
"""What is said of a part of a request that a server does not know."""
_N = r"[`'\"]?(?<!\d)(\d[\d,_]{0,15})"
THOUSANDS = re.compile(r"(?<![\w.])(\d{1,4})k(?= (?:input |output )?(?:tokens?|context)\b)", re.IGNORECASE)
"""Numbers of tokens such as ``8k``, by which servers mean at least as many thousands."""
CONTEXT = [
    re.compile(pattern)
    for pattern in (
        rf"\bn_ctx[\"']?\W{{1,4}}{_N}",
        rf"context (?:length|window|size)(?: of| is|:|,)* (?:only |at most )?{_N}"
        r"(?![\d,_]| (?:is )?(?:greater|larger|longer|exceed))",
        rf"context (?:length|window|size) \({_N}",
        rf"{_N} maximum context",
        rf"tokens > {_N} maximum",
        rf"number of tokens allowed \({_N}",
        rf"inputs`? tokens \+ `?max_new_tokens`? must be <= {_N}",
        rf"limit:? {_N}, requested",
        rf"max_(?:model|seq)_len\W{{1,6}}{_N}",
        rf"(?:limit|maximum)[^.\d]{{0,30}} is (?:just |only )?{_N}",
        rf"context limit: [\d +]{{1,40}}> {_N}",
        rf"\bsum of\b.{{0,60}}\b(?:prompt|input)\b.{{0,120}}\b(?:exceed|at most|less than|below)[^\d]{{0,40}}{_N}",
    )
]
EXCESS = re.compile(
    r"\bby \d[\d,_]*|\bwith (?:a )?(?:maximum )?length \d+"
    r"|\d[\d,_]* ?(?:char(?:acter)?s?\b|bytes?\b|[kmg]i?b\b|字[符节])",
    re.IGNORECASE,
)
"""By how much a context is exceeded, and lengths that are not in tokens."""
CODE = re.compile(r"(?:code|errno)\W{1,4}(\d{3,6})\b")
"""A code of the server's own: words may repeat it, and it is no number of tokens."""
PROMPT = [
    re.compile(pattern)
    for pattern in (
        rf"n_prompt_tokens[\"']?\W{{1,4}}{_N}",
        rf"(?<!at least ){_N} (?:tokens )?(?:in the messages|in the prompt|of text input|input tokens|`inputs` tokens)",
        rf"messages resulted in {_N}",
        rf"(?:request|token count) \({_N}",
        rf"prompt (?:contains|is too long:|has) {_N}",
        rf"keep the first {_N}",
        rf"(?:prompt|input) length \({_N}",
    )
]
OUTPUT_NAMES = (
    "max_completion_tokens", "max_tokens", "max_new_tokens", "max_output_tokens", "maxoutputtokens", "max tokens",
    "maxtokens", "maximum tokens you requested", "output tokens", "completion tokens", "completion length",
)  # fmt: skip
REQUEST_NAMES = (
    *OUTPUT_NAMES, "reasoning_effort", "response_format", "json_schema", "json_object", "stream_options", "system role",
)  # fmt: skip
"""Parts of a request, by which no model is called."""
MOST_OUTPUT = [
    re.compile(pattern)
    for pattern in (
        rf"at most {_N}",
        rf"less than or equal to {_N}",
        rf"(?:<=|≤) {_N}",
        rf"\[\s*\d+\s*,\s*{_N}\s*\]",
        rf"(?:between|from) \d+ (?:and|to) {_N}",
        rf"(?:maximum|max|limit|up to)(?: allowed)?(?: value)?(?: is| of|:)* {_N}",
        rf"exceeds?(?: the)?[^\d]{{0,60}}{_N}",
    )
]
