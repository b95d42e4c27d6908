"""What the review page shows, as HTML. Everything a paper or a judge says is escaped by the templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agent.core.arxiv.ids import abs_url
from agent.core.escaping import one_line
from agent.core.night.buckets import why_it_waits
from agent.core.survey.taxonomy import Taxonomy
from agent.records import NO_LEAF, Draft, Judgment, Label, Paper, Record


class Item(Record):
    """One paper on the page. ``draft`` and ``judgment`` are null where the judge's view is not shown.

    ``label`` is null for a paper that is not labelled yet.
    """

    paper: Paper
    draft: Draft | None = None
    judgment: Judgment | None = None
    label: Label | None = None


class Night(Record):
    """How far the labelling of one announcement day is."""

    day: date
    judged: int
    labelled: int


class Inbox(Record):
    """What waits for a person. ``pull_request`` is where the drafts are decided instead of here (null: here)."""

    drafts: tuple[Item, ...]
    queue: tuple[Item, ...]
    refused: tuple[Draft, ...]
    dismissed: tuple[Paper, ...]
    nights: tuple[Night, ...]
    pull_request: str | None


class Secrets(Record):
    """What the page must carry so that its links, forms and style are known as its own."""

    token: str
    form_token: str
    nonce: str


class Html:
    """Renders the two views over one taxonomy. ``labels`` is the path of the labels file, as the person knows it."""

    def __init__(self, taxonomy: Taxonomy, labels: Path) -> None:
        environment = Environment(
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
        )
        environment.filters["plain"] = one_line
        names = {leaf.id: leaf.label for leaf in taxonomy.leaves} | {NO_LEAF: "in scope, but no section fits"}
        meaning = taxonomy.relevance
        environment.globals.update(
            taxonomy=taxonomy,
            labels_path=str(labels),
            no_leaf=NO_LEAF,
            url=abs_url,
            why_it_waits=lambda item: why_it_waits(item.paper, item.judgment, taxonomy.leaf_ids),
            name=lambda leaf: names.get(leaf, leaf or "no section"),
            definitions={leaf.id: leaf.definition for leaf in taxonomy.leaves},
            grades=(
                ("out", meaning.out),
                ("adjacent", meaning.adjacent),
                ("in scope", meaning.in_scope),
                ("core", meaning.core),
            ),
        )
        self._environment = environment

    def inbox(self, inbox: Inbox, secrets: Secrets) -> str:
        return self._environment.get_template("inbox.html").render(inbox=inbox, secrets=secrets, day=None)

    def night(self, day: date, items: Sequence[Item], secrets: Secrets) -> str:
        """Return the page that labels a whole night, without the judge's view: labels are there to measure it."""
        return self._environment.get_template("night.html").render(day=day, items=items, secrets=secrets)
