"""The query API: every paper submitted in the window of each announced day, read until arXiv's own count is reached.

Manual: https://info.arxiv.org/help/api/user-manual.html. The ``arxiv`` package builds queries and reads the entries.
The transport under it does what the package leaves out: timeouts, Retry-After, and refusing the answers that would end
a listing early and in silence (an empty or short page, HTML, plain text, cut XML, an error entry).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import arxiv
import requests
from requests.adapters import BaseAdapter

from agent.core.arxiv import coverage
from agent.core.arxiv.categories import is_read
from agent.core.arxiv.ids import base_id, exists_by_form, version_of
from agent.core.arxiv.schedule import announcement_days, latest_day, scheduled_day, submission_window
from agent.core.arxiv.tex import decode_accents, decode_name
from agent.core.papers.publication import says_withdrawn
from agent.errors import SourceError
from agent.records import Listing, Paper, Window
from agent.sources.arxiv.http import ArxivHttp, BadAnswer, RefusedError
from agent.sources.arxiv.xml import NotXml, parse_feed, text_of

PAGE: Final = 200
_READINGS: Final = 3
_REFUSALS: Final = 24
"""Three ids of a hundred are found by so many refusals; more say that it is not a matter of ids."""
_DEAD_AFTER: Final = 2
_YEARS: Final = range(1991, 9999)
"""arXiv opened in 1991; a date at either end of the calendar has no announcement day."""
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_TOTAL: Final = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"


@dataclass
class QueryResult:
    """The result of one query: papers by id (latest version), and what is wrong with it (None: it is whole).

    ``dead`` says that arXiv did not answer at all, as opposed to answering too little.
    """

    papers: dict[str, Paper] = field(default_factory=dict)
    problem: str | None = None
    dead: bool = False


class ArxivQuery:
    """The ``arxiv`` package over a transport of our own. ``url`` is the query endpoint, without parameters."""

    def __init__(self, http: ArxivHttp, url: str, *, page_size: int = PAGE) -> None:
        self._transport = _CheckedTransport(http)
        self._client = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=0)  # ArxivHttp paces and retries
        self._client.query_url_format = f"{url}?{{}}"
        self._client._session.mount("http://", self._transport)  # the only way to give the package a transport
        self._client._session.mount("https://", self._transport)
        self._client._session.trust_env = False  # httpx2 sends, and reads what the environment says of proxies

    def read(self, query: str, *, brief: bool = False) -> QueryResult:
        """Return all papers of a query, oldest submission first; never raises: a part read is kept, with its problem.

        A paper that moves between two pages while they are read is on neither or on both. So the query is read again,
        up to three times, until as many different papers were seen as arXiv says there are. A ``brief`` reading
        has the time of one request, not all patience.
        """
        answer = QueryResult()
        self._transport.begin(brief=brief)
        for _ in range(_READINGS):
            try:
                total = self._read_pages(query, answer.papers)
            except SourceError as error:
                answer.problem = str(error)
                answer.dead = not answer.papers
                break
            if total and len(answer.papers) >= total:
                answer.problem = None
                break
            answer.problem = (
                f"arXiv counts {total} papers, {len(answer.papers)} were found"
                if total
                else "no paper at all on a working day: a holiday, or arXiv is not up to date"
            )
        return answer

    def find_ids(self, ids: Sequence[str]) -> tuple[Paper, ...]:
        """Return the papers that exist among ``ids``, asked in one request per page. Raises SourceError.

        An id that cannot exist is not asked for: arXiv would refuse the whole request, the other ids with it. For one
        that it refuses all the same, the others are asked for by halves.
        """
        found: dict[str, Paper] = {}
        possible = [name for name in ids if exists_by_form(name)]
        for start in range(0, len(possible), self._client.page_size):
            self._find_part(possible[start : start + self._client.page_size], found)
        return tuple(found.values())

    def _find_part(self, ids: Sequence[str], found: dict[str, Paper]) -> None:
        waiting, refusals = [ids], 0
        while waiting:
            part = waiting.pop()
            self._transport.begin()
            try:
                _keep(found, self._results(arxiv.Search(id_list=list(part), max_results=len(part))))
            except RefusedError:
                refusals += 1
                if refusals > _REFUSALS:
                    raise
                middle = len(part) // 2
                waiting += [half for half in (part[middle:], part[:middle]) if 0 < len(half) < len(part)]

    def find(self, query: str, limit: int = 25) -> tuple[Paper, ...]:
        """Return the ``limit`` most relevant papers of a query. Raises SourceError."""
        found: dict[str, Paper] = {}
        self._transport.begin()
        _keep(found, self._results(arxiv.Search(query=query, max_results=limit)))
        return tuple(found.values())

    def _read_pages(self, query: str, found: dict[str, Paper]) -> int:
        """Add the papers of all pages; return the highest of the totals that the pages state."""
        search = arxiv.Search(
            query=query,
            max_results=None,
            sort_by=arxiv.SortCriterion.SubmittedDate,
            sort_order=arxiv.SortOrder.Ascending,
        )
        start = total = 0
        while True:
            _keep(found, self._results(search, start))
            total = max(total, self._transport.total)
            # A server may give fewer than asked for; one that doubles an entry must not push another out.
            start += min(self._transport.entries, self._client.page_size)
            if start >= total or not self._transport.entries:
                return total

    def _results(self, search: arxiv.Search, start: int = 0) -> Iterator[arxiv.Result]:
        """Yield one page. Raises SourceError, also for an entry that the package cannot read."""
        try:
            results = self._client.results(search, start)
            first = next(results, None)
            if first is not None:
                yield first
                yield from islice(
                    results, self._transport.entries - 1
                )  # the package would go on to the next page by itself
        except (arxiv.ArxivError, requests.RequestException, ValueError) as error:
            raise SourceError(f"arXiv: unreadable answer: {error}; run again later") from None


class ArxivApi:
    """The announced days of a window, each through the submissions that the schedule says it announces."""

    name = "api"

    def __init__(
        self,
        query: ArxivQuery,
        categories: Sequence[str],
        *,
        cross_lists: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._query = query
        self._categories = categories
        self._cross_lists = cross_lists
        self._now = now

    def listing(self, window: Window) -> Listing:
        """Return the papers of every announced day in the window, by the schedule of ``agent.core.arxiv.schedule``.

        An open end of the window is the latest announcement; a day after that is not asked for, and incomplete. After
        a day without any answer the next one gets little time, and after two in a row the rest is not asked for.
        Raises SourceError when nothing at all could be read.
        """
        latest = latest_day(self._now())
        until = window.until or latest
        days = announcement_days(window.since or until, until)
        papers: dict[str, Paper] = {}
        problems: dict[date, str] = {}
        answered = False
        dead = 0
        for day in days:
            if day > latest:
                problems[day] = "not announced yet"
                continue
            if dead == _DEAD_AFTER:
                problems[day] = "not asked for: arXiv did not answer for the two days before"
                continue
            answer = self._query.read(self._query_for(day), brief=dead > 0)
            papers |= {p.id: p for p in answer.papers.values() if p.announced == day and self._is_ours(p)}
            dead = dead + 1 if answer.dead else 0
            answered = answered or not answer.dead
            if answer.problem:
                problems[day] = answer.problem
        if dead and not answered:
            raise SourceError(problems[days[0]])
        rows = coverage.rows_for(
            days, self._categories, papers.values(), self.name, lambda day, _category: problems.get(day)
        )
        return Listing(papers=tuple(papers.values()), coverage=rows)

    def _query_for(self, day: date) -> str:
        """Ask for one day's submissions, the minute of both cut-offs included: who belongs is decided to the second."""
        start, end = (moment.astimezone(UTC).strftime("%Y%m%d%H%M") for moment in submission_window(day))
        categories = " OR ".join(f"cat:{category}" for category in self._categories)
        return f"({categories}) AND submittedDate:[{start} TO {end}]"

    def _is_ours(self, paper: Paper) -> bool:
        return is_read(paper.categories, self._categories, cross_lists=self._cross_lists)


