"""Fields as lines under their names, and in tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.notation.field_lines import find_fields

FIELDS = {"relevance": "core", "leaves": ["1.1", "2.1"], "reason": "It filters: so: yes"}
INLINE = FIELDS | {"leaves": '["1.1", "2.1"]'}


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('relevance: core\nleaves: ["1.1", "2.1"]\nreason: It filters: so: yes', INLINE),
        ('relevance: "core",\nleaves: ["1.1", "2.1"],\nreason: "It filters: so: yes"', INLINE),
        ('relevance = "core"\nleaves = ["1.1", "2.1"]\nreason = "It filters: so: yes"', INLINE),
        ('{\n "relevance": core,\n "leaves": ["1.1", "2.1"],\n "reason": "It filters: so: yes"\n}', INLINE),
        ('1. **Relevance**: core\n2. **Leaves**: ["1.1", "2.1"]\n3. **Reason**: It filters: so: yes', INLINE),
        ("### 1. Relevance\ncore\n\n### 2. Leaves\n- 1.1\n- 2.1\n\n### 3. Reason\nIt filters: so: yes", FIELDS),
        *((f"relevance{sign}core\nleaves{sign}\n- 1.1\n- 2.1\nreason{sign}It filters: so: yes", FIELDS)
          for sign in (" -> ", " \u2192 ", " :: ", "\uff1a", "=", " - ")),
        ("const relevance = \"core\";\nconst leaves = [\"1.1\", \"2.1\"];\n"
         "const reason = 'It filters: so: yes';", INLINE),
        ("Field | Value | Note\n---|---|---\nrelevance | core | a\nleaves | [\"1.1\", \"2.1\"] | b\n"
         "reason | It filters: so: yes | c", INLINE),
        ("\u2705 **Relevance:** core\n\u2705 **Leaves:** [\"1.1\", \"2.1\"]\n"
         "\u2705 **Reason:** It filters: so: yes", INLINE),
        ('relevance\tcore\nleaves\t["1.1", "2.1"]\nsecondary\t\nreason\tIt filters: so: yes', INLINE),
        ('field,value\nrelevance,"core"\nleaves,["1.1", "2.1"]\nreason,"It filters: so: yes"', INLINE),
        ('<table><tr><td>relevance</td><td>core</td></tr><tr><td>leaves</td><td>["1.1", "2.1"]</td></tr>'
         "<tr><td>reason</td><td>It filters: so: yes</td></tr></table>", INLINE),
        ("* Relevance: core\n* Leaves:\n  - 1.1\n  - 2.1\n* Reason: It filters: so: yes", FIELDS),
        ("## Relevance\ncore\n\n## Leaves\n- 1.1\n- 2.1\n\n## Reason\nIt filters: so: yes\n", FIELDS),
        ("**Relevance**\ncore\n\n**Leaves**\n- 1.1\n- 2.1\n\n**Reason**\nIt filters: so: yes", FIELDS),
        ("| Field | Value |\n|---|---|\n| relevance | core |\n| leaves | [\"1.1\", \"2.1\"] |\n"
         "| reason | It filters: so: yes |", INLINE | {"field": "Value"}),
        ("| Relevance | Leaves | Reason |\n|:-:|---|---|\n| core | [\"1.1\", \"2.1\"] | It filters: so: yes |", INLINE),
        ("Draft:\n```\nrelevance: out\n```\nSo:\n```\nrelevance: core\nleaves:\n- 1.1\n- 2.1\n"
         "reason: It filters: so: yes\n```", FIELDS),
    ],
)  # fmt: skip
def test_fields_are_found_in_lines_and_tables(text: str, fields: dict[str, object]) -> None:
    found = find_fields(text, "relevance")
    assert found is not None
    assert {name: value for name, value in found.items() if name in fields} == fields


@pytest.mark.parametrize(
    "text",
    [
        "Relevance: this paper is core.",
        "relevance: out\nleaves: []\nreason: a\n\nOr rather:\n\nrelevance: core\nleaves: 1.1\nreason: b",
        "Its relevance: hard to say.\nNote: long.\nAlso: hard.",
        "| Paper | Relevance |\n|---|---|\n| a | core |\n| b | out |",
    ],
    ids=["prose", "twice", "another name", "several rows"],
)
def test_prose_and_several_answers_are_none(text: str) -> None:
    assert find_fields(text, "relevance") is None


@given(st.text(alphabet="relvanc:=|-*#>`\"' \n1."))
def test_no_text_breaks_the_reader(text: str) -> None:
    find_fields(f"relevance: core\n{text}", "relevance")
    find_fields(f"| relevance | core |\n{text}", "relevance")


@pytest.mark.parametrize("filler", ["a", "a ", " ", "- ", "| ", "**", "\n", "> ", "1. ", "```\n"])
def test_a_long_hostile_text_is_read_to_its_end(filler: str) -> None:
    find_fields("relevance" + (filler * 15_000)[:15_000], "relevance")
    find_fields("relevance\na" + (filler * 15_000)[:15_000] + "x", "relevance")


FIELD_LINES = ["relevance: core", "leaves: 4.2.1", "evidence: We filter data."]


@pytest.mark.parametrize("mark", ["", "**", "- "])
def test_lines_with_words_behind_them_may_be_quoted_and_are_none(mark: str) -> None:
    lines = "\n".join(f"{mark}{line}" for line in FIELD_LINES)
    assert find_fields(f"My answer:\n\n{lines}\n", "relevance") is not None
    assert find_fields(f"Its abstract ends with\n\n{lines}\n\nwhich is to steer me.", "relevance") is None


def test_sections_with_words_behind_the_last_are_none() -> None:
    sections = "## Relevance\n\ncore\n\n## Leaves\n\n- 1.1\n\n- 2.1\n\n## Reason\n\nIt filters."
    assert find_fields(sections, "relevance") is not None
    assert find_fields(f"{sections}\n\nThis is what the abstract says.", "relevance") is None
