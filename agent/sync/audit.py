"""Look up what a list prints, compare it with the list, and say what is wrong."""

from __future__ import annotations

from agent.core.audit import check
from agent.core.audit.findings import Audit
from agent.core.papers.resolve import Lookup
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.ports import Progress
from agent.records import PaperRecord
from agent.sync.lookup import RememberingLookup


def audit_list(survey: Survey, store: Store, lookup: Lookup | None, progress: Progress) -> Audit:
    """Return what is wrong in the list. Without ``lookup`` (offline) only what is stored is compared: what arXiv said
    earlier, and the papers that earlier runs listed.

    When arXiv does not answer, what could not be checked is ``unresolved``.
    """
    entries = survey.catalog.entries
    asking = RememberingLookup(store, lookup)
    before = _known(survey, store)
    cases = check.read_cases(entries, before)
    papers = asking.papers(check.ids_to_ask(cases))
    if lookup is not None:
        asking.search(check.unknown_entries(cases, papers), progress)
        if (records := _known(survey, store)) != before:
            cases = check.read_cases(entries, records)
        papers |= asking.papers([name for name in check.ids_to_ask(cases) if name not in papers])
    findings = check.audit(survey.catalog, cases, papers)
    if firsts := check.first_versions_to_ask(findings, papers):
        findings = check.audit(survey.catalog, cases, papers | asking.papers(firsts))
    return Audit(
        entries=len(entries),
        resolved=sum(case.record is not None for case in cases),
        findings=findings,
        problem=asking.problem,
    )


def _known(survey: Survey, store: Store) -> tuple[PaperRecord, ...]:
    """Return what sync knows, and then what came with the list."""
    return (*store.records(), *survey.papers)
