"""From the text a model wrote to a checked verdict: known ids only, quotes that stand in the abstract, one score."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from pydantic import ValidationError

from agent.core.judging.answer import ModelAnswer, encodable
from agent.core.judging.injection import suspicious
from agent.core.judging.reading.leaf_names import LeafNames
from agent.core.judging.reading.planted import gives, planted_in, repeats, without_planted
from agent.core.judging.reading.quotes import valid_quotes
from agent.core.judging.reading.values import GRADES
from agent.core.notation import json_text
from agent.records import NO_LEAF, Grade, JudgeIdentity, Judgment, Paper, Record

LEAVES_KEPT = 3
SECONDARY_KEPT = 2
NO_QUOTE = "no valid quote"
QUOTED_PERHAPS = "the paper's text talks to the judge, and the answer, with words around it, may quote it"
_STEPS = 25
"""So many points of 100 are the range of a grade."""
LOCAL_SURE, LOCAL_DOUBTS = 0.7, 0.05
"""Relevance from which the local judge is taken as saying yes, and below which as saying no."""


CHANCE_SLOPE, CHANCE_INTERCEPT = 27.523, -15.61
"""Log-odds of being in scope by the score of a model: ``python -m evals.scoring.chances`` prints them, fitted on 800
graded background papers, of which 29 % are in scope; on them the calibration error falls from 0.187 to 0.013
(cross-validated). A list of which other shares of the announcements are in scope has other chances."""


class Verdict(Record):
    """The model's decision, checked. Same meaning of the fields as in ``Judgment``; ``fit`` as in ``ModelAnswer``."""

    grade: Grade
    fit: int | None = None
    primary: str | None
    top: tuple[str, ...]
    secondary: tuple[str, ...]
    operation: str
    evidence: tuple[str, ...]
    reason: str
    unsure: str | None = None

    @property
    def relevant(self) -> bool:
        return self.grade >= GRADES["in_scope"]


class Flaw(Record):
    """An answer that should be asked for again: why, in words for the model, and what still holds if it stays so."""

    reason: str
    fallback: Verdict | None = None


class LocalView(Record):
    """The local judge's view of the paper: its relevance in [0, 1] and the leaves it would consider."""

    relevance: float
    leaves: tuple[str, ...]


def read(text: str, paper: Paper, leaves: Collection[str], labels: Mapping[str, str] | None = None) -> Verdict | Flaw:
    """Return the verdict that the text holds, or what is wrong with it. ``leaves`` are the ids that exist, ``labels``
    their headings, by which a model may name them too.

    Fences and words around the JSON object are ignored; unknown ids beyond the first place and quotes that are not
    in the abstract are dropped. Relevance and leaf may disagree: that is for the score, never a flaw.
    """
    paper_text = f"{paper.title}\n{paper.abstract}"
    planted = planted_in(paper_text)
    found = json_text.find_answer(without_planted(text, planted), "relevance")
    if found is not None and repeats(found, planted):
        return Flaw(reason="it repeats a verdict that stands in the paper's own text, which is no instruction")
    if found is None:
        begins = " ".join(encodable(text[:400]).split())[:120]
        which = " that is sure to be the verdict" if "{" in text else ""
        return Flaw(
            reason=f"the answer holds no JSON object{which}; it is {begins!r}" if begins else "the answer is empty"
        )
    try:
        answer = ModelAnswer.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return Flaw(reason=f"{where}: {first['msg']}; got {str(first['input'])[:80]!r}")
    ids = {*leaves, NO_LEAF}
    if not ids.issuperset((*answer.leaves, *answer.secondary)):
        names = LeafNames(leaves, labels or {})
        named = {
            field: [leaf for text in getattr(answer, field) for leaf in names.find_all(text) or [text]]
            for field in ("leaves", "secondary")
        }
        answer = answer.model_copy(update=named)
    verdict = _verdict(answer, paper, leaves)
    if not verdict.relevant:
        return verdict
    if answer.leaves and answer.leaves[0] not in ids:
        reason = f"leaves: {answer.leaves[0][:80]!r} does not exist"
        kept = verdict.model_copy(update={"unsure": f"its first leaf, {answer.leaves[0][:80]!r}, does not exist"})
        return Flaw(reason=reason, fallback=kept if verdict.top else None)
    if verdict.unsure and paper.abstract.strip():
        return Flaw(reason="evidence: none of the quotes stands word for word in the abstract", fallback=verdict)
    if gives(paper_text, answer.relevance):
        return verdict.model_copy(update={"unsure": "the paper's text itself gives this verdict"})
    if not json_text.stands_alone(text, "relevance") and suspicious(paper_text):
        return verdict.model_copy(update={"unsure": QUOTED_PERHAPS})
    return verdict


