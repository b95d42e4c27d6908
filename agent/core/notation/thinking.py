"""The marks with which models part what they thought from what they answer, and a text without what was thought."""

from __future__ import annotations

import re

_TAGS = (
    "think", "thinking", "reasoning", "thought", "reflection", "scratchpad", "analysis", "monologue", "thought_process",
    "thinking_process", "inner_monologue", "plan",
)  # fmt: skip
_NAMES = "|".join(_TAGS)
_OWN_MARKS = [
    (re.compile(pattern, re.IGNORECASE), plain)
    for pattern, plain in (
        (rf"&lt;(/?(?:{_NAMES}))&gt;", r"<\1>"),
        (rf"```(?:{_NAMES})[ \t]*\n([^`]*+(?:`(?!``)[^`]*+)*+)```", r"<think>\1</think>"),
        ("\u3010(?:\u601d\u8003|\u63a8\u7406|\u5206\u6790)[^\u3010\u3011]{0,8}\u3011", "<think>"),
        ("\u3010/(?:\u601d\u8003|\u63a8\u7406|\u5206\u6790)[^\u3010\u3011]{0,8}\u3011", "</think>"),
        (rf"<(?:[a-z]{{1,20}}[:_-])?({_NAMES})(?:\s[^<>]{{0,200}})?>", r"<\1>"),
        (rf"</(?:[a-z]{{1,20}}[:_-])?({_NAMES})\s?>", r"</\1>"),
        (rf"<\|(?:begin_of_|start_)?(?:{_NAMES})\|>|\u25c1think\u25b7|<unused94>", "<think>"),
        (rf"<\|(?:end_of_|end_|/)(?:{_NAMES})\|>|\u25c1/think\u25b7|<unused95>", "</think>"),
        (r"\[(?:thinking|reasoning|thoughts?)\]", "<think>"),
        (r"\[/(?:thinking|reasoning|thoughts?)\]", "</think>"),
        (r"<details\b[^<>]{0,80}\breasoning\b[^<>]{0,200}>", "<reasoning>"),
    )
]
"""Marks with which models of many makers, and front ends, begin and end what was thought, and plain ones for them."""
_THINKING = re.compile(rf"<(?P<tag>{_NAMES})>|(?P<box>\[THINK\])|(?P<channel><\|channel\|>(?!final))", re.IGNORECASE)
_ENDS = {tag: re.compile(f"</{tag}>", re.IGNORECASE) for tag in _TAGS} | {
    "box": re.compile(r"\[/THINK\]", re.IGNORECASE),
    "channel": re.compile(r"<\|end\|>|(?=<\|channel\|>final)", re.IGNORECASE),
}
"""What ends a model's thinking, by what began it."""
_THOUGHT_ENDS = re.compile(rf"</(?:{_NAMES})>|\[/THINK\]", re.IGNORECASE)
THOUGHT_BEGINS = re.compile(rf"<(?:{_NAMES})>|\[THINK\]", re.IGNORECASE)


def plainly_marked(text: str) -> str:
    """Return the text with plain tags around what was thought, whatever marks its model has for that."""
    for pattern, plain in _OWN_MARKS:
        text = pattern.sub(plain, text)
    if "<reasoning>" in text and "</reasoning>" not in text:
        text = re.sub("</details>", "</reasoning>", text, flags=re.IGNORECASE)
    return text


def spoken(text: str) -> str:
    """Return the text without what was thought."""
    said = _without_thinking(text)
    if ended := list(_THOUGHT_ENDS.finditer(said)):
        return said[ended[-1].end() :]  # some chat templates swallow the tag that begins the thinking
    return said


def _without_thinking(text: str) -> str:
    """Return the text with a blank in place of each block of thinking that has an end. The work is linear."""
    kept: list[str] = []
    at = 0
    endless: set[str] = set()
    for begun in _THINKING.finditer(text):
        kind = (begun["tag"] or begun.lastgroup or "").casefold()
        if begun.start() < at or kind in endless:
            continue
        if (ended := _ENDS[kind].search(text, begun.end())) is None:
            endless.add(kind)
            continue
        kept += [text[at : begun.start()], " "]
        at = ended.end()
    return "".join(kept) + text[at:]


def thinks_to_the_end(text: str) -> bool:
    """Tell whether the text ends inside a block of thinking: what it holds by then is a draft."""
    said = _without_thinking(text)
    begun = THOUGHT_BEGINS.search(said)
    return begun is not None and not _THOUGHT_ENDS.search(said, begun.end())
