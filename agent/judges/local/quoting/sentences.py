"""Tell the sentences of an abstract that state a contribution from those that lead up to it or report results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_BETWEEN: Final = re.compile(r"[.!?]\s+(?=[A-Z(])")


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})", re.IGNORECASE)


_WHO: Final = (
    r"(?:we|(?:this|the present|our) (?:paper|work|study|article|survey|review|report|tutorial|thesis)|"
    r"the (?:authors?|paper|study|article|proposed \w+))"
)
_DOES: Final = (
    r"(?:propose|introduce|present|release|develop|construct|build|create|design|describe|offer|curate|collect|"
    r"contribute|formulate|provide|address|establish|define|survey|review|study|studie|investigate|explore|examine|"
    r"analy[sz]e|evaluate|benchmark|compare|generate|train|employ|extend|argue|formali[sz]e|conduct|assemble|gather|"
    r"annotate|devise|revisit|characteri[sz]e|leverage|adapt|combine|unify|open-source|test|ask|measure|treat|use)"
)
# Every sentence of a night is searched for it: in lower case, ASCII and by first letters it takes a third of the time.
_CONTRIBUTES: Final = re.compile(
    rf"\b(?=[wtoia])(?:{_WHO}\b[^.;]{{0,80}}?\b{_DOES}(?:s|d|ed)?\b|"
    r"(?:is|are) (?:proposed|introduced|presented|released|developed|described)\b)",
    re.ASCII,
)
_RESULT: Final = _words(
    r"(?:experiments?|results?|evaluations?|findings|analys[ei]s|ablations?|empirically)\b[^.]{0,60}\b"
    r"(?:show|demonstrate|reveal|indicate|confirm|suggest|achieve|outperform|highlight)",
    r"(?:code|models?|data|datasets?|benchmark)\b[^.]{0,60}\b(?:available|(?:is|are|be) released)",
    r"(?:we|our \w+|it|which) (?:also |further |then )?(?:find|found|show|observe|demonstrate|achieve|outperform|"
    r"surpass|improve|attain|reach)",
    r"outperform",
    r"surpass",
    r"state-of-the-art",
    r"publicly",
    r"https?://",
    r"\d+(?:\.\d+)?\s?(?:%|percent|points)",
    r"(?:drops?|falls?|rises?|declines?|improves?|shrinks?|grows?) (?:also )?"
    r"(?:considerably|substantially|significantly|markedly|further)\b",
    r"theory shows",
)
# What a third person tells of a work: under a coined name, which is none of the field's, or as what "they" do.
_COINED: Final = re.compile(
    r"[A-Z]\w{0,40}[A-Z]\w{0,40}(?:-\w{1,40})? is an? (?!popular|common|wide|standard|key|promising|powerful|crucial|"
    r"central|critical|growing|major|well)"
)
_THEY: Final = re.compile(rf"They (?:\w+ly |instead |therefore |then |also )?{_DOES}s?\b")
# What "we" did, whatever it is, but what was seen, thought or wished for.
_DEED: Final = re.compile(
    r"\bwe (?!(?:also |further |then |now |still |often |only )*(?:have|had|are|were|be|can|cannot|could|should|must|"
    r"may|might|will|would|do|did|find|found|show|observe|demonstrate|achieve|outperform|surpass|improve|attain|reach|"
    r"note|believe|hope|expect|know|need|see|want|think|live|call|discuss|conclude|highlight|report|discover|confirm|"
    r"verify|validate|prove|obtain|gain|contend|hypothesi[sz]e)(?:e?d|s)?\b)[a-z]",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"(?:(?:the|our|all|source) )*code\b[^,;]*$", re.IGNORECASE)
_OPENING: Final = re.compile(
    r"(?:however|although|while|despite|recent|recently|existing|current|previous|prior|traditional|conventional|many|"
    r"most|as|in recent|large language models|llms|language models|foundation models|with the|motivated by|inspired by|"
    r"the (?:rapid|growing|rise|increasing|ability)|but|yet|unfortunately|moreover, (?:existing|current))\b",
    re.IGNORECASE,
)
_BACKGROUND: Final = _words(
    r"ha(?:ve|s) (?:shown|achieved|demonstrated|become|emerged|made|attracted)\b",
    r"remains? (?:an?|un\w+|underexplored|challeng\w+|difficult|open|limited)\b",
    r"(?:is|are) (?:crucial|essential|critical|important|challenging|difficult|limited)\b",
    r"often (?:fail|suffer|rely|struggle)",
    r"suffer from",
    r"struggles?\b",
    r"fails? to",
    r"little is known",
    r"rely on",
    r"lacks?\b",
)


def split_sentences(abstract: str) -> list[str]:
    """Return the sentences of the abstract verbatim, in order; none of an empty one."""
    text = abstract.strip()
    sentences, start = [], 0
    for each in _BETWEEN.finditer(text):
        if each.start() > start:  # a lone mark is no sentence
            sentences.append(text[start : each.start() + 1])
            start = each.end()
    return [*sentences, text[start:]] if text else []


def says_contribution(sentence: str) -> bool:
    """Say whether the sentence tells what the paper does."""
    return _CONTRIBUTES.search(sentence.lower()) is not None and _CODE.match(sentence) is None


def rank_of(sentence: str, name: str = "") -> int:
    """Return what the sentence is good for as a quote: 0 says what the paper does, 1 tells of something that was done,
    2 is neither, 3 reports a result only, 4 is background or motivation. ``name`` is what the paper calls its own work,
    if that is known: a sentence that starts with it says what the work does."""
    if _CODE.match(sentence):
        return 3
    contributes = says_contribution(sentence)
    named = len(name) > 2 and sentence.startswith(name)
    if _RESULT.search(sentence) and not contributes:
        return 3
    if contributes or named or _COINED.match(sentence) or _THEY.match(sentence):
        return 0
    if _DEED.search(sentence):
        return 1
    return 4 if _OPENING.match(sentence) or _BACKGROUND.search(sentence) else 2


def name_in(title: str) -> str:
    """Return the name before the colon of a title such as ``Sieve: Filtering Crawled Pages``, else an empty text."""
    name, colon, _ = title.partition(":")
    return name.strip() if colon and len(name.split()) <= 3 else ""


def claims(abstract: str) -> Sequence[str]:
    """Return the sentences that say what the paper does; all of them when none says so."""
    sentences = split_sentences(abstract)
    return [each for each in sentences if says_contribution(each)] or sentences
