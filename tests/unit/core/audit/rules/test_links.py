"""Links that are wrong, links that are only named differently, and links that nobody could check."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.core.audit.check import (
    Finding,
    FindingKind,
    Papers,
    first_versions_to_ask,
    ids_to_ask,
    read_cases,
    unknown_entries,
)
from agent.records import PaperRecord
from tests.support.audit_cases import audit_of, by_id, entry, paper, record, small

NIBBLES = paper(
    "2401.00001", "NIBBLE: Small Bites of Data for Large Models", authors=("Ada Nagy", "Bo Li"), abstract="NIBBLE cuts."
)
OTHER = paper("2402.00002", "Spin Waves in Layered Magnets", authors=("Cy Wood",))


def found(
    title: str, url: str | None, papers: Papers, records: Sequence[PaperRecord] = (), end: str = " ICLR 2024."
) -> list[Finding]:
    linked = [entry(f"A Page of its Own {n}", f"https://example.org/{n}") for n in range(2)]
    catalog = small(entry(title, url, end), *linked)
    return [finding for finding in audit_of(catalog, records, papers) if finding.line == 3]


def test_another_paper_s_id_is_a_wrong_id_and_the_right_one_is_proposed_with_the_evidence() -> None:
    known = [record(NIBBLES.id, NIBBLES.title, NIBBLES.title, NIBBLES.authors)]
    (finding,) = found(NIBBLES.title, OTHER.id, by_id([NIBBLES, OTHER]), known)
    assert (finding.kind, finding.line, finding.confidence) == (FindingKind.WRONG_ID, 3, "high")
    assert (finding.listed_id, finding.found_title, finding.proposed_id) == (OTHER.id, OTHER.title, NIBBLES.id)
    for evidence in ("Spin Waves", "Cy Wood", "2024", "of 100", NIBBLES.id, "Ada Nagy et al."):
        assert evidence in finding.detail


def test_a_wrong_id_is_reported_without_a_proposal_when_the_right_one_is_not_known() -> None:
    (finding,) = found(NIBBLES.title, OTHER.id, by_id([OTHER]))
    assert (finding.kind, finding.proposed_id, finding.confidence) == (FindingKind.WRONG_ID, None, "medium")


@pytest.mark.parametrize(
    ("listed", "real"),
    [
        ("NIBBLE: Small Bites of Data for Large Models", "Small Bites of Data for Large Models"),
        ("Small Bites of Data for Large Models", "NIBBLE: Small Bites of Data for Large Models"),
        ("Small Bites of Training Data", "Small Bites of Training Data: How Little Is Enough for Large Models?"),
        ("small bites of data for large language models", "Small Bites of Data for LLMs"),
        ("A/B: Let's Cut Data Step by Step", "Let's Cut Data Step by Step"),
        ("TÃ¼rme: How High Can Data Towers Go?", "Türme: How High Can Data Towers Go?"),
        ("NIBBLE: Cutting Data into Bites", "Small Portions for Large Models"),
    ],
)
def test_a_subtitle_a_nickname_or_mojibake_is_no_wrong_id(listed: str, real: str) -> None:
    text = "We cut training data into bites. NIBBLE, our method, is cutting tokens."
    kinds = {finding.kind for finding in found(listed, "2401.00001", by_id([paper("2401.00001", real, abstract=text)]))}
    assert kinds <= {FindingKind.MOJIBAKE}


def test_a_link_called_by_a_name_is_right_when_the_line_prints_the_title() -> None:
    real = paper("2401.00001", "Small Bites of Data for Large Models", abstract="We cut data.")
    assert found("NIBBLE", real.id, by_id([real]), end=" - Small Bites of Data for Large Models. ICLR 2024.") == []


def test_a_name_that_only_the_abstract_knows_is_unresolved() -> None:
    real = paper("2401.00001", "Small Bites of Data for Large Models", abstract="We cut data with NIBBLE.")
    (finding,) = found("NIBBLE", real.id, by_id([real]), end=" A short note.")
    assert finding.kind is FindingKind.UNRESOLVED


def test_the_title_of_the_first_version_clears_the_link() -> None:
    now = paper("2401.00001", "Wholly Renamed Since", version=3)
    (finding,) = found("Small Bites of Data", "2401.00001", by_id([now]))
    assert first_versions_to_ask([finding], by_id([now])) == ("2401.00001v1",)
    first = paper("2401.00001", "Small Bites of Data")
    assert found("Small Bites of Data", "2401.00001", by_id([now]) | {"2401.00001v1": first}) == []


def test_a_paper_in_its_first_version_is_not_asked_about_again() -> None:
    findings = found(NIBBLES.title, OTHER.id, by_id([OTHER]))
    assert first_versions_to_ask(findings, by_id([OTHER])) == ()


@pytest.mark.parametrize(
    "real",
    [
        paper("2402.00002", "Big Bites of Data for Small Models of Speech"),
        paper("2402.00002", "Cooking with Gas", abstract="Unlike NIBBLE we cook."),
    ],
)
def test_what_may_be_the_same_paper_is_unresolved(real: object) -> None:
    (finding,) = found(NIBBLES.title, "2402.00002", {"2402.00002": real})  # type: ignore[dict-item]
    assert (finding.kind, finding.proposed_id) == (FindingKind.UNRESOLVED, None)


def test_a_shared_author_leaves_a_doubt() -> None:
    (finding,) = found(NIBBLES.title, OTHER.id, by_id([OTHER]), end=" *D. Wood, E. Fox.* ICLR 2024.")
    assert finding.kind is FindingKind.UNRESOLVED


def test_an_id_that_arxiv_was_not_asked_about_is_unresolved_even_when_sync_knows_another() -> None:
    known = [record(NIBBLES.id, NIBBLES.title, NIBBLES.title)]
    (finding,) = found(NIBBLES.title, OTHER.id, {}, known)
    assert (finding.kind, finding.proposed_id) == (FindingKind.UNRESOLVED, None)


def test_a_link_that_sync_resolved_needs_no_answer() -> None:
    assert found("Anything", NIBBLES.id, {}, [record(NIBBLES.id, NIBBLES.title, "Anything")]) == []


def test_an_id_that_does_not_exist_is_a_dead_link_with_the_right_id() -> None:
    known = [record(NIBBLES.id, NIBBLES.title, NIBBLES.title)]
    (finding,) = found(NIBBLES.title, "2402.00002", by_id([NIBBLES]) | {"2402.00002": None}, known)
    assert (finding.kind, finding.proposed_id, finding.confidence) == (FindingKind.DEAD_LINK, NIBBLES.id, "high")


def test_an_id_of_a_thirteenth_month_is_dead_and_never_asked_for() -> None:
    catalog = small(entry(NIBBLES.title, "2413.00002"))
    assert ids_to_ask(read_cases(catalog.entries, ())) == ()
    (finding,) = audit_of(catalog, (), {})
    assert (finding.kind, finding.listed_id) == (FindingKind.DEAD_LINK, "2413.00002")


def test_a_proposal_that_arxiv_contradicts_is_not_made() -> None:
    known = [record(NIBBLES.id, NIBBLES.title, NIBBLES.title)]
    changed = paper(NIBBLES.id, "A Recipe for Soup")
    (finding,) = found(NIBBLES.title, OTHER.id, by_id([OTHER, changed]), known)
    assert (finding.kind, finding.proposed_id) == (FindingKind.WRONG_ID, None)


def test_a_proposal_that_was_not_looked_up_again_is_not_sure() -> None:
    known = [record(NIBBLES.id, NIBBLES.title, NIBBLES.title)]
    (finding,) = found(NIBBLES.title, OTHER.id, by_id([OTHER]), known)
    assert (finding.proposed_id, finding.confidence) == (NIBBLES.id, "medium")


def test_a_proposal_under_another_nickname_is_not_sure() -> None:
    listed = "CRUMB: Small Bites of Data for Large Models"
    known = [record(NIBBLES.id, NIBBLES.title, listed)]
    (finding,) = found(listed, OTHER.id, by_id([NIBBLES, OTHER]), known)
    assert (finding.proposed_id, finding.confidence) == (NIBBLES.id, "medium")


def test_of_two_papers_with_like_titles_the_one_with_other_authors_is_wrong() -> None:
    listed = "Unlearning in Large Models of Language"
    known = [record("2401.00003", listed, listed, ("Ada Nagy",))]
    twin = paper("2402.00003", "Unlearning in Large Models of Language Made Simple", authors=("Zed Zorn",))
    (finding,) = found(listed, twin.id, by_id([twin, paper("2401.00003", listed, authors=("Ada Nagy",))]), known)
    assert (finding.kind, finding.proposed_id, finding.confidence) == (FindingKind.WRONG_ID, "2401.00003", "medium")


def test_a_missing_link_is_proposed() -> None:
    known = [record(NIBBLES.id, NIBBLES.title, NIBBLES.title)]
    (finding,) = found(NIBBLES.title, None, by_id([NIBBLES]), known, end="")
    assert (finding.kind, finding.proposed_id, finding.confidence) == (FindingKind.MISSING_LINK, NIBBLES.id, "high")
    (unknown,) = found("Nobody Knows This One", None, {}, end="")
    assert (unknown.kind, unknown.proposed_id, unknown.confidence) == (FindingKind.MISSING_LINK, None, "low")


def test_a_list_that_never_links_misses_no_link() -> None:
    assert audit_of(small("- Some Paper", "- Some Other Paper"), (), {}) == ()


def test_a_withdrawn_paper_is_reported_and_one_withdrawn_from_a_venue_is_not() -> None:
    gone = NIBBLES.model_copy(update={"withdrawn": True, "comment": "This paper has been withdrawn by the authors"})
    (finding,) = found(NIBBLES.title, NIBBLES.id, by_id([gone]))
    assert (finding.kind, "withdrawn by the authors" in finding.detail) == (FindingKind.WITHDRAWN, True)
    kept = NIBBLES.model_copy(update={"withdrawn": True, "comment": "Withdrawn from ICLR 2024"})
    assert found(NIBBLES.title, NIBBLES.id, by_id([kept])) == []


def test_another_paper_s_withdrawal_is_not_the_entry_s() -> None:
    gone = OTHER.model_copy(update={"withdrawn": True, "comment": "withdrawn"})
    (finding,) = found(NIBBLES.title, OTHER.id, by_id([gone]))
    assert finding.kind is FindingKind.WRONG_ID


def test_only_entries_that_nothing_is_known_of_are_searched_for() -> None:
    catalog = small(
        entry("Linked to a Page", "https://example.org/page"),
        entry(NIBBLES.title, NIBBLES.id),
        entry("Resolved Already", OTHER.id),
        entry("Wrongly Linked", OTHER.id),
        entry("Not Linked", end=""),
    )
    known = [record("2403.00003", "Resolved Already", "Resolved Already")]
    wanted = unknown_entries(read_cases(catalog.entries, known), by_id([NIBBLES, OTHER]))
    assert [one.title for one in wanted] == ["Wrongly Linked", "Not Linked"]


LISTED = "Alpha Data at Scale"


@pytest.mark.parametrize(
    "where", ["abs/N/A", "abs/", "abs", "pdf/0112019", "abs/24010.0001", "abs/2401.000001", "html/"]
)
def test_a_link_whose_id_cannot_be_read_is_dead_and_its_paper_is_searched_for(where: str) -> None:
    catalog = small(entry(LISTED, f"https://arxiv.org/{where}"))
    (finding,) = audit_of(catalog, (), {})
    assert finding.kind is FindingKind.DEAD_LINK and f"arxiv.org/{where} names no paper" in finding.detail
    assert unknown_entries(read_cases(catalog.entries, ()), {}) == catalog.entries
    (known,) = audit_of(catalog, [record("2401.00009", LISTED, LISTED)], by_id([paper("2401.00009", LISTED)]))
    assert known.proposed_id == "2401.00009" and "proposed: 2401.00009" in known.detail


@pytest.mark.parametrize("arxiv_id", ["2401.0001", "1412.00001", "0703.0001", "2313.00001", "2401.00000"])
def test_an_id_that_arxiv_never_gave_is_dead_and_never_asked_for(arxiv_id: str) -> None:
    catalog = small(entry(LISTED, f"https://arxiv.org/abs/{arxiv_id}"))
    (finding,) = audit_of(catalog, (), {})
    assert finding.kind is FindingKind.DEAD_LINK and "cannot exist" in finding.detail
    assert ids_to_ask(read_cases(catalog.entries, ())) == ()


@pytest.mark.parametrize(
    "link", ["https://arxiv.org", "https://arxiv.org/list/cs.CL/recent", "https://arxiv.org/a/x_1"]
)
def test_other_pages_of_arxiv_are_no_dead_links(link: str) -> None:
    assert audit_of(small(entry(LISTED, link)), (), {}) == ()
