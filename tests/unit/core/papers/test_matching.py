from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import ftfy
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.core.papers import matching
from agent.core.papers.matching import Identity
from agent.records import Entry, EntryRef, Paper, PaperRecord

ROOT = Path(__file__).parents[4]
SHARED = ROOT.parent / "shared" / "data"

WORDS = st.lists(st.sampled_from(["graph", "neural", "sampling", "tokens", "reward", "robust"]), min_size=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://arxiv.org/pdf/2305.10601v2.pdf", "arxiv:2305.10601"),
        ("https://doi.org/10.48550/arXiv.2305.10601", "arxiv:2305.10601"),
        ("2305.10601", "arxiv:2305.10601"),
        ("https://aclanthology.org/2024.acl-long.840/", "acl:2024.acl-long.840"),
        ("https://aclanthology.org/2024.findings-emnlp.32.pdf", "acl:2024.findings-emnlp.32"),
        ("https://www.aclweb.org/anthology/P19-1001", "acl:p19-1001"),
        ("https://doi.org/10.18653/v1/2024.acl-long.840", "acl:2024.acl-long.840"),
        ("https://openreview.net/forum?id=QGJ9ttXLTy", "openreview:QGJ9ttXLTy"),
        ("https://openreview.net/pdf?id=QGJ9ttXLTy", "openreview:QGJ9ttXLTy"),
        ("https://openreview.net/forum?noteId=x&id=QGJ9ttXLTy", "openreview:QGJ9ttXLTy"),
        ("https://doi.org/10.1162/TACL_A_00638.", "doi:10.1162/tacl_a_00638"),
    ],
)
def test_links_to_one_paper_give_one_identifier(text: str, expected: str) -> None:
    assert matching.identifiers(text) == {expected}


@pytest.mark.parametrize(
    "text", ["", "https://github.com/tatsu-lab/stanford_alpaca", "https://aclanthology.org/people/x/"]
)
def test_a_link_that_names_no_paper_gives_no_identifier(text: str) -> None:
    assert matching.identifiers(text) == frozenset()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Com$^2$: A Causal-Guided Benchmark", "com2 a causal guided benchmark"),
        ("TÃ¼lu: How Far?", "tulu how far"),
        ("Tülu: How Far?", "tulu how far"),
        (r"A Survey of LLM $\times$ DATA", "a survey of llm data"),
        ("\\emph{Large} $\\alpha$ & Large-\u03b1", "large alpha and large alpha"),
        ("Large Language Models\nand LLMs", "llm and llm"),
        ("Zero\u200bWidth \\\u2060alpha \u202eand\u202c Bidi", "zerowidth alpha and bidi"),
        ("ROSE Doesn\u2019t Do 1,000,000 That", "rose doesnt do 1000000 that"),
    ],
)
def test_a_title_is_normalised_to_plain_words(title: str, expected: str) -> None:
    assert matching.normalise_title(title) == expected


@given(st.text())
def test_normalising_any_text_twice_is_normalising_it_once(text: str) -> None:
    once = matching.normalise_title(text)
    assume(ftfy.fix_encoding(once) == once)  # small letters may look like mojibake, as \u0192\u00e6 does
    assert matching.normalise_title(once) == once


@given(st.text(), st.text())
def test_whether_two_titles_are_the_same_does_not_depend_on_their_order(a: str, b: str) -> None:
    assert matching.same_title(a, b) == matching.same_title(b, a)


