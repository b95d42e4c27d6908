"""The venue that comments give for a paper, in the wordings that authors use."""

from __future__ import annotations

import pytest

from agent.core.papers.publication import accepted_at, says_withdrawn
from tests.support.catalogs import a_paper


@pytest.mark.parametrize(
    ("comment", "printed"),
    [
        ("Accepted to NeurIPS 2025", "NeurIPS 2025"),
        ("Accepted by AAAI-26; code: https://x.org", "AAAI 2026"),
        ("9 pages, accepted by AAAI '26", "AAAI 2026"),
        ("13 Pages, AAAI2026", "AAAI 2026"),
        ("AAAI 26, 20 pages", "AAAI 2026"),
        ("To appear in WACV 2026", "WACV 2026"),
        ("Accepted by SIGKDD 2021", "KDD 2021"),
        ("Accepted at 39th Conference on Neural Information Processing Systems (NIPS 2025)", "NeurIPS 2025"),
        ("Accepted by Neural Information Processing Systems (NeurIPS) 2025", "NeurIPS 2025"),
        ("Accepted at the International Conference on Machine Learning, 2025", "ICML 2025"),
        ("EMNLP 2025 Findings", "EMNLP 2025 Findings"),
        ("Accepted to IJCNLP-AACL Findings 2025", "IJCNLP-AACL 2025 Findings"),
        ("Accepted to Findings of ACL 2025", "ACL 2025 Findings"),
        ("To appear at NeurIPS 2025 - Datasets and Benchmarks Track", "NeurIPS 2025 Datasets & Benchmarks"),
        ("EMNLP2025 Industry Track", "EMNLP 2025 Industry"),
        ("NeurIPS 2025 Workshop on Efficient Reasoning", "NeurIPS 2025 Workshop"),
        ("Published at the Math-AI Workshop at NeurIPS 2025", "NeurIPS 2025 Workshop"),
        ("Accepted by ROCLING 2025", "ROCLING 2025"),
        ("Accepted at IEEE-ICETISI 2025", "IEEE ICETISI 2025"),
        ("Accepted in Proc. of a Conference on Data Sciences (ACDSA 2026)", "ACDSA 2026"),
        ("Accepted to TMLR", "TMLR 2025"),
        ("Rejected from ICLR 2026, now accepted at AAAI 2026", "AAAI 2026"),
        ("Submitted to ICML 2025; accepted to EMNLP 2025", "EMNLP 2025"),
        ("Accepted to AAAI 2026. Extended version with full Appendix", "AAAI 2026"),
        ("Published at the NeurIPS 2024 workshop on data. Accepted to ICLR 2025", "ICLR 2025"),
        ("Accepted by EMNLP 2025. Data will be submitted to the hub", "EMNLP 2025"),
        ("Our paper was accepted at ICML 2025", "ICML 2025"),
        ("EMNLP 2025 (Industry)", "EMNLP 2025 Industry"),
        ("Accepted at EMNLP 2025 demo", "EMNLP 2025 Demo"),
        ("EMNLP-Findings 2025", "EMNLP 2025 Findings"),
        ("accepted to emnlp 2025 findings", "EMNLP 2025 Findings"),
        ("NeurIPS 2025 D&B Track", "NeurIPS 2025 Datasets & Benchmarks"),
        ("TMLR 11/2025", "TMLR 2025"),
        ("OSDI 2025", "OSDI 2025"),
        ("EuroSys '26", "EuroSys 2026"),
        ("International Conference on Learning Representations (2025)", "ICLR 2025"),
    ],
)
def test_an_accepted_paper_shows_its_venue(comment: str, printed: str) -> None:
    found = accepted_at(a_paper(comment=comment))
    assert found is not None
    assert " ".join(map(str, found)).strip() == printed


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "",
        "12 pages, 4 figures",
        "Submitted to NeurIPS 2025",
        "Preprint, under review for Eurographics 2026",
        "Under double-blind review at ACL 2025",
        "In submission to ICASSP 2026",
        "ICLR26 Submission",
        "Rejected from ICLR 2025",
        "ICLR 2025 (rejected)",
        "ICLR 2026 (under review)",
        "ICLR 2026, under review",
        "Preprint. Under review. ICLR 2026",
        "Work in progress. Targeting ICLR 2026",
        "Intended for ACL 2026",
        "Formatted for ICLR 2026",
        "This work extends our NeurIPS 2024 paper",
        "Code for our EMNLP 2024 paper",
        "Code: https://example.org/ICML2025",
        "10 pages, 5 figures; conference-style (ACL format)",
        "Uses the NeurIPS 2024 style",
        "First place in the CVPR 2025 challenge",
        "An earlier version appeared at ICML 2024",
        "Extended version of our ICLR 2024 paper",
        "Accepted to AAAI, 25 pages",
        "Accepted to IEEE Transactions on Multimedia in Oct 2025",
        "Evaluated with GPT4 2025",
        "Accepted in Seattle, USA 2025",
    ],
)
def test_in_doubt_nobody_accepted_it(comment: str | None) -> None:
    assert accepted_at(a_paper(comment=comment)) is None


