"""Entries against each other, and the venue against what is known of the paper."""

from __future__ import annotations

import pytest

from agent.core.audit.check import Finding, FindingKind
from agent.core.catalog.parse import Catalog
from agent.records import Paper, PaperRecord
from tests.support.audit_cases import audit_of, by_id, entry, paper, record, small

A, B, C = "Alpha Data at Scale", "Beta Tokens in Order", "Gamma Labels for Free"


def of_kind(kind: FindingKind, catalog: Catalog, records: list[PaperRecord] | None = None) -> list[Finding]:
    return [finding for finding in audit_of(catalog, records or [], {}) if finding.kind is kind]


def test_one_link_under_two_titles_is_shared_by_both_lines() -> None:
    catalog = small(entry(A, "2401.00001"), entry(B, "2401.00001"), entry(C, "2401.00003"))
    first, second = of_kind(FindingKind.SHARED_LINK, catalog)
    assert (first.line, second.line, first.listed_id) == (3, 4, "2401.00001")
    assert B in first.detail
    assert A in second.detail


def test_one_link_in_two_forms_is_one_link() -> None:
    catalog = small(entry(A, "https://arxiv.org/abs/2401.00001v2"), entry(B, "https://arxiv.org/pdf/2401.00001"))
    assert len(of_kind(FindingKind.SHARED_LINK, catalog)) == 2


def test_a_second_home_in_another_section_is_deliberate() -> None:
    catalog = small(entry(A, "2401.00001"), second=[entry(A, "2401.00001")])
    assert of_kind(FindingKind.SHARED_LINK, catalog) == of_kind(FindingKind.DUPLICATE_ENTRY, catalog) == []


def test_the_same_paper_twice_in_a_section_is_a_duplicate_of_the_first() -> None:
    catalog = small(entry(A, "2401.00001"), entry(A.upper(), "https://example.org/a"))
    (finding,) = of_kind(FindingKind.DUPLICATE_ENTRY, catalog)
    assert (finding.line, finding.confidence, "line 3" in finding.detail) == (4, "high", True)


def test_two_names_of_one_resolved_paper_are_a_duplicate_to_ask_about() -> None:
    catalog = small(entry(A, "2401.00001"), entry(B, "2401.00002"))
    known = [record("2401.00009", "The Real One", A), record("2401.00009", "The Real One", B)]
    (finding,) = of_kind(FindingKind.DUPLICATE_ENTRY, catalog, known)
    assert (finding.line, finding.confidence) == (4, "medium")


def test_another_publication_version_in_another_section_is_a_duplicate() -> None:
    catalog = small(entry(A, "2401.00001"), second=[entry(A, "https://aclanthology.org/2024.acl-long.7/")])
    (finding,) = of_kind(FindingKind.DUPLICATE_ENTRY, catalog)
    assert finding.line == 5


def test_parts_of_a_series_are_no_duplicates() -> None:
    catalog = small(entry("Physics of Data: Part 1", "2401.00001"), entry("Physics of Data: Part 2", "2401.00002"))
    assert of_kind(FindingKind.DUPLICATE_ENTRY, catalog) == []


def test_different_ids_are_different_papers_however_alike_the_titles() -> None:
    twins = small(entry(f"{A}: A Survey", "2401.00001"), entry(f"{A}: A Survey", "2402.00002"))
    assert of_kind(FindingKind.DUPLICATE_ENTRY, twins) == []
    pages = small(entry("A Page on Many Things", "https://a.org/1"), entry("A Page on Many Things", "https://b.org/2"))
    assert of_kind(FindingKind.DUPLICATE_ENTRY, pages) == []


def test_a_reworded_title_under_another_kind_of_link_is_a_duplicate_to_ask_about() -> None:
    catalog = small(
        entry("Mixing Corpora for Long Training Runs", "2401.00001"),
        entry("MixIt: Mixing Corpora for Long Training Runs", "https://aclanthology.org/2024.acl-long.7/"),
    )
    (finding,) = of_kind(FindingKind.DUPLICATE_ENTRY, catalog)
    assert (finding.line, finding.confidence) == (4, "medium")


def test_short_names_and_pages_may_share_a_link() -> None:
    names = small(entry("LLaMA", "2401.00001"), entry("Alpaca", "2401.00001"))
    pages = small(entry(A, "https://example.org/blog"), entry(B, "https://example.org/blog"))
    assert of_kind(FindingKind.SHARED_LINK, names) == of_kind(FindingKind.SHARED_LINK, pages) == []


