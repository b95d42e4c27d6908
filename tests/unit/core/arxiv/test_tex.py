"""TeX accents in names and titles become letters; formulas and everything else stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.arxiv.tex import decode_accents, decode_name
from agent.core.papers.matching import same_title


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Ana L\'opez", "Ana López"),
        (r"Bo Gr\"un", "Bo Grün"),
        (r"{\'E}cole M{\"{u}}ller", "École Müller"),
        (r"Paul Erd\H{o}s", "Paul Erdős"),
        (r"S\o ren \L{}ukasz Weierstra{\ss}", "Søren Łukasz Weierstraß"),
        (r"Mart\'{\i}n and Mart\'\i n", "Martín and Martín"),
        (r"Fran\c cois \c{S}ahin", "François Şahin"),
        (r"{\v Z}i\v{z}ek \.Ilker \AA ngstr\"om", "Žižek İlker Ångström"),
        (r"J.~{van der} B\"ohm", "J. van der Böhm"),
        ("José Ñandú", "José Ñandú"),
    ],
)
def test_a_name_is_read_as_it_is_printed(written: str, read: str) -> None:
    assert decode_name(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"$\mathcal{O}(n)$ Poincar\'e maps", r"$\mathcal{O}(n)$ Poincaré maps"),
        (r"R\&D at 50\%", "R&D at 50%"),
        (r"From $5 to Poincar\'e", "From $5 to Poincaré"),
        (r"$\'e$ is no letter", r"$\'e$ is no letter"),
        (r"\textit{alia} G\"odel", r"\textit{alia} Gödel"),
        (r"don\'t", r"don\'t"),
        (r"Q\*: {BERT} ~10x \int x", r"Q\*: {BERT} ~10x \int x"),
    ],
)
def test_a_title_keeps_its_formulas_and_commands(written: str, read: str) -> None:
    assert decode_accents(written) == read


def test_a_title_in_tex_is_the_same_title() -> None:
    assert same_title(
        r"Learning Poincar\'e Embeddings for G\"odel Machines", "Learning Poincaré Embeddings for Gödel Machines"
    )


@given(st.text(alphabet="\\'\"`^~{}$ aeioHcvLss%&é", max_size=40))
def test_any_text_is_read_without_an_error_and_without_a_backslash_stays(text: str) -> None:
    decoded = decode_accents(text)
    assert decoded == text or "\\" in text
