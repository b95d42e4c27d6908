"""Decodes the TeX accents that authors type into names and titles.

arXiv keeps metadata as it was submitted, in TeX (https://info.arxiv.org/help/prep.html#accents): ``Erd\\H{o}s`` is
``Erdős``. Formulas and other commands stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

_LETTER: Final = r"(?:\\[ij](?:\ (?=[A-Za-z])|(?![A-Za-z]))|[A-Za-z])"
_ACCENT: Final = (
    rf"""\\[`'^"~=.]\ ?(?:\{{\ ?{_LETTER}\ ?\}}|{_LETTER})"""
    rf"|\\[Hcuvkrdb]\ ?\{{\ ?{_LETTER}\ ?\}}"
    rf"|\\[Hcuvkrdb](?:\ [A-Za-z]|\\[ij](?:\ (?=[A-Za-z])|(?![A-Za-z])))"
)
_SPECIAL: Final = r"\\(?:ss|ae|AE|oe|OE|aa|AA|o|O|l|L|i|j|dh|DH|dj|DJ|th|TH|ng|NG)(?:\{\}|\ (?=[A-Za-z])|(?![A-Za-z]))"
_SIGN: Final = r"\\[&%#_]"
_TEX: Final = re.compile(
    rf"(?P<formula>(?<!\\)(?P<dollars>\$\$?)(?:[^$\\]|\\.)+?(?P=dollars)|\\\((?:[^$\\]++|\\[^()$])*+\\\))"
    rf"|\{{\ ?(?P<braced>{_ACCENT}|{_SPECIAL})\ ?\}}|(?P<bare>{_ACCENT}|{_SPECIAL}|{_SIGN})"
)


def decode_accents(text: str) -> str:
    """Return the text with its TeX accents and letters as Unicode; formulas between dollar signs stay verbatim.

    An accent for which Unicode has no letter, as in the quoted ``don\\'t``, stays too.
    """
    return _TEX.sub(_decoded, text) if "\\" in text else text


def decode_name(name: str) -> str:
    """Return the name of a person as it is printed: accents decoded, ties and protecting braces gone."""
    decoded = decode_accents(name)
    return " ".join(re.sub(r"[{}]", "", decoded.replace("~", " ")).split()) if "\\" in name or "~" in name else name


def _decoded(match: re.Match[str]) -> str:
    if match["formula"]:
        return match[0]
    read = unicodedata.normalize("NFC", _converter().latex_to_text(match["braced"] or match["bare"]))
    return read if len(read) == 1 else match[0]


@cache
def _converter() -> LatexNodes2Text:
    from pylatexenc.latex2text import LatexNodes2Text  # loaded only where there is a backslash: it takes 40 ms

    return LatexNodes2Text()
