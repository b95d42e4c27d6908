"""A YAML mapping inside other text, and what a model writes like one: names in bold, each with its value after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from agent.core.notation.fences import FENCED

_LONGEST = 8000
"""Characters: no answer is longer, and the parser is slow."""
_MOST_NESTED = 200
"""Lists and mappings within a line: the parser's time grows with the square of how deep they stand in one another."""
_ALIAS = re.compile(r"(?:^|[\s\[,:-])[&*]\w")
"""An anchor or alias: with a few of them a short text means a gigabyte, and no answer needs one."""
_NAMED = re.compile(r"^(?:- )?[\"']?\w[\w ]{0,40}[\"']?[ \t]*:(?=\s)", re.MULTILINE)
"""The beginning of a line of the form ``name: value``."""
_TRIES = 4
"""Lines from which the mapping may begin: words before it may look like one of it."""


def find_mapping(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the mapping with ``key``, in whatever case, that a text holds; all values are texts, or lists of them.

    None: there is none, or it has the key twice. The mapping may stand in a fence, of several in the last, or begin at
    any line and go on to the end of the text.
    """
    bare = text.replace("**", "").replace("`", "") if "```" not in text else text
    line = re.compile(rf"(?:^[ \t]*(?:- )?|[{{,][ \t]*)[\"']?{key}[\"']?[ \t]*:", re.MULTILINE | re.IGNORECASE)
    if (
        len(text) > _LONGEST
        or text.count("[") + text.count("{") > _MOST_NESTED
        or not line.search(bare)
        or _ALIAS.search(bare)
    ):
        return None
    begins = [found.start() for found in _NAMED.finditer(bare)][:_TRIES]
    if len(line.findall(FENCED.sub(" ", bare))) > 1:
        begins = []  # from some line on the key would stand once
    for block in (*reversed(FENCED.findall(bare)), *(bare[at:] for at in begins)):
        if len(line.findall(block)) > 1:
            return None
        try:
            found = yaml.load(block, Loader=yaml.BaseLoader)
        except (yaml.YAMLError, ValueError, RecursionError):
            continue
        if isinstance(found, list) and all(isinstance(each, dict) for each in found):
            found = {name: value for each in found for name, value in each.items()}
        if isinstance(found, dict) and any(str(name).casefold() == key for name in found):
            return {str(name): value for name, value in found.items()}
    return None