@given(WORDS.map(" ".join), st.sampled_from(["IFD", "GSM8K", "Self-Certainty", "ORM/PRM"]))
def test_a_nickname_before_a_title_does_not_make_it_another(title: str, nickname: str) -> None:
    assert matching.same_title(f"{nickname}: {title}", title)
    assert matching.same_title(title, f"{nickname}: {title}")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (
            "RISE: Subtle Errors â€” Matter in Every Step of Proofs",
            "RISE: Subtle Errors — Matter in Every Step of Proofs",
        ),
        ("Sound and Complete Neuro-symbolic Reasoning", "SC: Sound and Complete Neurosymbolic Reasoning"),
        ("Tülu: How Far Can Camels Go?", "How Far Can Camels Go? Exploring the State of Instruction Tuning"),
        (
            "BFCL: The Berkeley Function Calling Leaderboard",
            "The Berkeley Function Calling Leaderboard (BFCL): From A to B",
        ),
        (
            "UltraFeedback: Boosting Language Models with High-Quality Feedback",
            "ULTRAFEEDBACK: Boosting Language Models with Scaled AI Feedback",
        ),
        ("CodeExam: Evaluating Large Language Models Trained on Code", "Evaluating LLMs Trained on Code"),
        ("Pre-training and Post-training of Small Readers", "Pretraining and Post-training of Small Readers"),
        ("Four Habits of Highly Effective Readers, or, How to Read", "Four Habits of Highly Effective Readers"),
    ],
)
def test_a_title_as_a_list_prints_it_is_recognised(a: str, b: str) -> None:
    assert matching.same_title(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Tulu 2: Pushing Frontiers in Open Post-Training", "Tulu 3: Pushing Frontiers in Open Post-Training"),
        ("Prometheus: An Open Model for Evaluating Others", "Prometheus 2: An Open Model for Evaluating Others"),
        ("Qwen2.5-Coder Technical Report", "Qwen3-Coder Technical Report"),
        ("DeepSeek-V2 Technical Report", "DeepSeek-V3 Technical Report"),
        ("Large Language Model Unlearning", "Large Language Model Unlearning via Embedding-Corrupted Prompts"),
        ("Large Language Model Unlearning", "Large Language Model Unlearning: A Survey"),
        ("AI Alignment: A Comprehensive Survey", "Data Mixing: A Comprehensive Survey"),
        ("EuroLLM-9B: Technical Report", "GenesisGeo: Technical Report"),
        ("Private Synthetic Text via Foundation Models", "Private Synthetic Text via Foundation Models 2: Images"),
        ("On Proofs: Part II, Storing and Finding Facts", "On Proofs: Part III, Storing and Finding Facts"),
        ("Faithful Logical Reasoning via Symbolic Chains", "Comment: Faithful Logical Reasoning via Symbolic Chains"),
        ("Faithful Logical Reasoning via Symbolic Chains", "[Re] Faithful Logical Reasoning via Symbolic Chains"),
        ("Recipes Are All You Need", "Recipes Are Not All You Need"),
        ("Training Readers with Synthetic Diaries", "Training Readers without Synthetic Diaries"),
        ("Diary Selection for Pre-training of Readers", "Diary Selection for Post-training of Readers"),
        ("Efficient Diary Tuning for Low-Resource Valleys", "Efficient Diary Tuning for High-Resource Valleys"),
        ("Unsupervised Sorting for Diary Selection", "Supervised Sorting for Diary Selection"),
        ("", ""),
        ("!!!", "???"),
    ],
)  # fmt: skip
def test_a_relative_of_a_paper_is_another_paper(a: str, b: str) -> None:
    assert not matching.same_title(a, b)


def identity(title: str, *authors: str, link: str = "") -> Identity:
    return Identity(titles=(title,) if title else (), authors=authors, ids=matching.identifiers(link))


TITLE = "Weighing Tokens by Their Use in Later Proofs"


def test_one_id_and_like_titles_are_one_paper_whatever_the_wording() -> None:
    a = identity(TITLE, link="2305.10601")
    b = identity("Later Proofs Weigh Tokens", link="https://arxiv.org/abs/2305.10601v3")
    assert matching.same_paper(a, b)


def test_one_id_with_a_clearly_different_title_is_not_the_same_paper() -> None:
    a = identity(TITLE, link="2305.10601")
    assert not matching.same_paper(a, identity("Speech Enhancement for Hearing Aids", link="2305.10601"))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Reader2 Technical Report", "Reader3 Technical Report"),
        ("The Reader 3 Herd of Models", "The Reader 4 Herd of Models"),
        ("On Proofs: Part II", "On Proofs: Part III"),
    ],
)
def test_one_id_under_two_numbers_of_a_series_is_not_the_same_paper(a: str, b: str) -> None:
    assert not matching.same_paper(identity(a, link="2305.10601"), identity(b, link="2305.10601"))


def test_a_title_spelt_with_and_without_a_blank_is_looked_up_alike() -> None:
    index = matching.index({"7": identity("A B")})
    assert index.find(identity("AB")) == "7"


def test_one_id_without_a_title_on_one_side_is_the_same_paper() -> None:
    assert matching.same_paper(identity(TITLE, link="2305.10601"), identity("", link="2305.10601"))


def test_a_wrong_id_does_not_hide_the_same_title() -> None:
    assert matching.same_paper(identity(TITLE, link="2305.10601"), identity(TITLE, link="2401.00001"))


def test_one_title_by_people_who_share_no_surname_is_two_papers() -> None:
    assert not matching.same_paper(identity(TITLE, "Ada Lovelace"), identity(TITLE, "Alan Turing"))


@pytest.mark.parametrize("author", ["Lovelace, Ada", "A. LOVELACE", "Ada Lovelace et al.", "Ada Lovelace Jr."])
def test_one_title_and_one_surname_in_any_form_are_one_paper(author: str) -> None:
    assert matching.same_paper(identity(TITLE, "Ada Lovelace", "Alan Turing"), identity(TITLE, author))


def test_an_index_within_another_finds_what_it_finds_alone() -> None:
    printed = {"1": identity("Cleaning Web Text"), "2": identity("Sieve: Filtering Crawled Pages")}
    resolved = {"1": identity("Cleaning the Text of the Web"), **printed, "3": identity("Watering Plants by Night")}
    wider = matching.index(resolved)
    for title in ("Cleaning the Web Texts", "Filtering Crawled Pages", "Watering Plants by Night", "Robots That Dance"):
        asked = identity(title)
        assert matching.index(printed, wider).find(asked) == matching.index(printed).find(asked)
    assert wider.find(identity("Watering Plant by Night")) == "3"
    assert matching.index({"4": identity("Robots That Dance")}, wider).find(identity("Robots that Dance")) == "4"


