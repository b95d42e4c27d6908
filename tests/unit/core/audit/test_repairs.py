"""Repairs: only what is sure, only inside the lines they name, and quiet afterwards."""

from __future__ import annotations

import pytest

from agent.core.audit.check import Finding, FindingKind, ids_to_ask, read_cases
from agent.core.audit.repairs import Repairs, apply_repairs, commit_message, plan_repairs, repairs_text
from agent.core.catalog.blocks import split_lines
from agent.core.catalog.parse import parse
from tests.support.audit_cases import (
    as_papers,
    audit_of,
    by_id,
    invented,
    known_papers,
    listed_under_care,
    paper,
    record,
    small,
)
from tests.support.catalogs import SEED_HEADINGS


def finding(kind: FindingKind, line: int = 1, **fields: object) -> Finding:
    given = {"entry_title": "T", "detail": "d", "confidence": "high", **fields}
    return Finding.model_validate({"kind": kind, "line": line, **given})


def repaired(text: str, *findings: Finding) -> str:
    return applied(text, plan_repairs(text, findings))


def applied(text: str, repairs: Repairs) -> str:
    return apply_repairs(text, [repair for _, made in repairs.done for repair in made])


WRONG = {"listed_id": "2401.00001", "proposed_id": "2402.00002"}


@pytest.mark.parametrize(
    "line",
    [
        "- [T](https://arxiv.org/abs/{}). A 2024.\r\n",
        "* __[T](http://arxiv.org/pdf/{}.pdf)__  ",
        "| T | [arXiv:{}](https://arxiv.org/abs/{}) |",
        "- [T](https://doi.org/10.48550/arXiv.{})",
    ],
)
def test_a_wrong_id_is_replaced_in_whatever_link_it_stands(line: str) -> None:
    after = line.replace("{}", "2402.00002")
    for listed in ("2401.00001", "2401.00001v3"):
        before = line.replace("{}", listed)
        assert repaired(before, finding(FindingKind.WRONG_ID, **WRONG)) == after
        assert repaired(before, finding(FindingKind.DEAD_LINK, **WRONG)) == after


def test_a_longer_number_is_another_id() -> None:
    for line in ("- [T](https://arxiv.org/abs/2401.000012)", "- [T](https://arxiv.org/abs/12401.00001)"):
        assert repaired(line, finding(FindingKind.WRONG_ID, **WRONG)) == line


def test_a_missing_link_goes_around_the_title_as_it_is_printed() -> None:
    one = finding(FindingKind.MISSING_LINK, entry_title="The  Title? (Part", proposed_id="2402.00002")
    assert repaired("- A Title\n", one) == "- A Title\n"
    one = finding(FindingKind.MISSING_LINK, entry_title="A Title", proposed_id="2402.00002")
    assert repaired("+ A Title. ACL 2024.\n", one) == "+ [A Title](https://arxiv.org/abs/2402.00002). ACL 2024.\n"
    assert repaired("- **A Title** [[Code](x)]\n", one) == "- **A Title** [[Code](x)]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "- [T](https://arxiv.org/abs/2024.00001). Arxiv 2024.\n",
            "- [T](https://arxiv.org/abs/2024.00001). ACL 2025.\n",
        ),
        ("- [T](u), in arXiv, 2024;\n", "- [T](u), in ACL 2025;\n"),
        ("- [arXiv 2024 in Review](u). arXiv 2024.\n", "- [arXiv 2024 in Review](u). arXiv 2024.\n"),
    ],
)
def test_the_venue_goes_where_the_preprint_stands_if_that_is_one_place(before: str, after: str) -> None:
    assert repaired(before, finding(FindingKind.NOW_PUBLISHED, replacement="ACL 2025")) == after


