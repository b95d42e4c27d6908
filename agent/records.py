"""The records that travel between the parts: frozen, and without any behaviour that touches the world."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

NO_LEAF = "NO_LEAF"
"""The leaf of a paper that is in scope but has no home in the taxonomy."""

Grade = Literal[0, 1, 2, 3]
"""Relevance: 0 out, 1 adjacent, 2 in scope by the letter, 3 core."""

Score = Annotated[float, Field(ge=0, le=1)]


class Record(BaseModel):
    """Base of all our own records: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paper(Record):
    """One announced paper. ``id`` is the base arXiv id, without its version."""

    id: str
    version: int = 1
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    announced: date
    published: date | None = None
    comment: str | None = None
    doi: str | None = None
    journal_ref: str | None = None
    withdrawn: bool = False


class EntryRef(Record):
    """One place where the catalog lists a paper: the line (1-based) is the key to the catalog."""

    line: int
    section_id: str
    entry_title: str


class PaperRecord(Record):
    """The knowledge of ``triage sync`` about one thing the catalog lists; null ``title`` and ``abstract``: not
    resolved.
    """

    key: str
    title: str | None
    abstract: str | None
    authors: tuple[str, ...] = ()
    arxiv_id: str | None = None
    categories: tuple[str, ...] = ()
    published: date | None = None
    entries: tuple[EntryRef, ...] = ()


class Label(Record):
    """An annotator's reading of one paper: ``primary`` is a leaf id, ``NO_LEAF``, or null when it has none.

    ``reader``: "model" where a model read the paper, so that the label counts as a judgment of that model. ``chosen``:
    the paper was labelled because it looked relevant, neither at random nor as part of a whole night.
    """

    id: str
    grade: Grade
    primary: str | None
    secondary: tuple[str, ...] = ()
    reader: str | None = None
    chosen: bool = False


class EvalEntry(Record):
    """One paper with the leaves that are right for it. ``abstract`` is null when there is none."""

    key: str
    title: str
    abstract: str | None
    section_ids: tuple[str, ...]


class Summary(Record):
    """A catalog paper (without abstract) and our own words on it, null when it has not been summarised."""

    record: PaperRecord
    summary: str | None
    operation: str | None


class InventedPaper(Record):
    """A paper that nobody wrote, as an example of what belongs in a leaf."""

    leaf: str
    title: str
    abstract: str


class Entry(Record):
    """One entry of the catalog, as printed. ``line`` and ``end_line`` are 1-based and inclusive."""

    line: int
    end_line: int
    section_id: str
    title: str
    url: str | None = None
    authors: tuple[str, ...] = ()
    venue: str | None = None
    year: int | None = None
    raw: str


class JudgeIdentity(Record):
    """The judge with all that shaped its answer: a score always points to the text that made it.

    ``prompt`` and ``taxonomy`` are ``name@digest``; a judge without a prompt has ``prompt = "-"``.
    """

    name: str
    model: str
    prompt: str
    taxonomy: str


