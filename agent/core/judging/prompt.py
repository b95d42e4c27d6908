"""What a model is asked: a versioned prompt file, filled once with the taxonomy and each time with one fenced paper."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment

from agent.core.survey import yaml_files
from agent.core.survey.taxonomy import Taxonomy
from agent.errors import ConfigError
from agent.records import NO_LEAF, Paper, Record

STATIC_NAMES = ("taxonomy", "no_leaf")
PAPER_NAMES = ("paper", "examples", "fence")

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
        r"[^.]{0,30}\b(core|in.scope|relevant|relevance|accept\w*|highest|top|maximum|best|positive\w*|leaf|section)\b",
    ),
    (
        "asks for a verdict",
        r"\bthis (paper|work|submission|article|manuscript)\b[^.]{0,15}\b(must|has to|should|shall|needs to)( always)? "
        r"be (listed|accepted|included|marked|rated|graded|scored|classified|judged|labell?ed|placed)\b"
        r"|\b(relevance|verdict|grade|score)\b\W{1,4}(is |must be |should be |to )?[\"'`]?(core|in_scope)\b",
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
        r"[{,]\s{0,9}\\?[\"'](relevance|leaves|secondary|grade|primary|evidence|score|tier|operation|verdict|bucket)"
        r"\\?[\"']\s{0,9}:",
    ),
    (
        "encoded text",
        r"(?<![\w/.:=?&-])(?=[A-Za-z+/]*\d)[A-Za-z0-9+]{48,}={0,2}|(\\x[0-9a-f]{2}){8,}|(%[0-9a-f]{2}){8,}",
    ),
)
"""What a person should see flagged: (what it looks like, pattern). Matched without case, also on normalised text."""

_PATTERNS = tuple((why, re.compile(pattern, re.IGNORECASE)) for why, pattern in SUSPICIONS)

_environment = SandboxedEnvironment(
    autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
)


class Example(Record):
    """An entry of the list that is near the paper. ``operation`` is null when nothing is known but the title."""

    title: str
    operation: str | None = None
    section: str


class _PromptFile(Record):
    version: str
    changed: str
    static: str
    paper: str


class Prompt(_PromptFile):
    """A prompt file. ``digest`` is twelve hex digits of sha256 over its bytes."""

    digest: str

    @property
    def name(self) -> str:
        """``version@digest``, as it stands in ``JudgeIdentity.prompt``."""
        return f"{self.version}@{self.digest}"


def parse(text: str, where: str = "prompt") -> Prompt:
    """Read a prompt from the text of its file, which messages call ``where``.

    Raises ConfigError, one line, for text that is not YAML, an unknown or missing key, a template that is not Jinja,
    and a variable that does not exist.
    """
    file = yaml_files.read(_PromptFile, where, text)
    for key, template, names in (("static", file.static, STATIC_NAMES), ("paper", file.paper, PAPER_NAMES)):
        try:
            used = meta.find_undeclared_variables(_environment.parse(template))
        except TemplateError as error:
            raise ConfigError(f"{where}: {key} is no Jinja template: {_one_line(error)}") from None
        if unknown := sorted(used - set(names)):
            raise ConfigError(f"{where}: {key} uses unknown variable {unknown[0]!r}; allowed: {', '.join(names)}")
    return Prompt(**file.model_dump(), digest=hashlib.sha256(text.encode()).hexdigest()[:12])


def render_static(prompt: Prompt, taxonomy: Taxonomy) -> str:
    """Return the text that is the same for every paper. Raises ConfigError for a name the taxonomy does not have."""
    return _render(prompt, "static", prompt.static, taxonomy=taxonomy, no_leaf=NO_LEAF)


def render_paper(prompt: Prompt, paper: Paper, examples: Sequence[Example]) -> str:
    """Return the text about one paper, its words verbatim between two lines that carry the fence."""
    return _render(prompt, "paper", prompt.paper, paper=paper, examples=examples, fence=fence(paper))


def messages(prompt: Prompt, static: str, paper: Paper, examples: Sequence[Example]) -> list[dict[str, str]]:
    """Return the chat: ``static`` (from ``render_static``, rendered once) as system, the paper as user."""
    return [
        {"role": "system", "content": static},
        {"role": "user", "content": render_paper(prompt, paper, examples)},
    ]


def fence(paper: Paper) -> str:
    """Return the code of the lines around the paper: a digest of what stands between them.

    A paper that wanted to close its own fence would have to contain the sha256 of itself.
    """
    inside = "\0".join((paper.id, paper.title, " ".join(paper.categories), paper.comment or "", paper.abstract))
    return hashlib.sha256(inside.encode("utf-8", "surrogatepass")).hexdigest()[:16]


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


def _render(prompt: Prompt, key: str, template: str, **names: object) -> str:
    try:
        return _template(template).render(**names)
    except TemplateError as error:
        raise ConfigError(f"prompt {prompt.version}: {key} cannot be filled: {_one_line(error)}") from None


@cache
def _template(text: str) -> Template:
    """Compile a template once: it is filled for every paper."""
    return _environment.from_string(text)


def _one_line(error: TemplateError) -> str:
    return " ".join(str(error).split())
