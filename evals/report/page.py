"""One self-contained HTML page of an evaluation: tables, figures, the most confident mistakes with quote and reason,
cost.

Everything a paper says is escaped by the template; the page loads nothing and runs no script.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from agent.core.survey.taxonomy import Taxonomy
from agent.errors import ConfigError
from agent.records import Judgment, Record
from evals import results
from evals.compare import Comparison
from evals.report import tables
from evals.report.learning import read_curve
from evals.result import EvalResult
from evals.run import Asked, Evaluation
from evals.scoring import metrics

TEMPLATES = Path(__file__).parent
PAGE = "report.html"
MISTAKES = 20


class Mistake(Record):
    """A judgment that the gold label contradicts. ``sure`` is how far the score is from undecided, in [0, 1]."""

    id: str
    title: str
    said: str
    label: str
    sure: float
    quote: str
    reason: str


def check_ready(folder: Path) -> None:
    """Make the folder of a page. Raises ConfigError when the page could not be written there, or its figures not be
    drawn (matplotlib is in the extra ``report``)."""
    try:
        from evals.report import figures  # noqa: F401
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"--report: {error.name} is not installed, which draws the plots: pip install 'paper-triage[report]', or "
            "pip install '.[report]' in a clone of the program"
        ) from None
    with _designed_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass


def write_page(
    folder: Path,
    evaluation: Evaluation,
    taxonomy: Taxonomy,
    baselines: Sequence[EvalResult] = (),
    comparison: Comparison | None = None,
) -> Path:
    """Write the page into the folder, which ``check_ready`` made, and return its path.

    ``baselines`` are results on the same papers, shown beside. Raises ConfigError when it cannot be written.
    """
    page = folder / PAGE
    text = render(evaluation, taxonomy, baselines, comparison)
    with _designed_errors(folder):
        page.write_text(text, encoding="utf-8")
    return page


@contextmanager
def _designed_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"--report {folder}: cannot be written: {error.strerror}; give a folder that can") from None


def render(
    evaluation: Evaluation, taxonomy: Taxonomy, baselines: Sequence[EvalResult], comparison: Comparison | None
) -> str:
    """Return the page as text."""
    result = evaluation.result
    shown = [result, *baselines]
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters["show"] = tables.show
    return environment.get_template("report.html.j2").render(
        title=tables.title(result),
        result=result,
        placement=tables.placement_rows(shown),
        groups=tables.group_rows(result),
        relevance=tables.relevance_rows(shown),
        days=tables.day_rows(result),
        retrospective=tables.retrospective_rows(shown),
        figures={name: Markup(svg) for name, svg in _figures(result, taxonomy).items()},
        mistakes=mistakes(evaluation),
        comparison=comparison,
    )


def mistakes(evaluation: Evaluation) -> list[Mistake]:
    """Return the most confident mistakes, surest first: relevance then placement, half of each where there are
    enough."""
    placed = _surest(evaluation.placed, _misplaced(evaluation.result))
    ranked = _surest(evaluation.ranked, _misjudged(evaluation.result))
    ranked = ranked[: max(MISTAKES // 2, MISTAKES - len(placed))]
    return ranked + placed[: MISTAKES - len(ranked)]


def _misplaced(result: EvalResult) -> list[tuple[str, str, str]]:
    """Return (key, what was said, what is listed) of each headline paper whose first leaf does not list it."""
    items = result.placement.items if result.placement else ()
    return [
        (item.key, ", ".join(item.top), ", ".join(item.gold)) for item in items if not {*item.top[:1]} & {*item.gold}
    ]


def _misjudged(result: EvalResult) -> list[tuple[str, str, str]]:
    """Return (id, what was said, the label) of each paper that was judged in scope and is not, or the other way
    round."""
    items = result.relevance.items if result.relevance else ()
    return [
        (item.id, f"grade {item.grade}", f"grade {item.gold}")
        for item in items
        if item.grade is not None and (item.grade >= metrics.IN_SCOPE) != (item.gold >= metrics.IN_SCOPE)
    ]


def _surest(asked: Asked, wrong: Sequence[tuple[str, str, str]]) -> list[Mistake]:
    """Turn wrong judgments into mistakes, surest first. A failure said nothing: it is no mistake."""
    judged = [(asked.outcomes[key], key, said, label) for key, said, label in wrong]
    found = [_mistake(asked, key, each, said, label) for each, key, said, label in judged if isinstance(each, Judgment)]
    return sorted(found, key=lambda each: (-each.sure, each.id))


def _mistake(asked: Asked, key: str, judgment: Judgment, said: str, label: str) -> Mistake:
    return Mistake(
        id=key,
        title=asked.papers[key].title,
        said=said,
        label=label,
        sure=abs(judgment.score - 0.5) * 2,
        quote=" […] ".join(judgment.evidence),
        reason=judgment.reason,
    )


def _figures(result: EvalResult, taxonomy: Taxonomy) -> dict[str, str]:
    from evals.report import figures

    drawn = {}
    if result.placement:
        items = [*result.placement.items, *(item for part in result.placement.apart.values() for item in part.items)]
        drawn["confusion"] = figures.confusion(items, taxonomy.leaf_ids)
        drawn["per_section"] = figures.per_section(result.placement.per_section)
    if result.relevance:
        drawn["reliability"] = figures.reliability(result.relevance.calibration)
        drawn["risk_coverage"] = figures.risk_coverage(result.relevance.calibration)
    if result.judge.name == "local" and results.is_of_this_list(result) and (curve := read_curve()):
        drawn["learning_curve"] = figures.learning_curve(curve)
    return drawn
