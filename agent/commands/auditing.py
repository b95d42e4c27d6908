"""``triage audit``: finds what is wrong in the list itself, and proposes the repair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from agent import settings as environment
from agent.core.arxiv.ids import base_id
from agent.core.audit import check as rules
from agent.core.audit.check import Finding, Kind
from agent.core.audit.repairs import Repairs, apply_repairs, plan_repairs, repairs_text
from agent.core.survey.survey import Survey
from agent.database.store import Store, open_store
from agent.errors import ConfigError, DeliveryError, SourceError
from agent.ports import Delivered, Progress
from agent.records import Entry, Paper, PaperRecord, Record
from agent.settings import Settings
from agent.sync import entries as syncing
from agent.wiring import night

if TYPE_CHECKING:
    from agent.deliveries.github.repairs import RepairsDelivery
    from agent.sources.arxiv.query_api import ArxivQuery

_AT_ONCE: Final = 100
_ABSENT: Final = 0.25
_ABSENT_AT_LEAST: Final = 1
"""Of the ids asked for at once, so many may be missing for good; more is taken for an answer that is not whole."""


class Audit(Record):
    """What ``triage audit --json`` prints. ``problem`` says why arXiv could not be asked about everything."""

    entries: int
    resolved: int
    findings: tuple[Finding, ...]
    patch: str | None = None
    pr_url: str | None = None
    problem: str | None = None

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong, as far as could be checked."""
        return all(finding.kind is Kind.UNRESOLVED for finding in self.findings)


def audit(
    settings: Settings, progress: Progress, *, run_id: str, offline: bool = False, fix: str | None = None
) -> Audit:
    """Look up what the list prints, compare, and hand over the repairs (``fix``: ``patch``, ``pr`` or None).

    When arXiv does not answer, what could not be checked is unresolved. Raises ConfigError and DeliveryError.
    """
    deliver = _delivery(settings, fix, run_id)
    with open_store(settings.state, exclusive=not offline) as store:
        survey = night.load_survey(settings, store)
        entries = survey.catalog.entries
        asking = _Asking(store, None if offline else night.build_lookup(settings, night.build_http(settings)))
        papers = asking.papers(rules.ids_to_ask(entries, _known(survey, store)))
        asking.search(rules.unknown_entries(entries, _known(survey, store), papers), progress)
        records = _known(survey, store)
        papers |= asking.papers([name for name in rules.ids_to_ask(entries, records) if name not in papers])
        findings = rules.audit(survey.catalog, records, papers)
        if firsts := rules.first_versions_to_ask(findings, papers):
            findings = rules.audit(survey.catalog, records, papers | asking.papers(firsts))
    delivered = deliver(survey.catalog.text, plan_repairs(survey.catalog.text, findings))
    return Audit(
        entries=len(entries),
        resolved=rules.count_resolved(entries, records),
        findings=findings,
        patch=delivered.patch,
        pr_url=delivered.pr_url,
        problem=asking.problem,
    )


def _known(survey: Survey, store: Store) -> tuple[PaperRecord, ...]:
    """Return what sync knows, and then what came with the list."""
    return (*store.records(), *survey.papers)


class _Asking:
    """Asks arXiv until it fails, and the cache from then on; ``problem`` says why it failed."""

    def __init__(self, store: Store, lookup: ArxivQuery | None) -> None:
        self._store = store
        self._lookup = lookup
        self.problem: str | None = None

    def papers(self, ids: Sequence[str]) -> dict[str, Paper | None]:
        """Return what arXiv, else the cache, says of these ids; an id of which neither says anything is left out.

        arXiv leaves out the ids it does not have, but also some that it has when it is unwell. So what is left out is
        asked for again, and when that is much, it counts as not answered.
        """
        answers: dict[str, Paper | None] = {}
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            found = self._find(part)
            absent = [name for name in part if name not in found]
            if found and len(absent) <= max(_ABSENT_AT_LEAST, _ABSENT * len(part)):
                found |= self._find(absent)
                if self.problem is None:
                    found |= dict.fromkeys([name for name in absent if name not in found])
            for name, paper in found.items():
                self._store.put(_key(name), {"paper": paper.model_dump(mode="json") if paper else None})
            answers |= found
        for name in ids:
            if name not in answers and (cached := self._store.get(_key(name))):
                answers[name] = Paper.model_validate(cached["paper"]) if cached["paper"] else None
        return answers

    def search(self, entries: Sequence[Entry], progress: Progress) -> None:
        """Search for these entries' papers, and keep what is found as records, one by one."""
        if self._lookup is None or self.problem or not entries:
            return
        try:
            syncing.resolve_entries(entries, self._store, self._lookup, progress)
        except SourceError as error:
            self.problem = str(error)

    def _find(self, ids: Sequence[str]) -> dict[str, Paper | None]:
        if self._lookup is None or self.problem or not ids:
            return {}
        try:
            papers = {paper.id: paper for paper in self._lookup.find_ids(ids)}
        except SourceError as error:
            self.problem = str(error)
            return {}
        return {name: papers[found] for name in ids if (found := base_id(name)) in papers}


def _key(name: str) -> str:
    return f"arxiv:{name}"


Deliver = Callable[[str, Repairs], Delivered]
"""(the catalog as it was audited, the repairs) -> where they went."""


def _delivery(settings: Settings, fix: str | None, run_id: str) -> Deliver:
    """Return how the repairs are handed over. Raises ConfigError before anything is done."""
    if fix is None:
        return lambda text, repairs: Delivered()
    if fix == "patch":
        return lambda text, repairs: _write_patch(settings, run_id, text, repairs)
    if fix == "pr":
        delivery = _pull_request(settings)
        return lambda text, repairs: delivery.deliver(repairs, repairs_text(repairs))
    raise ConfigError(f"--fix {fix!r}: unknown; allowed: patch, pr")


def _write_patch(settings: Settings, run_id: str, text: str, repairs: Repairs) -> Delivered:
    from agent.deliveries.patch import write_patch

    if not repairs.done:
        return Delivered()
    patch = settings.state / "patches" / f"{run_id}-repairs.patch"
    after = apply_repairs(text, [repair for _, made in repairs.done for repair in made])
    try:
        write_patch(patch, settings.catalog_path, text.encode(), after.encode(), repairs_text(repairs))
    except OSError as error:
        raise DeliveryError(f"{patch}: {error.strerror}; run again once it is writable") from None
    return Delivered(patch=str(patch))


def _pull_request(settings: Settings) -> RepairsDelivery:
    from agent.deliveries.github.api import GitHub
    from agent.deliveries.github.git import Clone
    from agent.deliveries.github.repairs import RepairsDelivery
    from agent.deliveries.github.rolling_branch import RollingBranch

    token = environment.github_token()
    if token is None:
        raise ConfigError("--fix pr needs GITHUB_TOKEN in the environment, with write access to the repository")
    github, secret = settings.github, SecretStr(token)
    folder = settings.state / "checkout-repairs"
    clone = Clone(folder, github.remote, github.catalog_path, secret, environment.inherited())
    rest = GitHub(github.api_url, github.repository, secret)
    branch = f"{github.branch}-repairs"
    return RepairsDelivery(
        RollingBranch(clone, rest, base=github.base, branch=branch, catalog_path=github.catalog_path)
    )
