"""Names as they are compared, whatever spelling a model gives them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, wraps

from agent.core.notation import objects

_LONGEST_NAME = 300
"""Characters: a longer text is the model's own, and not worth keeping."""
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


def _keep_names(most: int) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
    """Let a function keep what it returned for the last ``most`` texts that are short enough for names."""

    def wrap(function: Callable[[str], str]) -> Callable[[str], str]:
        kept = lru_cache(maxsize=most)(function)
        return wraps(function)(lambda text: kept(text) if len(text) <= _LONGEST_NAME else function(text))

    return wrap


@_keep_names(4096)
def fold(text: str) -> str:
    """Return the text as names are compared: lower case, one ``_`` for blanks, dashes and underscores, no marks
    around it."""
    bare = re.sub(r"^\W+|(?<!\W)\W+$", "", plain(text))
    return re.sub(r"[\s_-]+", "_", bare).strip("_").casefold()


@_keep_names(4096)
def slug(text: str) -> str:
    """Return the text as in an address or a variable: what is no letter and no digit is one ``_``."""
    return re.sub(r"[\W_]+", "_", plain(text)).strip("_").casefold()


@_keep_names(256)
def field_name(name: str) -> str:
    """Return the name of a field as it is compared: ``leafids`` for ``2. Leaf IDs``."""
    return objects.plain_name(re.sub(r"[\s_-]+", "", plain(name)))


def plain(text: str) -> str:
    """Return the text with letters, digits and dashes of the usual width and kind, without what cannot be seen."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", text)))