def test_a_look_up_passes_by_the_entry_with_a_wrong_id_and_finds_the_one_with_the_title() -> None:
    index = matching.index(
        {
            "7": identity("Impossible Birds of the Southern Sea", link="2402.13669"),
            "9": identity("SDFT: " + TITLE, link="https://aclanthology.org/2024.acl-long.58/"),
        }
    )
    assert index.find(identity(TITLE, link="2402.13669")) == "9"
    assert index.find(identity("Speech Enhancement for Hearing Aids", link="2402.13669")) is None


def test_the_exact_title_is_found_before_a_like_one() -> None:
    index = matching.index({"1": identity(f"{TITLE}: A Survey"), "2": identity(TITLE)})
    assert index.find(identity(TITLE)) == "2"


def entry(line: int, title: str, url: str | None = None) -> Entry:
    return Entry(line=line, end_line=line, section_id="1.1", title=title, url=url, raw=f"- {title}")


def test_a_record_is_joined_by_the_title_the_catalog_prints_even_after_lines_have_moved() -> None:
    ref = EntryRef(line=5, section_id="1.1", entry_title="WT: Tokens Weighed")
    record = PaperRecord(key="k", title=TITLE, abstract=None, arxiv_id="2305.10601", entries=(ref,))
    known = matching.catalog_identities([entry(5, "Newly Inserted"), entry(6, "WT: Tokens Weighed")], [record])
    assert known["5"].ids == frozenset()
    assert known["6"] == Identity(titles=("WT: Tokens Weighed", TITLE), ids=frozenset({"arxiv:2305.10601"}))


def test_records_of_entries_without_a_title_are_nobodys_and_emoji_tell_entries_apart() -> None:
    named = ("", "\N{SEEDLING}", "\N{FIRE}")
    records = [
        PaperRecord(key=title, title=f"Paper of {title}", abstract=None, entries=(_ref(title),)) for title in named
    ]
    entries = [entry(1, "\N{FIRE}"), entry(2, ""), entry(3, "\N{SEEDLING}"), entry(4, "\N{SNOWFLAKE}")]
    assert {line: record.key for line, record in matching.join_records(entries, records).items()} == {
        1: "\N{FIRE}",
        3: "\N{SEEDLING}",
    }


def _ref(title: str) -> EntryRef:
    return EntryRef(line=1, section_id="1.1", entry_title=title)


def test_a_paper_is_known_by_its_id_and_its_doi() -> None:
    paper = Paper(
        id="2305.10601", title=TITLE, abstract="x", announced=date(2025, 11, 13), doi="10.18653/v1/2024.acl-long.840"
    )
    assert matching.paper_identity(paper).ids == {"arxiv:2305.10601", "acl:2024.acl-long.840"}


def rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        pytest.skip(f"the development data is not here: {path}")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def listed(*, resolved: bool) -> dict[str, Identity]:
    entries: list[Entry] = []
    records: list[PaperRecord] = []
    lines = (ROOT / "data" / "catalog.md").read_text(encoding="utf-8").splitlines()
    for row in rows(ROOT / "data" / "summaries.jsonl"):
        refs = tuple(EntryRef(**{**ref, "entry_title": ref["entry_title"] or ""}) for ref in row["entries"])
        for ref in refs:
            title, _, url = lines[ref.line - 1].strip("- *").removeprefix("[").replace("**", "").partition("](")
            entries.append(entry(ref.line, title, url.partition(")")[0]))
        fields = {name: row[name] for name in ("key", "title", "authors", "arxiv_id")}
        records.append(PaperRecord(**fields, abstract=None, entries=refs))
    return matching.catalog_identities(entries, records if resolved else ())


def test_of_the_papers_of_the_real_list_six_in_seven_are_found_by_what_it_prints_and_all_once_resolved() -> None:
    papers = [row for row in rows(ROOT / "data" / "summaries.jsonl") if row["title"]]
    assert len(papers) == 140
    for resolved, least in ((False, 120), (True, 140)):
        index = matching.index(listed(resolved=resolved))
        found = {
            row["key"]: index.find(identity(row["title"], *row["authors"], link=row["arxiv_id"] or ""))
            for row in papers
        }
        right = [row for row in papers if found[row["key"]] in {str(ref["line"]) for ref in row["entries"]}]
        assert len(right) >= least
        assert len(right) == sum(key is not None for key in found.values())


def test_no_paper_of_three_real_nights_is_taken_for_one_of_the_list() -> None:
    known = listed(resolved=True)
    for night in ("2025-11-12", "2025-11-13", "2025-11-14"):
        papers = rows(SHARED / "listings" / f"{night}.jsonl")
        index = matching.index(known)
        hits = [row["title"] for row in papers if index.find(identity(row["title"], *row["authors"], link=row["id"]))]
        assert hits == []


@pytest.mark.parametrize("filler", [":", "(", "a: ", "a - "])
def test_a_title_of_nothing_but_parts_is_read_in_time(filler: str) -> None:
    assert not matching.same_title(filler * 20_000, TITLE)
