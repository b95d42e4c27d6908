"""Recognise paper text that talks to the judge instead of to a reader."""

from __future__ import annotations

import re
import unicodedata

HIDDEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f"
"""Soft hyphens, zero-width and bidirectional marks, tag characters: text a reader does not see."""

SUSPICIONS: tuple[tuple[str, str], ...] = (
    ("hidden characters", rf"[{HIDDEN}]"),
    (
        "asks to ignore instructions",
        r"\b(ignore|disregard|forget|override|bypass|skip)\b[^.]{0,40}\b(previous|prior|above|preceding|earlier|all|any|your|"
        r"system|these|the)\b[^.]{0,30}(?<![\w-])(instructions?|prompts?|rules?|directions?|guidelines?|criteria|rubric|text)\b",
    ),
    (
        "asks for a verdict",
        r"\b(mark|rate|grade|score|label|classify|judge|treat|rank|list|accept|recommend|place|put|assign|give|set|return)\b"
        r"[^.]{0,20}\b(this|the present|our) (paper|work|submission|article|manuscript|study|entry|one)\b"
        r"[^.]{0,30}\b(core|in.scope|relevant|relevance|fit|accept\w*|highest|top|maximum|best|positive\w*|leaf|section)\b",
    ),
    (
        "asks for a verdict",
        r"\bthis (paper|work|submission|article|manuscript)\b[^.]{0,15}\b(must|has to|should|shall|needs to)( always)? "
        r"be (listed|accepted|included|marked|rated|graded|scored|classified|judged|labell?ed|placed)\b"
        r"|\b(judges?|reviewers?|graders?|curators?) (must|should|have to|are to|shall) "
        r"(say|answer|output|respond|reply|rate|write|return|grade|mark|choose)\b"
        r"|\b(relevance|verdict|grade|score)\b\W{1,4}(is |must be |should be |to )?[\"'`]?(core|in_scope)\b"
        r"|(\bfit\b\W{1,4}(is |must be |should be )?|\bset\b[^.]{0,20}\bfit (to|at) )[\"'`]?(100|[5-9]\d)\b(?!\s?%)",
    ),
    (
        "speaks to a model",
        r"\b(you are|act as|pretend to be|as an ai)\b[^.]{0,15}\b(an? )?(ai|llm|language model|automated|artificial)\b"
        r"[^.]{0,15}\b(reviewer|judge|curator|maintainer|grader)\b"
        r"|\b(if you are|dear|attention,?|note to( the)?|message (to|for)( the)?|hey,?)\s{1,9}(an? |any |all )?"
        r"(ai|llms?|language models?|reviewer|judge|curator|assistant|chatbot)\b"
        r"|\b(new|updated|real|actual|hidden|secret) (system )?instructions?\s{0,9}:"
        r"|\b(respond|reply|answer|output)\b[^.]{0,10}\bonly\b[^.]{0,20}\b(json|core|yes|the following)\b",
    ),
    (
        "role tags",
        r"<\|[^|<>]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?(system|assistant|user|developer|human|instructions?)\b[^<>]{0,40}>"
        r"|(^|\n|\. )\s{0,9}#{0,6}\s{0,3}(system|assistant|user|developer|human)( message| prompt)?\s{0,9}:",
    ),
    (
        "fake closing fence",
        r"<<<|>>>|(^|\n)\s{0,9}(```|~~~|={5,}|-{5,}|#{3,})|```\s{0,9}(json|end)|<!--"
        r"|</?(paper|abstract|data|document|untrusted|input)>"
        r"|\bend of (the )?(paper|abstract|data|document|untrusted (data|text)|input)\b",
    ),
    (
        "a verdict as JSON",
        r"[{,]\s{0,9}\\?[\"'](relevance|leaves|secondary|grade|primary|evidence|score|fit|tier|operation|verdict|bucket)"
        r"\\?[\"']\s{0,9}:",
    ),
    (
        "encoded text",
        r"(?<![\w/.:=?&-])(?=[A-Za-z+/]*\d)[A-Za-z0-9+]{48,}={0,2}|(\\x[0-9a-f]{2}){8,}|(%[0-9a-f]{2}){8,}",
    ),
)
"""What a person should see flagged: (what it looks like, pattern). Matched without case, also on normalised text."""

_PATTERNS = tuple((why, re.compile(pattern, re.IGNORECASE)) for why, pattern in SUSPICIONS)


def suspicious(paper_text: str) -> str | None:
    """Return why a person should look twice at this text (what it looks like, and the words), or None.

    A flag, not a verdict: research about attacks on models quotes them too.
    """
    plain = unicodedata.normalize("NFKC", re.sub(f"[{HIDDEN}]", "", paper_text))
    for why, pattern in _PATTERNS:
        if found := pattern.search(paper_text) or pattern.search(plain):
            words = " ".join(found.group().split())
            return f"{why}: {words[:60]!a}"
    return None
