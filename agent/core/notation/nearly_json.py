"""Objects and lists that are nearly JSON: in the notation of JavaScript, of Python, or of nobody."""

from __future__ import annotations

import ast
import re
from typing import Any

_LONGEST = 20_000
"""Characters: no answer is longer, and a hostile text is not read again and again to its end."""
_TOKEN = re.compile(
    r'''(?P<triple>"""[^\\]{0,4000}?"""|\'\'\'[^\\]{0,4000}?\'\'\')'''
    r"""|(?P<string>"(?:\\.|[^"\\])*")|(?P<quoted>'(?:\\\\'|\\.|[^'\\])*')|(?P<ticked>`[^`\n]{0,2000}`)"""
    r"|(?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/)){0,2000}\*/|\#[^\n]*)"
    r"|(?P<nothing>,(?=\s*(?://[^\n]*\s*)?[}\])])|\.\.\.|\u2026|\+(?=\s*[\"']))"
    r"|(?P<name>(?P<bare>[A-Za-z_]\w*)\s*(?::|=>?(?!=)))|(?P<open>[\"'/`])"
    r"|(?P<point>(?<![\w.])[-+]?\d{1,20}\.\d{1,20}(?![\w.-]))|(?P<number>[-+]?(?:0|[1-9]\d{0,19})(?![\w.-]))"
    r"|(?P<word>[-+]?\w[\w.-]{0,100}(?:[ \t]\w[\w.-]{0,100}){0,8})"
    r"|(?P<begin>[{\[(])|(?P<end>[}\])])|(?P<colon>=>?)|(?P<comma>;)|(?P<other>.)",
    re.DOTALL,
)
_WORDS = {"true": "True", "false": "False", "null": "None", "undefined": "None"}
_PYTHON = frozenset({"True", "False", "None"})
_CLOSED_BY = {"{": "}", "[": "]", "(": ")"}
_BACKSLASH = re.compile(r"\\(?:(?P<escape>[\\'\"bfnrt]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})|(?P<slash>/))?")
"""A backslash with what it escapes in Python and in JSON; alone it stands for itself, as in LaTeX."""


def evaluate(text: str, at: int) -> tuple[Any, int]:
    """Return the object or list that begins at ``at``, and where it ends; None and ``at``, if none does.

    A ``(`` there begins the arguments of a call, which are an object of their names. A number with a point is its text,
    as in JSON: it may name a section. Words that stand where a value is to be are texts, comments are left out.
    """
    parts: list[str] = []
    closers: list[str] = []
    for token in _TOKEN.finditer(text, at, at + _LONGEST):
        kind, said = token.lastgroup, token[0]
        if kind == "open" or (kind == "word" and parts and parts[-1][-1:] not in "{[,:"):
            break  # a text or a comment without an end, or words within what is to be a text
        if kind == "begin":
            parts.append("{" if not closers and said == "(" else "[" if said == "(" else said)
            closers.append(_CLOSED_BY[said])
        elif kind == "end":
            if said != closers.pop():
                break
            parts.append("}" if not closers and said == ")" else "]" if said == ")" else said)
        elif not said.isspace():
            parts.append(_in_python(token))
        if not closers:
            return _literal("".join(parts), token.end(), at)
    return None, at


def _literal(source: str, end: int, at: int) -> tuple[Any, int]:
    try:
        return ast.literal_eval(source.replace("\n", " ")), end  # which may stand in texts
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None, at


def _in_python(token: re.Match[str]) -> str:
    """Return what a token means, as Python writes it."""
    said = token[0]
    match token.lastgroup:
        case "name":
            return f'"{token["bare"]}":'
        case "triple":
            return repr(said[3:-3])
        case "ticked":
            return repr(said[1:-1])
        case "quoted":
            return _escaped(said.replace(r"\\'", r"\'"))
        case "string":
            return _escaped(said)
        case "point":
            return f'"{said}"'
        case "word":
            return _WORDS.get(said) or (said if said in _PYTHON else repr(said))
        case "comment" | "nothing":
            return ""
    return {"=": ":", "=>": ":", ";": ","}.get(said, said)


def _escaped(text: str) -> str:
    """Return a string's source without a backslash that Python does not know as an escape, and would warn of."""
    return _BACKSLASH.sub(lambda found: found[0] if found["escape"] else "/" if found["slash"] else r"\\", text)