class _CheckedTransport(BaseAdapter):
    """The transport of the ``arxiv`` package: ``ArxivHttp``, and the check of every page."""

    def __init__(self, http: ArxivHttp) -> None:
        super().__init__()
        self._http = http
        self._deadline = self._last = 0.0
        self.total = 0
        self.entries = 0

    def begin(self, *, brief: bool = False) -> None:
        """Start the clock of one question, with all its pages; a brief one, once answered, has all patience."""
        self._deadline = self._http.deadline(brief=brief)
        self._last = self._http.deadline()

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = request.url or ""
        response = requests.Response()
        response.status_code = 200
        response.url = url
        response.request = request
        response._content = self._http.get(url, lambda body: self._checked(url, body), self._deadline)
        self._deadline = self._last
        return response

    def close(self) -> None:
        """Nothing is kept open."""

    def _checked(self, url: str, body: bytes) -> bytes:
        asked = parse_qs(urlsplit(url).query)
        try:
            feed, body, _ = parse_feed(body, "entry")
            self.total = int(text_of(feed, _TOTAL))
        except (NotXml, ValueError):
            raise BadAnswer(f"not a whole Atom feed: {body[:40]!r}") from None
        entries = feed.findall(f"{_ATOM}entry")
        self.entries = len(entries)
        if "id_list" in asked:
            return body  # an unknown id may be left out, or come as an entry without content
        for entry in entries:
            _check_entry(entry)
        due = self.total - int(asked["start"][0])
        if not entries and due > 0:
            raise BadAnswer(f"an empty page, {due} papers short")
        return body  # a short page is no reason to ask again at once: whoever reads all pages counts the papers


def _check_entry(entry: Any) -> None:
    link = entry.findtext(f"{_ATOM}id", "")
    if "/api/errors" in link:
        raise BadAnswer(f"an error entry: {entry.findtext(f'{_ATOM}summary')!r}")
    try:
        moments = [datetime.fromisoformat(entry.findtext(f"{_ATOM}{name}", "")) for name in ("published", "updated")]
    except ValueError:
        moments = []
    if not moments or not all(moment.year in _YEARS for moment in moments):
        raise BadAnswer(f"an entry without its dates: {link!r}", lasting=True) from None
    if base_id(link) is None:
        raise BadAnswer(f"an entry without an arXiv id: {link!r}", lasting=True)


def _keep(found: dict[str, Paper], results: Iterable[arxiv.Result]) -> None:
    """Add each paper once, in its latest version."""
    for result in results:
        paper = _paper(result)
        if paper and (paper.id not in found or paper.version >= found[paper.id].version):
            found[paper.id] = paper


def _paper(result: arxiv.Result) -> Paper | None:
    paper_id = base_id(result.entry_id)
    if paper_id is None or result.published.year not in _YEARS:
        return None
    return Paper(
        id=paper_id,
        version=version_of(result.entry_id) or 1,
        title=decode_accents(" ".join(result.title.split())),
        abstract=" ".join(result.summary.split()),
        authors=tuple(decode_name(author.name) for author in result.authors),
        categories=tuple(dict.fromkeys(c for c in (result.primary_category, *result.categories) if c)),
        announced=scheduled_day(result.published),
        published=result.published.date(),
        comment=result.comment,
        doi=result.doi,
        journal_ref=result.journal_ref,
        withdrawn=says_withdrawn(result.comment, result.summary),
    )