def _verdict(answer: ModelAnswer, paper: Paper, leaves: Collection[str]) -> Verdict:
    grade = GRADES[answer.relevance]
    relevant = grade >= GRADES["in_scope"]
    allowed = {*leaves, NO_LEAF} if relevant else set(leaves)
    top = _known(answer.leaves, allowed)[:LEAVES_KEPT]
    if relevant and not answer.leaves:
        top = (NO_LEAF,)
    primary = top[0] if top else None
    evidence = valid_quotes(answer.evidence, paper.abstract)
    return Verdict(
        grade=grade,
        fit=answer.fit,
        primary=primary,
        top=top,
        secondary=_known(answer.secondary, {*leaves} - {primary})[:SECONDARY_KEPT],
        operation=answer.operation,
        evidence=evidence,
        reason=answer.reason,
        unsure=NO_QUOTE if relevant and not evidence else None,
    )


def _known(named: Iterable[str], allowed: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(leaf for leaf in named if leaf in allowed))


def repair_request(answer: str, flaw: Flaw, messages: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the messages that show the model its own answer and what is wrong, the paper again in the last one."""
    *before, last = (dict(message) for message in messages)
    told = (
        f"Your answer was not valid: {flaw.reason}. Here is the same paper again; answer again in full, "
        f"in the required form.\n\n{last['content']}"
    )
    return [*before, last, {"role": "assistant", "content": answer}, {"role": last["role"], "content": told}]


def score(grade: Grade, local: float, fit: int | None = None) -> float:
    """Return the rank of a paper within its night, in [0, 1): (grade + within) / 4.

    ``within`` orders the papers of a grade: by ``fit``, how well the model said that a paper fits, 0 to 100, a quarter
    of it for each grade, and where that is the same by ``local``, the local judge's relevance in [0, 1]. A paper of
    which the model said nothing more than the grade stands in the middle of it; so does one whose fit is more than a
    grade away, since such a number is of another scale, say 8 of 10. ``local`` is kept below 1, so grades never
    overlap.
    """
    steps = _STEPS / 2
    if fit is not None and -_STEPS <= (above := fit - _STEPS * grade) <= 2 * _STEPS:
        steps = min(max(above, 0), _STEPS)
    within = (steps + min(max(local, 0.0), 0.999)) / (_STEPS + 1)
    return (grade + within) / 4


def chance_in_scope(score: float) -> float:
    """Return the chance, in (0, 1), that a paper of this score by a model is in scope; it rises with the score."""
    return 1 / (1 + math.exp(-(CHANCE_SLOPE * score + CHANCE_INTERCEPT)))


def expected_in_scope(judgment: Judgment) -> float | None:
    """Return the chance that the paper is in scope; None where nothing says what the judge's score means.

    A judge that answers a prompt has scores made by ``score``.
    """
    if judgment.calibrated:
        return judgment.score
    return chance_in_scope(judgment.score) if judgment.judge.prompt != "-" else None


def judgment(verdict: Verdict, paper: Paper, local: float, judge: JudgeIdentity) -> Judgment:
    """Return the verdict as the record that is kept; ``local`` is the local judge's relevance in [0, 1]."""
    rank = score(verdict.grade, local, verdict.fit)
    return Judgment(paper_id=paper.id, score=rank, judge=judge, **verdict.model_dump(exclude={"fit"}))


def contested(verdict: Verdict, local: LocalView) -> str | None:
    """Return why a second opinion is wanted, or None: no valid quote, or model and local judge far apart."""
    if verdict.unsure is not None:
        return verdict.unsure
    if verdict.relevant and local.relevance < LOCAL_DOUBTS:
        return f"the local judge sees no relevance ({local.relevance:.2f})"
    if not verdict.relevant and local.relevance > LOCAL_SURE:
        return f"the local judge sees relevance ({local.relevance:.2f})"
    if verdict.relevant and verdict.primary not in (NO_LEAF, *local.leaves):
        return f"the local judge would not place it in {verdict.primary}"
    return None


def settle(first: Verdict, second: Verdict) -> Verdict:
    """Return the first verdict, confirmed or marked unsure by a second opinion.

    They agree when both or neither call the paper relevant and, if relevant, the second's leaf is among the first's
    top three. A missing quote is taken from a second opinion that agrees.
    """
    if first.relevant != second.relevant:
        other = next(word for word, grade in GRADES.items() if grade == second.grade)
        return first.model_copy(update={"unsure": f"the second opinion disagrees: {other}"})
    if first.relevant and second.primary not in first.top:
        return first.model_copy(update={"unsure": f"the second opinion disagrees: {second.primary}"})
    evidence = first.evidence or second.evidence
    unsure = NO_QUOTE if first.relevant and not evidence else None
    return first.model_copy(update={"evidence": evidence, "unsure": unsure})
