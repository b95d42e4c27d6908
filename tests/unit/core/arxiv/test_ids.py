from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.arxiv.ids import abs_url, base_id, version_of

NEW = st.builds(
    lambda year, month, number: f"{year:02}{month:02}.{number:05}",
    st.integers(15, 99),
    st.integers(1, 12),
    st.integers(1, 99_999),
)
SHORT = st.builds(
    lambda year, month, number: f"{year:02}{month:02}.{number:04}",
    st.integers(7, 14),
    st.integers(1, 12),
    st.integers(1, 9_999),
)
OLD = st.builds(
    lambda archive, year, month, number: f"{archive}/{year:02}{month:02}{number:03}",
    st.sampled_from(["cs", "math", "hep-th", "cond-mat", "cmp-lg", "q-bio"]),
    st.integers(91, 99),
    st.integers(1, 12),
    st.integers(1, 999),
)
IDS = st.one_of(NEW, SHORT, OLD)
FORMS = [
    "{}",
    "arXiv:{}",
    "arxiv: {}",
    "https://arxiv.org/abs/{}",
    "http://arxiv.org/abs/{}",
    "arxiv.org/abs/{}",
    "https://www.arxiv.org/pdf/{}",
    "https://arxiv.org/pdf/{}.pdf",
    "https://export.arxiv.org/abs/{}",
    "https://arxiv.org/html/{}",
    "https://arxiv.org/abs/{}/",
    "https://arxiv.org/abs/{}?context=cs",
    "https://arxiv.org/html/{}#S3",
    "https://ar5iv.labs.arxiv.org/html/{}",
    "https://www.alphaxiv.org/abs/{}",
    "https://www.alphaxiv.org/overview/{}",
    "https://huggingface.co/papers/{}",
    "https://api.semanticscholar.org/arXiv:{}",
    "https://www.semanticscholar.org/arxiv/{}",
    "https://arxiv.org/abs/arXiv:{}",
    "10.48550/arXiv.{}",
    "https://doi.org/10.48550/arXiv.{}",
    "doi:10.48550/ARXIV.{}",
    "arXiv:{} [cs.CL]",
    " <https://arxiv.org/abs/{}>\n",
]


@given(IDS, st.sampled_from(FORMS), st.one_of(st.none(), st.integers(1, 40)))
def test_every_link_form_gives_back_the_id_and_version_it_was_made_from(
    arxiv_id: str, form: str, number: int | None
) -> None:
    text = form.format(arxiv_id if number is None else f"{arxiv_id}v{number}")
    assert base_id(text) == arxiv_id
    assert version_of(text) == number


@given(IDS)
def test_the_abstract_link_of_an_id_leads_back_to_it(arxiv_id: str) -> None:
    assert base_id(abs_url(arxiv_id)) == arxiv_id


@given(st.text())
def test_any_text_is_read_without_an_error_and_what_is_read_is_already_in_base_form(text: str) -> None:
    found = base_id(text)
    assert found is None or base_id(found) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("math.GT/0309136", "math/0309136"),
        ("https://arxiv.org/abs/math.GT/0309136v2", "math/0309136"),
        ("https://arxiv.org/abs/cond-mat.mtrl-sci/0309136", "cond-mat/0309136"),
        ("cs/0112017", "cs/0112017"),
        ("https://arxiv.org/abs/cs%2F0112017", "cs/0112017"),
        ("0704.0001", "0704.0001"),
    ],
)
def test_an_old_id_is_read_without_its_subject_class(text: str, expected: str) -> None:
    assert base_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://arxiv.org/list/cs.CL/new",
        "https://aclanthology.org/2024.acl-long.840/",
        "https://example.org/abs/2305.10601",
        "10.18653/v1/2024.10601",
        "see 2305.10601 for details",
        "2305.106011",
        "2305.10601v0",
        "2305.10601v" + "9" * 5000,
        "٢٣٠٥.١٠٦٠١",
        "https://arxiv.org/abs/N/A",
    ],
)
def test_what_is_no_arxiv_id_gives_none(text: str) -> None:
    assert base_id(text) is None
    assert version_of(text) is None