def test_only_high_confidence_is_repaired_and_the_rest_is_asked() -> None:
    text = "- [T](https://arxiv.org/abs/2401.00001)\n"
    unsure = finding(FindingKind.WRONG_ID, confidence="medium", **WRONG)
    stray = finding(FindingKind.STRAY_LINE, entry_title=None)
    repairs = plan_repairs(text, [unsure, stray])
    assert (repairs.done, repairs.asked) == ((), (unsure, stray))


def test_a_line_that_may_be_a_duplicate_is_left_for_a_person() -> None:
    text = "- [T](https://arxiv.org/abs/2401.00001)\n"
    assert repaired(text, finding(FindingKind.WRONG_ID, **WRONG), finding(FindingKind.DUPLICATE_ENTRY)) == text


def test_two_kinds_on_one_line_are_both_repaired() -> None:
    text = "- [TÃ¼rme](https://arxiv.org/abs/2401.00001)\n"
    repairs = plan_repairs(text, [finding(FindingKind.MOJIBAKE), finding(FindingKind.WRONG_ID, **WRONG)])
    assert [kind for kind, _ in repairs.done] == [FindingKind.WRONG_ID, FindingKind.MOJIBAKE]
    assert applied(text, repairs) == "- [Türme](https://arxiv.org/abs/2402.00002)\n"


def test_a_repair_follows_its_line_and_leaves_one_that_was_changed_alone() -> None:
    text = "- [T](https://arxiv.org/abs/2401.00001)\n"
    repairs = plan_repairs(text, [finding(FindingKind.WRONG_ID, **WRONG)])
    assert applied(f"# New\n{text}", repairs) == "# New\n- [T](https://arxiv.org/abs/2402.00002)\n"
    assert applied(text.replace("T", "U"), repairs) == text.replace("T", "U")
    assert applied(f"# Twice\n{text}{text}", repairs) == f"# Twice\n{text}{text}"
    assert applied("", repairs) == ""


def test_hostile_titles_stay_words_in_the_text_and_in_the_commit() -> None:
    trap = "A [click](https://evil.example) @everyone <script>alert(1)</script> fixes #1 [skip ci]"
    catalog = small("- [Tea Leaves in Large Cups](https://arxiv.org/abs/2401.00001)")
    known = [record("2402.00002", "Tea Leaves in Large Cups", "Tea Leaves in Large Cups")]
    papers = [paper("2401.00001", trap), paper("2402.00002", "Tea Leaves in Large Cups")]
    repairs = plan_repairs(catalog.text, audit_of(catalog, known, by_id(papers)))
    ((kind, made),) = repairs.done
    for text in (repairs_text(repairs), commit_message(kind, made)):
        assert "@everyone" not in text
        assert "#1" not in text
    assert "[click](" not in repairs_text(repairs)
    assert "<script>" not in repairs_text(repairs)
    assert "[skip ci]" not in commit_message(kind, made)


def test_the_list_under_care_is_repaired_in_the_named_lines_only_and_then_quiet() -> None:
    catalog, known = listed_under_care(), known_papers()
    right = as_papers(known)
    true_ids = {one.id for one in right}
    ids = ids_to_ask(read_cases(catalog.entries, known))
    papers = by_id([*invented(i for i in ids if i not in true_ids), *right])
    repairs = plan_repairs(catalog.text, audit_of(catalog, known, papers))
    made = [repair for _, repairs_ in repairs.done for repair in repairs_]
    after = applied(catalog.text, repairs)
    assert len(made) > 45

    lines = list(zip(split_lines(catalog.text), split_lines(after), strict=True))
    changed = {number for number, (old, new) in enumerate(lines, 1) if old != new}
    assert changed == {repair.finding.line for repair in made}
    for old, new in lines:
        assert abs(len(new) - len(old)) <= 60
        assert new.endswith("\n") == old.endswith("\n")

    again = audit_of(parse(after, SEED_HEADINGS), known, papers)
    assert [found for found in again if found.line in changed] == []
    kept = {(found.kind, found.line) for found in repairs.asked}
    assert {(found.kind, found.line) for found in again} <= kept
    assert plan_repairs(after, again).done == ()