def test_a_journal_reference_says_where_it_appeared() -> None:
    reference = "Findings of the Association for Computational Linguistics: EMNLP 2025"
    assert accepted_at(a_paper(journal_ref=reference)) == ("EMNLP", 2025, "Findings")
    reference = "Transactions of the Association for Computational Linguistics (2024) 12"
    assert accepted_at(a_paper(journal_ref=reference)) == ("TACL", 2024, "")
    assert accepted_at(a_paper(journal_ref="Phys. Rev. D 100, 23 (2019)")) is None


@pytest.mark.parametrize(
    "comment",
    [
        "This paper has been withdrawn by the author due to a crucial sign error in equation 1",
        "Withdrawn",
        "Paper withdrawn by the authors because of errors resulting from a bug",
        "withdrawn from arXiv",
        "This submission has been withdrawn by arXiv administrators due to a dispute over authorship",
        "Submitted to arXiv by mistake and withdrawn",
        "The authors have withdrawn this paper; a corrected version will follow",
        "Withdrawn from ICLR 2027. This paper has been withdrawn from arXiv as well",
        "Withdrawn for further revision in Oct 2025",
        "12 pages. In Oct 2025 withdrawn by the first author",
        "We withdraw this paper since Theorem 2 is wrong",
        "This paper has been withdrawn, superseded by arXiv:2501.00001",
        "Accepted at ICML 2026; withdrawn by the authors",
    ],
)
def test_a_paper_withdrawn_from_arxiv_is_known_by_its_comment(comment: str) -> None:
    assert says_withdrawn(comment)


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "Accepted at ICML 2026",
        "Withdrawn from ICLR 2027 and resubmitted",
        "withdrawn by the authors from AAAI 2026, now under review elsewhere",
        "We have withdrawn our submission to NeurIPS 2025",
        "Submitted to ICLR 2026 and withdrawn after review",
        "ICLR 2026 (withdrawn)",
        "ICLR 2026 submission, withdrawn",
        "A withdrawn ICLR 2026 submission",
        "Withdrew this paper from the conference",
        "An earlier version was withdrawn; this one corrects it",
        "v1 was withdrawn by mistake",
        "Supersedes arXiv:2401.00001, which has been withdrawn",
        "Replaces the withdrawn arXiv:2401.00001",
        "A study of withdrawn papers on arXiv",
        "With a list of withdrawn drugs",
        "This version is final and not withdrawn",
    ],
)
def test_a_paper_withdrawn_from_a_venue_or_in_an_earlier_version_is_alive(comment: str | None) -> None:
    assert not says_withdrawn(comment)


@pytest.mark.parametrize(
    ("abstract", "withdrawn"),
    [
        ("This paper has been withdrawn.", True),
        ("This submission has been withdrawn by arXiv administrators due to a dispute", True),
        ("This article was temporarily withdrawn from arXiv by its author", True),
        ("This paper is withdrawn from consideration at a workshop and we study rain", False),
        ("We study papers. This paper has been withdrawn, says one in ten", False),
        ("This paper studies withdrawn drugs", False),
    ],
)
def test_a_paper_is_withdrawn_when_its_abstract_begins_with_that(abstract: str, withdrawn: bool) -> None:
    assert says_withdrawn(None, abstract) == withdrawn


@pytest.mark.parametrize("filler", ["our ", "and ", "A1", "ICLR ", "in review ", "submitted to ", "withdrawn "])
def test_a_comment_of_any_length_is_read_in_time(filler: str) -> None:
    comment = "submitted " + filler * 20_000
    assert accepted_at(a_paper(comment=comment)) is None
    assert accepted_at(a_paper(journal_ref=comment)) is None
    says_withdrawn(comment)
