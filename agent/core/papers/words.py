"""The words of a text: its runs of letters and digits."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_BLANKS: Final = {code: " " for code in range(128) if not chr(code).isalnum()}


def find_words(text: str) -> list[str]:
    """Return the words of a text, in order and as they are written."""
    if text.isascii():  # most texts are, and splitting at blanks is ten times as fast as a regular expression
        return text.translate(_BLANKS).split()
    return _WORD.findall(text)
