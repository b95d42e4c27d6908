"""Objects and lists that are nearly JSON: in the notation of JavaScript or of Python, or with marks left out."""

from __future__ import annotations

import ast
import re
from typing import Any

LONGEST = 20_000
"""Characters: no answer is longer, and a hostile text is not read again and again to its end."""
_TOKEN = re.compile(
    r'''(?P<triple>"""[^\\]{0,4000}?"""|\'\'\'[^\\]{0,4000}?\'\'\')'''
    r"""|(?P<string>"(?:\\.|[^"\\])*")|(?P<quoted>'(?:\\\\'|\\.|[^'\\])*')|(?P<ticked>`[^`\n]{0,2000}`)"""
    r"|(?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/)){0,2000}\*/|\#[^\n]*)"
    r"|(?P<nothing>,(?=\s*+(?://[^\n]{0,2000}+(?:\n\s*+)?)?[}\])])|\.\.\.|\u2026|\+(?=\s*[\"'])|[A-Za-z_][\w.]{0,60}+(?=\())"
    r"|(?P<name>(?P<bare>[A-Za-z_]\w*)\s*(?::|=>?(?!=)))|(?P<open>[\"'/`])"
    r"|(?P<point>(?<![\w.])[-+]?\d{1,20}\.\d{1,20}(?![\w.-]))|(?P<number>[-+]?(?:0|[1-9]\d{0,19})(?![\w.-]))"
    r"|(?P<word>[-+]?\w[\w.-]{0,100}(?:[ \t]\w[\w.-]{0,100}){0,8})"
    r"|(?P<begin>[{\[(])|(?P<end>[}\])])|(?P<colon>=>?)|(?P<comma>;)|(?P<other>.)",
    re.DOTALL,
)
_WORDS = {"true": "True", "false": "False", "null": "None", "undefined": "None"}
_PYTHON = frozenset({"True", "False", "None"})
_TEXTS = frozenset({"triple", "string", "quoted", "ticked"})
_CLOSED_BY = {"{": "}", "[": "]", "(": ")"}
_BACKSLASH = re.compile(r"\\(?:(?P<escape>[\\'\"bfnrt]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})|(?P<slash>/))?")
"""A backslash with what it escapes in Python and in JSON; alone it stands for itself, as in LaTeX."""


def evaluate(text: str, at: int) -> tuple[Any, int]:
    """Return the object or list that begins at ``at``, and where it ends; None and ``at``, if none does.

    A ``(`` there begins the arguments of a call, which are an object of their names. A number with a point is its text,
    as in JSON: it may name a section. A number as a name is its text, too. Words that stand where a value is to be are
    texts, comments are left out. What has two values under one name is none: the second may come out of a text that is
    quoted.
    """
    parts: list[str] = []
    closers: list[str] = []
    before = ""
    for token in _TOKEN.finditer(text, at, at + LONGEST):
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
            parts.append(f", {_in_python(token)}" if kind in _TEXTS and before in _TEXTS else _in_python(token))
        if not said.isspace() and kind != "comment":
            before = kind or ""
        if not closers:
            return _literal("".join(parts), token.end(), at)
    return None, at


def _literal(source: str, end: int, at: int) -> tuple[Any, int]:
    try:
        tree = ast.parse(source.replace("\n", " "), mode="eval")  # which may stand in texts
        if any(isinstance(each, ast.Dict) and _names_twice(each) for each in ast.walk(tree)):
            return None, at
        return _with_text_names(ast.literal_eval(_ListsForSets().visit(tree))), end
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None, at


class _ListsForSets(ast.NodeTransformer):
    """Keeps the order of texts that a model wrote as a set."""

    def visit_Set(self, found: ast.Set) -> ast.Set | ast.List:
        plain = all(isinstance(each, ast.Constant) for each in found.elts)
        return ast.List(elts=found.elts, ctx=ast.Load()) if plain else found


def _names_twice(found: ast.Dict) -> bool:
    """Tell whether an object has one name, in whatever case, with two values."""
    said = [(_plain_name(name), ast.dump(value)) for name, value in zip(found.keys, found.values, strict=True)]
    return len({*said}) > len({name for name, _ in said})


def _plain_name(name: ast.expr | None) -> object:
    return str(name.value).strip().casefold() if isinstance(name, ast.Constant) else name


def _with_text_names(value: Any) -> Any:
    """Return the value with texts for the names in all of its objects: Python may print numbers there."""
    if isinstance(value, dict):
        return {str(name): _with_text_names(each) for name, each in value.items()}
    return [_with_text_names(each) for each in value] if isinstance(value, list) else value


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
