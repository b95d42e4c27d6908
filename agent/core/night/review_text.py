"""The Markdown that a reviewer reads: the body of the pull request, and the text beside a patch.

Paper text comes in only through the filter ``plain``: it never pings, links issues, renders HTML or breaks the table.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from agent.core.arxiv.ids import abs_url
from agent.core.escaping import as_plain_markdown
from agent.core.night.buckets import why_it_waits
from agent.core.survey.taxonomy import Taxonomy
from agent.records import NO_LEAF, ByHand, Draft, Judgment, Paper, Record, RunReport

MAX_LENGTH: Final = 65_536 - 4_096
"""Characters GitHub takes in a pull request body (the API answers 422 above it), less the delivery's own marks."""


class Waiting(Record):
    """A paper in the queue: relevant, but not drafted."""

    paper: Paper
    judgment: Judgment


_IN_PULL_REQUEST: Final = """\
**Yes**: leave the line. **No**: delete the line. **Elsewhere**: move the line to another section. \
In the pull request, the comments `/triage no ID`, `/triage move ID SECTION` and \
`/triage draft ID` (from the queue) do the same.
"""
_IN_PATCH: Final = """\
**Yes**: apply the patch, and leave the line. **Elsewhere**: move the line to another section. \
**No**: refuse it with `triage review`, which remembers it. A line that is only deleted is proposed again: a patch \
holds every draft that nobody has decided on.
"""
_TEMPLATE: Final = """\
# {{ title }}

{{ drafts | length }} draft{{ "" if drafts | length == 1 else "s" }} to review. {{ report.listed }} papers were listed\
{% if report.window["from"] %} ({{ report.window["from"] }} to {{ report.window["to"] }}){% endif %}; \
judge {{ report.judge.name }} `{{ report.judge.model }}`, prompt `{{ report.judge.prompt }}`, \
`{{ report.judge.taxonomy }}`.

{{ how }}
{% if short %}
{{ short | length }} earlier draft{{ "" if short | length == 1 else "s" }} in short, for want of room; \
the commits of the pull request hold their quotes:

{% for draft in short %}
{{ loop.index }}. [{{ draft.title | plain }}]({{ url(draft.paper_id) }}) `{{ draft.paper_id }}` · \
**{{ leaf(draft.section).label }}** · score {{ "%.2f" | format(draft.score) }}
{% endfor %}

{% endif %}
{% for draft in drafts[short | length:] %}
### {{ short | length + loop.index }}. [{{ draft.title | plain }}]({{ url(draft.paper_id) }})

{{ authors(draft) | plain }} · `{{ draft.paper_id }}` · announced {{ draft.announced }} \
· score {{ "%.2f" | format(draft.score) }}

**{{ leaf(draft.section).label }}**: {{ leaf(draft.section).definition | trim }}

{% for quote in draft.evidence %}
> {{ quote | plain }}

{% endfor %}
{% if draft.flag %}
- ⚠ {{ draft.flag | plain }}
{% endif %}
{% if draft.operation %}
- What it does: {{ draft.operation | plain }}
{% endif %}
- Why: {{ draft.reason | plain }}
{% if draft.runner_up %}
- Runner-up: {{ label(draft.runner_up) }}
{% endif %}
{% if draft.nearest %}
- Nearest there: {{ draft.nearest | map("plain") | join("; ") }}
{% endif %}

{% endfor %}
{% if queue_length %}
<details><summary>Queue: {{ queue_length }} relevant papers that are not drafted</summary>

| score | paper | section | why it waits |
|---|---|---|---|
{% for item in queue %}
| {{ "%.2f" | format(item.judgment.score) }} \
| [{{ item.paper.title | plain }}]({{ url(item.paper.id) }}) `{{ item.paper.id }}` \
| {{ label(item.judgment.primary) }} | {{ why(item) | plain }} |
{% endfor %}

{% if queue | length < queue_length %}
{{ queue_length - queue | length }} more are left out for want of room; `triage status` knows them.

{% endif %}
</details>

{% endif %}
**Coverage**
{% for day, rows in report.coverage | groupby("day") %}
- {{ day }}: {% for row in rows %}{{ row.category }} {{ row.listed }}{% if not row.complete %} \
**incomplete** ({{ (row.reason or "no reason given") | plain }}){% endif %}{{ "" if loop.last else ", " }}{% endfor %}

{% else %}
- nothing was announced
{% endfor %}
{% for failure in report.failures[:failures_shown] %}
- failed: `{{ failure.paper_id }}` {{ failure.reason | plain }}
{% endfor %}
{% if report.failures | length > failures_shown %}
- and {{ report.failures | length - failures_shown }} more failed
{% endif %}
{% for note in report.notes %}
- {{ note | plain }}
{% endfor %}

**Cost**: {{ report.cost.calls }} calls, {{ report.cost.input_tokens }} input tokens \
({{ report.cost.cached_input_tokens }} cached), {{ report.cost.output_tokens }} output tokens, \
{{ "price unknown" if report.cost.usd is none else "$%.4f" | format(report.cost.usd) }}
"""