Usd = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""US dollars, exact: a sum does not depend on the order in which answers arrive. A number in JSON."""


class Usage(Record):
    """Tokens and money of some calls. ``usd`` is null when the price of the model is not known."""

    calls: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    usd: Usd | None = Decimal(0)


class Judgment(Record):
    """A valid verdict on one paper.

    ``primary`` is a leaf id, ``NO_LEAF``, or null for a paper judged out without a leaf; ``top`` holds up to three
    ranked leaves, ``primary`` first. ``evidence`` holds only quotes that were found verbatim in the abstract.
    ``unsure`` says why a person should decide instead of a draft (null: nothing contested). ``calibrated``: the score
    is itself the chance that the paper is in scope, as checked on graded papers; otherwise it only ranks.
    """

    paper_id: str
    grade: Grade
    score: Score
    primary: str | None
    top: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    operation: str = ""
    evidence: tuple[str, ...] = ()
    reason: str = ""
    unsure: str | None = None
    calibrated: bool = False
    judge: JudgeIdentity


class Failure(Record):
    """A paper without a valid judgment, and why. Never a wrong label, never dropped."""

    paper_id: str
    reason: str


class Bucket(StrEnum):
    """The buckets: a listed paper ends in exactly one of them."""

    KNOWN = "known"
    REPEAT = "repeat"
    OFF_CATEGORY = "off_category"
    DRAFTED = "drafted"
    QUEUED = "queued"
    REJECTED = "rejected"
    FAILED = "failed"
    BATCHED = "batched"
    """Asked about in a batch that is not finished: a later run puts it into another bucket."""


class Draft(Record):
    """A proposed entry, with all that its reviewer needs.

    ``entry`` is the text of the whole line to insert, without line end, into ``section`` (a leaf, in words
    ``heading``). ``runner_up`` is the second leaf (null: none), ``nearest`` holds titles already listed in the
    section, ``flag`` says what looks like an attempt to instruct the judge (null: nothing).
    """

    paper_id: str
    title: str
    section: str
    heading: str = ""
    secondary: tuple[str, ...] = ()
    score: Score
    entry: str
    evidence: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    announced: date
    operation: str = ""
    reason: str = ""
    runner_up: str | None = None
    nearest: tuple[str, ...] = ()
    flag: str | None = None
    judge: JudgeIdentity


SAVED_LISTING = "file"
"""The ``source`` of coverage rows of a saved listing, which say nothing of arXiv itself."""


class DecisionKind(StrEnum):
    """The ends of a draft. ``edited`` and ``moved`` are accepted too: someone took the trouble to put it right."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MOVED = "moved"
    EDITED = "edited"
    PROMOTED = "promoted"
    """Someone asks for an entry of a paper that no draft was made of."""
    UNDECIDED = "undecided"
    """The line stands as it was drafted, or its branch was deleted under it: forget any earlier decision."""


class Decision(Record):
    """One person's decision. ``section`` is the leaf in which the entry stands, null when there is none.

    ``by`` is a login, null when only the result is known; ``note`` says how it was seen, for ``edited`` the new text.
    ``entry`` is the text that a reviewer typed for the list (null: as it was drafted). ``unlisted``: it was accepted on
    the review page and the list was not seen to have it yet, so every delivery goes on proposing it.
    """

    paper_id: str
    kind: DecisionKind
    section: str | None = None
    by: str | None = None
    note: str = ""
    entry: str | None = None
    unlisted: bool = False


class Coverage(Record):
    """A source's knowledge of one announcement day in one category. ``reason`` says why a day is incomplete."""

    day: date
    category: str
    source: str
    listed: int
    complete: bool
    reason: str | None = None


class Listing(Record):
    """The findings of a source: papers once each, and how complete the days are. ``notes`` are for the report."""

    papers: tuple[Paper, ...]
    coverage: tuple[Coverage, ...]
    notes: tuple[str, ...] = ()


class Window(Record):
    """Announcement dates, both inclusive. A null end is open."""

    since: date | None = None
    until: date | None = None


class DayCoverage(Record):
    """One row of the report's coverage."""

    day: date
    category: str
    listed: int
    complete: bool
    reason: str | None = None


class ByHand(Record):
    """A paper that could not be inserted: ``entry`` is what to insert by hand into ``leaf``, ``reason`` says why."""

    paper_id: str
    leaf: str
    entry: str
    reason: str


class Delivered(Record):
    """The place that drafts went to: a file, a pull request, or (both null) nowhere.

    ``by_hand`` are those that a person has to insert; the review text shows them. ``notes`` say what could not be done
    without being a failure, such as a label that was refused.
    """

    patch: str | None = None
    pr_url: str | None = None
    notes: tuple[str, ...] = ()
    by_hand: tuple[ByHand, ...] = ()


class RunReport(Record):
    """The account of one run: the object that ``triage run --json`` prints."""

    run_id: str
    source: str
    judge: JudgeIdentity
    window: dict[str, date | None]
    listed: int
    buckets: dict[Bucket, int]
    drafts: tuple[Draft, ...]
    coverage: tuple[DayCoverage, ...]
    cost: Usage
    patch: str | None = None
    pr_url: str | None = None
    judgments: str | None = None
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    by_hand: tuple[ByHand, ...] = ()
    undelivered: str | None = None

    @property
    def partial(self) -> bool:
        """Whether something is missing: a day incomplete, papers without a judgment, entries to insert by hand."""
        return bool(self.failures or self.by_hand) or any(not row.complete for row in self.coverage)
