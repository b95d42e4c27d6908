"""Objects and lists in notations that are nearly JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.notation.nearly_json import evaluate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{relevance: core, leaves: [4.2.1, 4.10], secondary: [1.selection]}",
         {"relevance": "core", "leaves": ["4.2.1", "4.10"], "secondary": ["1.selection"]}),
        ('{"a"= "b"; "c" => in scope}', {"a": "b", "c": "in scope"}),
        ("{`a`: `b`}", {"a": "b"}),
        ('{a: "b" +\n "c", d: undefined, e: -Infinity, f: +1, g: -2, ...}',
         {"a": "bc", "d": None, "e": "-Infinity", "f": 1, "g": -2}),
        ('{"a": """one "two" three"""}', {"a": 'one "two" three'}),
        ("(a='b', c=['d',], e=(1, 2))", {"a": "b", "c": ["d"], "e": [1, 2]}),
        ("[...]", []),
        ("{'a': set(), 'b': tuple(['c',]), 'd': Grade('core')}", {"a": [], "b": [["c"]], "d": ["core"]}),
        ("['4.2.1' '4.2.2']", ["4.2.1", "4.2.2"]),
        ("{a: out, b: 1, A: core}", None),
        (r"""{a: '$\gamma\_1$', "b": "\alpha \/ \xe9 \u00e9 \\n"}""",
         {"a": r"$\gamma\_1$", "b": "\\alpha / \xe9 \xe9 \\n"}),
        ('{"a": "b\\\nc"}', {"a": "b\\ c"}),
        ('{"a": "one "two" three"}', None),
        ("{1: 'a', b: [{2: c}]}", {"1": "a", "b": [{"2": "c"}]}),
        ("{1: a, '1': b}", None),
        ("{[1]: 2}", None),
        ("{{a: 1}}", None),
        ("{a: {'c', 'b'}}", {"a": ["c", "b"]}),
        ('{"a": [1}', None),
        ("{a: 'b'", None),
    ],
)  # fmt: skip
def test_what_is_nearly_json_is_read_as_what_it_means(text: str, value: Any) -> None:
    found, end = evaluate(text, 0)
    assert (found, end) == (value, len(text) if value is not None else 0)


@given(st.text(alphabet="{}[]()\"'`=:;,.+-a1 \n\\#/"))
def test_no_text_breaks_the_reader(text: str) -> None:
    evaluate(f"{{{text}", 0)


@pytest.mark.parametrize("filler", ['"""', "'''\\", "a ", "1.", "/*", "`", "...", "=>", "((", "-", '"\\', ",//", ", "])
def test_a_long_hostile_text_is_read_to_its_end(filler: str) -> None:
    assert evaluate("{" + filler * 20_000, 0)[0] is None


def test_a_comment_of_blanks_without_an_end_is_read_once() -> None:
    assert evaluate("{relevance: 1,//" + " " * 19_000 + "x", 0)[0] is None