FAILURES_SHOWN: Final = 20


def render(report: RunReport, taxonomy: Taxonomy, drafts: Sequence[Draft], queue: Sequence[Waiting]) -> str:
    """Return the review text of all undecided drafts, at most ``MAX_LENGTH`` as long as hundreds of drafts allow.

    The queue is cut first; if the drafts alone are longer, the oldest are told in one line each. It says both.
    """
    labels = taxonomy.labels | {NO_LEAF: "no section fits"}

    def text(left_out: int, short: int) -> str:
        return _template().render(
            title=title(drafts),
            how=_IN_PULL_REQUEST,
            report=report,
            drafts=drafts,
            short=drafts[:short],
            queue=queue[: len(queue) - left_out],
            queue_length=len(queue),
            failures_shown=FAILURES_SHOWN,
            leaf=taxonomy.leaf,
            label=lambda leaf_id: labels.get(leaf_id, "-"),
            url=abs_url,
            authors=_authors,
            why=lambda waiting: why_it_waits(waiting.paper, waiting.judgment, taxonomy.leaf_ids),
        )

    left_out = _least(len(queue), lambda number: len(text(number, 0)) <= MAX_LENGTH)
    return text(left_out, _least(len(drafts), lambda number: len(text(left_out, number)) <= MAX_LENGTH))


def _least(most: int, fits: Callable[[int], bool]) -> int:
    """Return the least number that fits, ``most`` if none does."""
    return 0 if fits(0) else bisect_left(range(most), True, lo=min(1, most), key=fits)


@cache
def _template() -> Template:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["plain"] = lru_cache(maxsize=4096)(
        as_plain_markdown
    )  # a text that is too long is rendered several times
    return environment.from_string(_TEMPLATE)


def title(drafts: Sequence[Draft]) -> str:
    """Return the title of the pull request."""
    days = sorted({draft.announced for draft in drafts})
    if not days:
        return "Triage: no drafts"
    span = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"Triage: {len(drafts)} draft{'' if len(drafts) == 1 else 's'} for {span}"


def _authors(draft: Draft) -> str:
    shown = ", ".join(draft.authors[:3])
    return f"{shown} et al." if len(draft.authors) > 3 else shown or "authors unknown"


def for_patch(body: str) -> str:
    """Return the review text of a pull request as that of a patch, whose reviewers say no in another way."""
    return body.replace(_IN_PULL_REQUEST, _IN_PATCH, 1)


def with_hand_insertions(body: str, by_hand: Sequence[ByHand]) -> str:
    """Return the review text with the entries that a person has to insert, each as a block to copy."""
    if not by_hand:
        return body
    blocks = [
        f"`{one.paper_id}` into `{one.leaf}`: {as_plain_markdown(one.reason)}\n\n{_indented(one.entry)}\n"
        for one in by_hand
    ]
    return f"{body.rstrip()}\n\n## To insert by hand\n\n" + "\n".join(blocks)


def _indented(entry: str) -> str:
    return "\n".join(f"    {line}" for line in entry.split("\n"))
