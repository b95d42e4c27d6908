"""The question to a model: a versioned prompt file, filled once with the taxonomy, then with one fenced paper."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment
from pydantic import Field

from agent.core.survey import yaml_files
from agent.core.survey.taxonomy import Taxonomy
from agent.errors import ConfigError
from agent.records import NO_LEAF, Paper, Record

STATIC_NAMES = ("taxonomy", "no_leaf", "precedents")
PAPER_NAMES = ("paper", "examples", "fence")

_environment = SandboxedEnvironment(
    autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
)


class Example(Record):
    """An entry of the list that is near the paper. ``operation`` is null when nothing is known but the title."""

    title: str
    operation: str | None = None
    section: str


class Precedent(Record):
    """An entry of the list, as the static part may show it. ``operation`` is null when only the title is known."""

    title: str
    operation: str | None = None


class Precedents(Record):
    """The entries that the list has in one leaf, which is given as id and heading."""

    leaf: str
    entries: tuple[Precedent, ...]


class _PromptFile(Record):
    """``examples``: how many of the nearest entries are shown with a paper. ``fit``: the answer says how well the paper
    fits, within its grade."""

    version: str
    changed: str
    examples: int = Field(6, ge=0, le=50)
    fit: bool = False
    static: str
    paper: str


class Prompt(_PromptFile):
    """A prompt file. ``digest`` is twelve hex digits of sha256 over its bytes."""

    digest: str

    @property
    def name(self) -> str:
        """``version@digest``, as it stands in ``JudgeIdentity.prompt``."""
        return f"{self.version}@{self.digest}"

    @property
    def wants_precedents(self) -> bool:
        """Whether the static part shows the entries of the list."""
        return "precedents" in _variables_of(self.static)


def parse(text: str, where: str = "prompt") -> Prompt:
    """Read a prompt from the text of its file, which messages call ``where``.

    Raises ConfigError, one line, for text that is not YAML, an unknown or missing key, a template that is not Jinja,
    and a variable that does not exist.
    """
    file = yaml_files.read(_PromptFile, where, text)
    for key, template, names in (("static", file.static, STATIC_NAMES), ("paper", file.paper, PAPER_NAMES)):
        try:
            used = _variables_of(template)
        except TemplateError as error:
            raise ConfigError(f"{where}: {key} is no Jinja template: {_one_line(error)}") from None
        if unknown := sorted(used - set(names)):
            raise ConfigError(f"{where}: {key} uses unknown variable {unknown[0]!r}; allowed: {', '.join(names)}")
    return Prompt(**file.model_dump(), digest=hashlib.sha256(text.encode()).hexdigest()[:12])


def render_static(prompt: Prompt, taxonomy: Taxonomy, precedents: Sequence[Precedents] = ()) -> str:
    """Return the text that is the same for every paper. Raises ConfigError for a name the taxonomy does not have."""
    return _render(prompt, "static", prompt.static, taxonomy=taxonomy, no_leaf=NO_LEAF, precedents=precedents)


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


def _render(prompt: Prompt, key: str, template: str, **names: object) -> str:
    try:
        return _template(template).render(**names)
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        # An expression in a template fails as it would in Python: 1 / 0, text + 1.
        raise ConfigError(f"prompt {prompt.version}: {key} cannot be filled: {_one_line(error)}") from None


@cache
def _variables_of(template: str) -> frozenset[str]:
    """Return the names that a template expects to be given. Raises TemplateError for a text that is no template."""
    return frozenset(meta.find_undeclared_variables(_environment.parse(template)))


@cache
def _template(text: str) -> Template:
    """Compile a template once: it is filled for every paper."""
    return _environment.from_string(text)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