def test_the_third_of_three_is_one_finding() -> None:
    catalog = small(*[entry(A, "2401.00001")] * 3)
    assert [finding.line for finding in of_kind(FindingKind.DUPLICATE_ENTRY, catalog)] == [4, 5]


def test_one_paper_behind_several_rows_of_a_table_is_no_duplicate() -> None:
    rows = ["| data | paper |", "|---|---|"]
    link = f"[{A}](https://arxiv.org/abs/2401.00001)"
    assert of_kind(FindingKind.DUPLICATE_ENTRY, small(*rows, f"| Red | {link} |", f"| Blue | {link} |")) == []
    (twice,) = of_kind(FindingKind.DUPLICATE_ENTRY, small(*rows, f"| Red | {link} |", f"| Red  | {link} |"))
    assert twice.line == 6


def test_a_model_by_its_sizes_is_no_other_paper() -> None:
    catalog = small(entry("OPT: Open Pots of Clay", "2401.00001"), entry("OPT-1.3, 6.7, 13, 30, 66B", "2401.00001"))
    assert of_kind(FindingKind.SHARED_LINK, catalog) == []


def test_the_date_of_an_entry_is_no_year_of_its_venue() -> None:
    url = "https://aclanthology.org/2023.acl-long.270/"
    dated = small(f"- [2022/12] **{A}.** *Ada Nagy et al. ACL.* [[paper]({url})]")
    assert of_kind(FindingKind.VENUE_MISMATCH, dated) == []
    (printed,) = of_kind(FindingKind.VENUE_MISMATCH, small(entry(A, url, " ACL 2022.")))
    assert "the list says ACL 2022" in printed.detail


def venue_of(printed: str, real: Paper, url: str = "2401.00001") -> list[Finding]:
    return [f for f in audit_of(small(entry(A, url, f" {printed}.")), [record(real.id, A, A)], by_id([real]))]


@pytest.mark.parametrize(
    ("fields", "venue"),
    [
        ({"journal_ref": "Transactions on Machine Learning Research, 2024"}, "TMLR 2024"),
        ({"comment": "Accepted to ICML 2024, 20 pages"}, "ICML 2024"),
        ({"comment": "Findings of ACL 2024"}, "ACL 2024 Findings"),
        ({"doi": "10.18653/v1/2024.emnlp-main.12"}, "EMNLP 2024"),
    ],
)
def test_a_preprint_that_was_accepted_is_now_published(fields: dict[str, str], venue: str) -> None:
    (finding,) = venue_of("arXiv 2024", paper("2401.00001", A, **fields))
    assert (finding.kind, finding.confidence, finding.replacement) == (FindingKind.NOW_PUBLISHED, "high", venue)
    assert finding.detail.endswith(f"proposed: {venue}")


@pytest.mark.parametrize("comment", ["Submitted to ICML 2024", "12 pages, ICLR 2024 template", "work in progress"])
def test_a_paper_that_nobody_accepted_stays_a_preprint(comment: str) -> None:
    assert venue_of("arXiv 2024", paper("2401.00001", A, comment=comment)) == []


@pytest.mark.parametrize("printed", ["ACL 2024", "NAACL 2023 Findings"])
def test_another_venue_or_year_than_arxiv_says_is_a_mismatch(printed: str) -> None:
    (finding,) = venue_of(printed, paper("2401.00001", A, comment="Accepted to NAACL 2024"))
    assert (finding.kind, finding.confidence) == (FindingKind.VENUE_MISMATCH, "medium")


@pytest.mark.parametrize("printed", ["NAACL 2024", "NAACL 2024 Findings", "Naacl 2024", "ACL 2023"])
def test_the_venue_of_an_anthology_link_counts_before_a_comment(printed: str) -> None:
    url = "https://aclanthology.org/2024.findings-naacl.65/"
    kinds = {f.kind for f in venue_of(printed, paper("2401.00001", A, comment="Accepted to EMNLP 2023"), url)}
    assert kinds == ({FindingKind.VENUE_MISMATCH} if printed == "ACL 2023" else set())


def test_a_workshop_of_the_paper_contradicts_no_printed_venue() -> None:
    assert venue_of("ICLR 2024", paper("2401.00001", A, comment="Accepted to the ICML 2023 Workshop on Data")) == []
